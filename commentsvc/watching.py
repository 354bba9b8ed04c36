"""Hears of what other processes changed: one thread in each process asks the database four times a second."""

import logging
import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from datetime import timedelta

from sqlalchemy import Connection
from sqlalchemy import text

from commentsvc.database import Change
from commentsvc.database import engine
from commentsvc.database import listen
from commentsvc.database import reading
from commentsvc.database import refusing
from commentsvc.keeping import Ground
from commentsvc.keeping import Shelf
from commentsvc.keeping import any_thread_ground
from commentsvc.keeping import new_threads_ground
from commentsvc.models.changes import Changed
from commentsvc.models.changes import changed_threads
from commentsvc.models.changes import site_versions
from commentsvc.refusals import DatabaseAway

log = logging.getLogger(__name__)

EVERY = 0.25
# Commits arrive out of order, and clocks of hosts disagree a little: what changed so long ago is looked at again.
OVERLAP = timedelta(seconds=30)


class Watcher:
    """Tells the shelf what has changed in the database, by whichever process."""

    def __init__(
        self, context: Callable[[], AbstractContextManager[object]], shelf: Shelf, clock: Callable[[], datetime]
    ) -> None:
        """Take the context in which the database is reached, and the shelf that is told."""
        self._context = context
        self._shelf = shelf
        self._clock = clock
        self._threads: dict[tuple[int, int], int] = {}
        self._sites: dict[int, int] = {}
        self._since: datetime | None = None
        self._data_version: int | None = None
        self._connection: Connection | None = None
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._thread: threading.Thread | None = None
        with context():
            listen(self._heard)

    def start(self) -> None:
        """Watch from now on in a thread of this process; called by whoever answers first after a fork."""
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="commentsvc-watcher", daemon=True)
                self._thread.start()

    def look(self) -> None:
        """Ask the database once what has changed, and tell the shelf; raise DatabaseAway where it can't be asked."""
        with self._looking:
            began = self._clock()
            version = self._version_of_data()
            if version is None or version != self._data_version:
                with reading() as session:
                    sites = site_versions(session)
                    since = (self._since or began) - OVERLAP
                    found = changed_threads(session, since)
                self._tell(sites, found, since)
                self._since = began
                self._data_version = version
            self._shelf.heard = time.monotonic()

    def _watch(self) -> None:
        was_away = False
        with self._context():
            while True:
                try:
                    self.look()
                    was_away = False
                except DatabaseAway as away:
                    if not was_away:
                        log.warning("the database is away: %s", away)
                    was_away = True
                    self._forget_connection()
                except Exception:
                    log.exception("watching failed")
                    self._forget_connection()
                time.sleep(EVERY)

    def _tell(self, sites: dict[int, int], found: list[Changed], since: datetime) -> None:
        changes: set[Change] = set()
        for site_id, version in sites.items():
            if self._sites.get(site_id, version) != version:
                changes.add(("site", site_id, 0))
        changes.update(("site", gone, 0) for gone in self._sites.keys() - sites.keys())
        seen = {}
        for thread in found:
            before = self._threads.get((thread.site_id, thread.id))
            seen[thread.site_id, thread.id] = thread.version
            if before != thread.version:
                changes.add(("thread", thread.site_id, thread.id))
            if before is None and thread.created >= since:
                changes.add(("new", thread.site_id, 0))
        # Only what may still come again within the overlap has to be remembered.
        self._threads = seen
        self._sites = sites
        if changes:
            self._shelf.changed(_grounds(changes))

    def _heard(self, changes: set[Change]) -> None:
        self._shelf.changed(_grounds(changes))

    def _version_of_data(self) -> int | None:
        # A number that SQLite keeps in shared memory: it moves with each commit of another connection.
        if engine().dialect.name != "sqlite":
            return None
        with refusing():
            if self._connection is None:
                self._connection = engine().connect().execution_options(commentsvc_write=False)
                self._data_version = None
            with self._connection.begin():
                return self._connection.scalar(text("PRAGMA data_version"))

    def _forget_connection(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _grounds(changes: Iterable[Change]) -> set[Ground]:
    grounds: set[Ground] = set(changes)
    for kind, site_id, _ in changes:
        if kind in ("thread", "new"):
            grounds.add(any_thread_ground(site_id))
        if kind == "new":
            grounds.add(new_threads_ground(site_id))
    return grounds
