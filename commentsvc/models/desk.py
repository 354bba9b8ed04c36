"""What a moderator looks at: the queue and the lists, by keys and bounded, each entry with what a decision needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row
from sqlalchemy import Select
from sqlalchemy import and_
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session
from sqlalchemy.orm import aliased

from commentsvc.models.comment import STATES
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.decision import Decision
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.models.wanted import EVERYTHING
from commentsvc.models.wanted import Wanted
from commentsvc.models.wanted import holds
from commentsvc.models.wanted import narrow

QUEUE = "queue"
LISTS = (QUEUE, *(state for state in STATES if state != "pending"))
PAGE = 50
# Beyond this a number says "many" as well as an exact one would, and costs nothing.
COUNTED = 1000
_IS_NEWEST = (
    (Revision.site_id == Comment.site_id)
    & (Revision.comment_id == Comment.id)
    & (Revision.n == func.coalesce(Comment.held_revision, Comment.shown_revision))
)
_IS_THREAD = (Thread.site_id == Comment.site_id) & (Thread.id == Comment.thread_id)


@dataclass(frozen=True)
class Entry:
    """A comment on the desk: the revision to decide on, its thread, the comment it answers, why it is held.

    `public_html` is what readers see meanwhile, where an edit waits; `parent_html` what the answered comment says.
    """

    comment: Comment
    revision: Revision
    thread: Thread
    parent: Comment | None
    reasons: tuple[str, ...]
    public_html: str | None
    parent_html: str | None

    @property
    def is_edit(self) -> bool:
        """Whether an approved comment's new text is what waits."""
        return self.comment.held_revision is not None


@dataclass(frozen=True)
class Listing:
    """One page of a list, and the id to go on from."""

    entries: list[Entry]
    next: int | None


def listing(session: Session, site: Site, name: str, wanted: Wanted = EVERYTHING, after: int | None = None) -> Listing:
    """Return a page of the queue (oldest first) or of a list (newest first), with only what is wanted of it."""
    # The keys are cut first, so that no database is tempted to join texts to all comments before it sorts them.
    few = _keys(session, site, name, wanted, after).limit(PAGE + 1).subquery()
    question = _entries(site).join(few, (few.c.site_id == Comment.site_id) & (few.c.id == Comment.id))
    rows = list(session.execute(_ordered(question, name)))
    entries = _with_surroundings(session, site, rows[:PAGE])
    return Listing(entries, entries[-1].comment.id if len(rows) > PAGE else None)


def wanted_ids(session: Session, site: Site, name: str, wanted: Wanted, limit: int) -> list[int]:
    """Return the ids of the first comments of a list that are wanted, without those that their authors took back."""
    keys = _keys(session, site, name, wanted).where(Comment.withdrawn.is_(None)).limit(limit)
    return [row.id for row in session.execute(keys)]


def time_of(name: str) -> InstrumentedAttribute:
    """Return the time by which a list is ordered: since when it waits, or when it was said."""
    return Comment.queued if name == QUEUE else Comment.created


def entry(session: Session, site: Site, comment_id: int) -> Entry | None:
    """Return one comment as the desk shows it."""
    rows = list(session.execute(_entries(site).where(Comment.id == comment_id)))
    return next(iter(_with_surroundings(session, site, rows)), None)


def sizes(session: Session, site: Site) -> dict[str, int]:
    """Return how many comments each list holds, counted up to COUNTED."""
    found = {}
    for name in LISTS:
        few = _in_list(select(Comment.id), site, name).limit(COUNTED).subquery()
        found[name] = session.scalar(select(func.count()).select_from(few)) or 0
    return found


def oldest_waiting(session: Session, site: Site) -> datetime | None:
    """Return since when the oldest entry of the queue waits."""
    return session.scalar(
        select(Comment.queued).where(Comment.site_id == site.id, Comment.queued.is_not(None)).order_by(Comment.queued)
        .limit(1)
    )  # fmt: skip


def threads(session: Session, site: Site, words: str = "", after: int | None = None) -> list[Thread]:
    """Return threads of the site, newest first, at most PAGE, whose title or address holds the words."""
    question = select(Thread).where(Thread.site_id == site.id)
    if words:
        question = question.where(or_(holds(Thread.title, words), holds(Thread.url, words)))
    if after is not None:
        question = question.where(Thread.id < after)
    return list(session.scalars(question.order_by(Thread.id.desc()).limit(PAGE)))


def _keys(session: Session, site: Site, name: str, wanted: Wanted, after: int | None = None) -> Select:
    question = _in_list(select(Comment.site_id, Comment.id), site, name)
    if wanted.words:
        question = question.join(Revision, _IS_NEWEST).join(Thread, _IS_THREAD)
    time = time_of(name)
    if after is not None:
        # The last one of the page before may have been decided since.
        last = (
            select(func.coalesce(time, Comment.created))
            .where(Comment.site_id == site.id, Comment.id == after)
            .scalar_subquery()
        )
        beyond = (time > last, Comment.id > after) if name == QUEUE else (time < last, Comment.id < after)
        question = question.where(or_(beyond[0], and_(time == last, beyond[1])))
    return _ordered(narrow(session, site, question, wanted, time), name)


def _ordered(question: Select, name: str) -> Select:
    time = time_of(name)
    if name == QUEUE:
        return question.order_by(time, Comment.id)
    return question.order_by(time.desc(), Comment.id.desc())


def _in_list(question: Select, site: Site, name: str) -> Select:
    question = question.where(Comment.site_id == site.id)
    return question.where(Comment.queued.is_not(None) if name == QUEUE else Comment.state == name)


def _entries(site: Site) -> Select:
    parent = aliased(Comment)
    return (
        select(Comment, Revision, Thread, parent)
        .join(Revision, _IS_NEWEST)
        .join(Thread, _IS_THREAD)
        .outerjoin(parent, (parent.site_id == Comment.site_id) & (parent.id == Comment.parent_id))
        .where(Comment.site_id == site.id)
    )


def _with_surroundings(session: Session, site: Site, rows: Sequence[Row]) -> list[Entry]:
    comments = [row[0] for row in rows]
    reasons = _reasons(session, site, [comment.id for comment in comments])
    edited = [comment.id for comment in comments if comment.held_revision is not None]
    answered = [parent.id for _, _, _, parent in rows if parent is not None]
    html = _shown_html(session, site, [*edited, *answered])
    return [
        Entry(
            comment,
            revision,
            thread,
            parent,
            reasons.get(comment.id, ()),
            html.get(comment.id) if comment.held_revision is not None else None,
            html.get(parent.id) if parent is not None else None,
        )
        for comment, revision, thread, parent in rows
    ]


def _shown_html(session: Session, site: Site, comment_ids: list[int]) -> dict[int, str]:
    rows = session.execute(
        select(Revision.comment_id, Revision.html)
        .join(
            Comment,
            (Comment.site_id == Revision.site_id)
            & (Comment.id == Revision.comment_id)
            & (Comment.shown_revision == Revision.n),
        )
        .where(Revision.site_id == site.id, Revision.comment_id.in_(comment_ids))
    )
    return {row.comment_id: row.html for row in rows}


def _reasons(session: Session, site: Site, comment_ids: list[int]) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        select(Decision.comment_id, Decision.reasons)
        .where(
            Decision.site_id == site.id,
            Decision.comment_id.in_(comment_ids),
            # What screening said, and what else had it held; a moderator's acts have no reasons to wait for.
            Decision.actor != "moderator",
            Decision.act != "withdraw",
        )
        .order_by(Decision.id)
    )
    return {comment_id: tuple(reasons) for comment_id, reasons in rows if comment_id is not None}
