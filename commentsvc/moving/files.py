"""Files that come from anywhere, read within bounds; and files of ours, written whole or not at all."""

import gzip
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from typing import Any

from commentsvc.moving.found import Progress
from commentsvc.moving.unpacking import BrokenFile
from commentsvc.moving.unpacking import unpacked
from commentsvc.refusals import Refusal

# A comment has at most 10,000 characters; with all its revisions it may be long, but not as long as this.
MAX_LINE = 1 << 20


class Unwritable(Refusal):
    """Says that a file can't be written, and why; what stood there before still does."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} can't be written: {why}")


def json_lines(path: Path, progress: Progress) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a file of JSON Lines, each with its line's number; blank lines left out.

    Raises BrokenFile for whatever is not that, for lines over 1 MB, and for what unpacks without measure.
    """
    for number, line in _lines(path, progress):
        try:
            value = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"), parse_constant=_no_number)
        except UnicodeDecodeError as error:
            raise BrokenFile(path, "this is not UTF-8", number, error.start + 1) from error
        except json.JSONDecodeError as error:
            raise BrokenFile(path, f"this is not JSON: {error.msg}", number, error.colno) from error
        except (ValueError, RecursionError) as error:
            raise BrokenFile(path, f"this is not JSON that can be read: {error}", number) from error
        if not isinstance(value, dict):
            raise BrokenFile(path, "a line must hold a JSON object", number)
        yield number, value


@contextmanager
def written_whole(target: Path) -> Iterator[IO[bytes]]:
    """Give a file that appears under its name when all is written and on the disk; gzip by name.

    It is readable by its owner alone, since it holds addresses of mail. Raises Unwritable.
    """
    if target.exists() and not target.is_file():
        # A device or a pipe is written to, and never replaced.
        with _told(target), target.open("wb") as file, _packed(target, file) as writer:
            yield writer
        return
    draft = target.with_name(f"{target.name}.{os.getpid()}.unfinished")
    try:
        with _told(target):
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                with _packed(target, file) as writer:
                    yield writer
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
            _sync_folder(target.parent)
    finally:
        draft.unlink(missing_ok=True)


def _lines(path: Path, progress: Progress) -> Iterator[tuple[int, bytes]]:
    number = 0
    with unpacked(path, progress) as stream:
        while line := stream.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                raise BrokenFile(path, f"a line has at most {MAX_LINE:,} bytes", number)
            if line.strip():
                yield number, line


def _is_gzip(path: Path) -> bool:
    return path.name.lower().endswith(".gz")


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


@contextmanager
def _told(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unwritable(target, error.strerror or str(error)) from error


@contextmanager
def _packed(target: Path, file: IO[bytes]) -> Iterator[IO[bytes]]:
    if not _is_gzip(target):
        yield file
        return
    # Without name and time, so that the same comments make the same bytes.
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as writer:
        yield writer  # pyright: ignore[reportReturnType]


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
