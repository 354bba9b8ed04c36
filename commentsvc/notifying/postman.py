"""The postman: delivers letters in a thread of the service, or as a program of its own."""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from datetime import timedelta

from commentsvc import tallies
from commentsvc.background import Background
from commentsvc.notifying.delivering import Carrier
from commentsvc.notifying.delivering import Delivered
from commentsvc.notifying.delivering import deliver_due
from commentsvc.notifying.delivering import tidy
from commentsvc.notifying.outbox import Outbox
from commentsvc.refusals import DatabaseAway

log = logging.getLogger(__name__)

# How often it is looked for letters that are due, in seconds.
EVERY = 2.0
# How long a mail server that can't be reached is left alone.
REST = timedelta(seconds=30)
TIDY_EVERY = timedelta(hours=1)


class Postman:
    """Looks for letters that are due, again and again."""

    def __init__(
        self, context: Callable[[], AbstractContextManager[object]], outbox: Outbox, clock: Callable[[], datetime]
    ) -> None:
        """Take the context in which the database is reached, what is to be delivered, and the clock."""
        self._context = context
        self._outbox = outbox
        self._clock = clock
        self._carrier = Carrier()
        self._resting_until: datetime | None = None
        self._tidied: datetime | None = None
        self._complained = False
        self._ending = threading.Event()
        self._background = Background("postman", self.work)

    def start(self) -> None:
        """Deliver from now on in a thread of this process; called by whoever answers first after a fork."""
        if self._outbox.is_open and self._outbox.settings.deliver:
            self._background.start()

    def look(self) -> Delivered:
        """Deliver once what is due, unless the mail server is to be left alone; raise DatabaseAway."""
        now = self._clock()
        if self._resting_until is not None and now < self._resting_until:
            return Delivered()
        done = deliver_due(self._outbox, self._clock, self._carrier)
        for outcome in tallies.OUTCOMES:
            tallies.add(tallies.LETTERS, outcome, amount=getattr(done, outcome.replace("-", "_")))
        if done.away is not None and self._resting_until is None:
            log.warning("the mail server can't be reached (%s): letters wait", done.away)
        self._resting_until = self._clock() + REST if done.away is not None else None
        if self._tidied is None or now - self._tidied >= TIDY_EVERY:
            self._tidied = now
            tidy(now)
        return done

    def end(self) -> None:
        """Have `work` return after the letter that is being sent."""
        self._ending.set()

    def work(self) -> None:
        """Deliver until `end` is called."""
        while not self._ending.wait(EVERY):
            try:
                with self._context():
                    self.look()
                self._complained = False
            except DatabaseAway:
                # The watcher says so.
                pass
            except Exception:
                if not self._complained:
                    log.exception("delivering failed")
                self._complained = True
