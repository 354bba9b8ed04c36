"""Processes end at the n-th commit, claim or sending, n = 1, 2, ... until one round passes without it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from faults.clients import API
from faults.clients import LISTENER
from faults.clients import MODERATION
from faults.clients import Crowd
from faults.clients import submission
from faults.stage import Bout
from faults.stage import Stage

HOOKS = Path(__file__).resolve().parent / "hooks"
# How long letters of a round may take; the postman looks every two seconds.
LETTERS_SECONDS = 8.0


def at(point: str) -> Callable[[Stage, Bout, int], None]:
    """Return the fault that ends a worker at each passing of a point in turn."""

    def run(stage: Stage, bout: Bout, rounds: int) -> None:
        _until_one_passes(stage, bout, rounds, point)

    run.__doc__ = f"A worker ends at its n-th {point.replace('-', ' ')}, n = 1, 2, ... until one round passes."
    return run


def _until_one_passes(stage: Stage, bout: Bout, rounds: int, point: str) -> None:
    once = stage.folder / "fault-once"
    stage.service.width, width = 1, stage.service.width
    try:
        for number in range(1, rounds + 1):
            stage.service.stop()
            once.touch()
            fault = {"COMMENTSVC_FAULT": f"{point}:{number}", "COMMENTSVC_FAULT_ONCE": str(once)}
            stage.service.start(variables={"PYTHONPATH": str(HOOKS)} | fault)
            _round(stage, bout, once)
            bout.rounds += 1
            bout.look(stage)
            if once.exists():
                bout.notes.append(f"n = {number} passed")
                return
        bout.notes.append(f"n = 1 to {rounds}")
    finally:
        once.unlink(missing_ok=True)
        stage.service.width = width
        stage.service.restart()


def _round(stage: Stage, bout: Bout, once: Path) -> None:
    # One of everything: a reply, of which a letter goes out, a decision, an edit.
    crowd = stage.crowd()
    began = time.monotonic()
    _post(stage, crowd, parent=stage.root)
    _post(stage, crowd)
    decided = _post(stage, crowd)
    sent = {"act": "spam", "ids": [decided], "list": "approved"}
    crowd.send_until_told(f"{MODERATION}/decide", sent, {"Authorization": f"Bearer {stage.token}"})
    stage.acknowledged.note("decision", decided, "spam")
    bout.recoveries.append(time.monotonic() - began)
    # The letter belongs to it: claimed, sent and marked, or the end has come before.
    while once.exists() and stage.looker.stored().unsent and time.monotonic() < began + LETTERS_SECONDS:
        time.sleep(0.02)


def _post(stage: Stage, crowd: Crowd, **more: Any) -> str:
    text = stage.acknowledged.next_text()
    key = {"Idempotency-Key": f"a key for {text:>20}"}
    answer = crowd.send_until_told(f"{API}/comments", submission(text, **more), key)
    comment = answer.json["comment"]["id"]
    stage.acknowledged.note("comment", comment, text, (LISTENER, text.split()[-1]) if more else None)
    return comment
