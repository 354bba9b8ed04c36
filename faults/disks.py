"""Disks that are full, fail or can't be written, and databases that somebody else has locked."""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from faults import shim
from faults.service import DidNotStart
from faults.service import Service
from faults.stage import SQLITE
from faults.stage import Bout
from faults.stage import Stage
from faults.stage import opened
from tests.rig import locks
from tests.rig.outages import no_growth

# Longer than the service waits for a lock.
A_WHILE = 3.0
# More than the service wants to find free before it says that it is ready.
SMALL = "64m"
LOCKED_SECONDS = (1.0, 5.0, 30.0)
NO_COMPILER = "no compiler"
NO_MOUNT = "mounting is not allowed here"


def file_limit(stage: Stage, bout: Bout, rounds: int) -> None:
    """No file of the service can grow (RLIMIT_FSIZE): 503, reads go on, and it works again afterwards."""
    for _ in range(rounds):
        _through(stage, bout, lambda: no_growth(stage.service.workers()))


def disk_full(stage: Stage, bout: Bout, rounds: int) -> None:
    """The disk of the database is full (a small tmpfs): 503, reads go on, and it works again when there is room."""
    home = stage.folder / "small"
    with _mounted(home, f"size={SMALL}") as is_mounted:
        if not is_mounted:
            bout.skipped = NO_MOUNT
            return
        notes = stage.folder / "notes"
        notes.mkdir()
        # The harness must not run out of room itself.
        with opened(SQLITE, home, notes=notes) as small:
            for _ in range(rounds):
                _through(small, bout, lambda: _filled(home))
            bout.settle(small)
            bout.examine(small)
            bout.acknowledged += len(small.acknowledged.everything().comments)


def input_output_error(stage: Stage, bout: Bout, rounds: int) -> None:
    """One write or flush of the database fails with EIO: an error for those who wait, never a success."""
    library = shim.compiled(stage.folder)
    if library is None:
        bout.skipped = NO_COMPILER
        return
    trigger = stage.folder / "eio"
    stage.service.restart({"LD_PRELOAD": str(library), "FAULTS_EIO": str(trigger)})
    crowd = stage.crowd()
    with crowd.at_work():
        for number in range(rounds):
            trigger.write_text(("pwrite", "fsync")[number % 2])
            began = time.monotonic()
            while trigger.exists():
                if time.monotonic() > began + A_WHILE:
                    bout.wrong("the error was never met")
                    trigger.unlink(missing_ok=True)
                    break
                time.sleep(0.005)
            bout.recoveries.append(crowd.all_acknowledged_since(time.monotonic()))
            bout.rounds += 1
            bout.look(stage)
    bout.require_busy(crowd)
    if not crowd.outcomes["503"]:
        bout.wrong("nobody was told of the error")
    stage.service.restart()


def read_only(stage: Stage, bout: Bout, rounds: int) -> None:
    """The disk can't be written when the service starts: one clear line, and exit 1."""
    home = stage.folder / "fixed"
    with _mounted(home, f"size={SMALL}") as is_mounted:
        if not is_mounted:
            bout.skipped = NO_MOUNT
            return
        (home / "old").mkdir()
        old = Service(stage.folder, f"sqlite:///{home}/old/comments.db", {}, port=stage.service.port + 1)
        assert old.command("site", "add", "gazette", "--origin", "https://gazette.example").returncode == 0
        subprocess.run(["mount", "-o", "remount,ro", str(home)], check=True)  # noqa: S607
        for path in ("old/comments.db", "new.db", "missing/new.db"):
            service = Service(stage.folder, f"sqlite:///{home}/{path}", {}, port=stage.service.port + 1)
            ran = service.command("serve", "--port", str(service.port))
            lines = ran.stderr.strip().splitlines()
            if ran.returncode != 1 or len(lines) != 1:
                bout.wrong(f"{path}: exit {ran.returncode}, {len(lines)} lines: {ran.stderr[-200:]}")
            bout.rounds += 1


def locked(stage: Stage, bout: Bout, rounds: int) -> None:
    """Another process holds BEGIN EXCLUSIVE for 1, 5 and 30 seconds: those who write wait or are told to come back."""
    assert stage.sqlite is not None
    path = stage.sqlite
    for seconds in LOCKED_SECONDS[:rounds]:
        _through(stage, bout, lambda: locks.writing(path), seconds, is_refused=seconds > A_WHILE)


def log_full(stage: Stage, bout: Bout, rounds: int) -> None:
    """The log goes to a full disk (/dev/full), and there is much to say: the service goes on."""
    stage.service.stop()
    try:
        stage.service.start(output=Path("/dev/full"))
    except DidNotStart as error:
        bout.wrong(f"it did not start: {error}")
        return
    for _ in range(rounds):
        _through(stage, bout, lambda: no_growth(stage.service.workers()))
    stage.service.restart()


def _through(
    stage: Stage, bout: Bout, fault: Callable[[], AbstractContextManager[object]],
    seconds: float = A_WHILE, is_refused: bool = True,
) -> None:  # fmt: skip
    crowd = stage.crowd()
    with crowd.at_work():
        crowd.all_acknowledged_since(time.monotonic())
        with fault():
            began = time.monotonic()
            time.sleep(seconds)
            ended = time.monotonic()
            if is_refused and not crowd.until("503", 1, A_WHILE):
                bout.wrong("nobody was told to come back")
        bout.recoveries.append(crowd.all_acknowledged_since(time.monotonic()))
    bout.rounds += 1
    bout.require_busy(crowd)
    bout.require_reads(crowd, began, ended)
    if crowd.outcomes["cut"]:
        bout.wrong(f"{crowd.outcomes['cut']} connections were cut")
    bout.look(stage)


@contextlib.contextmanager
def _filled(home: Path) -> Iterator[None]:
    filler = home / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    try:
        yield
    finally:
        filler.unlink()


@contextlib.contextmanager
def _mounted(home: Path, options: str) -> Iterator[bool]:
    home.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(home)]
    ran = subprocess.run(command, capture_output=True, check=False) if os.geteuid() == 0 else None
    if ran is None or ran.returncode != 0:
        home.rmdir()
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", str(home)], capture_output=True, check=False)  # noqa: S607
        home.rmdir()
