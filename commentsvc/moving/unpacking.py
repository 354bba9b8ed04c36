"""Files that come from anywhere, unpacked within bounds: plain, gzip or a zip of one file, told by their content."""

import gzip
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from typing import Any

from commentsvc.moving.found import Progress
from commentsvc.refusals import Refusal

READING = "Reading"

# Comments pack 3 to 30 to one. What unpacks to much more was made to fill a disk.
MAX_RATIO = 250
RATIO_FROM = 16 << 20
MAX_UNPACKED = 64 << 30
# Of a zip only the list of its files is read at once.
_MAX_LIST = 1 << 20
_BUFFER = 1 << 16
_TELL_EVERY = 1 << 20
_LITTER = ("__MACOSX/", "Thumbs.db", ".DS_Store")


class BrokenFile(Refusal):
    """Says that a file can't be read, at which line (and column), and why; nothing of it was stored."""

    def __init__(self, path: Path, why: str, line: int | None = None, column: int | None = None) -> None:
        self.line = line
        self.column = column
        where = f", line {line:,}" if line is not None else ""
        where += f", column {column:,}" if column is not None else ""
        super().__init__(f"{path}{where}: {why}; nothing was stored")


@contextmanager
def unpacked(path: Path, progress: Progress) -> Iterator[io.BufferedIOBase]:
    """Give the bytes of a file without its packing, and tell how far they are read.

    Raises BrokenFile, now or while they are read, where the packing is damaged, holds several files, or unpacks without
    measure.
    """
    try:
        with path.open("rb") as raw:
            size = os.fstat(raw.fileno()).st_size
            kind = raw.read(4)
            raw.seek(0)
            what, stream = "file", raw
            if kind.startswith(b"\x1f\x8b"):
                what, stream = "gzip", gzip.GzipFile(fileobj=raw)
            elif kind in (b"PK\x03\x04", b"PK\x05\x06"):
                what, stream = "zip", _only_file(path, raw)
            with stream, io.BufferedReader(_Measured(path, what, raw, stream, size, progress), _BUFFER) as reader:  # pyright: ignore[reportArgumentType]
                yield reader
                progress(READING, size, size)
    except OSError as error:
        raise BrokenFile(path, f"it can't be read: {error.strerror or error}") from error


class _Measured(io.RawIOBase):
    def __init__(self, path: Path, what: str, raw: IO[bytes], stream: Any, size: int, progress: Progress) -> None:
        self._path = path
        self._what = what
        self._raw = raw
        self._stream = stream
        self._size = size
        self._progress = progress
        self._unpacked = 0
        self._told = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
            raise BrokenFile(self._path, f"the {self._what} is damaged or cut off: {error}") from error
        self._unpacked += len(data)
        packed = max(self._raw.tell(), 1)
        if self._unpacked > MAX_UNPACKED:
            raise BrokenFile(self._path, f"it unpacks to more than {MAX_UNPACKED >> 30:,} GB")
        if self._unpacked > RATIO_FROM and self._unpacked > MAX_RATIO * packed:
            raise BrokenFile(self._path, f"it unpacks to more than {MAX_RATIO} times its size")
        if packed - self._told >= _TELL_EVERY:
            self._told = packed
            self._progress(READING, min(packed, self._size), self._size)
        buffer[: len(data)] = data
        return len(data)


def _only_file(path: Path, raw: IO[bytes]) -> IO[bytes]:
    try:
        _check_list(path, raw)
        archive = zipfile.ZipFile(raw)
        files = [one for one in archive.infolist() if not one.filename.endswith("/") and not _is_litter(one.filename)]
        if len(files) != 1:
            raise BrokenFile(path, f"the zip holds {len(files):,} files; give one with the export alone")
        if files[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BrokenFile(path, "the zip is packed in a way that is not read; pack it again, or unpack it")
        return archive.open(files[0])
    except RuntimeError as error:
        raise BrokenFile(path, "the zip needs a password; unpack it first") from error
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error) as error:
        raise BrokenFile(path, f"the zip is damaged or cut off: {error}") from error


def _check_list(path: Path, raw: IO[bytes]) -> None:
    # The list is read whole when the zip is opened; a long one was made to fill the memory.
    end = raw.seek(0, os.SEEK_END)
    raw.seek(max(end - (1 << 16) - 200, 0))
    tail = raw.read()
    raw.seek(0)
    for mark, offset, width in ((b"PK\x05\x06", 12, 4), (b"PK\x06\x06", 40, 8)):
        place = tail.rfind(mark)
        length = int.from_bytes(tail[place + offset : place + offset + width], "little") if place >= 0 else 0
        if length > _MAX_LIST:
            raise BrokenFile(path, "the zip holds too many files; give one with the export alone")


def _is_litter(name: str) -> bool:
    return name.startswith("__MACOSX/") or name.rsplit("/", 1)[-1] in _LITTER
