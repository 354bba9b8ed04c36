"""What a service counts of its own work, in memory that all its processes share, so that any of them can tell the sums.

The process that watches over the workers makes a board before there are any; each worker takes a row of it, alone, and
adds to it. A row belongs to whoever holds its lock, which the system takes back when a process dies: the next worker
goes on counting where that one ended, so that no count ever falls. Without a board a process counts for itself. There
is a place for everything that can be counted from the beginning: what strangers send makes none.
"""

import fcntl
import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from time import perf_counter_ns
from typing import Any

ROUTES = (
    "thread", "counts", "latest", "post", "preview", "own", "page", "feed", "receipt", "desk", "moderation-api",
    "script", "health", "other",
)  # fmt: skip
CLASSES = ("2xx", "3xx", "4xx", "5xx")
VERDICTS = ("approve", "hold", "spam", "reject")
ACTS = (
    "submit", "approve", "spam", "reject", "delete", "undo", "edit", "withdraw", "erase", "report", "keep", "import",
    "other",
)  # fmt: skip
ACTORS = ("author", "moderator", "rule", "operator", "other")
REFUSALS = ("limit", "database", "busy")
LANES = ("fast", "slow")
OUTCOMES = ("sent", "put-off", "parked", "dropped")

REQUESTS = "commentsvc_requests_total"
POSTS = "commentsvc_posts_total"
DECISIONS = "commentsvc_decisions_total"
REFUSED = "commentsvc_refused_total"
LETTERS = "commentsvc_letters_total"
OLD_PAGES = "commentsvc_old_answers_total"
SECONDS = "commentsvc_answer_seconds"
PAGES = "commentsvc_pages"
WAITING = "commentsvc-counted"
PAGE_BYTES = "commentsvc_page_bytes"

# Powers of two: a time's place is found by counting its bits. The first ends at 2^13 ns, the last at 2^34 ns, 17 s.
FIRST_BITS = 13
BUCKETS = 22


@dataclass(frozen=True)
class Family:
    """What is counted under one name: its kind and meaning for Prometheus, its labels and all their values."""

    name: str
    kind: str
    meaning: str
    labels: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ((),)

    @property
    def width(self) -> int:
        """How many places each combination of values has: a histogram's buckets, what was longer, and its sum."""
        return BUCKETS + 2 if self.kind == "histogram" else 1


FAMILIES = (
    Family(
        REQUESTS,
        "counter",
        "Requests answered, by kind of route and class of status.",
        ("route", "status"),
        tuple(product(ROUTES, CLASSES)),
    ),
    Family(
        SECONDS,
        "histogram",
        "Time to make an answer: from memory (fast) or by the application (slow).",
        ("lane",),
        tuple((lane,) for lane in LANES),
    ),
    Family(OLD_PAGES, "counter", "Answers given from what was kept while the database was away."),
    Family(
        POSTS,
        "counter",
        "Comments posted, by what screening said of them.",
        ("verdict",),
        tuple((verdict,) for verdict in VERDICTS),
    ),
    Family(
        DECISIONS, "counter", "Decisions put down, by act and who acted.", ("act", "by"), tuple(product(ACTS, ACTORS))
    ),
    Family(
        REFUSED,
        "counter",
        "Requests refused: over a limit, without the database, or too many at once.",
        ("why",),
        tuple((why,) for why in REFUSALS),
    ),
    Family(
        LETTERS,
        "counter",
        "Letters handled by the service itself, by what came of each attempt.",
        ("outcome",),
        tuple((outcome,) for outcome in OUTCOMES),
    ),
    Family(PAGES, "gauge", "Answers kept in memory, in all processes together."),
    Family(PAGE_BYTES, "gauge", "Bytes that these take."),
)

PLACES: dict[tuple[str, ...], int] = {}
_size = 0
for _family in FAMILIES:
    for _values in _family.values:
        PLACES[(_family.name, *_values)] = _size
        _size += _family.width
# Behind the counts: which process the row is of.
_PROCESS = _size
ROW = (_size + 1) * 8
FAST = PLACES[(SECONDS, "fast")]
SLOW = PLACES[(SECONDS, "slow")]
GAUGES = tuple(PLACES[(family.name,)] for family in FAMILIES if family.kind == "gauge")

