"""A replica of the database that pages are made from, as long as it keeps up.

    COMMENTSVC_READ_URL=postgresql://comments@replica.internal/comments

Whether it keeps up is not asked of the replica but seen: `readers/watching.py` reads from the primary what changed
last, and then looks whether the replica shows the same. That holds for any kind of replica, and over a failover.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import TypeVar

from flask import Flask
from flask import current_app
from sqlalchemy import Engine
from sqlalchemy import create_engine
from sqlalchemy import event
from sqlalchemy.orm import Session

from commentsvc.database import engine_options
from commentsvc.database import reading
from commentsvc.database import refusing
from commentsvc.refusals import DatabaseAway
from commentsvc.settings import BadSetting
from commentsvc.settings import Settings

EXTENSION = "commentsvc-replica"
# How long the watcher waits for the replica's answer.
PATIENCE = 0.25
# So many looks in a row it may be behind: half a second, of the one within which a change is to be seen.
MISSES = 2
# So many looks in a row it must be in step before it is used, so that it is not taken up and left all the time.
STEADY = 8

T = TypeVar("T")


class Replica:
    """The replica's connections, and whether it is used."""

    def __init__(self, engine: Engine) -> None:
        """Take the engine; it is not used before it was seen to be in step."""
        self.is_used = False
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._out: set[Any] = set()
        self._score = 0
        self._asking: threading.Thread | None = None
        event.listen(engine, "checkout", lambda connection, _record, _proxy: self._out.add(connection))
        event.listen(engine, "checkin", lambda connection, _record: self._out.discard(connection))

    @contextlib.contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that sees one moment of the replica; raise DatabaseAway if it can't be reached."""
        with refusing(), Session(self._engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    def asked(self, question: Callable[[Session], T]) -> T | None:
        """Return what a question finds on the replica, or None where that takes longer than somebody can wait."""
        if self._asking is not None and self._asking.is_alive():
            # Of a replica that hangs nothing more is asked until it has let go of the first.
            return None
        found: list[T] = []

        def ask() -> None:
            with contextlib.suppress(DatabaseAway), self.reading() as session:
                found.append(question(session))

        self._asking = threading.Thread(target=ask, name="commentsvc-replica", daemon=True)
        self._asking.start()
        self._asking.join(PATIENCE)
        return found[0] if found else None

    def judge(self, is_in_step: bool) -> bool:
        """Count a look at the replica, and tell whether it is taken up or left by it."""
        self._score = max(self._score, 0) + 1 if is_in_step else min(self._score, 0) - 1
        if self.is_used and self._score <= -MISSES:
            self.leave()
            return True
        if not self.is_used and self._score >= STEADY:
            self.is_used = True
            return True
        return False

    def leave(self) -> None:
        """Use it no more until it has been in step for a while, and let go of those who wait for it."""
        self.is_used = False
        self._score = min(self._score, 0)
        for connection in list(self._out):
            # One that hangs would be waited for until it goes on, for hours perhaps.
            with contextlib.suppress(Exception), socket.socket(fileno=os.dup(connection.pgconn.socket)) as wire:
                wire.shutdown(socket.SHUT_RDWR)


def configure(app: Flask, settings: Settings) -> None:
    """Give the application its replica, where there is one; raise BadSetting where there can't be."""
    if settings.read_url is None:
        return
    if settings.sqlite_path is not None:
        raise BadSetting("READ_URL", "(hidden)", "an SQLite database has no replica; leave it empty")
    app.extensions[EXTENSION] = Replica(create_engine(settings.read_url, **engine_options(settings)))


def replica() -> Replica | None:
    """Return the current application's replica, or None where it has none."""
    return current_app.extensions.get(EXTENSION)


def ask(question: Callable[[Session], T]) -> T:
    """Return what a question finds that is asked for readers; raise DatabaseAway.

    It is asked of the replica where that is in use, and of the primary where the replica fails. Where the primary is
    away, the replica is asked even if it was behind: the answer then says for how long nobody knows whether it is true.
    """
    second = replica()
    if second is not None and second.is_used:
        try:
            with second.reading() as session:
                return question(session)
        except DatabaseAway:
            pass
    try:
        with reading() as session:
            return question(session)
    except DatabaseAway:
        if second is None or second.is_used:
            raise
    with second.reading() as session:
        return question(session)
