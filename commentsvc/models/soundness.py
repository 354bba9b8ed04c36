"""What is kept beside the rows that it can be told from: is it true, and how it is put right.

The questions go once through a site, whatever its size, and bring back only what is wrong. In what each asks, the
database looks at the replies or the text of one comment at a time, by an index; nothing is gathered.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from typing import NamedTuple
from typing import cast

from sqlalchemy import ColumnElement
from sqlalchemy import ScalarSelect
from sqlalchemy import Select
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy import bindparam
from sqlalchemy import func
from sqlalchemy import literal
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlalchemy.orm import aliased

from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import LEVELS
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import STEP
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.decision import Decision
from commentsvc.models.site import Site
from commentsvc.models.thread import Address
from commentsvc.models.thread import Thread

AT_ONCE = 1000
# So many are put right by one question and one change.
WAVE = 500


class Untrue(NamedTuple):
    """A comment with something that is not kept true, and what of it: shown, shown_replies, queued."""

    thread_id: int
    id: int
    shown: bool
    replies: bool
    queued: bool


class Sizes(NamedTuple):
    """How many threads and comments a site has."""

    threads: int
    comments: int


def sizes(session: Session, site: Site) -> Sizes:
    """Return how many threads and comments a site has, counted."""
    return Sizes(*(session.scalar(select(func.count()).where(each == site.id)) or 0 for each in _SITES))


def decisions(session: Session, site: Site) -> int:
    """Return how many decisions a site's log has."""
    return session.scalar(select(func.count()).where(Decision.site_id == site.id)) or 0


def wrong_counts(session: Session, site: Site) -> Iterator[int]:
    """Yield the threads whose count is not the number of their approved comments."""
    return _ids(session, select(Thread.id).where(Thread.site_id == site.id, Thread.count != _approved()))


def wrong_comments(session: Session, site: Site) -> Iterator[Untrue]:
    """Yield the comments of which something is not kept true, thread by thread."""
    replies = _shown_replies()
    # Where each comment agrees with its own replies, the whole tree is right.
    wrong = or_(
        Comment.shown_replies != replies,
        Comment.shown != or_(Comment.state == APPROVED, Comment.shown_replies > 0),
        Comment.queued.is_not(None) != _waits(),
    )
    question = select(
        Comment.thread_id,
        Comment.id,
        Comment.shown != or_(Comment.state == APPROVED, replies > 0),
        Comment.shown_replies != replies,
        Comment.queued.is_not(None) != _waits(),
    ).where(Comment.site_id == site.id, wrong)
    rows = session.execute(question.order_by(Comment.thread_id, Comment.id), execution_options={"yield_per": AT_ONCE})
    return (Untrue(*row) for row in rows)


def without_text(session: Session, site: Site) -> Iterator[int]:
    """Yield the comments whose shown or waiting revision is not there."""
    missing = or_(
        ~_revision(Comment.shown_revision).exists(),
        Comment.held_revision.is_not(None) & ~_revision(Comment.held_revision).exists(),
    )
    return _ids(session, select(Comment.id).where(Comment.site_id == site.id, missing))


def misplaced(session: Session, site: Site) -> Iterator[int]:
    """Yield the comments that do not stand under what they answer: in another thread, at another depth or place."""
    parent = aliased(Comment)
    before = func.substr(parent.path, 1, LEVELS * STEP)
    wrong = or_(
        Comment.parent_id.is_(None) & or_(Comment.depth != 0, func.length(Comment.path) != STEP),
        Comment.parent_id.is_not(None)
        & or_(
            # There is no such comment.
            parent.id.is_(None),
            parent.thread_id != Comment.thread_id,
            parent.depth + 1 != Comment.depth,
            func.length(Comment.path) != func.length(before) + STEP,
            func.substr(Comment.path, 1, func.length(before)) != before,
        ),
    )
    above = (parent.site_id == Comment.site_id) & (parent.id == Comment.parent_id)
    return _ids(session, select(Comment.id).join(parent, above, isouter=True).where(Comment.site_id == site.id, wrong))


def unreachable(session: Session, site: Site) -> Iterator[int]:
    """Yield the threads that no page finds: without an address, and without the owner's stable id, which would do."""
    address = select(Address.canonical).where(Address.site_id == Thread.site_id, Address.thread_id == Thread.id)
    # A thread that was merged is empty, and its addresses lead to another one.
    stands = Thread.site_id == site.id, Thread.merged_id.is_(None)
    return _ids(session, select(Thread.id).where(*stands, Thread.ref.is_(None), ~address.exists()))


