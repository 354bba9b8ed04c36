"""What an archive has beside threads and comments, put aside until those are stored."""

import json
import sqlite3
from collections.abc import Iterator

from commentsvc.moving.found import FoundMore

_TABLE = """
CREATE TABLE more (
    kind TEXT, id TEXT, line INTEGER NOT NULL, data TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID
"""


class Aside:
    """A table of its own in the temporary database of one import."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Make the table."""
        self._db = db
        self._db.execute(_TABLE)

    def add(self, found: FoundMore) -> bool:
        """Put an entry aside, unless its id came before."""
        row = (found.kind, found.id, found.line, json.dumps(found.values))
        return bool(self._db.execute("INSERT OR IGNORE INTO more VALUES (?, ?, ?, ?)", row).rowcount)

    def batches(self, kind: str, size: int) -> Iterator[list[FoundMore]]:
        """Yield the entries of a kind in batches, in the order of their ids."""
        last = ""
        while rows := self._db.execute(
            "SELECT line, id, data FROM more WHERE kind = ? AND id > ? ORDER BY id LIMIT ?", (kind, last, size)
        ).fetchall():
            yield [FoundMore(line, kind, found_id, json.loads(data)) for line, found_id, data in rows]
            last = rows[-1][1]

    def one(self, kind: str, found_id: str) -> FoundMore | None:
        """Return one entry."""
        row = self._db.execute("SELECT line, data FROM more WHERE kind = ? AND id = ?", (kind, found_id)).fetchone()
        return FoundMore(row[0], kind, found_id, json.loads(row[1])) if row is not None else None

    def size(self, kind: str) -> int:
        """Count the entries of a kind."""
        return self._db.execute("SELECT count(*) FROM more WHERE kind = ?", (kind,)).fetchone()[0]
