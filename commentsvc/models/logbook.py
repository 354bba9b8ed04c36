"""The decision log as people read it: all decisions of a site, newest first, by keys, with what each is about."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.models.comment import Comment
from commentsvc.models.decision import Decision
from commentsvc.models.decision import DecisionNote
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread

PAGE = 50
# So many decisions a page looks through for those that are wanted; the next page goes on from there.
LOOKED_AT = 20_000
AT_ONCE = 1000


@dataclass(frozen=True)
class Sought:
    """Which decisions are wanted: by kind of actor or moderator, by act, and between two ids, the later excluded."""

    actor: str | None = None
    actor_id: int | None = None
    act: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class Line:
    """A decision with its words, whose comment it is about, in which thread, and which moderator made it."""

    decision: Decision
    note: str | None
    author: str | None
    thread: Thread | None
    moderator: str | None


@dataclass(frozen=True)
class Leaf:
    """A page of the log, and the id to go on from; `more` says that it looked through LOOKED_AT without being full."""

    lines: list[Line]
    next: int | None
    more: bool = False


def leaf(session: Session, site: Site, sought: Sought, before: int | None = None) -> Leaf:
    """Return a page of the log, newest first."""
    rows = select(Decision.id).where(Decision.site_id == site.id)
    upper = min((one for one in (before, sought.until) if one is not None), default=None)
    if upper is not None:
        rows = rows.where(Decision.id < upper)
    if sought.since is not None:
        rows = rows.where(Decision.id >= sought.since)
    # Found by the key alone, so that what is seldom is not looked for through years at once.
    end = session.scalar(rows.order_by(Decision.id.desc()).offset(LOOKED_AT - 1).limit(1))
    question = _lines(site).where(Decision.id.in_(rows)).order_by(Decision.id.desc())
    if end is not None:
        question = question.where(Decision.id >= end)
    for column, value in (
        (Decision.actor, sought.actor),
        (Decision.actor_id, sought.actor_id),
        (Decision.act, sought.act),
    ):
        question = question.where(column == value) if value is not None else question
    found = [Line(*row) for row in session.execute(question.limit(PAGE + 1))]
    if len(found) > PAGE:
        return Leaf(found[:PAGE], found[PAGE - 1].decision.id)
    return Leaf(found, end, more=end is not None)


def acts_of(session: Session, site: Site) -> list[str]:
    """Return which acts the newest LOOKED_AT decisions are, in order."""
    newest = select(Decision.act).where(Decision.site_id == site.id).order_by(Decision.id.desc()).limit(LOOKED_AT)
    return sorted(session.scalars(select(newest.subquery().c.act).distinct()))


def everything(session: Session, site: Site) -> Iterator[tuple[Decision, DecisionNote | None]]:
    """Yield all decisions of a site with their notes, oldest first."""
    on = (DecisionNote.site_id == Decision.site_id) & (DecisionNote.decision_id == Decision.id)
    rows = session.execute(
        select(Decision, DecisionNote).outerjoin(DecisionNote, on).where(Decision.site_id == site.id)
        .order_by(Decision.id),
        execution_options={"yield_per": AT_ONCE},
    )  # fmt: skip
    for decision, note in rows:
        yield decision, note
        # They are written and forgotten, however many there are.
        session.expunge(decision)


def _lines(site: Site) -> Select:
    on = (DecisionNote.site_id == Decision.site_id) & (DecisionNote.decision_id == Decision.id)
    return (
        select(Decision, DecisionNote.words, func.nullif(Comment.name, ""), Thread, Moderator.name)
        .outerjoin(DecisionNote, on)
        .outerjoin(Comment, (Comment.site_id == Decision.site_id) & (Comment.id == Decision.comment_id))
        .outerjoin(Thread, (Thread.site_id == Decision.site_id) & (Thread.id == Decision.thread_id))
        .outerjoin(Moderator, (Decision.actor == "moderator") & (Moderator.id == Decision.actor_id))
        .where(Decision.site_id == site.id)
    )
