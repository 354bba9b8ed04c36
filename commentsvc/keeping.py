"""Keeps public answers in memory, and knows at once which of them are out of date.

An answer rests on threads and sites. Whoever changes one tells `changed`, in this process after the commit and for
other processes through `watching`; each telling is a tick, and an answer is fresh while nothing it rests on has a later
tick than the one at which its making began. Looking up waits for nobody: neither for a lock nor for the database.
"""

import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field

from commentsvc import tallies

# What an answer rests on: a thread, a site's settings, or that a site has no thread yet for some article.
Ground = tuple[str, int, int]

# An answer that was true when the database was last heard from is shown so long, should it not be any more.
SHOWN_FOR = 24 * 3600.0
# An answer without an age tells of everything that was acknowledged so long before.
WORD_WITHIN = 1.0
# Answers that were asked for within this time are made again when they are out of date.
WARM_FOR = 600.0
# At once, if somebody asked since they were made; else not more often than that.
UNASKED = 10.0
# What a kept answer costs beside its bytes.
OVERHEAD = 2048


def thread_ground(site_id: int, thread_id: int) -> Ground:
    """Return the ground of what a thread shows."""
    return ("thread", site_id, thread_id)


def site_ground(site_id: int) -> Ground:
    """Return the ground of what a site's settings say."""
    return ("site", site_id, 0)


def new_threads_ground(site_id: int) -> Ground:
    """Return the ground of an answer about an article that has no thread yet."""
    return ("new", site_id, 0)


def any_thread_ground(site_id: int) -> Ground:
    """Return the ground of an answer about all threads of a site."""
    return ("any", site_id, 0)


@dataclass(slots=True)
class Kept:
    """One kept answer: its bytes as they go out, what it rests on, and when it was made."""

    target: str
    headers: list[tuple[str, str]]
    body: bytes
    packed: bytes | None
    tag: str
    # Nothing: true as long as this process lives.
    grounds: tuple[Ground, ...]
    # Below 0: by a process that has ended, so that nobody knows what has changed since, nor what it rests on.
    tick: int
    # When it was true, in seconds since 1970: when it was made, or somebody looked last.
    made: float
    # When it is out of date by the clock alone, as when a thread closes; seconds since 1970.
    ends: float | None = None
    # When it was put on the shelf, and when it was last asked for; monotonic.
    put: float = 0.0
    used: float = 0.0
    checked: int = -1
    # Whatever a door wants to keep with it, made once.
    ready: dict[str, object] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """What it takes of the room, in bytes."""
        return len(self.body) + len(self.packed or b"") + OVERHEAD


