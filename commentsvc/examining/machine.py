"""Whether the machine is fit for the service: its disk, who may read the files, and what time it is."""

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from datetime import timedelta

from sqlalchemy import text

from commentsvc.database import engine
from commentsvc.database import refusing
from commentsvc.examining.finding import NOTE
from commentsvc.examining.finding import OK
from commentsvc.examining.finding import WRONG
from commentsvc.examining.finding import Finding
from commentsvc.operators.readiness import ROOM
from commentsvc.settings import Settings

# In bytes, and in seconds: hosts that share a database may be apart by so much before anything goes wrong.
LITTLE = 512 << 20
APART = 2
TOO_FAR_APART = 30


def examine_machine(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Yield what each check comes to; the database answers. Raises DatabaseAway."""
    path = settings.sqlite_path
    if path is None:
        yield clock(_there() - now)
        return
    files = [one for one in (path, path.with_name(path.name + "-wal")) if one.exists()]
    open_to_all = [one.name for one in files if stat.S_IMODE(one.stat().st_mode) & stat.S_IROTH]
    if open_to_all:
        words = f"{', '.join(open_to_all)} can be read by everybody on this machine. `chmod 600` closes it."
        yield Finding("files", WRONG, f"Files: {words}", len(files), len(open_to_all))
    elif not os.access(path.parent, os.W_OK | os.X_OK):
        words = f"{path.parent} can't be written, where SQLite keeps its log."
        yield Finding("files", WRONG, f"Files: {words}", len(files), 1)
    else:
        yield Finding("files", OK, "Files: the database is not open to everybody.", len(files))
    yield disk(shutil.disk_usage(path.parent).free, str(path.parent))
    # A file that was written in the future: the clock has gone back since, or is wrong now.
    yield clock(max(datetime.fromtimestamp(one.stat().st_mtime, UTC) for one in files) - now, is_file=True)


def disk(free: int, where: str) -> Finding:
    """Return what so many free bytes come to."""
    words = f"Disk: {free >> 20:,} MB are free in {where}"
    if free < ROOM:
        return Finding("disk", WRONG, f"{words}: comments can't be stored for much longer, nor backed up there.")
    if free < LITTLE:
        return Finding("disk", NOTE, f"{words}, which is not much.")
    return Finding("disk", OK, f"{words}.")


def clock(ahead: timedelta, is_file: bool = False) -> Finding:
    """Return what it comes to that the database's clock, or the last write to its file, is ahead by a duration."""
    seconds = ahead.total_seconds()
    if is_file:
        if seconds <= TOO_FAR_APART:
            return Finding("clock", OK, "Clock: nothing was written later than now.")
        words = f"the database was last written {seconds:,.0f} s after the time that it is now by this machine's clock"
        return Finding("clock", WRONG, f"Clock: {words}.")
    words = f"this machine's and the database's are {abs(seconds):,.1f} s apart"
    if abs(seconds) > TOO_FAR_APART:
        return Finding("clock", WRONG, f"Clock: {words}. Have both set by NTP.")
    return Finding("clock", NOTE if abs(seconds) > APART else OK, f"Clock: {words}.")


def _there() -> datetime:
    with refusing(), engine().connect().execution_options(commentsvc_write=False) as connection:
        return connection.scalar(text("SELECT clock_timestamp()"))  # pyright: ignore[reportReturnType]
