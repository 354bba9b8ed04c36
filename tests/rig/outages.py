"""A database that goes away under people at work, and what they were told meanwhile."""

import contextlib
import resource
import signal
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from tests.rig import locks
from tests.rig.judging import Answer
from tests.rig.live import Live
from tests.rig.load import Run
from tests.rig.load import Writer
from tests.rig.looking import API
from tests.rig.looking import Reader
from tests.rig.postgres import Postgres
from tests.rig.wire import Reply
from tests.rig.wire import Wire
from tests.rig.wire import wires

# A busy machine is slow; that it ends at all is what is tested.
PATIENCE = 60
# Between two things that somebody does: people, and no load test.
PAUSE = 0.03
WRITING = 0.15
BUSY = 503


@dataclass(frozen=True)
class Stage:
    """The service, everything that was acknowledged, where pages are kept, and where the database is."""

    live: Live
    run: Run
    pages: Path
    sqlite: Path | None = None
    postgres: Postgres | None = None


@dataclass(frozen=True)
class Fault:
    """What happens to a database, for as long as a context lasts, and whether it can be read all the same."""

    lasting: Callable[[Stage], AbstractContextManager[None]]
    is_readable: bool = False


@contextlib.contextmanager
def frozen(stage: Stage) -> Iterator[None]:
    """Freeze PostgreSQL: everything is accepted and nothing answered."""
    assert stage.postgres is not None
    stage.postgres.freeze()
    try:
        yield
    finally:
        stage.postgres.thaw()


def stopped(number: int) -> Callable[[Stage], AbstractContextManager[None]]:
    """Return what ends PostgreSQL by a signal and starts it again."""

    @contextlib.contextmanager
    def lasting(stage: Stage) -> Iterator[None]:
        assert stage.postgres is not None
        stage.postgres.stop(number)
        try:
            yield
        finally:
            stage.postgres.start()

    return lasting


def locked(lock: Callable[[Path], AbstractContextManager[None]]) -> Callable[[Stage], AbstractContextManager[None]]:
    """Return what lets another process lock the SQLite database."""

    def lasting(stage: Stage) -> AbstractContextManager[None]:
        assert stage.sqlite is not None
        return lock(stage.sqlite)

    return lasting


@contextlib.contextmanager
def moved_away(stage: Stage) -> Iterator[None]:
    """Give the SQLite file another name, and then its own again."""
    assert stage.sqlite is not None
    other = stage.sqlite.with_name("elsewhere.db")
    stage.sqlite.rename(other)
    try:
        yield
    finally:
        other.rename(stage.sqlite)


@contextlib.contextmanager
def unmounted(stage: Stage) -> Iterator[None]:
    """Take the SQLite file away with its folder, as a disk that is not mounted."""
    assert stage.sqlite is not None
    disk = stage.sqlite.parent
    disk.rename(disk.with_name("elsewhere"))
    try:
        yield
    finally:
        disk.with_name("elsewhere").rename(disk)


@contextlib.contextmanager
def full(stage: Stage) -> Iterator[None]:
    """Let no file of the service grow or be written, as on a full disk."""
    with no_growth(stage.live.workers()):
        yield


@contextlib.contextmanager
def no_growth(workers: list[int]) -> Iterator[None]:
    """Let no file that these processes write grow or be written."""
    former = {worker: resource.prlimit(worker, resource.RLIMIT_FSIZE) for worker in workers}
    for worker, (_, hard) in former.items():
        resource.prlimit(worker, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        for worker, limits in former.items():
            resource.prlimit(worker, resource.RLIMIT_FSIZE, limits)


ON_POSTGRESQL = {
    "frozen": Fault(frozen),
    "stopped": Fault(stopped(signal.SIGINT)),
    "killed": Fault(stopped(signal.SIGKILL)),
}
ON_SQLITE = {
    "another writer": Fault(locked(locks.writing), is_readable=True),
    "full disk": Fault(full, is_readable=True),
    "locked against readers": Fault(locked(locks.locked_readers)),
    "moved away": Fault(moved_away),
}


class Crowd:
    """Readers, writers and people who look for other articles, at work in every process of a service at once."""

    def __init__(self, run: Run, lines: list[Wire], article: str) -> None:
        """Take connections, and the article that is read and written about."""
        readers, writers, others = lines[:4], lines[4:6], lines[6:8]
        self.readers = [Reader(wire, run.origin, conditional=number < 2) for number, wire in enumerate(readers)]
        self.writers = [Writer(run, wire, number) for number, wire in enumerate(writers)]
        self.cold: list[Reply] = []
        self.alive: list[Reply] = []
        self._others = others
        self._origin = run.origin
        self._article = article
        self._over = threading.Event()
        self._failed: list[BaseException] = []

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Let everybody go on until the end, and raise what went wrong for any of them."""
        tasks = [(PAUSE, lambda reader=reader: self._read(reader)) for reader in self.readers]
        tasks += [(WRITING, lambda writer=writer: writer.post(self._article)) for writer in self.writers]
        tasks += [(PAUSE, lambda: self._look_elsewhere(self._others[0])), (PAUSE, lambda: self._knock(self._others[1]))]
        threads = [threading.Thread(target=self._go_on, args=task, daemon=True) for task in tasks]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join(PATIENCE)
        if self._failed:
            raise self._failed[0]

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        until(lambda: bool(self._failed) or holds())
        if self._failed:
            raise self._failed[0]

    @property
    def refusals(self) -> list[Reply]:
        """What was refused to those who write, and to those who look for what nobody has read."""
        return [reply for writer in self.writers for reply in writer.refused] + [
            reply for reply in self.cold if reply.status != 200
        ]

    @property
    def answers(self) -> list[Answer]:
        """What readers were shown."""
        return [answer for reader in self.readers for answer in reader.answers]

    def shown(self) -> list[list[Answer]]:
        """Return what each reader was shown."""
        return [reader.answers for reader in self.readers]

    def _go_on(self, pause: float, task: Callable[[], object]) -> None:
        try:
            while not self._over.wait(pause):
                task()
        except BaseException as error:
            self._failed.append(error)

    def _read(self, reader: Reader) -> None:
        reader.walk(self._article, at_most=1)
        reader.count((self._article,))
        reader.latest()
        reader.feed()
        reader.plain_page(self._article)
        reader.read("/embed.js")

    def _look_elsewhere(self, wire: Wire) -> None:
        url = f"{self._origin}{self._article}/never-read-{len(self.cold)}"
        self.cold.append(wire.ask("GET", f"{API}/thread?url={quote(url, safe='')}"))

    def _knock(self, wire: Wire) -> None:
        self.alive.append(wire.ask("GET", "/healthz"))


def until(holds: Callable[[], bool]) -> None:
    """Ask again until something holds."""
    pause = threading.Event()
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never held"
        pause.wait(0.02)


@contextlib.contextmanager
def crowd(stage: Stage, article: str) -> Iterator[Crowd]:
    """Give a crowd that works with a service, on connections of its own."""
    with wires(stage.live, 8) as lines:
        yield Crowd(stage.run, lines, article)
