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

from commentsvc.background import Background
from commentsvc.database import Change
from commentsvc.database import engine
from commentsvc.database import listen
from commentsvc.database import reading
from commentsvc.database import refusing
from commentsvc.keeping import Ground
from commentsvc.keeping import Shelf
from commentsvc.keeping import any_thread_ground
from commentsvc.keeping import new_threads_ground
from commentsvc.models.changes import Seen
from commentsvc.models.changes import look
from commentsvc.models.changes import newest_changes
from commentsvc.models.changes import shows
from commentsvc.models.changes import threads_by_key
from commentsvc.refusals import DatabaseAway
from commentsvc.replica import Replica
from commentsvc.replica import replica

log = logging.getLogger(__name__)

EVERY = 0.25
# Commits arrive out of order, and clocks of hosts disagree a little: what changed so long ago is looked at again.
OVERLAP = timedelta(seconds=30)
# And so many looks later: where everything stood still for an hour, an act goes on that was begun before that.
LOOKS = 8

# So many of the last changes a replica is judged by, beside those of the overlap.
NEWEST = 100

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
        self._looking = threading.Lock()
        self._background = Background("watcher", self._watch)
        with context():
            listen(self._heard)
            self._replica = replica()

    def start(self) -> None:
        """Watch from now on in a thread of this process; called by whoever answers first after a fork."""
        self._background.start(first=self._begin)

    def look(self) -> None:
        """Ask the database once what has changed, and tell the shelf; raise DatabaseAway where it can't be asked."""
        with self._looking:
            try:
                self._look()
            except DatabaseAway:
                self._was_away = True
                self._forget_connection()
                if self._replica is not None:
                    self._look_at_replica_alone(self._replica)
                raise

    def _begin(self) -> None:
        # Nothing was kept before, so there is nothing to be told of yet.
        self._shelf.heard = self._shelf.reached = time.monotonic()
        self._begun.append(self._clock())

    def _look(self) -> None:
        asked, began, is_up_to_date = time.monotonic(), self._clock(), True
        version = self._version_of_data()
        if version is None or version != self._data_version:
            # The earliest of them: a clock may also be set back.
            since = min((began, *self._begun)) - OVERLAP
            is_up_to_date = self._look_at_replica(self._replica, since) if self._replica else self._look_at(since)
            self._data_version = version
        self._begun.append(began)
        if self._was_away:
            # What came back may be another one: restored from a backup, or a copy that is behind.
            self._shelf.all_changed()
            self._was_away = False
        if is_up_to_date:
            # The moment before it was asked, since it may have taken its time.
            self._shelf.heard = asked
        self._shelf.reached = time.monotonic()

    def _look_at(self, since: datetime) -> bool:
        with reading() as session:
            seen = look(session, since)
        self._tell(seen, since)
        return True

    def _look_at_replica(self, replica: Replica, since: datetime) -> bool:
        # What is told is what the pages are made from. A page that was made from a replica before it had a change is
        # told of it when the replica has it; until then nothing is said to be heard of, and after half a second the
        # primary is used. So a page without an age holds what was acknowledged a second before, whichever made it.
        with reading() as session:
            truth = look(session, since)
            newest = newest_changes(session, NEWEST)
        keys = [row[:2] for row in newest]
        shown = replica.asked(lambda session: (look(session, since), threads_by_key(session, keys)))
        is_in_step = shown is not None and shows(shown[0], shown[1], truth, newest)
        has_turned = replica.judge(is_in_step)
        if replica.is_used:
            if shown is not None:
                self._tell(shown[0], since)
        else:
            self._tell(truth, since)
        self._shelf.is_second_hand = replica.is_used
        if has_turned:
            log.warning("pages are made from the %s now", "replica" if replica.is_used else "primary")
            # Only now: whoever begins after this reads from the other one.
            self._shelf.all_changed()
        return is_in_step or not replica.is_used

    def _look_at_replica_alone(self, replica: Replica) -> None:
        # How far it is behind, nobody knows: what was kept before stays, and what is made from now on has an age.
        self._shelf.is_second_hand = True
        if not replica.is_used:
            return
        since = min((self._clock(), *self._begun)) - OVERLAP
        shown = replica.asked(lambda session: look(session, since))
        if shown is not None:
            self._tell(shown, since)
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

    def _tell(self, seen: Seen, since: datetime) -> None:
        sites, found = seen
        changes: set[Change] = set()
        for site_id, version in sites.items():
            if self._sites.get(site_id, version) != version:
                changes.add(("site", site_id, 0))
        changes.update(("site", gone, 0) for gone in self._sites.keys() - sites.keys())
        known = {}
        for thread in found:
            before = self._threads.get((thread.site_id, thread.id))
            known[thread.site_id, thread.id] = thread.version
            if before != thread.version:
                changes.add(("thread", thread.site_id, thread.id))
            if before is None and thread.created >= since:
                changes.add(("new", thread.site_id, 0))
        if changes:
            self._shelf.changed(_grounds(changes))
        # Only what may still come again within the overlap has to be remembered.
        self._threads = known
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
