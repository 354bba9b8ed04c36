"""The engine, its pragmas, the naming convention, and transaction(): the one way to write."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from datetime import datetime
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection
from sqlalchemy import DateTime
from sqlalchemy import Engine
from sqlalchemy import MetaData
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import InterfaceError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

from commentsvc.refusals import DatabaseAway
from commentsvc.settings import Settings

# The longest that a request waits for a lock or a connection; beyond it the client is told to come back.
WAIT_SECONDS = 2

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
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(settings)
    db.init_app(app)
    with app.app_context():
        if settings.sqlite_path is not None:
            event.listen(db.engine, "connect", _prepare_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)


@contextmanager
def transaction() -> Iterator[Session]:
    """Give a session whose changes are stored together at the end, or not at all; raise DatabaseAway if they can't."""
    with _refusing(), Session(_engine(write=True), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """Give a session that sees one moment of the database; raise DatabaseAway if it can't be reached."""
    with _refusing(), Session(_engine(write=False), expire_on_commit=False, autoflush=False) as session:
        yield session


def engine() -> Engine:
    """Return the engine of the current application."""
    return db.engine


def _engine(write: bool) -> Engine:
    if db.engine.dialect.name == "sqlite":
        return db.engine.execution_options(commentsvc_write=write)
    if write:
        return db.engine
    return db.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _engine_options(settings: Settings) -> dict[str, Any]:
    if settings.sqlite_path is not None:
        return {"connect_args": {"timeout": WAIT_SECONDS}, "pool_timeout": WAIT_SECONDS}
    milliseconds = WAIT_SECONDS * 1000
    return {
        "pool_pre_ping": True,
        "pool_timeout": WAIT_SECONDS,
        "connect_args": {
            "connect_timeout": WAIT_SECONDS,
            "options": f"-c lock_timeout={milliseconds} -c idle_in_transaction_session_timeout=60000 -c timezone=UTC",
        },
    }


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself: _begin_sqlite does, with the kind that is wanted.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: a reader that turns writer later would fail where it should wait.
    write = connection.get_execution_options().get("commentsvc_write", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise DatabaseAway(str(getattr(error, "orig", None) or error)) from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseAway(str(error.orig)) from error
        raise
