"""A site's numbers as charts, each with its table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask import g
from markupsafe import Markup
from werkzeug.wrappers import Response

from commentsvc.models.comment import STATES
from commentsvc.models.statistics import DAYS
from commentsvc.models.statistics import Statistics
from commentsvc.moderators import reviewing
from commentsvc.web.desk import charts
from commentsvc.web.desk.charts import Series
from commentsvc.web.desk.page import page
from commentsvc.web.desk.words import comments
from commentsvc.web.desk.words import reason_in_words
from commentsvc.web.service import service

# More would be a list, not a picture; the table holds them all.
SHOWN_REASONS = 10
# Name, and how many seconds; each is used from twice its own length on.
UNITS = (("days", 86400), ("hours", 3600), ("minutes", 60), ("seconds", 1))


@dataclass(frozen=True)
class Part:
    """One part of the page: code, heading, a sentence, and chart and table, or what is said where there is nothing."""

    code: str
    name: str
    words: str
    empty: str
    chart: Markup | None
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    legend: tuple[tuple[str, str], ...] = ()


def statistics() -> Response:
    """Show the numbers of the last days."""
    found, sizes = reviewing.look_at_numbers(g.site, service().now())
    return page("desk/statistics.html", "statistics", sizes, parts=[make(found) for make in PARTS], days=DAYS)


def _arrivals(found: Statistics) -> Part:
    labels = [_day(day) for day in found.days]
    series = [
        Series(state, state, [found.arrivals.get(day, {}).get(state, 0) for day in found.days]) for state in STATES
    ]
    total = sum(sum(by_state.values()) for by_state in found.arrivals.values())
    return Part(
        code="arrivals",
        name="Arrivals by day",
        words=f"{comments(total).capitalize()} in {DAYS} days, by what became of them so far.",
        empty="No comment has arrived yet.",
        chart=charts.columns("Comments that arrived, by day and state", labels, series) if total else None,
        heads=("Day", *(state.capitalize() for state in STATES)),
        rows=[
            (day.isoformat(), *(f"{found.arrivals[day].get(state, 0):,}" for state in STATES))
            for day in reversed(found.days)
            if day in found.arrivals
        ],
        legend=tuple((state, state.capitalize()) for state in STATES),
    )


def _waiting(found: Statistics) -> Part:
    most = max((seconds for seconds, _ in found.waiting.values()), default=0)
    unit, size = next((each for each in UNITS if most >= 2 * each[1]), UNITS[-1])
    values = [found.waiting[week][0] / size if week in found.waiting else None for week in found.weeks]
    title = f"Median time until a moderator decided, by week, in {unit}"
    return Part(
        code="waiting",
        name="Waiting time",
        words=f"How long a comment waited for a moderator, the middle one of each week, in {unit}.",
        empty="Nobody has decided on a waiting comment yet.",
        chart=_weekly(title, found, "median", values, lambda value: f"{value:,.1f}".removesuffix(".0")),
        heads=("Week of", f"Median, {unit}", "Decided"),
        rows=[
            (week.isoformat(), f"{found.waiting[week][0] / size:,.1f}", f"{found.waiting[week][1]:,}")
            for week in reversed(found.weeks)
            if week in found.waiting
        ],
    )


def _reasons(found: Statistics) -> Part:
    named: dict[str, int] = {}
    for reason, count in found.reasons.items():
        # Two rules may give the same reason.
        words = reason_in_words(reason)
        named[words] = named.get(words, 0) + count
    ordered = sorted(named.items(), key=lambda item: (-item[1], item[0]))
    return Part(
        code="reasons",
        name="What held comments",
        words="How often a rule, the filter or the policy of the site was a reason; a comment can have several.",
        empty="No comment had to be held.",
        chart=charts.bars("Comments by reason", ordered[:SHOWN_REASONS]) if ordered else None,
        heads=("Reason", "Comments"),
        rows=[(words, f"{count:,}") for words, count in ordered],
    )


def _precision(found: Statistics) -> Part:
    share: dict[date, float] = {}
    for week, one in found.precision.items():
        if one.share is not None:
            share[week] = one.share
    values = [share.get(week) for week in found.weeks]
    return Part(
        code="precision",
        name="Precision of the filter",
        words="Of what the filter held in a week, how much moderators then turned down.",
        empty="Moderators have not decided yet on anything that the filter held.",
        chart=_weekly("Share of verdicts that moderators agreed with", found, "right", values, _percent, 1),
        heads=("Week of", "Precision", "Agreed", "Disagreed", "Undecided"),
        rows=[
            (
                week.isoformat(),
                _percent(share[week]) if week in share else "none yet",
                *(f"{number:,}" for number in (one.right, one.wrong, one.undecided)),
            )
            for week, one in sorted(found.precision.items(), reverse=True)
        ],
    )


PARTS: tuple[Callable[[Statistics], Part], ...] = (_arrivals, _waiting, _reasons, _precision)


def _weekly(
    title: str,
    found: Statistics,
    name: str,
    values: list[float | None],
    write: Callable[[float], str],
    most: float | None = None,
) -> Markup | None:
    if all(value is None for value in values):
        return None
    labels = [_day(week) for week in found.weeks]
    return charts.columns(title, labels, [Series(name, "plain", values)], write, most)


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _percent(share: float) -> str:
    return f"{share:.0%}"
