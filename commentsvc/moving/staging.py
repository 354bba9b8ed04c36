"""Everything found in a file, put aside and brought into order: threads first, parents before their replies.

It lies in a temporary SQLite file and not in memory, so that a file of any size and any order of lines can be taken.
"""

import sqlite3
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace
from datetime import UTC
from types import TracebackType
from typing import Self

from commentsvc.models.source import MAX_ID
from commentsvc.models.source import Identity
from commentsvc.moving.aside import Aside
from commentsvc.moving.found import FoundComment
from commentsvc.moving.found import FoundThread
from commentsvc.moving.found import packed
from commentsvc.moving.found import unpacked_comment
from commentsvc.moving.found import unpacked_thread

_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA temp_store = FILE;
PRAGMA cache_size = -24000;
CREATE TABLE thread (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, data TEXT, our_id INTEGER);
CREATE TABLE comment (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, line INTEGER, thread TEXT NOT NULL, parent TEXT,
    created TEXT NOT NULL, home INTEGER, up INTEGER, circle INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE data (n INTEGER PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE identity (kind TEXT, source TEXT, id TEXT, PRIMARY KEY (kind, source, id)) WITHOUT ROWID;
CREATE TABLE made_address (canonical TEXT PRIMARY KEY, our_id INTEGER, ref TEXT) WITHOUT ROWID;
CREATE TABLE made_ref (ref TEXT PRIMARY KEY, our_id INTEGER) WITHOUT ROWID;
CREATE TABLE merged (our_id INTEGER PRIMARY KEY, heir TEXT NOT NULL);
CREATE TABLE tree (n INTEGER PRIMARY KEY, level INTEGER NOT NULL);
CREATE TABLE turn (k INTEGER PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE given (n INTEGER PRIMARY KEY, id INTEGER NOT NULL);
CREATE TABLE settled (n INTEGER PRIMARY KEY, our_id INTEGER NOT NULL);
"""

# Of comments made at one moment, ids that are numbers come in the order of the numbers.
_BY_TIME = "created, length(id), id"


@dataclass(frozen=True)
class StagedThread:
    """A thread put aside: its number, when its first comment was made, and the thread."""

    n: int
    first: str | None
    found: FoundThread


@dataclass(frozen=True)
class StagedComment:
    """A comment whose turn it is.

    `home` is our thread, `given` an id for it; `up` is the number of its parent in the file, and `parent_id` our id of
    that where its turn was in an earlier batch. `circle`: its parent answers it, so that it stands alone.
    """

    turn: int
    n: int
    home: int
    given: int
    up: int | None
    parent_id: int | None
    circle: bool
    # Where the file holds the parent, but in another thread.
    elsewhere: bool
    found: FoundComment


class Staging:
    """A place for one import; a context manager."""

    def __enter__(self) -> Self:
        """Make the place in the system's folder for temporary files."""
        # A database without a name is a file that nobody else can open, and that is gone with us, kill -9 included.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN")
        self.aside = Aside(self._db)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind."""
        self._db.close()

    def add_thread(self, found: FoundThread) -> bool:
        """Put a thread aside, unless its id came before."""
        row = (found.id, packed(found))
        return bool(self._db.execute("INSERT OR IGNORE INTO thread (id, data) VALUES (?, ?)", row).rowcount)

    def add_comment(self, found: FoundComment) -> bool:
        """Put a comment aside, unless its id came before."""
        added = self._db.execute(
            "INSERT OR IGNORE INTO comment (id, line, thread, parent, created) VALUES (?, ?, ?, ?, ?)",
            (found.id, found.line, found.thread, found.parent, _written(found)),
        )
        if added.rowcount:
            self._db.execute("INSERT INTO data (n, data) VALUES (?, ?)", (added.lastrowid, packed(found)))
        return bool(added.rowcount)

    def add_repeated(self, found: FoundComment) -> bool:
        """Put a comment aside whose id another comment has, by an id of its own; False where it is the same one."""
        before = self._db.execute("SELECT thread, created FROM comment WHERE id = ?", (found.id,)).fetchone()
        if before == (found.thread, _written(found)):
            return False
        note = "id: another comment of the file has it too; kept, under an id of its own"
        return self.add_comment(replace(found, id=_repeated(found.id, found.thread), notes=(*found.notes, note)))

    def our_comment(self, found_id: str) -> int | None:
        """Return our id of a comment of the file, once it had its turn."""
        return self._one("SELECT s.our_id FROM comment c JOIN settled s ON s.n = c.n WHERE c.id = ?", found_id)

    def our_thread(self, found_id: str) -> int | None:
        """Return our id of a thread of the file, once they are settled."""
        return self._one("SELECT our_id FROM thread WHERE id = ?", found_id)

    def remember_merged(self, our_id: int, heir: str) -> None:
        """Remember that a thread of ours was merged into another one of the file."""
        self._db.execute("INSERT OR IGNORE INTO merged VALUES (?, ?)", (our_id, heir))

    def merged(self) -> list[tuple[int, int]]:
        """Return our ids of threads that were merged, each with that of its heir."""
        found = "SELECT m.our_id, t.our_id FROM merged m JOIN thread t ON t.id = m.heir WHERE t.our_id != m.our_id"
        return self._db.execute(found).fetchall()

    def claim(self, kind: str, identities: tuple[Identity, ...]) -> tuple[Identity, ...]:
        """Return those of an entry's identities in other sources that no entry before it has."""
        return tuple(
            one
            for one in identities
            if self._db.execute("INSERT OR IGNORE INTO identity VALUES (?, ?, ?)", (kind, *one)).rowcount
        )

    def threads(self, size: int) -> Iterator[list[StagedThread]]:
        """Yield all threads in batches, in the order of their ids."""
        self._db.execute("CREATE TABLE first AS SELECT thread AS id, min(created) AS at FROM comment GROUP BY thread")
        self._db.execute("CREATE UNIQUE INDEX first_id ON first (id)")
        self._db.execute("CREATE TABLE thread_turn (k INTEGER PRIMARY KEY, n INTEGER)")
        self._db.execute("INSERT INTO thread_turn (n) SELECT n FROM thread ORDER BY length(id), id")
        last = 0
        while rows := self._db.execute(
            "SELECT k, n, at, data FROM thread_turn JOIN thread USING (n) LEFT JOIN first USING (id)"
            " WHERE k > ? ORDER BY k LIMIT ?",
            (last, size),
        ).fetchall():
            yield [StagedThread(n, at, unpacked_thread(data)) for _, n, at, data in rows]
            last = rows[-1][0]

    def settle_threads(self, settled: list[tuple[int, int]]) -> None:
        """Remember our ids of threads, given as (our id, number)."""
        self._db.executemany("UPDATE thread SET our_id = ? WHERE n = ?", settled)

    def remember_made(self, our_id: int, ref: str | None, canonicals: list[str]) -> None:
        """Remember how a thread that this import makes, or would make, is found."""
        if ref is not None:
            self._db.execute("INSERT OR IGNORE INTO made_ref VALUES (?, ?)", (ref, our_id))
        rows = [(canonical, our_id, ref) for canonical in canonicals]
        self._db.executemany("INSERT OR IGNORE INTO made_address VALUES (?, ?, ?)", rows)

    def made_by_ref(self, ref: str) -> int | None:
        """Return the thread that this import made with a stable id."""
        return self._one("SELECT our_id FROM made_ref WHERE ref = ?", ref)

    def made_by_address(self, canonical: str) -> tuple[int, str | None] | None:
        """Return the thread that this import made with an address, and its stable id."""
        return self._db.execute("SELECT our_id, ref FROM made_address WHERE canonical = ?", (canonical,)).fetchone()

    def joined(self) -> int:
        """Count the threads of the file that are one article with another of it."""
        return self._one("SELECT count(our_id) - count(DISTINCT our_id) FROM thread WHERE data IS NOT NULL") or 0

    def threads_without_line(self, size: int) -> Iterator[list[str]]:
        """Yield the ids of threads that comments name and the file has no line for, in batches; after `threads`."""
        last = ""
        while rows := self._db.execute(
            "SELECT id FROM first WHERE id > ? AND id NOT IN (SELECT id FROM thread) ORDER BY id LIMIT ?", (last, size)
        ).fetchall():
            yield [row[0] for row in rows]
            last = rows[-1][0]

    def add_known_thread(self, thread_id: str, our_id: int) -> None:
        """Remember our id of a thread that the file has no line for."""
        self._db.execute("INSERT INTO thread (id, our_id) VALUES (?, ?)", (thread_id, our_id))

    def arrange(self, new_id: Callable[[], int]) -> int:
        """Bring the comments into order, once the threads are settled, and return how many have their turn.

        Each is given a new id, in the order of their times.
        """
        run = self._db.execute
        run("UPDATE comment SET home = (SELECT our_id FROM thread WHERE thread.id = comment.thread)")
        run(
            "UPDATE comment SET up = (SELECT p.n FROM comment p WHERE p.id = comment.parent AND p.home = comment.home)"
            " WHERE parent IS NOT NULL AND home IS NOT NULL"
        )
        # The answer to an id that is there twice is meant for the one of its own thread.
        run(
            "UPDATE comment SET up = (SELECT p.n FROM comment p"
            " WHERE p.id = comment.parent || ' in ' || comment.thread AND p.home = comment.home)"
            " WHERE parent IS NOT NULL AND home IS NOT NULL AND up IS NULL"
        )
        run("CREATE INDEX comment_up ON comment (up) WHERE up IS NOT NULL")
        self._grow("up IS NULL AND home IS NOT NULL")
        self._open_circles()
        run(f"INSERT INTO turn (n) SELECT n FROM comment JOIN tree USING (n) ORDER BY home, level, {_BY_TIME}")  # noqa: S608
        oldest_first = run(f"SELECT n FROM comment JOIN tree USING (n) ORDER BY {_BY_TIME}")  # noqa: S608
        self._db.executemany("INSERT INTO given VALUES (?, ?)", ((n, new_id()) for (n,) in oldest_first))
        return self._one("SELECT count(*) FROM turn") or 0

    def homeless(self) -> Iterator[tuple[int, str]]:
        """Yield line and id of the comments whose thread is none of ours."""
        yield from self._db.execute("SELECT line, id FROM comment WHERE home IS NULL ORDER BY n")

    def batches(self, size: int) -> Iterator[list[StagedComment]]:
        """Yield the comments in their turn, parents before their replies, with what was settled meanwhile."""
        last = 0
        while rows := self._db.execute(
            "SELECT t.k, t.n, c.home, g.id, c.up, s.our_id, c.circle, d.data,"
            " c.up IS NULL AND c.parent IS NOT NULL AND EXISTS (SELECT 1 FROM comment p WHERE p.id = c.parent)"
            " FROM turn t JOIN comment c ON c.n = t.n JOIN given g ON g.n = t.n JOIN data d ON d.n = t.n"
            " LEFT JOIN settled s ON s.n = c.up WHERE t.k > ? ORDER BY t.k LIMIT ?",
            (last, size),
        ).fetchall():
            yield [
                StagedComment(k, n, home, given, up, our_id, bool(circle), bool(elsewhere), unpacked_comment(data))
                for k, n, home, given, up, our_id, circle, data, elsewhere in rows
            ]
            last = rows[-1][0]

    def settle(self, settled: dict[int, int]) -> None:
        """Remember our ids of comments by their numbers."""
        self._db.executemany("INSERT INTO settled VALUES (?, ?)", settled.items())

    def _grow(self, roots: str, *values: int) -> None:
        self._db.execute(
            "INSERT INTO tree WITH RECURSIVE grown (n, level) AS ("  # noqa: S608
            f" SELECT n, 0 FROM comment WHERE {roots}"
            " UNION ALL SELECT c.n, g.level + 1 FROM grown g JOIN comment c ON c.up = g.n"
            ") SELECT n, level FROM grown",
            values,
        )

    def _open_circles(self) -> None:
        # What no root leads to answers itself by some way, or hangs below what does. Of a circle the earliest becomes
        # a root, whatever the order of lines.
        last = 0
        while (
            start := self._one(
                "SELECT n FROM comment c WHERE n > ? AND home IS NOT NULL"
                " AND NOT EXISTS (SELECT 1 FROM tree WHERE tree.n = c.n) ORDER BY n LIMIT 1",
                last,
            )
        ) is not None:
            seen: set[int] = set()
            node = start
            while node not in seen:
                seen.add(node)
                node = self._up(node)
            circle = [node]
            while (above := self._up(circle[-1])) != node:
                circle.append(above)
            first = min(circle, key=self._age)
            self._db.execute("UPDATE comment SET up = NULL, circle = 1 WHERE n = ?", (first,))
            self._grow("n = ?", first)
            last = start

    def _up(self, n: int) -> int:
        above = self._one("SELECT up FROM comment WHERE n = ?", n)
        assert above is not None
        return above

    def _age(self, n: int) -> tuple[str, int, str]:
        return self._db.execute(f"SELECT {_BY_TIME} FROM comment WHERE n = ?", (n,)).fetchone()  # noqa: S608

    def _one(self, question: str, *values: object) -> int | None:
        row = self._db.execute(question, values).fetchone()
        return row[0] if row is not None else None


def _written(found: FoundComment) -> str:
    return found.created.astimezone(UTC).isoformat(timespec="microseconds")


def _repeated(comment_id: str, thread: str) -> str:
    return f"{comment_id} in {thread}"[:MAX_ID]
