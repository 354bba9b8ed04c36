"""The engine, its pragmas, the naming convention, and transaction(): the one way to write."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from flask import Flask
from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection
from sqlalchemy import DateTime
from sqlalchemy import Engine
from sqlalchemy import MetaData
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import InterfaceError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from commentsvc import tallies
from commentsvc.refusals import DatabaseAway
from commentsvc.settings import Settings

# The longest that a request waits for a lock or a connection; beyond it the client is told to come back.
WAIT_SECONDS = 2

# How long a connection is trusted to be to the file that has the database's name.
LOOK_EVERY = 0.05
KINDS = "commentsvc-engines"

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Stands above all tables."""

    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base)

# What changed, in the words of whoever listens.
Change = tuple[str, int, int]
_turns: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()
_listeners: WeakKeyDictionary[Engine, Callable[[set[Change]], None]] = WeakKeyDictionary()


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; SQLite keeps it as sortable text, PostgreSQL as timestamptz."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuse naive times and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time: times are UTC and aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Return an aware UTC time on both databases."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def configure(app: Flask, settings: Settings) -> None:
    """Bind the application to the database of the settings."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    db.init_app(app)
    with app.app_context():
        if settings.sqlite_path is not None:
            _turns[db.engine] = threading.Lock()
            event.listen(db.engine, "connect", _prepare_sqlite)
            event.listen(db.engine, "checkout", _same_file)
            event.listen(db.engine, "begin", _begin_sqlite)


@contextmanager
def transaction() -> Iterator[Session]:
    """Give a session whose changes are stored together at the end, or not at all; raise DatabaseAway if they can't.

    Changes are written at the end, or where `flush` says so: what is asked in between does not see them.
    """
    with refusing():
        # The session joins what the connection has begun: who goes past the unit of work need not wait for its ways.
        with (
            _turn_to_write(),
            _engine(write=True).begin() as connection,
            Session(connection, expire_on_commit=False, autoflush=False) as session,
        ):
            yield session
            session.flush()
        tallies.add_all(session.info)
        changes = session.info.pop("changes", None)
        listener = _listeners.get(db.engine)
        if changes and listener is not None:
            listener(changes)


@contextmanager
def reading() -> Iterator[Session]:
    """Give a session that sees one moment of the database; raise DatabaseAway if it can't be reached."""
    with refusing(), Session(_engine(write=False), expire_on_commit=False, autoflush=False) as session:
        yield session


@contextmanager
def asking() -> Iterator[Connection]:
    """Give a connection for one question alone, which needs no transaction; raise DatabaseAway if it can't be asked."""
    with refusing(), _engine(write=None).connect() as found:
        yield found


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what a driver raises where the database can't be reached or written into DatabaseAway."""
    try:
        yield
    except IntegrityError:
        raise
    except PoolTimeout as error:
        raise DatabaseAway(str(error)) from error
    except DBAPIError as error:
        if not _is_away(error):
            raise
        if _is_spoilt(error.orig):
            # A connection made while the file could not be written or was another one stays so for ever.
            db.engine.dispose()
        raise DatabaseAway(str(error.orig)) from error


def _is_away(error: DBAPIError) -> bool:
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.DatabaseError):
        # What SQLite says of a damaged file; mistakes of ours come as other classes.
        return type(error.orig) is sqlite3.DatabaseError
    # Read only, out of resources, stopping, or a fault of the system (PostgreSQL's appendix A).
    return str(getattr(error.orig, "sqlstate", None) or "").startswith(("25006", "53", "57P", "58"))


def _is_spoilt(fault: BaseException | None) -> bool:
    if getattr(fault, "sqlstate", None) == "25006":
        # Read only: it has been demoted, and a new connection finds the server that takes writes now.
        return True
    code = getattr(fault, "sqlite_errorcode", None)
    return code is not None and code & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def note_change(session: Session, change: Change) -> None:
    """Say within a transaction what it changes; who listens hears of it after the commit."""
    session.info.setdefault("changes", set()).add(change)


