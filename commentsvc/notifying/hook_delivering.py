"""Delivers webhooks: each is leased, told in order what waits for it, and left alone for a while where that fails.

One that fails holds back what comes behind it until it is given up. A worker that dies leaves a lease behind, which
ends; what it had sent and not marked goes out once more, under the same id.
"""

import logging
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from email.utils import parsedate_to_datetime

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.delivery import Delivery
from commentsvc.models.delivery import drop
from commentsvc.models.delivery import first_waiting
from commentsvc.models.delivery import forget_deliveries
from commentsvc.models.delivery import waiting_webhooks
from commentsvc.models.site import Site
from commentsvc.models.webhook import Webhook
from commentsvc.models.webhook import claim
from commentsvc.models.webhook import release
from commentsvc.models.webhook import renew
from commentsvc.notifying.hook_guard import Resolver
from commentsvc.notifying.hook_guard import resolve
from commentsvc.notifying.hook_sending import TIME
from commentsvc.notifying.hook_sending import Answer
from commentsvc.notifying.hook_sending import Unsent
from commentsvc.notifying.hook_sending import send
from commentsvc.notifying.hook_signing import signed
from commentsvc.notifying.hook_writing import write
from commentsvc.notifying.outbox import Outbox
from commentsvc.text.urls import parse_url

log = logging.getLogger(__name__)

Key = tuple[int, int]

WEBHOOKS_AT_ONCE = 50
DELIVERIES_AT_ONCE = 100
# Longer than one delivery can take, with a name system that is slow; it is renewed for each.
LEASE = timedelta(minutes=2)
FIRST_DELAY = timedelta(seconds=30)
MAX_DELAY = timedelta(hours=1)
# With these delays, a day.
MAX_ATTEMPTS = 30
# What a receiver can ask for with Retry-After.
MAX_WAIT = timedelta(hours=6)
# The request itself is what they can't take: it is not sent again, and holds nothing back.
NEVER = (400, 413, 422)
GONE = 410
KEPT = timedelta(days=30)


@dataclass
class Delivered:
    """What came of one round."""

    sent: int = 0
    failed: int = 0
    parked: int = 0
    dropped: int = 0


def waiting(clock: Callable[[], datetime]) -> list[Key]:
    """Return the keys of webhooks that can be told something now; raise DatabaseAway."""
    with reading() as session:
        return waiting_webhooks(session, clock(), WEBHOOKS_AT_ONCE)


def deliver_due(
    outbox: Outbox, clock: Callable[[], datetime], resolver: Resolver = resolve, within: float = TIME
) -> Delivered:
    """Tell all webhooks what waits for them, and say what came of it; raise DatabaseAway."""
    done = Delivered()
    for key in waiting(clock):
        deliver_to(outbox, key, clock, done, resolver, within)
    return done


def deliver_to(
    outbox: Outbox, key: Key, clock: Callable[[], datetime], done: Delivered, resolver: Resolver = resolve,
    within: float = TIME,
) -> None:  # fmt: skip
    """Tell one webhook in order what waits for it, until a delivery fails; raise DatabaseAway."""
    worker = f"{os.getpid()}-{secrets.token_hex(8)}"
    now = clock()
    with transaction() as session:
        if claim(session, key, worker, now + LEASE, now) is None:
            return
    for _ in range(DELIVERIES_AT_ONCE):
        taken = _take(key, worker, clock())
        if taken is None:
            break
        if not _deliver(outbox, *taken, worker, clock, done, resolver, within):
            return
    with transaction() as session:
        release(session, key, worker, None)


def forget(now: datetime) -> int:
    """Erase what webhooks were told a month ago, and return how many rows that were; raise DatabaseAway."""
    with transaction() as session:
        return forget_deliveries(session, now - KEPT)


def delay_after(attempts: int) -> timedelta:
    """Return how long a webhook rests after so many attempts: twice as long each time, up to an hour."""
    return min(FIRST_DELAY * 2 ** min(attempts - 1, 10), MAX_DELAY)


def _take(key: Key, worker: str, now: datetime) -> tuple[Webhook, Delivery] | None:
    with transaction() as session:
        if not renew(session, key, worker, now + LEASE):
            return None
        webhook = session.get_one(Webhook, key)
        delivery = first_waiting(session, webhook)
        while delivery is not None and delivery.attempts >= MAX_ATTEMPTS:
            # Nothing has come of any of them, not even a failure that was noted.
            delivery.parked, delivery.words = now, "given up: no attempt came to an end"
            session.flush()
            delivery = first_waiting(session, webhook)
        if delivery is None:
            return None
        delivery.attempts += 1
        delivery.tried = now
        return webhook, delivery


def _deliver(
    outbox: Outbox, webhook: Webhook, delivery: Delivery, worker: str, clock: Callable[[], datetime], done: Delivered,
    resolver: Resolver, within: float,
) -> bool:  # fmt: skip
    # False where the webhook is left alone for a while.
    with reading() as session:
        site = session.get_one(Site, webhook.site_id)
        body = write(session, outbox, webhook, delivery)
    if body is None:
        with transaction() as session:
            drop(session, delivery)
        done.dropped += 1
        return True
    headers = signed(outbox.keys, site, webhook, delivery.id, body, clock())
    began = time.monotonic()
    answer, words = None, None
    try:
        answer = send(parse_url(webhook.url), body, headers, resolver, outbox.settings.webhooks_private, within)
        words = answer.words
    except Unsent as error:
        words = str(error)
    now = clock()
    with transaction() as session:
        mine = session.get(Delivery, (delivery.site_id, delivery.id))
        if mine is None:
            return True
        mine.took = round((time.monotonic() - began) * 1000)
        mine.status = answer.status if answer is not None else None
        mine.words = words
        if answer is not None and answer.is_good:
            # Also where the lease ran out meanwhile: it was told.
            mine.delivered = now
            done.sent += 1
            return True
        return _fail(session, webhook, mine, worker, answer, now, done)


def _fail(
    session: Session, webhook: Webhook, delivery: Delivery, worker: str, answer: Answer | None, now: datetime,
    done: Delivered,
) -> bool:  # fmt: skip
    status = answer.status if answer is not None else None
    is_over = status in NEVER or status == GONE or delivery.attempts >= MAX_ATTEMPTS
    if is_over:
        delivery.parked = now
        # The address of a webhook may hold a secret and has no place in a log.
        log.warning("delivery %s of site %s is parked: HTTP status %s", delivery.id, webhook.site_id, status)
        done.parked += 1
    else:
        done.failed += 1
    if status in NEVER:
        return True
    others = {"paused": now, "gone": True} if status == GONE else {}
    wait = max(delay_after(delivery.attempts), _asked_for(answer, now))
    release(session, (webhook.site_id, webhook.id), worker, now + wait, **others)
    return False


def _asked_for(answer: Answer | None, now: datetime) -> timedelta:
    # Retry-After: seconds or a date (RFC 9110, 10.2.3).
    asked = answer.retry_after.strip() if answer is not None and answer.retry_after else ""
    if asked.isascii() and asked.isdigit():
        return min(timedelta(seconds=int(asked[:9])), MAX_WAIT)
    try:
        until = parsedate_to_datetime(asked)
        return min(until.replace(tzinfo=until.tzinfo or UTC) - now, MAX_WAIT)
    except (TypeError, ValueError, OverflowError):
        return timedelta()
