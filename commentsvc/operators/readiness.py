"""Whether a running service can serve, each part in words: asked of the connections that it serves by."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy import text

from commentsvc.database import engine
from commentsvc.database import refusing
from commentsvc.examining.surroundings import POSTGRESQL
from commentsvc.examining.surroundings import SQLITE
from commentsvc.examining.surroundings import lax
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import SchemaMismatch
from commentsvc.schema import is_current
from commentsvc.settings import Settings

# Below this an SQLite database can't be relied on to grow, in bytes.
ROOM = 32 << 20

DATABASE = "database"
SCHEMA = "schema"
COMMITS = "commits"
DISK = "disk"


@dataclass(frozen=True)
class Part:
    """One thing that serving needs, whether it is there, and what there is to say of it."""

    name: str
    is_there: bool
    words: str


def readiness(settings: Settings) -> list[Part]:
    """Return the parts that serving needs, as they are now; no longer than the database may let a request wait."""
    return [*_asked(settings), *_disk(settings)]


def _asked(settings: Settings) -> Iterator[Part]:
    wanted, ask = (SQLITE, "PRAGMA") if settings.sqlite_path is not None else (POSTGRESQL, "SHOW")
    try:
        # Out of the pool that requests take theirs from: what is read here is true of what they are answered by.
        with refusing(), engine().connect().execution_options(commentsvc_write=False) as connection:
            schema = _schema(connection)
            found = {name: connection.scalar(text(f"{ask} {name}")) for name in wanted}
    except DatabaseAway:
        yield Part(DATABASE, False, "the database does not answer")
        return
    yield Part(DATABASE, True, "it answers")
    yield schema
    said = ", ".join(f"{name} {value}" for name, value in found.items())
    # A service that acknowledges too early serves all the same; the doctor calls it wrong.
    yield Part(COMMITS, True, f"{'at once' if lax(found, wanted) else 'synchronous'} ({said})")


def _schema(connection: Connection) -> Part:
    try:
        current = is_current(connection)
    except SchemaMismatch:
        # Migrations only add, so that what runs goes on: were it not ready, all hosts would be left out at once.
        return Part(SCHEMA, True, "a newer version has migrated it: replace this one")
    return Part(SCHEMA, current, "it is this version's" if current else "it is not this version's: commentsvc migrate")


def _disk(settings: Settings) -> Iterator[Part]:
    if settings.sqlite_path is None:
        return
    try:
        has_room = shutil.disk_usage(settings.sqlite_path.parent).free >= ROOM
    except OSError:
        yield Part(DISK, False, "the database's folder is not there")
        return
    yield Part(DISK, has_room, "there is room" if has_room else f"less than {ROOM >> 20} MB are free for the database")
