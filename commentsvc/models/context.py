"""A comment in its context: its revisions, what was done with it, and how many others are like it; all bounded."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm import aliased

from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.decision import Decision
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.wanted import Wanted
from commentsvc.models.wanted import alike

# Of the newest of those that are alike; more make no difference to a decision.
LOOKED_AT = 1000
# So many revisions and decisions are shown, the newest of them.
SHOWN = 100
# Among so many newest comments of the site the same text is looked for.
NEWEST = 2000
# A text with so many more or fewer characters is another one, whatever is folded.
LENGTHS = (0.7, 1.4)


@dataclass(frozen=True)
class Past:
    """A decision on a comment, and the name of the moderator who made it; None where it is not known any more."""

    decision: Decision
    moderator: str | None


@dataclass(frozen=True)
class Said:
    """The text of another comment: its id and what was written."""

    id: int
    source: str


def history(session: Session, site: Site, comment_id: int) -> list[Past]:
    """Return the newest decisions on a comment, newest first."""
    rows = session.execute(
        select(Decision, Moderator.name)
        .outerjoin(Moderator, (Decision.actor == "moderator") & (Moderator.id == Decision.actor_id))
        .where(Decision.site_id == site.id, Decision.comment_id == comment_id)
        .order_by(Decision.id.desc())
        .limit(SHOWN)
    )
    return [Past(decision, name) for decision, name in rows]


def last_decisions(session: Session, site: Site, comment_ids: Iterable[int]) -> list[Past]:
    """Return for each comment the newest decision that changed its state."""
    later = aliased(Decision)
    newest = (
        select(func.max(later.id))
        .where(later.site_id == site.id, later.comment_id == Decision.comment_id, later.state_from.is_not(None))
        .correlate(Decision)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Decision, Moderator.name)
        .outerjoin(Moderator, (Decision.actor == "moderator") & (Moderator.id == Decision.actor_id))
        .where(Decision.site_id == site.id, Decision.comment_id.in_(list(comment_ids)), Decision.id == newest)
        .order_by(Decision.id)
    )
    return [Past(decision, name) for decision, name in rows]


def revisions(session: Session, site: Site, comment_id: int) -> list[tuple[Revision, str | None]]:
    """Return the newest revisions of a comment, newest first, each with the name of the moderator who wrote it."""
    rows = session.execute(
        select(Revision, Moderator.name)
        .outerjoin(Moderator, (Revision.by == "moderator") & (Moderator.id == Revision.by_id))
        .where(Revision.site_id == site.id, Revision.comment_id == comment_id)
        .order_by(Revision.n.desc())
        .limit(SHOWN)
    )
    return [(revision, name) for revision, name in rows]


def states_of(session: Session, site: Site, wanted: Wanted) -> dict[str, int]:
    """Return how many comments of each state are like the one that `wanted.like` names, among the newest LOOKED_AT."""
    few = (
        select(Comment.state)
        .where(Comment.site_id == site.id, alike(session, site, wanted))
        .order_by(Comment.created.desc(), Comment.id.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    rows = session.execute(select(few.c.state, func.count()).group_by(few.c.state))
    return {state: number for state, number in rows}  # noqa: C416


def other_names(session: Session, site: Site, wanted: Wanted, name: str) -> int:
    """Return under how many other names the newest comments were written that are like the one named."""
    few = (
        select(Comment.name)
        .where(Comment.site_id == site.id, alike(session, site, wanted))
        .order_by(Comment.created.desc(), Comment.id.desc())
        .limit(LOOKED_AT)
        .subquery()
    )
    return session.scalar(select(func.count(few.c.name.distinct())).where(few.c.name != name)) or 0


def texts_of_like_length(session: Session, site: Site, length: int) -> list[Said]:
    """Return those of the newest comments whose shown text is about so long, for whoever compares them."""
    newest = select(Comment.id).where(Comment.site_id == site.id).order_by(Comment.id.desc()).limit(NEWEST).subquery()
    least, most = (int(length * part) for part in LENGTHS)
    rows = session.execute(
        select(Comment.id, Revision.source)
        .join(newest, newest.c.id == Comment.id)
        .join(
            Revision,
            (Revision.site_id == Comment.site_id)
            & (Revision.comment_id == Comment.id)
            & (Revision.n == func.coalesce(Comment.held_revision, Comment.shown_revision)),
        )
        .where(Comment.site_id == site.id, func.length(Revision.source).between(least, most + 1))
    )
    return [Said(*row) for row in rows]


def has_answered(session: Session, site: Site, parent_id: int, moderator_id: int, source: str) -> bool:
    """Tell whether a shown reply of a moderator to a comment has this text."""
    found = session.scalar(
        select(Comment.id)
        .join(
            Revision,
            (Revision.site_id == Comment.site_id)
            & (Revision.comment_id == Comment.id)
            & (Revision.n == Comment.shown_revision),
        )
        .where(
            Comment.site_id == site.id,
            Comment.parent_id == parent_id,
            Comment.moderator_id == moderator_id,
            Comment.shown,
            Revision.source == source,
        )
        .limit(1)
    )
    return found is not None
