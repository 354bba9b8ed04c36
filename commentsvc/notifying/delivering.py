"""Delivers letters that are due: each is claimed, made, sent and marked, so that many workers send none twice.

A worker that dies leaves a lease behind, which ends. Only one that dies between the mail server's 250 and the mark
makes a letter go out once more, with the same Message-ID. One that only loses the database knows what was taken, marks
it when the database is back, and gives back what it had leased.
"""

import logging
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from datetime import timedelta
from email.errors import MessageError
from email.message import EmailMessage

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import letter as letters
from commentsvc.models.letter import Letter
from commentsvc.models.subscription import forget_unconfirmed
from commentsvc.notifying.mailing import Mailer
from commentsvc.notifying.mailing import Refused
from commentsvc.notifying.mailing import Unreachable
from commentsvc.notifying.outbox import Outbox
from commentsvc.notifying.writing import CONFIRM_WITHIN
from commentsvc.notifying.writing import message_id
from commentsvc.notifying.writing import wire_address
from commentsvc.notifying.writing import write
from commentsvc.refusals import DatabaseAway

log = logging.getLogger(__name__)

AT_ONCE = 50
# Longer than a mail server can make one letter take; afterwards whoever claimed it is taken to be dead.
LEASE = timedelta(minutes=10)
FIRST_DELAY = timedelta(minutes=1)
MAX_DELAY = timedelta(hours=1)
# With these delays, three days.
MAX_ATTEMPTS = 77
KEPT_SENT = timedelta(days=30)


@dataclass
class Delivered:
    """What came of one round; `away` is what the mail server's failure was where it can't be reached."""

    sent: int = 0
    put_off: int = 0
    parked: int = 0
    dropped: int = 0
    away: str | None = None


@dataclass
class Carrier:
    """One who delivers, round after round, each in one thread: by this name letters are leased."""

    name: str = field(default_factory=lambda: f"{os.getpid()}-{secrets.token_hex(8)}")
    # What a mail server took, and when, until that is marked.
    taken: list[tuple[Letter, datetime]] = field(default_factory=list)
    # Whether the database went away in the last round.
    interrupted: bool = False


def deliver_due(outbox: Outbox, clock: Callable[[], datetime], carrier: Carrier | None = None) -> Delivered:
    """Send the letters that are due, at most AT_ONCE, and say what came of them; raise DatabaseAway.

    Where the mail server can't be reached the round ends: the other letters are none the worse for it.
    """
    done = Delivered()
    server = outbox.settings.smtp_url
    if server is None:
        return done
    carrier = carrier or Carrier()
    if carrier.interrupted:
        _take_up_again(carrier)
    with reading() as session:
        waiting = letters.due_letters(session, clock(), AT_ONCE)
    mailer = Mailer(server, max(1, outbox.settings.smtp_timeout), outbox.domain)
    try:
        for key in waiting:
            _deliver(outbox, mailer, key, carrier, clock, done)
            if done.away is not None:
                break
    except DatabaseAway:
        carrier.interrupted = True
        raise
    finally:
        mailer.close()
    return done


def tidy(now: datetime) -> None:
    """Forget what was sent a month ago, and what was asked for and never confirmed; raise DatabaseAway."""
    with transaction() as session:
        letters.forget_sent(session, now - KEPT_SENT)
        forget_unconfirmed(session, now - 2 * CONFIRM_WITHIN)


def delay_after(attempts: int) -> timedelta:
    """Return how long a letter rests after so many attempts: twice as long each time, up to an hour."""
    return min(FIRST_DELAY * 2 ** min(attempts - 1, 10), MAX_DELAY)


def _deliver(
    outbox: Outbox, mailer: Mailer, key: tuple[int, int], carrier: Carrier, clock: Callable[[], datetime],
    done: Delivered,
) -> None:  # fmt: skip
    now, worker = clock(), carrier.name
    with transaction() as session:
        letter = letters.claim(session, key, worker, now + LEASE, message_id(outbox, key), now)
    if letter is None:
        return
    try:
        message = _written(outbox, letter, now)
        if message is None:
            with transaction() as session:
                letters.drop(session, letter, worker)
            done.dropped += 1
            return
        mailer.send(message, outbox.sender, wire_address(letter.recipient))
    except Unreachable as error:
        done.away = str(error)
        _fail(letter, worker, clock(), f"the mail server can't be reached: {error}", False, done)
    except Refused as error:
        _fail(letter, worker, clock(), str(error), error.for_good, done)
    except (MessageError, ValueError) as error:
        _fail(letter, worker, clock(), f"it can't be put into a mail: {error}", True, done)
    except DatabaseAway:
        raise
    except (OSError, MemoryError) as error:
        # Of files or memory the machine may have enough in a minute.
        _fail(letter, worker, clock(), f"the machine lacks what it takes: {error}", False, done)
    except Exception:
        # A fault of ours with this letter keeps none of the others.
        log.exception("letter %s of site %s can't be written", letter.id, letter.site_id)
        _fail(letter, worker, clock(), "it can't be written: the service's log tells why", True, done)
    else:
        carrier.taken.append((letter, clock()))
        _mark(carrier)
        done.sent += 1


def _take_up_again(carrier: Carrier) -> None:
    _mark(carrier)
    with transaction() as session:
        letters.release(session, carrier.name)
    carrier.interrupted = False


def _mark(carrier: Carrier) -> None:
    while carrier.taken:
        letter, at = carrier.taken[0]
        with transaction() as session:
            letters.mark_sent(session, letter, at)
        del carrier.taken[0]


def _written(outbox: Outbox, letter: Letter, now: datetime) -> EmailMessage | None:
    with reading() as session:
        return write(session, outbox, letter, now)


def _fail(letter: Letter, worker: str, now: datetime, error: str, for_good: bool, done: Delivered) -> None:
    is_over = for_good or letter.attempts >= MAX_ATTEMPTS
    with transaction() as session:
        due = now + delay_after(letter.attempts)
        letters.put_off(session, letter, worker, due, now if is_over else None, error)
    if is_over:
        # The recipient's address has no place in a log.
        log.warning("letter %s of site %s is parked: %s", letter.id, letter.site_id, error)
        done.parked += 1
    else:
        done.put_off += 1
