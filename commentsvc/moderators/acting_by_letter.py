"""A moderator acts from a letter, without signing in: its link opens a page whose buttons are good once, for one act.

The link alone does nothing. Each button carries a token that names the act, the comment, the letter and its reader, and
how the comment stood when the page was made: its text and the decision before. It is made by key; once used, its hash
is kept for as long as it could come again.
"""

import hashlib
import hmac
import struct
from base64 import urlsafe_b64decode
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from secrets import randbits

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.keys import Keyring
from commentsvc.models import desk
from commentsvc.models import letter as letters
from commentsvc.models import one_time
from commentsvc.models.acts import APPROVE
from commentsvc.models.acts import REJECT
from commentsvc.models.acts import standing
from commentsvc.models.decision import Decision
from commentsvc.models.letter import Letter
from commentsvc.models.moderator import MAY_DECIDE
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import role_on
from commentsvc.models.owned import comment_of
from commentsvc.models.second_factor import has_second_factor
from commentsvc.models.site import Site
from commentsvc.moderators import moderating
from commentsvc.moderators.moderating import UNDO
from commentsvc.moderators.moderating import Decided
from commentsvc.notifying import links
from commentsvc.notifying.telling import UNDO_WITHIN
from commentsvc.refusals import NotByLetter

ACTS = (APPROVE, "spam", REJECT)
# So long after it was sent a letter's link opens the page, and so long after that was made its buttons work.
LINK_FOR = timedelta(days=7)
BUTTON_FOR = timedelta(hours=1)
# The clocks of two hosts behind one address differ a little.
LEEWAY = timedelta(minutes=5)
SHOWN = 20

# Why it can't be done.
UNKNOWN, OLD, LEFT, VIEWER, MOVED, FACTOR = "unknown", "old", "left", "viewer", "moved", "factor"
FORGED, LATE, USED, DECIDED, EDITED, GONE, TOO_LATE = "forged", "late", "used", "decided", "edited", "gone", "too-late"

PURPOSE = "act by letter"
# When it was made, in seconds since 1970; chance; the decision before; the revision shown.
_STAMP = struct.Struct(">IQQI")
_MAC = 16


@dataclass(frozen=True)
class Offered:
    """A comment that waits, and by act the token of its button."""

    entry: desk.Entry
    tokens: dict[str, str]


@dataclass(frozen=True)
class Done:
    """What was just done with whose comment; the token by which it is taken back, while it can be."""

    act: str
    comment_id: int
    author: str
    undo: str | None


@dataclass(frozen=True)
class Opened:
    """What the page of a letter shows to its reader; `count` is counted up to desk.COUNTED."""

    moderator: Moderator
    waiting: list[Offered]
    count: int
    done: Done | None


@dataclass(frozen=True)
class _Stamp:
    token: bytes
    made: datetime
    decision_id: int
    revision: int


def open_letter(keys: Keyring, site: Site, secret: str, now: datetime, batch: int | None = None) -> Opened:
    """Return what waits, and what its reader did with `batch`; raise NotByLetter or DatabaseAway."""
    with reading() as session:
        letter, person = _read(session, keys, site, secret, now)
        entries = desk.listing(session, site, desk.QUEUE).entries[:SHOWN]
        before = _decisions(session, site, [entry.comment.id for entry in entries])
        waiting = [
            Offered(entry, {
                act: _token(keys, site, letter, entry.comment.id, act, before.get(entry.comment.id, 0),
                            entry.revision.n, now)
                for act in ACTS
            })
            for entry in entries
        ]  # fmt: skip
        count = desk.sizes(session, site)[desk.QUEUE]
        return Opened(person, waiting, count, _done(session, keys, site, letter, batch, now))


def decide(
    keys: Keyring, site: Site, secret: str, comment_id: int, act: str, token: str, now: datetime
) -> int:  # fmt: skip
    """Approve, spam or reject a comment by a button of the page, and return the batch; raise NotByLetter, DatabaseAway.

    It is refused where the comment is not as the page showed it.
    """
    with reading() as session:
        letter, person = _read(session, keys, site, secret, now)
        if act not in ACTS:
            raise NotByLetter(FORGED, comment_id)
        stamp = _stamp(keys, site, letter, comment_id, act, token)
        if not stamp.made - LEEWAY <= now < stamp.made + BUTTON_FOR:
            raise NotByLetter(LATE, comment_id)
        _require_unused(session, site, comment_id, stamp)
        comment = comment_of(session, site, comment_id)
        if comment is None or comment.withdrawn is not None:
            raise NotByLetter(GONE, comment_id)
        if comment.newest_revision != stamp.revision:
            raise NotByLetter(EDITED, comment_id)
        if _decisions(session, site, [comment_id]).get(comment_id, 0) != stamp.decision_id:
            raise NotByLetter(DECIDED, comment_id)
    _use(site, comment_id, stamp, now)
    seen = {comment_id: stamp.revision}
    return _came_to(moderating.decide(site, person, [comment_id], act, now, desk.QUEUE, seen), comment_id)


def take_back(keys: Keyring, site: Site, secret: str, comment_id: int, token: str, now: datetime) -> int:
    """Take back what was just done by a button of the page, within UNDO_WITHIN; raise NotByLetter or DatabaseAway."""
    with reading() as session:
        letter, person = _read(session, keys, site, secret, now)
        stamp = _stamp(keys, site, letter, comment_id, UNDO, token)
        decision = session.get(Decision, (site.id, stamp.decision_id))
        if decision is None or now >= decision.at + UNDO_WITHIN:
            raise NotByLetter(TOO_LATE, comment_id)
        _require_unused(session, site, comment_id, stamp)
    _use(site, comment_id, stamp, now)
    return _came_to(moderating.undo_decision(site, person, stamp.decision_id, now), comment_id)


