"""Who hears webhooks is away, hangs, refuses or breaks off; and who delivers them is killed."""

import random
import time
from statistics import median

from faults.ears import DEAD
from faults.ears import DROPS
from faults.ears import FAILS
from faults.ears import HANGS
from faults.ears import Ears
from faults.ears import listening
from faults.stage import Bout
from faults.stage import Stage

WAYS = (DEAD, HANGS, FAILS, DROPS)
A_WHILE = 4.0
# Beyond what a busy machine explains, as a factor and in seconds.
SLOWER = 2.0
NOISE = 0.05
LONGEST = 0.4
PATIENCE = 60.0
SEED = 7


def receiver_broken(stage: Stage, bout: Bout, rounds: int) -> None:
    """A receiver of webhooks is dead, hangs, fails or breaks off: all come later, in order, and posting is as fast."""
    with listening(stage) as ears:
        waits = [_through(ears, bout, WAYS[number % len(WAYS)]) for number in range(rounds)]
        before, meanwhile = (1000 * median(each) for each in zip(*waits, strict=True))
        bout.notes.append(f"posting {before:.0f} ms, meanwhile {meanwhile:.0f} ms")
        ears.look(bout)


def messenger_killed(stage: Stage, bout: Bout, rounds: int) -> None:
    """Kill -9 of `commentsvc worker` while it delivers webhooks and letters; it is started again by a supervisor."""
    drawn = random.Random(SEED)  # noqa: S311 - the same at every run
    with listening(stage, DELIVER="off") as ears:
        crowd = stage.crowd(writers=1)
        messenger = stage.service.begin("worker")
        try:
            with crowd.at_work():
                for _ in range(rounds):
                    began = time.monotonic()
                    _until_it_delivers(ears)
                    bout.recoveries.append(time.monotonic() - began)
                    time.sleep(drawn.uniform(0, LONGEST))
                    messenger.kill()
                    messenger.wait()
                    messenger = stage.service.begin("worker")
                    bout.rounds += 1
                    bout.look(stage)
            bout.require_busy(crowd)
            if not ears.wait():
                bout.wrong("webhooks are not delivered")
        finally:
            messenger.terminate()
            if messenger.wait(PATIENCE) != 0:
                bout.wrong(f"the worker ended with {messenger.returncode} at SIGTERM")
        ears.look(bout)


def _through(ears: Ears, bout: Bout, way: str) -> tuple[float, float]:
    # How long posting took before, and meanwhile.
    crowd = ears.stage.crowd(writers=2)
    with crowd.at_work():
        crowd.all_acknowledged_since(time.monotonic())
        calm = len(crowd.waits)
        time.sleep(A_WHILE)
        broken, heard = len(crowd.waits), len(ears.well.heard)
        with ears.broken_by(way):
            time.sleep(A_WHILE)
        came_back = time.monotonic()
        before, meanwhile = median(crowd.waits[calm:broken]), median(crowd.waits[broken:])
    bout.require_busy(crowd)
    if crowd.outcomes["503"] or crowd.outcomes["cut"]:
        bout.wrong(f"posting was refused: {dict(crowd.outcomes)}")
    if meanwhile > SLOWER * before + NOISE:
        bout.wrong(f"posting took {meanwhile:.2f} s instead of {before:.2f} s")
    if len(ears.well.heard) == heard:
        bout.wrong(f"the other receiver heard nothing while one was broken ({way})")
    if not ears.wait():
        bout.wrong(f"webhooks are not delivered ({way})")
    bout.recoveries.append(time.monotonic() - came_back)
    bout.rounds += 1
    bout.look(ears.stage)
    return before, meanwhile


def _until_it_delivers(ears: Ears) -> None:
    heard, arrived = len(ears.broken.heard), len(ears.stage.mail.arrived)
    deadline = time.monotonic() + PATIENCE
    while len(ears.broken.heard) == heard or len(ears.stage.mail.arrived) == arrived:
        if time.monotonic() > deadline:
            raise AssertionError("nothing is delivered any more")
        # As if two minutes had passed: the dead one's lease ends.
        ears.stage.looker.wake_webhooks()
        time.sleep(0.05)
