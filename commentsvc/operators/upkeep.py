"""The operator's chores: back up, render again."""

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.keys import secret_file
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Refusal
from commentsvc.refusals import SchemaMismatch
from commentsvc.settings import Settings
from commentsvc.text.rendering import RENDERER
from commentsvc.text.rendering import render

BATCH = 500


def reach() -> None:
    """Raise DatabaseAway unless the database answers."""
    with reading() as session:
        session.execute(select(Site.id).limit(1))


def backup(settings: Settings, target: Path) -> int:
    """Copy a live SQLite database, read the copy back, and return how many comments it holds.

    The secret goes with it, as `target` with .secret added. Raises FileExistsError, DatabaseAway where the copy is
    not sound, and SchemaMismatch with PostgreSQL, whose own pg_dump does this.
    """
    if settings.sqlite_path is None:
        raise SchemaMismatch("this is PostgreSQL: pg_dump backs it up while the service runs")
    _refuse_existing(target)
    if not target.parent.is_dir():
        raise Refusal(f"{target} can't be written: the folder {target.parent} is not there")
    draft = target.with_name(target.name + ".unfinished")
    try:
        os.close(os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600))
        with (
            contextlib.closing(sqlite3.connect(settings.sqlite_path)) as source,
            contextlib.closing(sqlite3.connect(draft)) as copy,
        ):
            source.backup(copy, pages=1000, sleep=0.01)
        held = read_back(draft)
        secret = secret_file(settings.sqlite_path)
        if secret.exists():
            _copy_secret(secret, secret_file(target))
        draft.replace(target)
        _sync_folder(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise DatabaseAway(f"the backup could not be made: {error}") from error
    finally:
        # The files that SQLite works with stand beside the one it writes, and stay where a copy is broken off.
        for ending in ("", "-wal", "-shm"):
            draft.with_name(draft.name + ending).unlink(missing_ok=True)
    return held


@dataclass(frozen=True)
class Rerendered:
    """How many revisions were made again, and how many of them came out otherwise."""

    read: int
    changed: int


def rerender(site: Site, now: datetime, everything: bool = False) -> Rerendered:
    """Make the HTML of a site's revisions again from their source: those of another renderer, or all.

    Each batch is its own transaction; what was made stays made if it is interrupted.
    """
    read = changed = 0
    after: tuple[int, int] = (0, 0)
    while True:
        with transaction() as session:
            question = select(Revision).where(Revision.site_id == site.id)
            if not everything:
                question = question.where(Revision.renderer != RENDERER)
            question = question.where(
                (Revision.comment_id > after[0]) | ((Revision.comment_id == after[0]) & (Revision.n > after[1]))
            )
            rows = list(session.scalars(question.order_by(Revision.comment_id, Revision.n).limit(BATCH)))
            touched = set()
            for revision in rows:
                html = render(revision.source, revision.markup).html
                if html != revision.html:
                    revision.html = html
                    touched.add(revision.comment_id)
                    changed += 1
                revision.renderer = RENDERER
            threads = select(Comment.thread_id).where(Comment.site_id == site.id, Comment.id.in_(touched))
            for thread in session.scalars(select(Thread).where(Thread.site_id == site.id, Thread.id.in_(threads))):
                thread.touch(session, now)
        read += len(rows)
        if len(rows) < BATCH:
            return Rerendered(read, changed)
        after = (rows[-1].comment_id, rows[-1].n)


def read_back(copy: Path) -> int:
    """Read a whole SQLite database and return how many comments it holds; raise DatabaseAway where it is damaged."""
    with contextlib.closing(sqlite3.connect(f"file:{copy}?mode=ro", uri=True)) as connection:
        verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise DatabaseAway(f"the backup is damaged: {verdict}")
        if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
            raise DatabaseAway("the backup is damaged: a row points at one that is not there")
        return connection.execute("SELECT count(*) FROM comment").fetchone()[0]


def _refuse_existing(target: Path) -> None:
    for path in (target, secret_file(target)):
        if path.exists():
            raise FileExistsError(f"{path} is there already; a backup never writes over one")


def _copy_secret(secret: Path, target: Path) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secret.read_bytes())
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
