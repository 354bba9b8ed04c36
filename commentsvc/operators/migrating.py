"""Brings the schema of a database to this version's, by Alembic and under a lock."""

import contextlib
import fcntl
import os
from collections.abc import Iterator

import alembic.command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy import text

from commentsvc.database import engine
from commentsvc.database import make_file
from commentsvc.database import refusing
from commentsvc.refusals import DatabaseAway
from commentsvc.resources import folder
from commentsvc.schema import is_current
from commentsvc.settings import Settings

# Any number, as long as it is always the same: PostgreSQL's lock for "somebody migrates".
MIGRATION_LOCK = 7_263_491


def migrate(settings: Settings) -> bool:
    """Bring the schema to this version's, one process at a time; return whether anything was to do.

    Raises SchemaMismatch where the schema is newer than this version, and DatabaseAway.
    """
    with _one_at_a_time(settings) as connection:
        if is_current(connection):
            return False
        config = _alembic()
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "head")
        return True


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")))
    return config


@contextlib.contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[Connection]:
    if settings.sqlite_path is None:
        with refusing(), engine().begin() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            yield connection
        return
    # SQLite's own lock would do, but for the first moment when the file is being made.
    lock = settings.sqlite_path.with_name(settings.sqlite_path.name + ".migrating")
    make_file(settings.sqlite_path)
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DatabaseAway(f"{lock} cannot be made or written: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with refusing(), engine().connect().execution_options(commentsvc_write=True) as connection, connection.begin():
            yield connection
    finally:
        os.close(handle)
