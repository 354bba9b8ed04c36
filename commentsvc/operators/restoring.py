"""Puts a backup in place of an SQLite database: looked through first, the old one kept aside, whole or not at all."""

import contextlib
import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from commentsvc.keys import secret_file
from commentsvc.operators.upkeep import read_back
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Refusal
from commentsvc.settings import Settings

# Where readers of an SQLite database hold their lock, and how far it reaches (https://www.sqlite.org/fileformat.html,
# the lock-byte page): whoever can lock all of it alone is the only one.
READERS_FROM = 0x40000002
READERS = 510
# What belongs to a database besides the file itself.
BESIDE = ("-wal", "-shm")

POSTGRESQL = """this is PostgreSQL, which its own programs back up and restore:
    pg_dump --format=custom --file=comments.dump "$DATABASE"
    createdb comments_restored
    pg_restore --no-owner --exit-on-error --dbname=comments_restored comments.dump
Then point COMMENTSVC_DATABASE_URL at it, keep COMMENTSVC_SECRET_KEY, and run `commentsvc migrate` and
`commentsvc doctor`."""


class NotRestored(Refusal):
    """Says why a backup was not put in place; nothing was changed."""


@dataclass(frozen=True)
class Restored:
    """What was put in place: how many comments it holds, whether its secret came along, and where the old one is."""

    comments: int
    has_secret: bool
    aside: Path | None


def require_restorable(settings: Settings, backup: Path, replace: bool) -> Path:
    """Return the database that a backup would take the place of; raise NotRestored where it must not."""
    target = settings.sqlite_path
    if target is None:
        raise NotRestored(POSTGRESQL)
    if not backup.is_file():
        raise NotRestored(f"{backup} is not there")
    if target.exists() and backup.resolve().samefile(target):
        raise NotRestored(f"{backup} is the database itself")
    if not target.parent.is_dir():
        raise NotRestored(f"{target.parent} is not there")
    if target.exists():
        with _alone(target):
            pass
        if not replace:
            raise NotRestored(f"{target} is there already; --replace puts the backup in its place and keeps it aside")
    return target


@contextmanager
def draft_of(backup: Path, target: Path) -> Iterator[Path]:
    """Give a copy of a backup beside the target, read and found sound, to be migrated; raise NotRestored.

    With it goes the backup's secret, where there is one. What is left of both afterwards is removed.
    """
    draft = target.with_name(f"{target.name}.restoring")
    _remove(draft)
    try:
        shutil.copyfile(backup, _closed(draft))
        log = backup.with_name(backup.name + "-wal")
        if log.exists():
            # A backup of ours is one file; a copy that somebody made of a stopped service may have a log beside it.
            shutil.copyfile(log, _closed(draft.with_name(draft.name + "-wal")))
        if secret_file(backup).exists():
            shutil.copyfile(secret_file(backup), _closed(secret_file(draft)))
        read_back(draft)
        yield draft
    except (sqlite3.Error, DatabaseAway) as error:
        raise NotRestored(f"{backup} is no sound backup: {error}") from error
    except OSError as error:
        raise NotRestored(f"the backup can't be copied to {target.parent}: {error.strerror or error}") from error
    finally:
        _remove(draft)


def put_in_place(draft: Path, target: Path, now: datetime) -> Restored:
    """Put a draft in place of a database and return what was done; raise NotRestored where somebody uses it by now."""
    with contextlib.closing(sqlite3.connect(draft)) as connection:
        # One file again: what is renamed must not leave anything behind.
        connection.execute("PRAGMA journal_mode = DELETE")
    held = read_back(draft)
    has_secret = secret_file(draft).exists()
    for path in (draft, secret_file(draft)):
        if path.exists():
            _sync(path)
    if not target.exists():
        _move(draft, target)
        return Restored(held, has_secret, None)
    aside = target.with_name(f"{target.name}.before-{now:%Y%m%dT%H%M%SZ}")
    if aside.exists():
        raise NotRestored(f"{aside} is there already; wait a second")
    with _alone(target):
        # The old one stays whole under its new name first; then its log goes there too, and only then its place is
        # taken. Whoever interrupts this finds everything in one of the two places, and runs it again.
        os.link(target, aside)
        for ending in BESIDE:
            with contextlib.suppress(FileNotFoundError):
                target.with_name(target.name + ending).rename(aside.with_name(aside.name + ending))
        if secret_file(target).exists():
            shutil.copyfile(secret_file(target), _closed(secret_file(aside)))
        _move(draft, target)
    return Restored(held, has_secret, aside)


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    try:
        handle = os.open(target, os.O_RDWR)
    except OSError as error:
        raise NotRestored(f"{target} can't be opened: {error.strerror}") from error
    try:
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, READERS, READERS_FROM)
        except OSError as error:
            raise NotRestored(f"a service or another program uses {target}; stop it first") from error
        yield
    finally:
        os.close(handle)


def _move(draft: Path, target: Path) -> None:
    if secret_file(draft).exists():
        secret_file(draft).replace(secret_file(target))
    draft.replace(target)
    handle = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _closed(path: Path) -> Path:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    return path


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _remove(draft: Path) -> None:
    for ending in ("", *BESIDE, "-journal", ".secret", ".migrating"):
        draft.with_name(draft.name + ending).unlink(missing_ok=True)
