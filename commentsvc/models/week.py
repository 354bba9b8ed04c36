"""What one week of a site was like: what arrived, how long it waited, what was talked about, how the filter did."""

from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import Comment
from commentsvc.models.decision import Decision
from commentsvc.models.ids import id_at
from commentsvc.models.site import Site
from commentsvc.models.statistics import Precision
from commentsvc.models.statistics import by_week
from commentsvc.models.thread import Thread


@dataclass(frozen=True)
class Discussed:
    """An article, by its title or else its address, and how many published comments it got."""

    title: str
    comments: int


@dataclass(frozen=True)
class Week:
    """The numbers of a week.

    `arrivals` by state of now; `waited` the median time until a moderator's first decision; `filter` what became of
    what the filter held. Both are None where there was none.
    """

    arrivals: dict[str, int]
    waited: timedelta | None
    discussed: list[Discussed]
    filter: Precision | None


def week_of(session: Session, site: Site, begins: datetime, ends: datetime, discussed: int) -> Week:
    """Return the numbers of the week that begins on a Monday, with so many of the most discussed articles."""
    waiting, precision = by_week(session, site, begins)
    waited = waiting.get(begins.date())
    since, until = id_at(begins), id_at(ends)
    return Week(
        arrivals=_arrivals(session, site, since, until),
        waited=timedelta(seconds=waited[0]) if waited is not None else None,
        discussed=_discussed(session, site, since, until, discussed),
        filter=precision.get(begins.date()),
    )


def _arrivals(session: Session, site: Site, since: int, until: int) -> dict[str, int]:
    rows = session.execute(
        select(Comment.state, func.count())
        .join(Decision, (Decision.site_id == Comment.site_id) & (Decision.comment_id == Comment.id))
        .where(Decision.site_id == site.id, Decision.id >= since, Decision.id < until, Decision.act == "submit")
        .group_by(Comment.state)
    )
    return {row[0]: row[1] for row in rows}


def _discussed(session: Session, site: Site, since: int, until: int, limit: int) -> list[Discussed]:
    said = (
        select(Comment.thread_id, func.count().label("many"))
        .where(Comment.site_id == site.id, Comment.id >= since, Comment.id < until, Comment.state == APPROVED)
        .group_by(Comment.thread_id)
        .subquery()
    )
    rows = session.execute(
        select(Thread.title, Thread.url, said.c.many)
        .join(said, said.c.thread_id == Thread.id)
        .where(Thread.site_id == site.id)
        .order_by(said.c.many.desc(), Thread.id)
        .limit(limit)
    )
    return [Discussed(title or url, many) for title, url, many in rows]
