"""What a site's numbers were: arrivals, waiting, reasons, and how often the filter was right; summed in the database.

Identifiers tell the time of what they name, so that days and weeks are found by the key and counted alike everywhere.
Days and weeks are UTC; a week begins on Monday.
"""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from datetime import datetime
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy import ColumnElement
from sqlalchemy import Integer
from sqlalchemy import String
from sqlalchemy import cast
from sqlalchemy import func
from sqlalchemy import literal
from sqlalchemy import literal_column
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session
from sqlalchemy.orm import aliased

from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import Comment
from commentsvc.models.decision import Decision
from commentsvc.models.ids import EPOCH_MS
from commentsvc.models.ids import RANDOM_BITS
from commentsvc.models.ids import id_at
from commentsvc.models.site import Site

DAYS = 90
FILTER = "filter"
DECIDING = ("approve", "spam", "reject", "delete")
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
# More combinations of reasons than these are not told apart.
COMBINATIONS = 1000

_FIRST_DAY = date(1970, 1, 1) + timedelta(milliseconds=EPOCH_MS)
_MONDAY = _FIRST_DAY - timedelta(days=_FIRST_DAY.weekday())


@dataclass(frozen=True)
class Precision:
    """What became in one week of what the filter held or marked: moderators agreed, disagreed, or have not decided."""

    right: int
    wrong: int
    undecided: int

    @property
    def share(self) -> float | None:
        """The share of the decided ones in which moderators agreed, 0 to 1; None where nothing is decided."""
        decided = self.right + self.wrong
        return self.right / decided if decided else None


@dataclass(frozen=True)
class Statistics:
    """The numbers of the last DAYS days.

    `arrivals` by day and state of now; `waiting` the median seconds until a moderator's first decision, with how many
    there were, by the Monday of the week; `reasons` how many submissions each held; `precision` by week.
    """

    days: list[date]
    weeks: list[date]
    arrivals: dict[date, dict[str, int]]
    waiting: dict[date, tuple[float, int]]
    reasons: dict[str, int]
    precision: dict[date, Precision]


