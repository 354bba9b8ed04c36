"""Databases to measure with, loaded as an owner would: by `commentsvc import`. A larger one grows out of a smaller."""

import os
import subprocess
import time
from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bench.comments import FIRST_THOUSAND
from bench.comments import HUNDRED
from bench.comments import ORIGIN
from bench.comments import SITE
from bench.comments import Sized
from bench.comments import hundreds
from bench.comments import of_size
from bench.comments import write_archive
from bench.report import Fact
from bench.report import size
from bench.subjects import commentsvc
from bench.subjects import pinned
from bench.subjects import service_environ

LOOK_EVERY = 0.2
THOUSAND = 1000


class CommandFailed(Exception):
    """Says which command of ours failed, and what it said."""


@dataclass(frozen=True)
class Import:
    """One import: comments, seconds with start and reading, the most memory it took and the archive's size in bytes."""

    comments: int
    seconds: float
    memory: int
    archive: int

    @property
    def rate(self) -> float:
        """Comments a second."""
        return self.comments / self.seconds


class Databases:
    """Makes each database when it is first wanted."""

    def __init__(self, folder: Path, core: int, tell: Callable[[str], None], origins: Iterable[str] = ()) -> None:
        """Take the folder for them, the core that loads them, who hears of it, and more origins of the site."""
        self._folder = folder
        self._core = core
        self._tell = tell
        self._origins = (ORIGIN, *origins)
        self._made: dict[str, Path] = {}
        self._imports: list[Import] = []

    def of(self, total: int) -> Path:
        """Return a database of 1,000, 10,000, 100,000 ... comments, the thread of 100 among them."""
        name = f"comments-{total}"
        if name not in self._made:
            if total == THOUSAND:
                self._made[name] = self._first(name)
            else:
                smaller = total // 10
                self._made[name] = self._grown(name, self.of(smaller), hundreds(smaller, total))
        return self._made[name]

    def with_threads(self, sizes: Iterable[int]) -> Path:
        """Return a database of 1,000 comments and one thread of each size beside."""
        name = "threads-" + "-".join(map(str, sizes))
        if name not in self._made:
            threads = [of_size(size) for size in sizes if size != HUNDRED.size]
            self._made[name] = self._grown(name, self.of(THOUSAND), threads)
        return self._made[name]

    def copy(self, database: Path, name: str) -> Path:
        """Return a copy that may be written to."""
        target = self._folder / name / database.name
        target.parent.mkdir()
        run(database, "backup", str(target))
        return target

    def told(self) -> Fact:
        """Return what the largest import was like."""
        most = max(self._imports, key=lambda each: each.comments)
        told = f"{most.rate:,.0f} comments a second on one core, {size(most.memory)} of memory at most"
        return Fact("W7", f"the import of {most.comments:,} comments ({size(most.archive)})", told)

    def _first(self, name: str) -> Path:
        (self._folder / name).mkdir()
        database = self._folder / name / "commentsvc.db"
        origins = [word for origin in self._origins for word in ("--origin", origin)]
        run(database, "site", "add", SITE, *origins, "--hold", "none", "--hold-links", "0")
        self._load(database, FIRST_THOUSAND)
        return database

    def _grown(self, name: str, smaller: Path, threads: list[Sized]) -> Path:
        database = self.copy(smaller, name)
        self._load(database, threads)
        return database

    def _load(self, database: Path, threads: Iterable[Sized]) -> None:
        archive = database.with_name("archive.jsonl")
        count = write_archive(archive, threads)
        self._tell(f"importing {count:,} comments ...")
        done = self._import(database, archive, count)
        archive.unlink()
        takes = size(database.stat().st_size)
        self._tell(f"  {done.rate:,.0f} a second, {size(done.memory)} of memory at most; the database takes {takes}")
        self._imports.append(done)

    def _import(self, database: Path, archive: Path, count: int) -> Import:
        ran = measured(database, self._core, "import", "--site", SITE, "archive", str(archive))
        if f"{count:,} read = {count:,} imported" not in ran.said:
            raise CommandFailed(f"the import of {count:,} comments went wrong: {ran.said}")
        return Import(count, ran.seconds, ran.memory, archive.stat().st_size)


@dataclass(frozen=True)
class Ran:
    """A command that ran: seconds with its start, the most memory it took in bytes, and what it said."""

    seconds: float
    memory: int
    said: str


def measured(database: Path, core: int, *words: str) -> Ran:
    """Run a command of ours on one core, and look at its memory meanwhile; raise CommandFailed."""
    began = time.monotonic()
    memory = 0
    log = database.with_name("command.log")
    with log.open("wb") as out, pinned(core):
        process = subprocess.Popen([*commentsvc(), *words], env=service_environ(database), stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=subprocess.STDOUT)  # fmt: skip
    try:
        while process.poll() is None:
            memory = max(memory, _most_memory(process.pid))
            try:
                process.wait(LOOK_EVERY)
            except subprocess.TimeoutExpired:
                continue
    finally:
        process.kill()
        process.wait()
    said = log.read_text(errors="replace")
    if process.returncode != 0:
        raise CommandFailed(f"commentsvc {' '.join(words)}: {said}")
    return Ran(time.monotonic() - began, memory, said)


def run(database: Path, *words: str) -> str:
    """Run a command of ours on a database and return what it says; raise CommandFailed."""
    command = [*commentsvc(), *words]
    ran = subprocess.run(command, env=service_environ(database), capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise CommandFailed(f"commentsvc {' '.join(words)}: {ran.stderr}")
    return ran.stdout


def _most_memory(pid: int) -> int:
    # Of the program itself: what wait4 tells may be of the process that started it.
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    lines = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) * 1024 if lines else 0


def free_space(folder: Path) -> int:
    """Return how many bytes a folder's disk has room for."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
