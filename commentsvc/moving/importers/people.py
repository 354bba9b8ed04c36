"""Who wrote the comments, where a file tells of people apart from what they wrote."""

import json
import sqlite3
from types import TracebackType
from typing import Any
from typing import Self


class People:
    """A place for what a file tells of people, by their ids, on the disk and not in memory; a context manager."""

    def __enter__(self) -> Self:
        """Make the place in the system's folder for temporary files."""
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;")
        self._db.execute("CREATE TABLE person (id TEXT PRIMARY KEY, data TEXT) WITHOUT ROWID")
        self._db.execute("BEGIN")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind."""
        self._db.close()

    def add(self, person_id: str, values: dict[str, Any]) -> None:
        """Remember a person, unless the id came before."""
        self._db.execute("INSERT OR IGNORE INTO person VALUES (?, ?)", (person_id, json.dumps(values)))

    def get(self, person_id: str | None) -> dict[str, Any]:
        """Return what is known of a person, or nothing."""
        row = self._db.execute("SELECT data FROM person WHERE id = ?", (person_id,)).fetchone()
        return json.loads(row[0]) if row is not None else {}
