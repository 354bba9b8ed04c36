"""Whether letters go out: those that were given up, and those that nobody sends though they are due."""

from collections.abc import Iterator
from datetime import datetime
from datetime import timedelta

from commentsvc.database import reading
from commentsvc.examining.finding import NOTE
from commentsvc.examining.finding import OK
from commentsvc.examining.finding import WRONG
from commentsvc.examining.finding import Finding
from commentsvc.models.letter import Standing
from commentsvc.models.letter import standing
from commentsvc.models.site import Site
from commentsvc.settings import Settings

# What is tried again has a later time: a letter that is due for so long is sent by nobody.
OVERDUE = timedelta(hours=1)


def examine_letters(sites: list[Site], settings: Settings, now: datetime) -> Iterator[Finding]:
    """Yield how many letters of sites are parked, and how many are overdue; raise DatabaseAway."""
    with reading() as session:
        found = {site.key: standing(session, site, now - OVERDUE) for site in sites}
    yield _parked(found)
    yield _overdue(found, settings)


def _parked(found: dict[str, Standing]) -> Finding:
    number, looked_at = sum(one.parked for one in found.values()), sum(one.unsent for one in found.values())
    places = tuple(f"{key} ({one.parked:,})" for key, one in found.items() if one.parked)
    if not number:
        return Finding("parked", OK, "Parked letters: none.", looked_at)
    words = (
        f"Parked letters: {_letters(number)} could not be sent and {'is' if number == 1 else 'are'} not tried again:"
        f" {', '.join(places)}. The desk says why under Letters, and sends them again."
    )
    return Finding("parked", NOTE, words, looked_at, number, places)


def _overdue(found: dict[str, Standing], settings: Settings) -> Finding:
    number, looked_at = sum(one.overdue for one in found.values()), sum(one.unsent for one in found.values())
    places = tuple(f"{key} ({one.overdue:,})" for key, one in found.items() if one.overdue)
    if not number:
        return Finding("overdue", OK, "Overdue letters: none.", looked_at)
    why = "Does the service run, or `commentsvc worker` where COMMENTSVC_DELIVER is off?"
    if settings.smtp_url is None:
        why = "COMMENTSVC_SMTP_URL is not set, so that nobody sends them."
    words = (
        f"Overdue letters: {_letters(number)} should have gone out an hour ago and more: {', '.join(places)}. {why}"
    )  # fmt: skip
    return Finding("overdue", WRONG, words, looked_at, number, places)


def _letters(number: int) -> str:
    return "1 letter" if number == 1 else f"{number:,} letters"