def put_right(session: Session, thread: Thread, comment_ids: list[int], now: datetime) -> None:
    """Put right what is kept of a locked thread and of some of its comments, and say so where it shows.

    What is told of a comment's replies is told of those that it answers, too, as far up as it is needed.
    """
    is_seen = False
    for first in range(0, len(comment_ids), WAVE):
        is_seen |= _put_right(session, thread, comment_ids[first : first + WAVE])
    count = session.scalar(select(_approved()).where(Thread.site_id == thread.site_id, Thread.id == thread.id)) or 0
    if count != thread.count or is_seen:
        thread.count = count
        thread.touch(session, now)


def _put_right(session: Session, thread: Thread, comment_ids: list[int]) -> bool:
    is_seen = False
    wave, above = comment_ids, None
    while wave:
        found = _as_they_are(session, thread, wave, above)
        changes, parents = [], set()
        for row in found:
            right = _right(row)
            if right != {name: getattr(row, name) for name in right}:
                changes.append({f"new_{name}": value for name, value in right.items()} | {"key": row.id})
            if right["shown"] != row.shown:
                is_seen = True
                parents.add(row.parent_id)
        if changes:
            session.connection().execute(_CHANGE, [{"site": thread.site_id, **change} for change in changes])
        # Always higher up, so that this ends even where comments answer each other in a circle.
        above = max((row.depth for row in found), default=0)
        wave = list(parents - {None})
    return is_seen


def _as_they_are(session: Session, thread: Thread, comment_ids: list[int], above: int | None) -> list[Any]:
    waiting = (
        (Revision.site_id == Comment.site_id)
        & (Revision.comment_id == Comment.id)
        & (Revision.n == Comment.held_revision)
    )
    question = (
        select(
            Comment.id, Comment.parent_id, Comment.depth, Comment.state, Comment.shown, Comment.shown_replies,
            Comment.queued, Comment.held_revision, Comment.created,
            Revision.at.label("held_at"), _shown_replies().label("replies"),
        )
        .join(Revision, waiting, isouter=True)
        .where(Comment.site_id == thread.site_id, Comment.thread_id == thread.id, Comment.id.in_(comment_ids))
    )  # fmt: skip
    if above is not None:
        question = question.where(Comment.depth < above)
    return list(session.execute(question))


def _right(row: Any) -> dict[str, Any]:
    waits = row.state == PENDING or row.held_revision is not None
    since = row.queued or row.held_at or row.created
    return {
        "shown": row.state == APPROVED or row.replies > 0,
        "shown_replies": row.replies,
        "queued": since if waits else None,
    }


def _approved() -> ScalarSelect[int]:
    # The state stands in the words of the question: SQLite uses no partial index for a value it is told later.
    approved = Comment.state == literal(APPROVED, String(), literal_execute=True)
    counted = select(func.count()).where(Comment.site_id == Thread.site_id, Comment.thread_id == Thread.id, approved)
    return counted.correlate(Thread).scalar_subquery()


def _shown_replies() -> ScalarSelect[int]:
    reply = aliased(Comment)
    counted = select(func.count()).where(reply.site_id == Comment.site_id, reply.parent_id == Comment.id, reply.shown)
    return counted.correlate(Comment).scalar_subquery()


def _revision(n: Any) -> Select:
    question = select(Revision.n).where(
        Revision.site_id == Comment.site_id, Revision.comment_id == Comment.id, Revision.n == n
    )
    return question.correlate(Comment)


def _waits() -> ColumnElement[bool]:
    return or_(Comment.state == PENDING, Comment.held_revision.is_not(None))


def _ids(session: Session, question: Select) -> Iterator[int]:
    return iter(session.scalars(question, execution_options={"yield_per": AT_ONCE}))


_SITES = (Thread.site_id, Comment.site_id)
_TABLE = cast(Table, Comment.__table__)
_CHANGE = (
    update(_TABLE)
    .where(_TABLE.c.site_id == bindparam("site"), _TABLE.c.id == bindparam("key"))
    .values({name: bindparam(f"new_{name}") for name in ("shown", "shown_replies", "queued")})
)
