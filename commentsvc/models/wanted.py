"""Which comments of a list are wanted: filters that combine, each found by an index or bounded by the list."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy import Select
from sqlalchemy import String
from sqlalchemy import cast
from sqlalchemy import false
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session
from sqlalchemy.orm import aliased

from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.decision import Decision
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread

EMAIL = "email"
NAME = "name"
NETWORK = "network"
TEXT = "text"
# In what a comment can be like another one.
ALIKE = (EMAIL, NAME, NETWORK, TEXT)


@dataclass(frozen=True)
class Wanted:
    """What a moderator wants to see of a list.

    `words` are looked for in text, author, article; `author` in name and address of mail. `like` names a comment and
    in what the wanted ones are like it: the address of mail itself then stands in no link. `since` and `before` bound
    the time by which the list is ordered. `texts` are the ids of comments with the same text, for `like` by text.
    """

    words: str = ""
    author: str = ""
    thread: int | None = None
    reason: str = ""
    since: datetime | None = None
    before: datetime | None = None
    like: tuple[str, int] | None = None
    texts: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything is left out."""
        return self != EVERYTHING


EVERYTHING = Wanted()


def narrow(session: Session, site: Site, question: Select, wanted: Wanted, time: InstrumentedAttribute) -> Select:
    """Return a question about comments narrowed to what is wanted; `time` orders the list.

    Where words are looked for, the question is about their revisions and threads as well.
    """
    conditions: list[ColumnElement[bool]] = []
    if wanted.words:
        conditions.append(_holds(wanted.words))
    if wanted.author:
        conditions.append(or_(holds(Comment.name, wanted.author), holds(Comment.email, wanted.author)))
    if wanted.thread is not None:
        conditions.append(Comment.thread_id == wanted.thread)
    if wanted.reason:
        conditions.append(_held_for(wanted.reason))
    if wanted.since is not None:
        conditions.append(time >= wanted.since)
    if wanted.before is not None:
        conditions.append(time < wanted.before)
    if wanted.like is not None:
        conditions.append(alike(session, site, wanted))
    return question.where(*conditions)


def alike(session: Session, site: Site, wanted: Wanted) -> ColumnElement[bool]:
    """Return the condition that a comment is like the one that `wanted.like` names."""
    kind, comment_id = wanted.like or ("", 0)
    if kind == TEXT:
        return Comment.id.in_(wanted.texts)
    column = {EMAIL: Comment.email, NAME: Comment.name, NETWORK: Comment.network}.get(kind)
    if column is None:
        return false()
    value = session.scalar(select(column).where(Comment.site_id == site.id, Comment.id == comment_id))
    return column == value if value is not None else false()


def holds(column: ColumnElement[Any] | InstrumentedAttribute[Any], words: str) -> ColumnElement[bool]:
    """Return the condition that a text holds words, whatever their case; a typed % or _ stands for itself."""
    return column.icontains(words, autoescape=True)


def _holds(words: str) -> ColumnElement[bool]:
    columns = (Comment.name, Comment.email, Comment.website, Revision.source, Thread.title, Comment.title)
    return or_(*(holds(column, words) for column in columns))


def _held_for(reason: str) -> ColumnElement[bool]:
    # Aliased, so that no question about decisions around it is taken for this one. One value and not EXISTS, which
    # PostgreSQL would answer for all comments of the site before it takes the first fifty.
    decision = aliased(Decision)
    said = cast(decision.reasons, String).contains(f'"{reason}"', autoescape=True)
    found = (
        select(decision.id)
        .where(decision.site_id == Comment.site_id, decision.comment_id == Comment.id, said)
        .correlate(Comment)
        .limit(1)
        .scalar_subquery()
    )
    return found.is_not(None)
