"""Ends a Python process at its n-th commit, claim or sending of a letter; on PYTHONPATH of a service that is tested.

COMMENTSVC_FAULT names the point and the number, such as `after-commit:3`; COMMENTSVC_FAULT_ONCE is a file that is
there until the fault has happened, in whichever process. Python runs this module at its start; the product has no part
in it.
"""

import os
import smtplib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What the shell says of a process that SIGKILL has ended.
STATUS = 137


def install(point: str, number: int, once: Path) -> None:
    """Count what passes a point, and end the process there without any more ado."""
    from sqlalchemy import Engine  # noqa: PLC0415  # only in a process that is to fail
    from sqlalchemy import event  # noqa: PLC0415
    from sqlalchemy.orm import Session  # noqa: PLC0415

    lock = threading.Lock()
    passed = 0

    def passes(*_: object) -> None:
        nonlocal passed
        with lock:
            passed += 1
            if passed != number or not once.exists():
                return
            once.unlink()
            os._exit(STATUS)

    def passes_claim(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE letter SET") and "leased_until" in statement and "attempts=" in statement:
            passes()

    if point == "before-commit":
        event.listen(Engine, "commit", passes)
    elif point == "after-commit":
        event.listen(Session, "after_commit", passes)
    elif point == "claim":
        event.listen(Engine, "after_cursor_execute", passes_claim)
    else:
        smtplib.SMTP.send_message = _around(smtplib.SMTP.send_message, point, passes)  # type: ignore[method-assign]


def _around(send: Callable[..., Any], point: str, passes: Callable[[], None]) -> Callable[..., Any]:
    def sending(*words: Any, **options: Any) -> Any:
        if point == "before-send":
            passes()
        answer = send(*words, **options)
        if point == "after-send":
            passes()
        return answer

    return sending


wanted = os.environ.get("COMMENTSVC_FAULT", "")
if wanted:
    install(wanted.partition(":")[0], int(wanted.partition(":")[2]), Path(os.environ["COMMENTSVC_FAULT_ONCE"]))
