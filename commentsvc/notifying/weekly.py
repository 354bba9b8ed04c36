"""The summary of a week for moderators: its letter is written ahead, and tells numbers and titles alone."""

from dataclasses import dataclass
from datetime import UTC
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import desk
from commentsvc.models import letter as letters
from commentsvc.models.letter import Letter
from commentsvc.models.letter import write_letter
from commentsvc.models.moderator import MAY_DECIDE
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import people_of
from commentsvc.models.moderator import role_on
from commentsvc.models.site import Site
from commentsvc.models.site import all_sites
from commentsvc.models.week import week_of
from commentsvc.notifying import links
from commentsvc.notifying.outbox import Outbox
from commentsvc.notifying.outbox import current

WEEK = timedelta(days=7)
DISCUSSED = 5


@dataclass(frozen=True)
class Span:
    """A length of time in the largest unit that tells it well: minutes, hours or days."""

    number: int
    unit: str


def write_ahead(now: datetime) -> None:
    """Write the letters that are due on the coming Monday, where they are not yet; raise DatabaseAway.

    Several processes may do so at once and again and again: a week is told to each moderator once.
    """
    if current() is None:
        return
    with reading() as session:
        wanted = [site for site in all_sites(session) if site.weekly]
    for site in wanted:
        with transaction() as session:
            due = next_monday(now, site.digest_hour)
            for person, role in people_of(session, site):
                if role in MAY_DECIDE and person.password_hash is not None:
                    about = {"moderator_id": person.id}
                    write_letter(session, site, letters.WEEKLY, event_id(due), person.email, due, now, **about)


def next_monday(now: datetime, hour: int) -> datetime:
    """Return the first Monday after now at an hour (UTC)."""
    monday = (now - timedelta(days=now.weekday())).replace(hour=hour, minute=0, second=0, microsecond=0)
    return monday if monday > now else monday + WEEK


def event_id(due: datetime) -> int:
    """Return the number of the week that a letter is sent in, such as 202611 (ISO 8601)."""
    year, week, _ = due.isocalendar()
    return year * 100 + week


def facts(session: Session, outbox: Outbox, site: Site, letter: Letter, now: datetime) -> dict[str, Any] | None:
    """Return what a letter tells of the week before the one it is sent in; None where there is nothing to tell."""
    person = session.get(Moderator, letter.moderator_id)
    if person is None or person.email != letter.recipient or not site.weekly:
        return None
    if role_on(session, site.id, person.id) not in MAY_DECIDE:
        return None
    # However late it is sent, it tells of the same week.
    ends = datetime.combine(date.fromisocalendar(*divmod(letter.event_id, 100), 1), time(), UTC)
    week = week_of(session, site, ends - WEEK, ends, DISCUSSED)
    waiting = desk.sizes(session, site)[desk.QUEUE]
    if not week.arrivals and not waiting:
        return None
    oldest = desk.oldest_waiting(session, site)
    return {
        "begins": f"{ends - WEEK:%Y-%m-%d}",
        "ends": f"{ends - timedelta(days=1):%Y-%m-%d}",
        "arrivals": week.arrivals,
        "total": sum(week.arrivals.values()),
        "waited": span(week.waited) if week.waited is not None else None,
        "discussed": week.discussed,
        "waiting": waiting,
        "many": desk.COUNTED,
        "oldest": span(now - oldest) if oldest is not None else None,
        "held": week.filter,
        "link": links.statistics_address(outbox, site),
        "stop": None,
    }


def span(length: timedelta) -> Span:
    """Return a length of time in whole minutes below two hours, hours below two days, else days."""
    minutes = max(1, round(length / timedelta(minutes=1)))
    if minutes < 120:
        return Span(minutes, "minutes")
    hours = round(minutes / 60)
    return Span(hours, "hours") if hours < 48 else Span(round(hours / 24), "days")
