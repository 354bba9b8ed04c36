"""Goes through an upload in a process of its own: what the service starts when an owner says so on the desk."""

import logging
import os
import signal
import sys
import threading

from commentsvc.app import create_app
from commentsvc.commands.stage import now
from commentsvc.commands.stage import opened
from commentsvc.models.ids import from_text
from commentsvc.moving.running import Run
from commentsvc.moving.uploads import uploads_of
from commentsvc.people import managing
from commentsvc.refusals import Refusal
from commentsvc.web.service import service

log = logging.getLogger(__name__)

# Whoever answers a reader goes first.
NICE = 10
# How long a batch may take when it should end, in seconds; what is not stored then will be by the next run.
LAST_BATCH = 15.0


def main(key: str, job: str, token: str) -> int:
    """Carry out a run that was claimed, until standard input ends; 0 where it said itself what came of it."""
    os.nice(NICE)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=_await_the_end, args=(stop,), daemon=True).start()
    app = create_app()
    number = from_text(job)
    if number is None:
        return 2
    with opened(app):
        ours = service()
        try:
            site = managing.site(key)
            run = Run(site, number, token, uploads_of(ours.settings), ours.keys, now, app.app_context, stop)
            return 0 if run.carry_out(os.getpid()) else 3
        except Refusal as refused:
            log.warning("an import ended: %s", refused)
            return 1


def _await_the_end(stop: threading.Event) -> None:
    # It ends when the process that started it has ended: whoever stops the service stops what it began.
    while os.read(0, 1):
        pass
    stop.set()
    threading.Event().wait(LAST_BATCH)
    os._exit(4)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
