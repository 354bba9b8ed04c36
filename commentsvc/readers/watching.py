"""Hears of what other processes changed: one thread in each process asks the database four times a second."""

import contextlib
import logging
import os
import threading
import time
from collections import deque
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
# And so many looks later: where everything stood still for an hour, an act goes on that was begun before that.
LOOKS = 8

# What tells one file from another in its place.
Identity = tuple[int, int]


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
        self._begun: deque[datetime] = deque(maxlen=LOOKS)
        self._data_version: int | None = None
        self._connection: Connection | None = None
        self._file: Identity | None = None
        self._was_away = False
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
                # Nothing was kept before, so there is nothing to be told of yet.
                self._shelf.heard = self._shelf.reached = time.monotonic()
                self._begun.append(self._clock())
                self._thread = threading.Thread(target=self._watch, name="commentsvc-watcher", daemon=True)
                self._thread.start()

    def look(self) -> None:
        """Ask the database once what has changed, and tell the shelf; raise DatabaseAway where it can't be asked."""
        with self._looking:
            try:
                self._look()
            except DatabaseAway:
                self._was_away = True
                self._forget_connection()
                raise

    def _look(self) -> None:
        asked, began = time.monotonic(), self._clock()
        version = self._version_of_data()
        if version is None or version != self._data_version:
            with reading() as session:
                sites = site_versions(session)
                # The earliest of them: a clock may also be set back.
                since = min((began, *self._begun)) - OVERLAP
                found = changed_threads(session, since)
            self._tell(sites, found, since)
            self._data_version = version
        self._begun.append(began)
        if self._was_away:
            # What came back may be another one: restored from a backup, or a copy that is behind.
            self._shelf.all_changed()
            self._was_away = False
        # The moment before it was asked, since it may have taken its time.
        self._shelf.heard = asked
        self._shelf.reached = time.monotonic()

    def _watch(self) -> None:
        complained = False
        with self._context():
            while True:
                try:
                    self.look()
                    complained = False
                except DatabaseAway as away:
                    if not complained:
                        log.warning("the database is away: %s", away)
                    complained = True
                except Exception:
                    if not complained:
                        log.exception("watching failed")
                    complained = True
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
        if changes:
            self._shelf.changed(_grounds(changes))
        # Only what may still come again within the overlap has to be remembered.
        self._threads = seen
        self._sites = sites

    def _heard(self, changes: set[Change]) -> None:
        # A thread that another process has just made may be unknown here, where its first comment is stored.
        told = self._threads
        new = {
            ("new", site_id, 0)
            for kind, site_id, number in changes
            if kind == "thread" and (site_id, number) not in told
        }
        self._shelf.changed(_grounds(changes | new))
        self._shelf.reached = time.monotonic()

    def _version_of_data(self) -> int | None:
        # A number that SQLite keeps in shared memory: it moves with each commit of another connection.
        if engine().dialect.name != "sqlite":
            return None
        with refusing():
            file = _identity(str(engine().url.database))
            if self._connection is None:
                self._connection = engine().connect().execution_options(commentsvc_write=False)
                self._data_version = None
                self._file = file
            if file is None or file != self._file:
                # A connection stays with the file that it has, whatever happens to the name.
                engine().dispose()
                raise DatabaseAway("the database file is gone, or another one now")
            with self._connection.begin():
                return self._connection.scalar(text("PRAGMA data_version"))

    def _forget_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.invalidate()
            with contextlib.suppress(Exception):
                connection.close()


def _identity(path: str) -> Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _grounds(changes: Iterable[Change]) -> set[Ground]:
    grounds: set[Ground] = set(changes)
    for kind, site_id, _ in changes:
        if kind in ("thread", "new"):
            grounds.add(any_thread_ground(site_id))
        if kind == "new":
            grounds.add(new_threads_ground(site_id))
    return grounds
