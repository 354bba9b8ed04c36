"""Rate limits by the `limits` library, counted where all processes share them.

That is the service's own database, or another storage that the setting COMMENTSVC_LIMIT_STORAGE names, such as Redis.
While that one is away the database counts in its place: a limit is never simply off.
"""

import hashlib
import hmac
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar
from typing import TypeVar

from limits import parse_many
from limits.errors import ConfigurationError
from limits.storage import Storage
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from limits.strategies import RateLimiter
from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.rate import Rate
from commentsvc.refusals import TooMany
from commentsvc.settings import BadSetting

# Seconds that another storage may take, and for which it is left alone after it did not answer.
PATIENCE = 1
LEFT_ALONE = 5
SAY_AGAIN = 60

log = logging.getLogger(__name__)
Told = TypeVar("Told")

_HIT = text(
    "INSERT INTO rate (key, hits, ends) VALUES (:key, :amount, :ends)"
    " ON CONFLICT (key) DO UPDATE SET"
    " hits = CASE WHEN rate.ends <= :now THEN :amount ELSE rate.hits + :amount END,"
    " ends = CASE WHEN rate.ends <= :now THEN :ends ELSE rate.ends END"
    " RETURNING hits"
)


class DatabaseStorage(Storage):
    """Keeps hits in the `rate` table; each is one upsert, so that none is lost between processes."""

    STORAGE_SCHEME: ClassVar[list[str]] = ["commentsvc"]

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Take the clock to reckon by, in seconds since 1970."""
        super().__init__()
        self._clock = clock

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """Return what the storage may raise for reasons of its own: nothing, refusals pass through."""
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count hits of a key whose window lasts `expiry` seconds from its first, and return their number."""
        now = int(self._clock())
        with transaction() as session:
            hits = session.execute(_HIT, {"key": key, "amount": amount, "ends": now + expiry, "now": now}).scalar_one()
            if hits == amount:
                session.execute(delete(Rate).where(Rate.ends < now))
        return hits

    def get(self, key: str) -> int:
        """Return the hits of a key in its current window."""
        with reading() as session:
            found = session.scalar(select(Rate).where(Rate.key == key, Rate.ends > int(self._clock())))
            return found.hits if found is not None else 0

    def get_expiry(self, key: str) -> float:
        """Return when the current window of a key ends, in seconds since 1970."""
        with reading() as session:
            ends = session.scalar(select(Rate.ends).where(Rate.key == key))
        return float(ends if ends is not None else self._clock())

    def check(self) -> bool:
        """Tell whether the storage can be used."""
        self.get("check")
        return True

    def reset(self) -> int | None:
        """Forget all hits."""
        with transaction() as session:
            return session.execute(delete(Rate)).rowcount  # pyright: ignore[reportAttributeAccessIssue]

    def clear(self, key: str) -> None:
        """Forget the hits of a key."""
        with transaction() as session:
            session.execute(delete(Rate).where(Rate.key == key))


@dataclass(frozen=True)
class Act:
    """Something that is counted: the rates it should keep to, what it is, and by whom or about what."""

    rates: str
    name: str
    who: tuple[str, ...]


class Elsewhere:
    """Another storage than the database: asked with little patience, and left alone for a while when it is away."""

    def __init__(self, address: str) -> None:
        """Take an address in the notation of the `limits` library; raise BadSetting where it can't be used."""
        try:
            made = storage_from_string(address, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
            if not isinstance(made, Storage):
                raise ValueError("not a storage for threads")
        except (ConfigurationError, ValueError) as error:
            # Its password must not be told with it.
            shown = address.partition("://")[0] + "://..."
            raise BadSetting("LIMIT_STORAGE", shown, f"{error}; Redis needs commentsvc[redis]") from error
        self._storage = made
        self._limiter = FixedWindowRateLimiter(made)
        self._away_until = -math.inf
        self._said = -math.inf

    def ask(self, question: Callable[[RateLimiter, Storage], Told]) -> Told | None:
        """Return what the storage says, or None while it is away; that is logged once a minute."""
        now = time.monotonic()
        if now < self._away_until:
            return None
        try:
            return question(self._limiter, self._storage)
        except self._storage.base_exceptions as error:
            self._away_until = now + LEFT_ALONE
            if now - self._said >= SAY_AGAIN:
                self._said = now
                log.warning("the storage of limits is away, the database counts in its place: %s", type(error).__name__)
            return None


class Limiter:
    """Counts acts by who does them; nothing that names a person or network is stored, only a keyed hash."""

    def __init__(self, key: bytes, enabled: bool, clock: Callable[[], float], storage: str = "") -> None:
        """Take the key for the hashes, whether limits are on, and another storage than the database."""
        self._key = key
        self._enabled = enabled
        self._clock = clock
        self._storage = DatabaseStorage(clock)
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._elsewhere = Elsewhere(storage) if storage else None

    def hit(self, rates: str, act: str, *who: str) -> None:
        """Count one act of somebody against rates such as `6/minute;60/hour`; raise TooMany or DatabaseAway."""
        if not self._enabled:
            return
        name = self._name(who)

        def wait(limiter: RateLimiter, storage: Storage, now: float) -> int:
            for rate in parse_many(rates):
                if not limiter.hit(rate, act, name):
                    return max(1, int(storage.get_expiry(rate.key_for(act, name)) - now) + 1)
            return 0

        told = None
        if self._elsewhere is not None:
            told = self._elsewhere.ask(lambda limiter, storage: wait(limiter, storage, time.time()))
        seconds = wait(self._limiter, self._storage, self._clock()) if told is None else told
        if seconds:
            raise TooMany(seconds)

    def tally(self, *acts: Act) -> list[bool]:
        """Count several acts and tell of each whether it keeps to its rates; raise DatabaseAway."""
        if not self._enabled:
            return [True] * len(acts)

        def count(limiter: RateLimiter, _storage: Storage) -> list[bool]:
            kept = []
            for act in acts:
                # All rates are counted, also where the first is passed already.
                hits = [limiter.hit(rate, act.name, self._name(act.who)) for rate in parse_many(act.rates)]
                kept.append(all(hits))
            return kept

        told = self._elsewhere.ask(count) if self._elsewhere is not None else None
        if told is not None:
            return told
        # One commit for all.
        with transaction() as session:
            return [self.allows(session, act.rates, act.name, *act.who) for act in acts]

    def has_room(self, *acts: Act) -> bool:
        """Tell whether each of several acts would keep to its rates, counting nothing; raise DatabaseAway."""
        if not self._enabled:
            return True

        def look(limiter: RateLimiter, _storage: Storage) -> bool:
            return all(
                limiter.test(rate, act.name, self._name(act.who)) for act in acts for rate in parse_many(act.rates)
            )

        told = self._elsewhere.ask(look) if self._elsewhere is not None else None
        return look(self._limiter, self._storage) if told is None else told

    def allows(self, session: Session, rates: str, act: str, *who: str) -> bool:
        """Count one act of somebody within a transaction that is under way, and tell whether it keeps to the rates.

        What is rolled back was never counted.
        """
        if not self._enabled:
            return True
        name, now = self._name(who), int(self._clock())
        kept = True
        for rate in parse_many(rates):
            asked = {"key": rate.key_for(act, name), "amount": 1, "ends": now + rate.get_expiry(), "now": now}
            kept = session.execute(_HIT, asked).scalar_one() <= rate.amount and kept
        return kept

    def _name(self, who: tuple[str, ...]) -> str:
        return hmac.new(self._key, "\n".join(who).encode(), hashlib.sha256).hexdigest()[:32]