def forget(now: datetime) -> int:
    """Erase what is kept of used tokens that are too old to come again, and return how many; raise DatabaseAway."""
    with transaction() as session:
        return one_time.forget_used(session, now - LEEWAY)


def _read(session: Session, keys: Keyring, site: Site, secret: str, now: datetime) -> tuple[Letter, Moderator]:
    # Who reads a letter may act only as whom it was written to, and while they may at the desk.
    number = links.number_of(keys, site, links.ACT, secret)
    if number is None:
        raise NotByLetter(UNKNOWN)
    letter = session.get(Letter, (site.id, number))
    if letter is None or letter.kind not in (letters.PENDING, letters.DIGEST):
        raise NotByLetter(OLD)
    person = session.get(Moderator, letter.moderator_id)
    if now >= (letter.sent or letter.due) + LINK_FOR or person is None:
        raise NotByLetter(OLD)
    role = role_on(session, site.id, person.id)
    if role is None:
        raise NotByLetter(LEFT)
    if role not in MAY_DECIDE:
        raise NotByLetter(VIEWER)
    if person.email != letter.recipient:
        raise NotByLetter(MOVED)
    if has_second_factor(session, person):
        # A mailbox alone must not do what the password alone does not.
        raise NotByLetter(FACTOR)
    return letter, person


def _decisions(session: Session, site: Site, comment_ids: list[int]) -> dict[int, int]:
    # The last one on each comment that said in which state it is.
    rows = session.execute(
        select(Decision.comment_id, func.max(Decision.id))
        .where(
            Decision.site_id == site.id, Decision.comment_id.in_(comment_ids), Decision.state_to.is_not(None)
        )
        .group_by(Decision.comment_id)
    )  # fmt: skip
    return {comment_id: number for comment_id, number in rows if comment_id is not None}


def _done(
    session: Session, keys: Keyring, site: Site, letter: Letter, batch: int | None, now: datetime
) -> Done | None:  # fmt: skip
    if batch is None:
        return None
    mine = (Decision.actor == "moderator", Decision.actor_id == letter.moderator_id)
    decision = session.scalar(select(Decision).where(Decision.site_id == site.id, Decision.batch == batch, *mine))
    comment = comment_of(session, site, decision.comment_id) if decision is not None and decision.comment_id else None
    if decision is None or comment is None:
        return None
    undo = None
    as_left = standing(comment) == (decision.state_to, decision.shown_to, decision.held_to)
    if decision.act in ACTS and as_left and now < decision.at + UNDO_WITHIN:
        undo = _token(keys, site, letter, comment.id, UNDO, decision.id, comment.newest_revision, now)
    return Done(decision.act, comment.id, comment.name, undo)


def _require_unused(session: Session, site: Site, comment_id: int, stamp: _Stamp) -> None:
    # Said of a second use before anything else, whatever became of the comment by the first.
    if one_time.is_used(session, site, stamp.token):
        raise NotByLetter(USED, comment_id)


def _use(site: Site, comment_id: int, stamp: _Stamp, now: datetime) -> None:
    # Before the act and for itself: what fails afterwards costs a new button, and no button ever acts twice.
    with transaction() as session:
        if not one_time.use(session, site, stamp.token, max(stamp.made, now) + BUTTON_FOR):
            raise NotByLetter(USED, comment_id)


def _came_to(decided: Decided, comment_id: int) -> int:
    if decided.changed:
        return decided.batch
    if decided.too_late:
        raise NotByLetter(DECIDED, comment_id)
    raise NotByLetter(EDITED if decided.written_anew else GONE, comment_id)


def _token(
    keys: Keyring, site: Site, letter: Letter, comment_id: int, act: str, decision_id: int, revision: int, now: datetime
) -> str:  # fmt: skip
    stamp = _STAMP.pack(int(now.timestamp()), randbits(64), decision_id, revision)
    mac = _mac(keys.derive(PURPOSE), site, letter, comment_id, act, stamp)
    return urlsafe_b64encode(stamp + mac).decode().rstrip("=")


def _stamp(keys: Keyring, site: Site, letter: Letter, comment_id: int, act: str, token: str) -> _Stamp:
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError as error:
        raise NotByLetter(FORGED, comment_id) from error
    stamp, mac = raw[: _STAMP.size], raw[_STAMP.size :]
    made_by = (_mac(key, site, letter, comment_id, act, stamp) for key in keys.all(PURPOSE))
    if len(mac) != _MAC or not any(hmac.compare_digest(mac, one) for one in made_by):
        raise NotByLetter(FORGED, comment_id)
    seconds, _, decision_id, revision = _STAMP.unpack(stamp)
    return _Stamp(stamp, datetime.fromtimestamp(seconds, UTC), decision_id, revision)


def _mac(key: bytes, site: Site, letter: Letter, comment_id: int, act: str, stamp: bytes) -> bytes:
    # No site's key and no act holds a line end.
    bound = f"{site.key}\n{letter.id}\n{letter.moderator_id}\n{comment_id}\n{act}\n"
    return hmac.new(key, bound.encode() + stamp, hashlib.sha256).digest()[:_MAC]
