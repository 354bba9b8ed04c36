"""Processes of the service are killed while people write."""

import random
import signal
import time
from contextlib import suppress
from os import kill

from faults.stage import Bout
from faults.stage import Stage

SHORTEST, LONGEST = 0.05, 0.5
SEED = 7


def worker(stage: Stage, bout: Bout, rounds: int) -> None:
    """Kill -9 of a worker at a random moment; the one that watches over them starts another."""
    drawn = random.Random(SEED)  # noqa: S311 - the same at every run
    crowd = stage.crowd()
    with crowd.at_work():
        crowd.all_acknowledged_since(time.monotonic())
        for _ in range(rounds):
            time.sleep(drawn.uniform(SHORTEST, LONGEST))
            workers = stage.service.workers()
            with suppress(ProcessLookupError):
                kill(drawn.choice(workers), signal.SIGKILL)
            bout.recoveries.append(crowd.all_acknowledged_since(time.monotonic()))
            bout.rounds += 1
            bout.look(stage)
    bout.require_busy(crowd)


def master(stage: Stage, bout: Bout, rounds: int) -> None:
    """Kill -9 of the process that watches over the workers; the service is started again as a supervisor does."""
    drawn = random.Random(SEED)  # noqa: S311 - the same at every run
    crowd = stage.crowd()
    with crowd.at_work():
        crowd.all_acknowledged_since(time.monotonic())
        for _ in range(rounds):
            time.sleep(drawn.uniform(SHORTEST, LONGEST))
            began = time.monotonic()
            stage.service.kill()
            stage.service.start()
            crowd.all_acknowledged_since(time.monotonic())
            bout.recoveries.append(time.monotonic() - began)
            bout.rounds += 1
            bout.look(stage)
    bout.require_busy(crowd)
