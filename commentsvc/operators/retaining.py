"""What is kept for a while only is erased in time, by the service itself."""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from datetime import timedelta

from commentsvc.background import Background
from commentsvc.moderators import acting_by_letter
from commentsvc.moderators import reporting
from commentsvc.moving import jobs
from commentsvc.moving.uploads import Uploads
from commentsvc.notifying import hook_delivering
from commentsvc.notifying import weekly
from commentsvc.operators.forgetting import forget_networks
from commentsvc.refusals import DatabaseAway

log = logging.getLogger(__name__)

# In seconds; what is kept for days need not go to the minute. The first look comes soon, for services that end daily.
EVERY = 3600.0
FIRST = 60.0


class Janitor:
    """Erases what is no longer needed, in a thread of this process; several processes do each other no harm."""

    def __init__(
        self, context: Callable[[], AbstractContextManager[object]], clock: Callable[[], datetime],
        uploads: Uploads | None = None, networks: timedelta | None = None,
    ) -> None:  # fmt: skip
        """Take the context that reaches the database, the clock, where uploads lie, and how long networks are kept."""
        self._uploads = uploads
        self._networks = networks
        self._context = context
        self._clock = clock
        self._background = Background("janitor", self._work)

    def start(self) -> None:
        """Erase from now on in a thread of this process; called by whoever answers first after a fork."""
        self._background.start()

    def look(self) -> int:
        """Erase what is over, and return how many rows; write the letters of the coming week; raise DatabaseAway."""
        with self._context():
            now = self._clock()
            # No act causes these letters, and this looks often enough.
            weekly.write_ahead(now)
            erased = reporting.forget(now) + hook_delivering.forget(now) + acting_by_letter.forget(now)
            if self._networks is not None:
                erased += forget_networks(now - self._networks)
            return erased + (jobs.tidy(self._uploads, now) if self._uploads is not None else 0)

    def _work(self) -> None:
        # Nothing ever sets it: the thread ends with the process.
        never = threading.Event()
        wait = FIRST
        while not never.wait(wait):
            wait = EVERY
            try:
                erased = self.look()
                if erased:
                    log.info("erased %d rows that were kept for a while only", erased)
            except DatabaseAway:
                # The watcher says so.
                wait = FIRST
            except Exception:
                log.exception("erasing failed")