def statistics(session: Session, site: Site, now: datetime) -> Statistics:
    """Return the numbers of a site up to now."""
    today = now.date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    monday = days[0] - timedelta(days=days[0].weekday())
    weeks = [monday + timedelta(weeks=n) for n in range((today - monday).days // 7 + 1)]
    since = id_at(first)
    return Statistics(
        days=days,
        weeks=weeks,
        arrivals=_arrivals(session, site, since),
        waiting=_waiting(session, site, since),
        reasons=_reasons(session, site, since),
        precision=_precision(session, site, since),
    )


def by_week(
    session: Session, site: Site, monday: datetime
) -> tuple[dict[date, tuple[float, int]], dict[date, Precision]]:
    """Return `waiting` and `precision` of Statistics for the weeks since a Monday, 0:00 UTC."""
    since = id_at(monday)
    return _waiting(session, site, since), _precision(session, site, since)


def _arrivals(session: Session, site: Site, since: int) -> dict[date, dict[str, int]]:
    day = (_milliseconds(Decision.id) // DAY_MS).label("day")
    rows = session.execute(
        select(day, Comment.state, func.count())
        .join(Comment, (Comment.site_id == Decision.site_id) & (Comment.id == Decision.comment_id))
        .where(Decision.site_id == site.id, Decision.id >= since, Decision.act == "submit")
        .group_by(day, Comment.state)
    )
    found: dict[date, dict[str, int]] = {}
    for number, state, count in rows:
        found.setdefault(_FIRST_DAY + timedelta(days=int(number)), {})[state] = count
    return found


def _waiting(session: Session, site: Site, since: int) -> dict[date, tuple[float, int]]:
    first = (
        select(Decision.comment_id.label("comment"), func.min(Decision.id).label("decided"))
        .where(
            Decision.site_id == site.id, Decision.id >= since, Decision.actor == "moderator",
            Decision.act.in_(DECIDING), Decision.state_from == PENDING, Decision.comment_id.is_not(None),
        )
        .group_by(Decision.comment_id)
        .subquery()
    )  # fmt: skip
    waited = select(
        _week(first.c.decided).label("week"),
        (_milliseconds(first.c.decided) - _milliseconds(first.c.comment)).label("waited"),
    ).subquery()
    week = waited.c.week
    ranked = select(
        week,
        waited.c.waited,
        func.row_number().over(partition_by=week, order_by=waited.c.waited).label("place"),
        func.count().over(partition_by=week).label("many"),
    ).subquery()
    # The one in the middle, or the two: twice its place is within one of their number and one more.
    middle = (ranked.c.place * 2).between(ranked.c.many, ranked.c.many + 2)
    rows = session.execute(
        select(ranked.c.week, func.min(ranked.c.waited), func.max(ranked.c.waited), func.max(ranked.c.many))
        .where(middle)
        .group_by(ranked.c.week)
    )
    return {_monday(number): (max((low + high) / 2000, 0), many) for number, low, high, many in rows}


def _reasons(session: Session, site: Site, since: int) -> dict[str, int]:
    # Summed by the whole list, of which there are few kinds, and told apart here: each database has its own words.
    text = cast(Decision.reasons, String).label("reasons")
    rows = session.execute(
        select(text, func.count().label("many"))
        .where(
            Decision.site_id == site.id, Decision.id >= since, Decision.act == "submit", Decision.state_to != APPROVED
        )
        .group_by(text)
        .order_by(literal_column("many").desc(), text)
        .limit(COMBINATIONS)
    )
    found: Counter[str] = Counter()
    for reasons, count in rows:
        for reason in set(json.loads(reasons)):
            found[reason] += count
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _precision(session: Session, site: Site, since: int) -> dict[date, Precision]:
    # Both by one walk through the same stretch of the log: to look the later one up for each costs far more.
    last = (
        select(Decision.comment_id.label("comment"), func.max(Decision.id).label("last"))
        .where(
            Decision.site_id == site.id, Decision.id >= since, Decision.actor == "moderator",
            Decision.state_to.is_not(None), Decision.comment_id.is_not(None),
        )
        .group_by(Decision.comment_id)
        .subquery()
    )  # fmt: skip
    # One that was marked at once has two rows, its arrival and the mark: it counts once, when it was first spoken of.
    spoken = (
        select(Decision.comment_id.label("comment"), func.min(Decision.id).label("first"))
        .where(
            Decision.site_id == site.id, Decision.id >= since, Decision.state_to != APPROVED,
            or_(Decision.actor == "rule", Decision.act == "submit"), Decision.comment_id.is_not(None),
            cast(Decision.reasons, String).like(f'%"{FILTER}"%'),
        )
        .group_by(Decision.comment_id)
        .subquery()
    )  # fmt: skip
    held = (
        select(_week(spoken.c.first).label("week"), last.c.last)
        .outerjoin(last, (last.c.comment == spoken.c.comment) & (last.c.last > spoken.c.first))
        .subquery()
    )
    verdict = aliased(Decision)
    rows = session.execute(
        select(held.c.week, verdict.state_to, func.count())
        .outerjoin(verdict, (verdict.site_id == site.id) & (verdict.id == held.c.last))
        .group_by(held.c.week, verdict.state_to)
    )
    found: dict[date, Counter[str]] = {}
    for number, state, count in rows:
        kind = {APPROVED: "wrong", PENDING: "undecided", None: "undecided"}.get(state, "right")
        found.setdefault(_monday(number), Counter())[kind] += count
    return {week: Precision(of["right"], of["wrong"], of["undecided"]) for week, of in found.items()}


def _milliseconds(number: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[int]:
    return number.op(">>", return_type=BigInteger())(literal(RANDOM_BITS, Integer(), literal_execute=True))


def _week(number: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[int]:
    before = (_FIRST_DAY - _MONDAY).days * DAY_MS
    return (_milliseconds(number) + before) // WEEK_MS


def _monday(number: int) -> date:
    return _MONDAY + timedelta(weeks=int(number))
