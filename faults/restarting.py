"""The service is restarted under load, and runs short of file descriptors."""

import contextlib
import random
import socket
import time

from faults.relay import Relay
from faults.service import Service
from faults.stage import Bout
from faults.stage import Stage

FILES = 64
IDLE = 120
A_WHILE = 2.0
SEED = 7
# Somewhere within: the command, the process that watches, its workers.
STARTING = 2.5
LONGEST_STOP = 12.0


def term(stage: Stage, bout: Bout, rounds: int) -> None:
    """SIGTERM under load and a new start: what was begun is finished, nobody who was connected is dropped."""
    crowd = stage.crowd()
    with crowd.at_work():
        for _ in range(rounds):
            crowd.all_acknowledged_since(time.monotonic())
            began = time.monotonic()
            stage.service.restart()
            crowd.all_acknowledged_since(time.monotonic())
            bout.recoveries.append(time.monotonic() - began)
            bout.rounds += 1
            bout.look(stage)
    bout.require_busy(crowd)


def while_starting(stage: Stage, bout: Bout, rounds: int) -> None:
    """SIGTERM at a random moment of the start, when no worker is ready: it ends soon, and starts again."""
    drawn = random.Random(SEED)  # noqa: S311 - the same at every run
    for _ in range(rounds):
        stage.service.stop()
        stage.service.spawn()
        time.sleep(drawn.uniform(0, STARTING))
        began = time.monotonic()
        stage.service.stop()
        bout.recoveries.append(time.monotonic() - began)
        if bout.recoveries[-1] > LONGEST_STOP:
            bout.wrong(f"it took {bout.recoveries[-1]:.1f} s to stop")
        bout.rounds += 1
    stage.service.start()


def rolling(stage: Stage, bout: Bout, rounds: int) -> None:
    """Two services behind a proxy are restarted in turn by SIGTERM: not one request goes without its answer."""
    other = Service(stage.folder, stage.service.database_url, stage.service.settings, port=stage.service.port + 1)
    other.start()
    try:
        with Relay(stage.service.port, other.port) as relay:
            crowd = stage.crowd(port=relay.port)
            with crowd.at_work():
                for number in range(rounds):
                    crowd.all_acknowledged_since(time.monotonic())
                    leaving, staying = (stage.service, other) if number % 2 == 0 else (other, stage.service)
                    # As an operator tells the proxy first; the one that leaves finishes what it has begun.
                    relay.targets = [staying.port]
                    leaving.restart()
                    relay.targets = [leaving.port, staying.port]
                    bout.recoveries.append(crowd.all_acknowledged_since(time.monotonic()))
                    bout.rounds += 1
            bout.require_busy(crowd)
            for outcome in ("cut", "503"):
                if crowd.outcomes[outcome]:
                    bout.wrong(f"{crowd.outcomes[outcome]} requests: {outcome}")
            failed = [status for _, status in crowd.reads if status != 200]
            if failed:
                bout.wrong(f"{len(failed)} of {len(crowd.reads)} reads failed: {failed[:2]}")
    finally:
        other.stop()
    bout.look(stage)


def few_files(stage: Stage, bout: Bout, rounds: int) -> None:
    """The service may open 64 files (ulimit -n 64) and 120 connections come at once: it is itself again afterwards."""
    stage.service.stop()
    stage.service.start(before=("prlimit", f"--nofile={FILES}:{FILES}"))
    crowd = stage.crowd()
    with crowd.at_work():
        for _ in range(rounds):
            crowd.all_acknowledged_since(time.monotonic())
            with contextlib.ExitStack() as ends:
                for _ in range(IDLE):
                    with contextlib.suppress(OSError):
                        ends.enter_context(socket.create_connection(("127.0.0.1", stage.service.port), timeout=1))
                time.sleep(A_WHILE)
            bout.recoveries.append(crowd.all_acknowledged_since(time.monotonic()))
            bout.rounds += 1
    bout.require_busy(crowd)
    stage.service.restart()
    bout.look(stage)
