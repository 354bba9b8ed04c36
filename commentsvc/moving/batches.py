"""How an import goes through the database: in batches, tried again where others were in the way."""

from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from typing import TypeVar

from sqlalchemy.exc import IntegrityError

from commentsvc.refusals import DatabaseAway

T = TypeVar("T")

# Enough that a commit to the disk costs little, and few enough that readers who post never wait long for the lock.
BATCH = 500
# Each failure is a busy database that was waited for, or somebody who stored the same at the same moment.
_TRIES = 5
# Ids made within one millisecond have few random bits to differ by.
_STEP = timedelta(microseconds=100)


def persist(act: Callable[[], T]) -> T:
    """Do something that is stored whole or not at all, again where others were in the way; raise what stays."""
    for left in reversed(range(_TRIES)):
        try:
            return act()
        except (IntegrityError, DatabaseAway):
            if not left:
                raise
    raise AssertionError("unreachable")


class Moments:
    """The times of things that are made one after another: each later than the one before."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Take the clock, which may stand still."""
        self._clock = clock
        self._last = clock() - _STEP

    def __call__(self) -> datetime:
        """Return the time, or a little later than last time."""
        self._last = max(self._clock(), self._last + _STEP)
        return self._last
