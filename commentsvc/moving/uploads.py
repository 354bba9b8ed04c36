"""Files that owners bring to be imported: a folder of this host, to be read by the service alone, for a day."""

import contextlib
import fcntl
import io
import os
import re
import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from datetime import timedelta
from pathlib import Path
from typing import IO
from typing import Any

from commentsvc.refusals import NoRoom
from commentsvc.settings import Settings

# So long a file waits for its owner.
KEPT = timedelta(hours=24)
# What others need of the disk, and how often it is looked whether that is still there; in bytes.
SPARE = 64 << 20
_LOOK_EVERY = 8 << 20
# What is taken out of a file lies beside it while it is brought into order.
_COPIES = 2

# Whoever asks whether a file is held has it for an instant; a run has it for long. In seconds.
_TRIES = 20
_PAUSE = 0.05

_NAME = re.compile(r"[0-9a-f]{32}")
_REPORT = ".report.jsonl"


class Uploads:
    """The folder. Names are drawn, and never those that somebody sends."""

    def __init__(self, folder: Path) -> None:
        """Take the path of the folder, which is made when the first file comes."""
        self.folder = folder

    def begin(self, length: int) -> "Arriving":
        """Open a file for what arrives, of so many bytes where that is known (else 0); raise NoRoom."""
        try:
            self._make()
            if shutil.disk_usage(self.folder).free < length * _COPIES + SPARE:
                raise NoRoom("there is too little room on the disk")
            return Arriving(self.folder / secrets.token_hex(16))
        except OSError as error:
            raise NoRoom(f"{self.folder}: {error.strerror or error}") from error

    def path(self, name: str) -> Path:
        """Return where a file lies."""
        assert _NAME.fullmatch(name)
        return self.folder / name

    def report(self, name: str) -> Path:
        """Return where the report on a file lies."""
        path = self.path(name)
        return path.with_name(path.name + _REPORT)

    def has(self, name: str) -> bool:
        """Tell whether a file is here."""
        return self.path(name).is_file()

    @contextmanager
    def held(self, name: str) -> Iterator[bool]:
        """Hold a file for a run of this process; False where another one does, or it is gone.

        The system lets go of it when the process ends, however that ends.
        """
        try:
            handle = os.open(self.path(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            yield False
            return
        try:
            yield _locked(handle)
        finally:
            os.close(handle)

    def is_held(self, name: str) -> bool:
        """Tell whether a process of this host runs a file that is here."""
        try:
            handle = os.open(self.path(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            # Shared, so that those who ask at the same time do not take each other for a run.
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False

    @contextmanager
    def written_report(self, name: str) -> Iterator[IO[str]]:
        """Give the file that takes the report, made anew."""
        handle = os.open(self.report(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yield file

    def erase(self, name: str, report: bool = False) -> None:
        """Erase a file, and what was reported on it if that is wanted too."""
        self.path(name).unlink(missing_ok=True)
        if report:
            self.report(name).unlink(missing_ok=True)

    def sweep(self, now: datetime) -> int:
        """Erase what is older than a day and not in use, and return how many files that were."""
        erased = 0
        oldest = (now - KEPT).timestamp()
        with contextlib.suppress(OSError):
            for path in self.folder.iterdir():
                name = path.name.removesuffix(_REPORT)
                if not _NAME.fullmatch(name) or path.stat().st_mtime > oldest or self.is_held(name):
                    continue
                path.unlink(missing_ok=True)
                erased += 1
        return erased

    def _make(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # In a folder that everybody may write to, somebody else may have been first.
        found = self.folder.lstat()
        if self.folder.is_symlink() or found.st_uid != os.geteuid():
            raise NoRoom(f"{self.folder} belongs to somebody else")
        if found.st_mode & 0o077:
            self.folder.chmod(0o700)


class Arriving(io.FileIO):
    """A file while it arrives, readable by its owner alone; it leaves the disk some room, and raises NoRoom."""

    def __init__(self, path: Path) -> None:
        """Make the file."""
        super().__init__(str(path), "x+", opener=lambda name, flags: os.open(name, flags, 0o600))
        self.path = path
        self.size = 0
        self._looked = 0

    def write(self, data: Any) -> int:
        """Write all of some bytes."""
        if self.size - self._looked >= _LOOK_EVERY:
            self._looked = self.size
            if shutil.disk_usage(self.path.parent).free < SPARE:
                raise NoRoom("there is too little room on the disk")
        view = memoryview(data)
        written = 0
        try:
            while written < len(view):
                written += super().write(view[written:])
        except OSError as error:
            raise NoRoom(error.strerror or str(error)) from error
        self.size += written
        return written

    def drop(self) -> None:
        """Erase what has arrived."""
        self.close()
        self.path.unlink(missing_ok=True)


def _locked(handle: int) -> bool:
    pause = threading.Event()
    for _ in range(_TRIES):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pause.wait(_PAUSE)
        else:
            return True
    return False


def uploads_of(settings: Settings) -> Uploads:
    """Return the folder of a service: as it is set, else beside the SQLite file, else among temporary files."""
    if settings.upload_folder:
        return Uploads(Path(settings.upload_folder).expanduser().resolve())
    database = settings.sqlite_path
    if database is not None:
        return Uploads(database.with_name(f"{database.name}.uploads"))
    return Uploads(Path(tempfile.gettempdir()) / f"commentsvc-uploads-{os.geteuid()}")
