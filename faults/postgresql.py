"""PostgreSQL stops, is killed, can't be reached, or takes no writes."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager

from faults.stage import Bout
from faults.stage import Stage

A_WHILE = 3.0
A_MOMENT = 0.2
# Leases last ten minutes.
PROMPT = 60.0
BACKEND = "SELECT pid FROM pg_stat_activity WHERE datname = 'faults' AND pid <> pg_backend_pid() LIMIT 1"
END_BACKENDS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'faults' AND pid <> pg_backend_pid()"
)


def stopped(stage: Stage, bout: Bout, rounds: int) -> None:
    """PostgreSQL is stopped at once (pg_ctl stop -m immediate) and started again."""
    _through(stage, bout, rounds, lambda: _down(stage, signal.SIGQUIT))


def killed(stage: Stage, bout: Bout, rounds: int) -> None:
    """PostgreSQL is killed with all that belongs to it (kill -9) and started again."""
    _through(stage, bout, rounds, lambda: _down(stage, signal.SIGKILL))


def backend_killed(stage: Stage, bout: Bout, rounds: int) -> None:
    """One process of PostgreSQL is killed (kill -9), upon which it ends all others and recovers."""
    crowd = stage.crowd()
    with crowd.at_work():
        crowd.all_acknowledged_since(time.monotonic())
        for _ in range(rounds):
            pid = stage.looker.scalar(BACKEND)
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            bout.recoveries.append(crowd.all_acknowledged_since(time.monotonic()))
            bout.rounds += 1
            bout.look(stage)
    bout.require_busy(crowd)
    _require_letters(stage, bout)


def backend_ended(stage: Stage, bout: Bout, rounds: int) -> None:
    """All connections are ended by the server (pg_terminate_backend)."""
    crowd = stage.crowd()
    with crowd.at_work():
        crowd.all_acknowledged_since(time.monotonic())
        for _ in range(rounds):
            stage.looker.run(END_BACKENDS)
            bout.recoveries.append(crowd.all_acknowledged_since(time.monotonic()))
            bout.rounds += 1
            bout.look(stage)
    bout.require_busy(crowd)
    _require_letters(stage, bout)


def network_hangs(stage: Stage, bout: Bout, rounds: int) -> None:
    """The network to PostgreSQL swallows everything, then goes on or breaks the connections off."""
    turns = iter(range(rounds))
    _through(stage, bout, rounds, lambda: _hanging(stage, is_cut=next(turns) % 2 == 1))


def only_read(stage: Stage, bout: Bout, rounds: int) -> None:
    """PostgreSQL takes no writes (default_transaction_read_only), as a replica does."""
    _through(stage, bout, rounds, lambda: _no_writes(stage))


def _require_letters(stage: Stage, bout: Bout) -> None:
    # Nobody has died who had leased them: they go out long before leases end.
    began = time.monotonic()
    while left := stage.looker.letters_left():
        if time.monotonic() > began + PROMPT:
            bout.wrong(f"{left} letters wait for a lease to end")
            return
        time.sleep(A_MOMENT)
    bout.notes.append(f"all letters out {time.monotonic() - began:.1f} s later")


def _through(stage: Stage, bout: Bout, rounds: int, fault: Callable[[], AbstractContextManager[None]]) -> None:
    crowd = stage.crowd()
    with crowd.at_work():
        for _ in range(rounds):
            crowd.all_acknowledged_since(time.monotonic())
            refused = crowd.outcomes["503"]
            with fault():
                began = time.monotonic()
                time.sleep(A_WHILE)
                if not crowd.until("503", refused + 1, 2 * A_WHILE):
                    bout.wrong("nobody was told to come back")
                ended = time.monotonic()
            bout.recoveries.append(crowd.all_acknowledged_since(time.monotonic()))
            bout.rounds += 1
            bout.look(stage)
            bout.require_reads(crowd, began, ended)
    bout.require_busy(crowd)
    if crowd.outcomes["cut"]:
        bout.wrong(f"{crowd.outcomes['cut']} requests had no answer within ten seconds")


@contextlib.contextmanager
def _down(stage: Stage, number: int) -> Iterator[None]:
    assert stage.postgres is not None
    stage.postgres.stop(number)
    try:
        yield
    finally:
        stage.postgres.start()


@contextlib.contextmanager
def _hanging(stage: Stage, is_cut: bool) -> Iterator[None]:
    assert stage.network is not None
    stage.network.hang()
    try:
        yield
    finally:
        if is_cut:
            stage.network.cut()
        stage.network.flow()


@contextlib.contextmanager
def _no_writes(stage: Stage) -> Iterator[None]:
    stage.looker.run("ALTER DATABASE faults SET default_transaction_read_only = on")
    stage.looker.run(END_BACKENDS)
    try:
        yield
    finally:
        stage.looker.run("ALTER DATABASE faults RESET default_transaction_read_only")
        stage.looker.run(END_BACKENDS)