# What this process adds to. Reading, adding and storing happen between two looks of the interpreter at whether another
# thread is to go on, since no call lies between them: no count is lost, and none costs a lock.
_counts: memoryview = memoryview(bytearray(ROW)).cast("q")


@dataclass
class Board:
    """The rows of all processes."""

    handle: int
    memory: memoryview
    rows: int
    mine: int | None = None


_board: Board | None = None


def make_board(processes: int) -> None:
    """Make the memory that processes which are forked from this one will count in."""
    global _board
    # One may end while the next already begins.
    rows = 2 * processes + 2
    handle = _nameless_file()
    os.ftruncate(handle, rows * ROW)
    _board = Board(handle, memoryview(mmap.mmap(handle, rows * ROW)).cast("q"), rows)


def take_row() -> None:
    """Have this process count in a row of its own from now on, where there is a board; else for itself."""
    global _counts
    if _board is None:
        return
    for row in range(_board.rows):
        if _locked(_board, row):
            _board.mine = row
            _counts = _board.memory[row * ROW // 8 : (row + 1) * ROW // 8]
            _counts[_PROCESS] = os.getpid()
            for place in GAUGES:
                _counts[place] = 0
            return


def add(*series: str, amount: int = 1) -> None:
    """Count something; a label without a place of its own counts as `other`, where there is such a place."""
    place = PLACES.get(series)
    if place is None:
        name, *values = series
        known = {value for key in PLACES if key[0] == name for value in key[1:]}
        place = PLACES.get((name, *(value if value in known else "other" for value in values)))
    if place is not None:
        _counts[place] += amount


def count(waiting: dict[Any, Any], what: tuple[str, int], *series: str) -> None:
    """Have something counted once it is stored; of what is said of the same thing, the last is counted."""
    waiting.setdefault(WAITING, {})[what] = series


def add_all(waiting: dict[Any, Any]) -> None:
    """Count what waited for being stored."""
    for series in waiting.pop(WAITING, {}).values():
        add(*series)


def level(name: str, value: int) -> None:
    """Say how high something stands in this process."""
    _counts[PLACES[(name,)]] = value


def note(place: int, lane: int, began: int) -> None:
    """Count a request at its place, and the time that its lane has taken since `began` (of perf_counter_ns)."""
    counts = _counts
    counts[place] += 1
    took = perf_counter_ns() - began
    bucket = (took >> FIRST_BITS).bit_length()
    counts[lane + (bucket if bucket < BUCKETS else BUCKETS)] += 1
    counts[lane + BUCKETS + 1] += took


def sums() -> tuple[list[int], list[int]]:
    """Return the sums of all rows in the order of PLACES, levels of living processes alone, and those processes."""
    if _board is None:
        return list(_counts[:_PROCESS]), [os.getpid()]
    total = [0] * _PROCESS
    alive = []
    for counts, lives in _rows(_board):
        for place, value in enumerate(counts[:_PROCESS]):
            if lives or place not in GAUGES:
                total[place] += value
        if lives:
            alive.append(counts[_PROCESS])
    if _board.mine is None:
        # More processes than were planned: this one is told of at least by itself.
        total = [sum(pair) for pair in zip(total, _counts[:_PROCESS], strict=True)]
    return total, alive


def _rows(board: Board) -> Iterator[tuple[list[int], bool]]:
    for row in range(board.rows):
        counts = board.memory[row * ROW // 8 : (row + 1) * ROW // 8].tolist()
        lives = row == board.mine or not _locked(board, row)
        if lives and row != board.mine and counts[_PROCESS] == 0:
            continue
        if not lives:
            fcntl.lockf(board.handle, fcntl.LOCK_UN, 1, row)
        yield counts, lives


def _locked(board: Board, row: int) -> bool:
    # POSIX's locks belong to a process, also where the file is one that it has from its parent (fcntl(2)).
    with suppress(OSError):
        fcntl.lockf(board.handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, row)
        return True
    return False


def _nameless_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("commentsvc-tallies")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
