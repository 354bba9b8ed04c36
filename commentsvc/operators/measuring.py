"""What a service's database says of its work: numbers of each site, for those who watch over it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlalchemy import select

from commentsvc.database import reading
from commentsvc.models.comment import Comment
from commentsvc.models.delivery import Delivery
from commentsvc.models.learnt import Learnt
from commentsvc.models.letter import Letter
from commentsvc.models.site import all_sites

# What was counted of each site, by its number.
Rows = dict[int, list[Any]]


@dataclass(frozen=True)
class Gauge:
    """How high something stands, by name, meaning and labels."""

    name: str
    meaning: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def measure(now: datetime) -> list[Gauge]:
    """Return the numbers of all sites; raise DatabaseAway. Sites are the operator's: strangers can't add to them."""
    with reading() as session:
        keys = {site.id: site.key for site in all_sites(session)}
        queues = session.execute(
            select(Comment.site_id, func.count(), func.min(Comment.queued))
            .where(Comment.queued.is_not(None))
            .group_by(Comment.site_id)
        )
        queue = {number: (many, oldest) for number, many, oldest in queues}
        due = func.min(Letter.due).filter(Letter.parked.is_(None))
        letters = session.execute(
            select(Letter.site_id, func.count(), func.count(Letter.parked), due)
            .where(Letter.sent.is_(None))
            .group_by(Letter.site_id)
        )
        letter: Rows = {number: rest for number, *rest in letters}
        hooks = session.execute(
            select(Delivery.site_id, func.count(), func.count(Delivery.parked))
            .where(Delivery.delivered.is_(None))
            .group_by(Delivery.site_id)
        )
        hook: Rows = {number: rest for number, *rest in hooks}
        filters = session.execute(select(Learnt.site_id, Learnt.is_on, Learnt.knows_since, Learnt.spam, Learnt.good))
        learnt: Rows = {number: rest for number, *rest in filters}
    found = []
    for number, key in keys.items():
        site = (("site", key),)
        many, oldest = queue.get(number, (0, None))
        found.append(Gauge("commentsvc_queue", "Comments that wait for a moderator.", many, site))
        found.append(Gauge("commentsvc_queue_oldest_seconds", "How long the oldest waits.", _since(oldest, now), site))
        unsent, parked, first = letter.get(number, [0, 0, None])
        found.append(Gauge("commentsvc_letters_waiting", "Letters not sent yet.", unsent - parked, site))
        found.append(
            Gauge("commentsvc_letters_late_seconds", "For how long the first is due.", _since(first, now), site)
        )
        found.append(Gauge("commentsvc_letters_parked", "Letters given up until somebody looks.", parked, site))
        open_, given_up = hook.get(number, [0, 0])
        found.append(Gauge("commentsvc_webhooks_waiting", "Webhook deliveries to come.", open_ - given_up, site))
        found.append(Gauge("commentsvc_webhooks_parked", "Webhook deliveries given up.", given_up, site))
        found += _filter(site, learnt.get(number))
    return sorted(found, key=lambda gauge: gauge.name)


def memory_of(processes: list[int]) -> int:
    """Return the bytes that processes take, what they share counted once (PSS); 0 where the system does not tell."""
    return sum(_proportional(process) for process in processes)


def _filter(site: tuple[tuple[str, str], ...], row: list[Any] | None) -> Iterator[Gauge]:
    is_on, knows, spam, good = row or (False, None, 0, 0)
    state = 0 if not is_on else 1 if knows is None else 2
    yield Gauge("commentsvc_filter_state", "The filter: 0 off, 1 learning, 2 marking comments.", state, site)
    for kind, many in (("good", good), ("spam", spam)):
        labels = (*site, ("kind", kind))
        yield Gauge("commentsvc_filter_lessons", "Different comments the filter has learnt from.", many, labels)


def _since(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment is not None else 0.0


def _proportional(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
