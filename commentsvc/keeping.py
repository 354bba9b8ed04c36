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

# What an answer rests on: a thread, a site's settings, or that a site has no thread yet for some article.
Ground = tuple[str, int, int]

# An answer that was made while the database was reachable is shown so long, should it not be any more.
SHOWN_FOR = 24 * 3600.0
# After so long without word from the database, what is kept is said to be of a certain age.
WORD_WITHIN = 1.0
# Answers that were asked for within this time are made again as soon as they are out of date.
WARM_FOR = 600.0
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
    grounds: tuple[Ground, ...]
    tick: int
    made: float
    # When it is out of date by the clock alone, as when a thread closes; seconds since 1970.
    ends: float | None = None
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
        # When the database was last heard from.
        self.heard = time.monotonic()
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

    def is_fresh(self, kept: Kept) -> bool:
        """Tell whether nothing that an answer rests on has changed."""
        if kept.tick < 0 or (kept.ends is not None and self._clock() >= kept.ends):
            return False
        tick = self.tick
        if kept.checked == tick:
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
        """Tell whether the database was not heard from lately."""
        return time.monotonic() - self.heard > WORD_WITHIN

    def may_be_shown(self) -> bool:
        """Tell whether the database was heard from so lately that what is kept may be shown without asking it."""
        return time.monotonic() - self.heard < SHOWN_FOR

    def keep(self, kept: Kept) -> None:
        """Put an answer on the shelf, and take the least recently used off where there is no room."""
        kept.used = time.monotonic()
        with self._lock:
            former = self._answers.pop(kept.target, None)
            if former is not None:
                self._held -= former.size
            self._answers[kept.target] = kept
            self._held += kept.size
            if self._held > self._room:
                self._make_room()

    def drop(self, target: str) -> None:
        """Take an answer off the shelf."""
        with self._lock:
            gone = self._answers.pop(target, None)
            if gone is not None:
                self._held -= gone.size

    def changed(self, grounds: Iterable[Ground]) -> None:
        """Say that what answers rest on has changed."""
        with self._lock:
            tick = self.tick + 1
            for ground in grounds:
                self._changes[ground] = tick
            if len(self._changes) > 100_000:
                self._changes.clear()
                self._floor = tick
            # Last: who reads the tick first finds the changes too.
            self.tick = tick

    def maker(self, target: str) -> "Making":
        """Return who makes an answer: one at a time for each request, the others wait for it."""
        with self._lock:
            ready = self._making.get(target)
            if ready is None:
                self._making[target] = threading.Event()
                return Making(self, target, None)
            return Making(self, target, ready)

    def warm(self) -> list[Kept]:
        """Return the answers that were asked for lately."""
        since = time.monotonic() - WARM_FOR
        return [kept for kept in list(self._answers.values()) if kept.used >= since]

    def all(self) -> list[Kept]:
        """Return all answers."""
        return list(self._answers.values())

    def done(self, target: str) -> None:
        """Let those go on who waited for an answer."""
        with self._lock:
            ready = self._making.pop(target, None)
        if ready is not None:
            ready.set()

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
