"""Rate limits by the `limits` library, counted in the service's own database so that all processes share them."""

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import ClassVar

from limits import parse_many
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.rate import Rate
from commentsvc.refusals import TooMany

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


class Limiter:
    """Counts acts by who does them; nothing that names a person or network is stored, only a keyed hash."""

    def __init__(self, key: bytes, enabled: bool, clock: Callable[[], float]) -> None:
        """Take the key for the hashes, and whether limits are on."""
        self._key = key
        self._enabled = enabled
        self._clock = clock
        self._storage = DatabaseStorage(clock)
        self._limiter = FixedWindowRateLimiter(self._storage)

    def hit(self, rates: str, act: str, *who: str) -> None:
        """Count one act of somebody against rates such as `6/minute;60/hour`; raise TooMany or DatabaseAway."""
        if not self._enabled:
            return
        name = self._name(who)
        for rate in parse_many(rates):
            if not self._limiter.hit(rate, act, name):
                ends = self._storage.get_expiry(rate.key_for(act, name))
                raise TooMany(max(1, int(ends - self._clock()) + 1))

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
