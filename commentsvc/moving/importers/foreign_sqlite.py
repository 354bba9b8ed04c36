"""An SQLite file of another program, opened to be read and no more, within bounds."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from commentsvc.moving.found import Progress
from commentsvc.moving.unpacking import BrokenFile
from commentsvc.moving.unpacking import unpacked

_MAGIC = b"SQLite format 3\0"
_COPY = 1 << 20


def is_sqlite(path: Path, progress: Progress) -> bool:
    """Tell whether a file, unpacked, is a database of SQLite."""
    with unpacked(path, progress) as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


@contextmanager
def opened(path: Path, progress: Progress, tables: dict[str, str]) -> Iterator[sqlite3.Connection]:
    """Give a connection to a database that has some tables, given with the words for the lack of one.

    Raises BrokenFile where it is damaged, also while it is read.
    """
    with tempfile.TemporaryDirectory(prefix="commentsvc-import-") as folder:
        plain = _plain(path, Path(folder), progress)
        # What was written last may lie beside the file, and is read with it; without that nothing is made there.
        has_log = plain.with_name(f"{plain.name}-wal").exists()
        mode = "mode=ro" if has_log else "mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(f"file:{quote(str(plain.absolute()))}?{mode}", uri=True)) as database:
                database.execute("PRAGMA trusted_schema = OFF")
                database.execute("PRAGMA query_only = ON")
                database.execute("PRAGMA cell_size_check = ON")
                database.text_factory = lambda data: data.decode("utf-8", errors="replace")
                database.row_factory = sqlite3.Row
                # A view by that name could do anything, for ever.
                rows = database.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%virtual%'"
                )
                there = {row[0] for row in rows}
                for table, words in tables.items():
                    if table not in there:
                        raise BrokenFile(path, words)
                yield database
        except sqlite3.Error as error:
            raise BrokenFile(path, f"the database can't be read: {error}") from error


def _plain(path: Path, folder: Path, progress: Progress) -> Path:
    with path.open("rb") as raw:
        if raw.read(len(_MAGIC)) == _MAGIC:
            return path
    plain = folder / "database"
    with unpacked(path, progress) as stream, plain.open("wb") as copy:
        while data := stream.read(_COPY):
            copy.write(data)
    return plain