def listen(listener: Callable[[set[Change]], None]) -> None:
    """Tell a listener after each commit of this process what was changed in the current application's database."""
    _listeners[db.engine] = listener


@contextmanager
def _turn_to_write() -> Iterator[None]:
    # SQLite lets one write and the others ask again and again: within a process they had better stand in line.
    turns = _turns.get(db.engine)
    if turns is None:
        yield
        return
    if not turns.acquire(timeout=WAIT_SECONDS):
        raise DatabaseAway("others are writing")
    try:
        yield
    finally:
        turns.release()


def engine() -> Engine:
    """Return the engine of the current application."""
    return db.engine


def _engine(write: bool | None) -> Engine:
    # None is for one question. Made once: each request asks for one or two.
    kinds = current_app.extensions.setdefault(KINDS, {})
    if write not in kinds:
        kinds[write] = _engine_of_kind(db.engine, write)
    return kinds[write]


def _engine_of_kind(engine: Engine, write: bool | None) -> Engine:
    if engine.dialect.name == "sqlite":
        return engine.execution_options(commentsvc_write=write)
    if write:
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def engine_options(settings: Settings) -> dict[str, Any]:
    """Return how engines are made for the database of the settings."""
    if settings.sqlite_path is not None:
        path = settings.sqlite_path
        return {"creator": lambda: _connect(path), "pool_timeout": WAIT_SECONDS, "hide_parameters": True}
    milliseconds = WAIT_SECONDS * 1000
    return {
        # What people wrote has no place in a log.
        "hide_parameters": True,
        "pool_pre_ping": True,
        "pool_timeout": WAIT_SECONDS,
        "connect_args": {
            "connect_timeout": WAIT_SECONDS,
            # Noticed in seconds, not hours: that the server has vanished, and there that we have, who may hold locks.
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 2,
            "tcp_user_timeout": 6000,
            "options": f"-c lock_timeout={milliseconds} -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
            " -c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3 -c tcp_user_timeout=5000",
        },
    }


def _connect(path: Path) -> sqlite3.Connection:
    # Never makes the file: one that was moved away must not be followed by an empty one.
    address = f"file:{quote(str(path))}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=WAIT_SECONDS, check_same_thread=False)


def _same_file(_connection: Any, record: Any, _proxy: Any) -> None:
    # A database that was put in place of another one is used within an instant: no comment goes into a file that nobody
    # can open any more. Looked at so seldom, because each look lets other threads in between.
    now = time.monotonic()
    if now - record.info["looked"] < LOOK_EVERY:
        return
    if record.info["file"] != _file_of(db.engine):
        raise DisconnectionError("the database file is another one now")
    record.info["looked"] = now


def _file_of(engine: Engine) -> tuple[int, int] | None:
    try:
        found = os.stat(str(engine.url.database))  # noqa: PTH116
    except OSError:
        return None
    return found.st_dev, found.st_ino


def make_file(path: Path) -> None:
    """Make an SQLite database's file where there is none, for its owner's eyes only; raise DatabaseAway."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DatabaseAway(f"{path} cannot be made or written: {error.strerror}") from error


def _prepare_sqlite(connection: Any, record: Any) -> None:
    record.info["file"] = _file_of(db.engine)
    record.info["looked"] = 0.0
    # The driver must not begin transactions by itself: _begin_sqlite does, with the kind that is wanted.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # What is erased is overwritten, also in copies that moved about the file before. FAST leaves pages that are freed.
    cursor.execute("PRAGMA secure_delete = ON")
    # In KiB, of each of several connections; what is read again and again the system keeps in memory anyway.
    cursor.execute("PRAGMA cache_size = -1000")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: a reader that turns writer later would fail where it should wait.
    write = connection.get_execution_options().get("commentsvc_write", True)
    if write is not None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
