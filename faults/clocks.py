"""The clock of the service jumps while people write."""

import time
from pathlib import Path

from faults import shim
from faults.disks import NO_COMPILER
from faults.stage import Bout
from faults.stage import Stage
from faults.stage import opened

HOUR = 3600
TEN_YEARS = 10 * 365 * 24 * HOUR
JUMPS = (HOUR, -HOUR, TEN_YEARS, 0)
A_WHILE = 1.0


def jumps(stage: Stage, bout: Bout, rounds: int) -> None:
    """The clock jumps an hour ahead, an hour back, ten years ahead, and to the right time again."""
    library = shim.compiled(stage.folder)
    if library is None:
        bout.skipped = NO_COMPILER
        return
    home = stage.folder / "clock"
    home.mkdir()
    with opened(stage.kind, home) as own:
        wrong = home / "seconds"
        wrong.write_text("0")
        own.service.restart({"LD_PRELOAD": str(library), "FAULTS_CLOCK": str(wrong)})
        for _ in range(rounds):
            for seconds in JUMPS:
                _jump(own, bout, wrong, seconds)
        bout.settle(own)
        bout.examine(own)
        told = own.acknowledged.everything()
        bout.acknowledged += len(told.comments) + len(told.decisions)


def _jump(stage: Stage, bout: Bout, wrong: Path, seconds: int) -> None:
    # Repeats are known for a day: nobody's request is under way when years go by. Letters have clocks of their own.
    crowd = stage.crowd(letters=False)
    is_sudden = abs(seconds) <= HOUR
    if not is_sudden:
        _set(wrong, seconds)
    with crowd.at_work():
        crowd.all_acknowledged_since(time.monotonic())
        if is_sudden:
            _set(wrong, seconds)
        bout.recoveries.append(crowd.all_acknowledged_since(time.monotonic()))
        began = time.monotonic()
        time.sleep(A_WHILE)
        ended = time.monotonic()
    bout.rounds += 1
    bout.require_busy(crowd)
    bout.require_reads(crowd, began, ended)
    if crowd.outcomes["503"] or crowd.outcomes["cut"]:
        bout.wrong(f"refused after a jump of {seconds:,} s: {dict(crowd.outcomes)}")
    bout.look(stage)


def _set(path: Path, seconds: int) -> None:
    # At once and as a whole: others read it all the time.
    draft = path.with_suffix(".draft")
    draft.write_text(str(seconds))
    draft.replace(path)
