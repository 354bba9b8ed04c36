"""Whether a service could work here: settings, secret, database, commits, disk. Nothing is made or changed."""

import os
import secrets
import stat
from collections.abc import Generator
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import urlsplit

from sqlalchemy import insert
from sqlalchemy import text

from commentsvc.database import engine
from commentsvc.database import refusing
from commentsvc.database import transaction
from commentsvc.examining.finding import NOTE
from commentsvc.examining.finding import OK
from commentsvc.examining.finding import WRONG
from commentsvc.examining.finding import Finding
from commentsvc.keys import secret_file
from commentsvc.models.rate import Rate
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import SchemaMismatch
from commentsvc.schema import is_current
from commentsvc.schema import revisions
from commentsvc.settings import Settings

# What each database must say for a commit to wait for the disk; FULL is 2, EXTRA 3 (SQLite), and all but off wait at
# least for this server's own disk (PostgreSQL).
SQLITE = {"synchronous": ("2", "3"), "journal_mode": ("wal",)}
POSTGRESQL = {"fsync": ("on",), "synchronous_commit": ("on", "local", "remote_write", "remote_apply")}


def examine_surroundings(settings: Settings) -> Generator[Finding, None, bool]:
    """Yield what each check comes to, and return whether the database can be read, so that sites can be looked at."""
    yield _base_url(settings)
    yield _page_folder(settings)
    for look in (_database, _schema):
        finding = look(settings)
        yield finding
        if finding.state == WRONG:
            return False
    yield _secret(settings)
    yield _commits(settings)
    yield _writing()
    return True


def lax(found: Mapping[str, object], wanted: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return which of a database's settings let a commit be acknowledged before it has reached the disk, as words."""
    wrong = [name for name, good in wanted.items() if str(found[name]).lower() not in good]
    return [f"{name} is {found[name]}, not {wanted[name][0]}" for name in wrong]


def is_local(base_url: str) -> bool:
    """Tell whether an address is of this machine alone, which browsers trust without https (W3C Secure Contexts)."""
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _base_url(settings: Settings) -> Finding:
    words = f"Settings: all can be used. Readers reach the service at {settings.base_url}"
    if settings.secure or is_local(settings.base_url):
        return Finding("settings", OK, f"{words}.")
    return Finding("settings", NOTE, f"{words}, without https: texts and passwords can be read on their way.")


def _page_folder(settings: Settings) -> Finding:
    folder = page_folder(settings)
    if folder is None:
        words = "nowhere. Set COMMENTSVC_PAGE_FOLDER, and they can be read after a restart without the database."
        return Finding("page-folder", NOTE, f"Pages are kept {words}")
    try:
        _try_folder(folder)
    except OSError as error:
        words = f"{error.strerror or error}. Threads could not be read after a restart without the database."
        return Finding("page-folder", WRONG, f"Pages can't be kept in {folder}: {words}")
    return Finding("page-folder", OK, f"Pages can be kept in {folder}.")


def page_folder(settings: Settings) -> Path | None:
    """Return where the service keeps its pages."""
    if settings.page_folder:
        return Path(settings.page_folder).expanduser().resolve()
    path = settings.sqlite_path
    return path.with_name(f"{path.name}.pages") if path is not None else None


def _try_folder(folder: Path) -> None:
    if not folder.exists():
        # Made here it might belong to somebody else than the service.
        if not os.access(folder.parent, os.W_OK | os.X_OK):
            raise PermissionError(f"{folder.parent} is not there or can't be written")
        return
    with TemporaryFile(dir=folder) as probe:
        probe.write(b"doctor")
        probe.flush()


def _database(settings: Settings) -> Finding:
    path = settings.sqlite_path
    if path is not None and not path.exists():
        words = f"{path} is not there. Look at COMMENTSVC_DATABASE_URL; `commentsvc site add` makes a new one."
        return Finding("database", WRONG, f"Database: {words}")
    try:
        with refusing(), engine().connect().execution_options(commentsvc_write=False) as connection:
            connection.execute(text("SELECT 1"))
            version = ".".join(map(str, connection.dialect.server_version_info or ()))
    except DatabaseAway as away:
        return Finding("database", WRONG, f"Database: it can't be reached. {_line(away)}")
    where = f"SQLite {version}, {path}" if path is not None else f"PostgreSQL {version}"
    return Finding("database", OK, f"Database: it answers ({where}).")


def _schema(_settings: Settings) -> Finding:
    name = revisions()[-1]
    try:
        with refusing(), engine().connect().execution_options(commentsvc_write=False) as connection:
            current = is_current(connection)
    except (DatabaseAway, SchemaMismatch) as refusal:
        return Finding("schema", WRONG, f"Schema: {_line(refusal)}")
    if not current:
        words = f"it is not this version's ({name}). `commentsvc migrate` brings it up to date."
        return Finding("schema", WRONG, f"Schema: {words}")
    return Finding("schema", OK, f"Schema: this version's ({name}).")


def _secret(settings: Settings) -> Finding:
    if settings.secret_key:
        return Finding("secret", OK, "Secret: COMMENTSVC_SECRET_KEY gives it.")
    if settings.sqlite_path is None:
        words = "there is none, and with PostgreSQL there must be. Set COMMENTSVC_SECRET_KEY, the same on each host."
        return Finding("secret", WRONG, f"Secret: {words}")
    path = secret_file(settings.sqlite_path)
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        length = len(path.read_text().strip())
    except OSError as error:
        words = f"{path} can't be read ({error.strerror}). Without it, receipts that were given are worth nothing."
        return Finding("secret", WRONG, f"Secret: {words} Put it back from a backup.")
    if length < 32:
        return Finding("secret", WRONG, f"Secret: {path} holds none. Put it back from a backup.")
    if mode & 0o077:
        words = f"{path} is open to others (mode {mode:04o}). `chmod 600` closes it."
        return Finding("secret", WRONG, f"Secret: {words}")
    return Finding("secret", OK, f"Secret: {path} is there, for its owner's eyes only (mode {mode:04o}).")


def _commits(settings: Settings) -> Finding:
    wanted, ask = (SQLITE, "PRAGMA") if settings.sqlite_path is not None else (POSTGRESQL, "SHOW")
    try:
        with refusing(), engine().connect().execution_options(commentsvc_write=False) as connection:
            found = {name: connection.scalar(text(f"{ask} {name}")) for name in wanted}
    except DatabaseAway as away:
        return Finding("commits", WRONG, f"Commits: the database can't be asked. {_line(away)}")
    faults = lax(found, wanted)
    if faults:
        words = f"{' and '.join(faults)}: a comment can be lost after its author was told that it is kept."
        return Finding("commits", WRONG, f"Commits: {words}")
    said = ", ".join(f"{name} {value}" for name, value in found.items())
    return Finding("commits", OK, f"Commits: they reach the disk before they are acknowledged ({said}).")


class _Undone(Exception):
    """Takes a transaction back."""


def _writing() -> Finding:
    row = {"key": f"doctor {secrets.token_hex(8)}", "hits": 0, "ends": 0}
    try:
        with transaction() as session:
            session.execute(insert(Rate), row)
            raise _Undone
    except _Undone:
        return Finding("writing", OK, "Writing: a row was written, and taken back.")
    except DatabaseAway as away:
        return Finding("writing", WRONG, f"Writing: the database can't be written now. {_line(away)}")


def _line(refusal: Exception) -> str:
    words = " ".join(str(refusal).split())
    return words if words.endswith(".") else f"{words}."
