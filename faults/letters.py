"""The mail server is away, hangs, breaks off or refuses while people write."""

import contextlib
import time
from collections.abc import Iterator
from statistics import median

from faults.stage import Bout
from faults.stage import Stage

A_WHILE = 5.0
# Posting may not wait for mail: much less than the mail server's own delay.
SLOWER = 1.0


def dead(stage: Stage, bout: Bout, rounds: int) -> None:
    """Nothing listens where the mail server was."""
    for _ in range(rounds):
        _through(stage, bout, "dead")


def hanging(stage: Stage, bout: Bout, rounds: int) -> None:
    """The mail server takes a letter and never answers."""
    for _ in range(rounds):
        _through(stage, bout, "hangs")


def dropping(stage: Stage, bout: Bout, rounds: int) -> None:
    """The mail server stores a letter and breaks off before its 250: the letter comes again, and is the same."""
    for _ in range(rounds):
        _through(stage, bout, "drops")


def refusing(stage: Stage, bout: Bout, rounds: int) -> None:
    """The mail server asks to come back later (451)."""
    for _ in range(rounds):
        _through(stage, bout, "451 later")


def _through(stage: Stage, bout: Bout, how: str) -> None:
    # Whoever has met a dead server rests for half a minute: each round begins with nobody resting.
    stage.service.restart()
    crowd = stage.crowd()
    with crowd.at_work():
        crowd.all_acknowledged_since(time.monotonic())
        before = len(crowd.waits)
        with _mail_that(stage, how):
            time.sleep(A_WHILE)
            meanwhile = crowd.waits[before:]
        bout.recoveries.append(crowd.all_acknowledged_since(time.monotonic()))
    bout.rounds += 1
    bout.require_busy(crowd)
    if crowd.outcomes["503"] or crowd.outcomes["cut"]:
        bout.wrong(f"posting was refused: {dict(crowd.outcomes)}")
    if median(meanwhile) > SLOWER:
        bout.wrong(f"posting took {median(meanwhile):.2f} s")


@contextlib.contextmanager
def _mail_that(stage: Stage, how: str) -> Iterator[None]:
    if how == "dead":
        stage.post_road.refuse()
    elif how == "hangs":
        stage.mail.hangs = True
    elif how == "drops":
        stage.mail.drops = True
    else:
        stage.mail.refuse["*"] = how
    try:
        yield
    finally:
        stage.mail.hangs = stage.mail.drops = False
        stage.mail.refuse.clear()
        if how == "dead":
            stage.post_road.listen()
