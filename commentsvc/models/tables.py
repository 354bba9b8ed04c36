"""Loads every table, for whoever needs the whole schema."""

from commentsvc.models.arrangement import Arrangement
from commentsvc.models.arrangement import MovedAddress
from commentsvc.models.arrangement import MovedRoot
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.decision import Decision
from commentsvc.models.decision import DecisionNote
from commentsvc.models.delivery import Delivery
from commentsvc.models.import_job import ImportJob
from commentsvc.models.invitation import Invitation
from commentsvc.models.kept_answer import KeptAnswer
from commentsvc.models.learnt import Learnt
from commentsvc.models.learnt import Lesson
from commentsvc.models.learnt import Muted
from commentsvc.models.letter import Letter
from commentsvc.models.moderator import Membership
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import SignIn
from commentsvc.models.notice import Notice
from commentsvc.models.notice import NoticeWords
from commentsvc.models.one_time import UsedToken
from commentsvc.models.rate import Rate
from commentsvc.models.relocation import RelocatedComment
from commentsvc.models.relocation import Relocation
from commentsvc.models.relocation import RelocationStep
from commentsvc.models.remote_check import RemoteCheck
from commentsvc.models.report import Report
from commentsvc.models.rule import ScreeningRule
from commentsvc.models.second_factor import Passkey
from commentsvc.models.second_factor import RecoveryCode
from commentsvc.models.site import Site
from commentsvc.models.source import Source
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import Subscription
from commentsvc.models.text_mark import TextMark
from commentsvc.models.thread import Address
from commentsvc.models.thread import Thread
from commentsvc.models.token import ApiToken
from commentsvc.models.told_apart import ToldApart
from commentsvc.models.webhook import Webhook

ALL = (
    Site, Thread, Address, Comment, Revision, KeptAnswer, Decision, DecisionNote, Moderator, Membership, SignIn, Rate,
    Passkey, RecoveryCode, Invitation, ApiToken,
    Source,
    Arrangement, MovedRoot, MovedAddress, Relocation, RelocationStep, RelocatedComment, ToldApart,
    ScreeningRule, TextMark, RemoteCheck,
    Learnt, Lesson, Muted,
    Report, Notice, NoticeWords,
    ImportJob,
    Letter, UsedToken, Mailbox, Subscription,
    Webhook, Delivery,
)  # fmt: skip
