"""The learning filter on the desk: how it stands, why it thinks so of a comment, and where moderators disagree."""

from dataclasses import dataclass

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.models.ids import from_text
from commentsvc.models.learnt import Tally
from commentsvc.moderators import filtering
from commentsvc.moderators import moderating
from commentsvc.moderators.filtering import Explanation
from commentsvc.moderators.filtering import Status
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownComment
from commentsvc.screening.learning.explaining import Signal
from commentsvc.text.excerpts import plain_text
from commentsvc.web.desk.page import page
from commentsvc.web.service import service

RATES = (0.002, 0.005, 0.01, 0.02, 0.05)
EXCERPT = 300
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Line:
    """A signal as the page shows it: its key, words, and weight as people write it."""

    key: str
    words: str
    weight: str


@dataclass(frozen=True)
class Month:
    """How the filter did in a month: what it marked, how much of that was spam, what it let pass."""

    name: str
    marked: str
    right: str
    share: str
    missed: str


def filter_page() -> Response:
    """Show what the filter has learnt from, how it does, and its settings."""
    return _filter_page()


def set_filter() -> Response:
    """Switch the filter on or off, or set what it may hold and what becomes of what it is sure of."""
    now = service().now()
    on = request.form.get("on")
    if on in ("0", "1"):
        filtering.switch(g.site, g.moderator, on == "1", now)
        did = "filter-on" if on == "1" else "filter-off"
        return redirect(url_for("desk.filter_page", site=g.site.key, did=did), 303)
    try:
        filtering.set_rate(g.site, g.moderator, _rate(), now)
        filtering.set_sure(g.site, g.moderator, request.form.get("sure", ""), now)
    except Invalid as refused:
        return _filter_page({error.field: error.message for error in refused.errors}, 422)
    return redirect(url_for("desk.filter_page", site=g.site.key, did="filter"), 303)


def filter_unmute() -> Response:
    """Heed a signal again."""
    filtering.unmute(g.site, g.moderator, request.form.get("key", "").replace("\0", ""), service().now())
    return redirect(url_for("desk.filter_page", site=g.site.key, did="unmute"), 303)


def filter_why(comment: str) -> Response:
    """Show what the filter thinks of a comment and why; raise UnknownComment."""
    found = filtering.explain(g.site, _number(comment))
    signals = found.signals
    return page(
        "desk/filter_why.html",
        "filter",
        moderating.sizes(g.site),
        comment=comment,
        author=found.entry.comment.name,
        excerpt=plain_text(found.entry.revision.html, EXCERPT),
        verdict=_verdict(found),
        percent=_percent(found),
        sides=(
            ("Speaks for spam", [_line(signal) for signal in signals if signal.weight > 0]),
            ("Speaks against it", [_line(signal) for signal in signals if signal.weight < 0]),
        ),
    )


def filter_mute(comment: str) -> Response:
    """Ignore a signal from now on; raise UnknownComment."""
    try:
        key = request.form.get("key", "").replace("\0", "")
        filtering.mute(g.site, g.moderator, _number(comment), key, service().now())
    except Invalid:
        # A page that was open for long: the comment was changed, or the filter has learnt otherwise.
        return redirect(url_for("desk.filter_why", site=g.site.key, comment=comment, did="none-muted"), 303)
    return redirect(url_for("desk.filter_why", site=g.site.key, comment=comment, did="mute"), 303)


def _filter_page(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    found = filtering.status(g.site, service().now())
    return page(
        "desk/filter.html",
        "filter",
        moderating.sizes(g.site),
        status,
        filter=found,
        state=_state(found),
        rates=[(f"{rate:g}", _share(rate)) for rate in sorted({*RATES, found.rate})],
        rate=f"{found.rate:g}",
        months=[_month(tally) for tally in reversed(found.tallies)],
        errors=errors or {},
    )


def _rate() -> float:
    try:
        return float(request.form.get("rate", ""))
    except ValueError as error:
        raise Invalid(FieldError("rate", "invalid", "Choose how many good comments may be held.")) from error


def _number(comment: str) -> int:
    number = from_text(comment)
    if number is None:
        raise UnknownComment
    return number


def _state(status: Status) -> str:
    if not status.is_on:
        return "The filter is off: it marks nothing."
    if status.knows_since is None:
        return _missing(status.missing)
    return f"The filter has been marking comments since {status.knows_since.day} {status.knows_since:%B %Y}."


def _missing(missing: tuple[int, int]) -> str:
    parts = [f"{number} more {kind}" for number, kind in zip(missing, ("spam", "good"), strict=True) if number]
    last = "comment" if missing in ((1, 0), (0, 1)) else "comments"
    told = (
        f"{' and '.join(parts)} {last} must be decided, each different," if parts else "it must learn what was decided"
    )
    return f"The filter marks nothing yet: {told} first."


def _verdict(found: Explanation) -> str:
    opinion = found.opinion
    if opinion is None or opinion.probability is None:
        told = "The filter has learnt too little for a guess."
        return f"{told} {_missing(opinion.missing)}" if opinion is not None else told
    percent = f"{_percent(found)} %"
    if not opinion.knows:
        return f"A first guess: {percent} likely to be spam. {_missing(opinion.missing)}"
    if not found.is_on:
        return f"{percent} likely to be spam. The filter is off and marks nothing."
    return f"{percent} likely to be spam: the filter {'marks it' if opinion.spam else 'lets it pass'}."


def _percent(found: Explanation) -> int | None:
    probability = found.opinion.probability if found.opinion is not None else None
    # Never quite sure, and never said to be.
    return min(max(round(probability * 100), 1), 99) if probability is not None else None


def _line(signal: Signal) -> Line:
    return Line(signal.key, signal.words, f"{'+' if signal.weight > 0 else MINUS}{abs(signal.weight):.2f}")


def _month(tally: Tally) -> Month:
    marked = tally.marked_spam + tally.marked_good
    return Month(
        name=tally.month,
        marked=f"{marked:,}",
        right=f"{tally.marked_spam:,}",
        share=f"{tally.marked_spam / marked:.0%}".replace("%", " %") if marked else "",
        missed=f"{tally.unmarked_spam:,}",
    )


def _share(rate: float) -> str:
    return f"{rate * 100:g} % (1 in {round(1 / rate):,})"
