"""Loads every table, for whoever needs the whole schema."""

from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.decision import Decision
from commentsvc.models.decision import DecisionNote
from commentsvc.models.kept_answer import KeptAnswer
from commentsvc.models.moderator import Membership
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import SignIn
from commentsvc.models.rate import Rate
from commentsvc.models.site import Site
from commentsvc.models.source import Source
from commentsvc.models.thread import Address
from commentsvc.models.thread import Thread

ALL = (
    Site, Thread, Address, Comment, Revision, KeptAnswer, Decision, DecisionNote, Moderator, Membership, SignIn, Rate,
    Source,
)  # fmt: skip
