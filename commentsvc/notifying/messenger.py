"""The messenger: delivers webhooks in threads of the service, or as a program of its own, beside the postman.

A mail server that hangs holds no webhook and the other way round, and a receiver that hangs holds one thread of a few.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from commentsvc.background import Background
from commentsvc.notifying.asking_akismet import ask_due
from commentsvc.notifying.hook_delivering import Delivered
from commentsvc.notifying.hook_delivering import Key
from commentsvc.notifying.hook_delivering import deliver_to
from commentsvc.notifying.hook_delivering import waiting
from commentsvc.notifying.outbox import Outbox
from commentsvc.refusals import DatabaseAway

log = logging.getLogger(__name__)

# How often it is looked for what waits, in seconds.
EVERY = 2.0
THREADS = 4
# In the place of a webhook's key: no site has this number.
AKISMET: Key = (0, 0)


class Messenger:
    """Looks for webhooks that are to be told something, again and again."""

    def __init__(
        self, context: Callable[[], AbstractContextManager[object]], outbox: Outbox, clock: Callable[[], datetime]
    ) -> None:
        """Take the context in which the database is reached, keys and settings, and the clock."""
        self._context = context
        self._outbox = outbox
        self._clock = clock
        self._complained = False
        self._lock = threading.Lock()
        self._under_way: dict[Key, threading.Thread] = {}
        self._ending = threading.Event()
        self._background = Background("messenger", self.work)

    def start(self) -> None:
        """Deliver from now on in threads of this process; called by whoever answers first after a fork."""
        if self._outbox.settings.deliver:
            self._background.start()

    def end(self) -> None:
        """Have `work` return after the deliveries that are under way."""
        self._ending.set()

    def work(self) -> None:
        """Deliver until `end` is called."""
        while not self._ending.wait(EVERY):
            self._guarded(self._send_out)
        for thread in list(self._under_way.values()):
            thread.join()

    def _send_out(self) -> None:
        for key in (AKISMET, *waiting(self._clock)):
            # A receiver that hangs does not keep the process from ending.
            thread = threading.Thread(target=self._deliver, args=(key,), name="commentsvc-webhook", daemon=True)
            if key == AKISMET and not self._outbox.settings.akismet_url:
                continue
            with self._lock:
                if key in self._under_way or len(self._under_way) >= THREADS:
                    continue
                self._under_way[key] = thread
            thread.start()

    def _deliver(self, key: Key) -> None:
        try:
            if key == AKISMET:
                self._guarded(lambda: ask_due(self._outbox.settings, self._clock))
            else:
                self._guarded(lambda: deliver_to(self._outbox, key, self._clock, Delivered()))
        finally:
            with self._lock:
                del self._under_way[key]

    def _guarded(self, act: Callable[[], object]) -> None:
        try:
            with self._context():
                act()
            self._complained = False
        except DatabaseAway:
            # The watcher says so.
            pass
        except Exception:
            if not self._complained:
                log.exception("delivering webhooks failed")
            self._complained = True