class Shelf:
    """Answers by the request they answer, the least recently used leaving when the room is full."""

    def __init__(self, room: int, clock: Callable[[], float] = time.time) -> None:
        """Take the room in bytes, and the clock that answers end by."""
        self.tick = 0
        # Whatever was committed before this moment, by whom ever, was told here; monotonic.
        self.heard = time.monotonic()
        # When this process had an answer of the database last, whatever it was; monotonic.
        self.reached = self.heard
        # Whether answers are made from a replica, so that even a new one is no younger than what was heard last.
        self.is_second_hand = False
        self._room = room
        self._clock = clock
        self._held = 0
        self._answers: dict[str, Kept] = {}
        self._changes: dict[Ground, int] = {}
        # Everything made before this tick is out of date: what of the changes is forgotten counts as changed.
        self._floor = 0
        self._lock = threading.Lock()
        self._making: dict[str, threading.Event] = {}

    def find(self, target: str) -> Kept | None:
        """Return what is kept for a request, fresh or not."""
        kept = self._answers.get(target)
        if kept is not None:
            kept.used = time.monotonic()
        return kept

    def peek(self, target: str) -> Kept | None:
        """Return what is kept for a request, without saying that anybody asked for it."""
        return self._answers.get(target)

    def is_fresh(self, kept: Kept) -> bool:
        """Tell whether nothing that an answer rests on has changed."""
        if kept.tick < 0 or (kept.ends is not None and self._clock() >= kept.ends):
            return False
        tick = self.tick
        if kept.checked == tick or not kept.grounds:
            return True
        if kept.tick < self._floor:
            return False
        changes = self._changes
        for ground in kept.grounds:
            if changes.get(ground, 0) > kept.tick:
                return False
        kept.checked = tick
        return True

    def is_away(self) -> bool:
        """Tell whether the database was not heard from lately; to be asked before `is_fresh`, which it then bounds."""
        return time.monotonic() - self.heard > WORD_WITHIN

    def is_reached(self) -> bool:
        """Tell whether the database answered this process lately, be it that nobody has told what others changed."""
        return time.monotonic() - self.reached < WORD_WITHIN

    def may_be_shown(self, kept: Kept) -> bool:
        """Tell whether an answer may be shown without asking the database: for a day after it was heard from."""
        if kept.tick < 0:
            return time.time() - kept.made < SHOWN_FOR
        return time.monotonic() - self.heard < SHOWN_FOR

    def age(self, kept: Kept) -> float:
        """Return for how long, in seconds, an answer has not been known to be true."""
        if self.is_fresh(kept):
            return max(0.0, time.monotonic() - self.heard)
        return max(0.0, time.time() - kept.made)

    def keep(self, kept: Kept) -> None:
        """Put an answer on the shelf, and take the least recently used off where there is no room."""
        with self._lock:
            former = self._answers.pop(kept.target, None)
            kept.put = time.monotonic()
            # Made again by itself, it has not been asked for.
            kept.used = former.used if former is not None else kept.put
            if former is not None:
                self._held -= former.size
            self._answers[kept.target] = kept
            self._held += kept.size
            if self._held > self._room:
                self._make_room()
            self._tell()

    def drop(self, target: str) -> None:
        """Take an answer off the shelf."""
        with self._lock:
            gone = self._answers.pop(target, None)
            if gone is not None:
                self._held -= gone.size
                self._tell()

    def changed(self, grounds: Iterable[Ground]) -> None:
        """Say that what answers rest on has changed."""
        with self._lock:
            tick = self.tick + 1
            for ground in grounds:
                self._changes[ground] = tick
            if len(self._changes) > 100_000:
                self._floor = tick
                self._changes.clear()
            # Last: who reads the tick first finds the changes too.
            self.tick = tick

    def all_changed(self) -> None:
        """Say that nobody knows what has changed: everything is out of date."""
        with self._lock:
            self._floor = self.tick + 1
            self._changes.clear()
            self.tick = self._floor

    def maker(self, target: str) -> "Making":
        """Return who makes an answer: one at a time for each request, the others wait for it."""
        with self._lock:
            ready = self._making.get(target)
            if ready is None:
                self._making[target] = threading.Event()
                return Making(self, target, None)
            return Making(self, target, ready)

    def is_due(self, kept: Kept) -> bool:
        """Tell whether an answer that is out of date is to be made again now, before somebody asks."""
        return kept.used >= kept.put or time.monotonic() - kept.put > UNASKED

    def is_warm(self, kept: Kept) -> bool:
        """Tell whether an answer was asked for lately."""
        return time.monotonic() - kept.used < WARM_FOR

    def all(self) -> list[Kept]:
        """Return all answers."""
        return list(self._answers.values())

    def done(self, target: str) -> None:
        """Let those go on who waited for an answer."""
        with self._lock:
            ready = self._making.pop(target, None)
        if ready is not None:
            ready.set()

    def _tell(self) -> None:
        tallies.level(tallies.PAGES, len(self._answers))
        tallies.level(tallies.PAGE_BYTES, self._held)

    def _make_room(self) -> None:
        # A tenth at once, so that it is seldom done.
        for kept in sorted(self._answers.values(), key=lambda each: each.used):
            if self._held <= self._room * 0.9:
                return
            del self._answers[kept.target]
            self._held -= kept.size


class Making:
    """The making of one answer; a context manager that lets the others go on."""

    def __init__(self, shelf: Shelf, target: str, other: threading.Event | None) -> None:
        """Take the event of whoever makes it already, or None."""
        self._shelf = shelf
        self._target = target
        self._other = other

    @property
    def is_ours(self) -> bool:
        """Whether nobody else is making it."""
        return self._other is None

    def wait(self, seconds: float) -> None:
        """Wait for whoever makes it."""
        if self._other is not None:
            self._other.wait(seconds)

    def __enter__(self) -> "Making":
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the others go on."""
        if self.is_ours:
            self._shelf.done(self._target)
