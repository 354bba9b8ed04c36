"""Runs the service by granian: several processes, each with threads."""

import contextlib
import ctypes
import gc
import logging
import os
import signal
import socket
import sys
import time
from importlib import import_module
from typing import TYPE_CHECKING
from typing import Any
from typing import NoReturn

from granian import Granian
from granian.constants import Interfaces

from commentsvc import tallies
from commentsvc.refusals import Refusal

if TYPE_CHECKING:
    from flask import Flask

# Most of them only stand by: requests that wait must not keep readers out, who need one for an instant.
THREADS = 64
# More than any answer takes: a worker that has not ended by then never would, and whoever stops the service waits.
STOP_SECONDS = 10
ENDING = (signal.SIGTERM, signal.SIGINT)
_watcher: int | None = None
# A worker that cannot begin is followed by another; so long it waits, or the machine would do nothing else.
BEGIN_AGAIN_SECONDS = 1
# How many new objects the collector waits for: a comment is read into thousands, and most go without the collector.
COLLECT_AFTER = 10_000
# Linux: the signal that a process gets when the one that started it has died (prctl(2)).
PR_SET_PDEATHSIG = 1


class PortTaken(Refusal):
    """Says that something else listens there."""


def serve(host: str, port: int, workers: int) -> NoReturn:
    """Serve until a signal ends it, in place of this program; raise PortTaken where nothing can listen there.

    What this process has loaded is let go: the one that only watches over the workers needs next to nothing of it.
    """
    require_free(host, port)
    # Each of many threads would keep a heap of its own, grown for the largest thing it ever held.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "commentsvc.serving", host, str(port), str(workers)])  # noqa: S606  # the interpreter itself


def application() -> "Flask":
    """Make the application within a worker."""
    from commentsvc.app import create_app  # noqa: PLC0415  # not in the process that watches

    _end_with(_watcher or os.getppid())
    try:
        app = create_app()
    except Exception:
        time.sleep(BEGIN_AGAIN_SECONDS)
        raise
    tallies.take_row()
    # What is there from the beginning stays: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    return app


def _end_with(watcher: int) -> None:
    # Workers that outlive the process that watches over them would keep the port from whoever starts the service again.
    if sys.platform != "linux":
        return
    # At once, since nothing softer is sure: granian forgets a signal that comes before it listens, and stops dead, with
    # whatever it has locked, at a second one, of which the kernel sends as many as the watching process has threads.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != watcher:
        os.kill(os.getpid(), signal.SIGKILL)


def _wait_with_signals() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)


def _heed_signals() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)


def _end_when_told() -> None:
    for number in ENDING:
        signal.signal(number, signal.SIG_DFL)
    _heed_signals()


class _Server(Granian):  # pyright: ignore[reportGeneralTypeIssues]  # one of several, by platform
    """Goes on where granian ends the whole service: a worker died twice within seconds.

    What kills workers comes in bursts (memory that runs out, a database that is away), and goes by.
    """

    def _respawn_workers(self, *args: Any, **kwargs: Any) -> None:
        super()._respawn_workers(*args, **kwargs)
        self.respawned_wrks.clear()


def watch_over_workers(host: str, port: int, workers: int) -> None:
    """Keep the workers at work until a signal ends it."""
    # Told before they are made: one that only looks for it later may find it dead, and would outlive it.
    global _watcher
    _watcher = os.getpid()
    # A worker that is told to end while it starts has its forefather's ears, and would never hear of it.
    os.register_at_fork(before=_wait_with_signals, after_in_parent=_heed_signals, after_in_child=_end_when_told)
    tallies.make_board(workers)
    # So many threads are meant: its advice to have fewer would be what an operator reads first.
    logging.getLogger("_granian").addFilter(lambda record: "Python threads" not in str(record.msg))
    # Granian's log of requests would hold receipts; ours (web/access_log.py) does not.
    server = _Server(
        "commentsvc.serving:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_access=False,
        log_level="warning",  # pyright: ignore[reportArgumentType]
    )
    server.serve()


def require_free(host: str, port: int) -> None:
    """Raise PortTaken unless a server could listen on this address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}") from error


def free_port(first: int) -> int:
    """Return the first port from `first` on where a server could listen on this machine."""
    for port in range(first, min(first + 200, 65_536)):
        try:
            require_free("127.0.0.1", port)
        except PortTaken:
            continue
        return port
    raise PortTaken(f"no port from {first} on is free")


if __name__ == "__main__":
    # Under the name by which workers know it, so that they find what is told to them here.
    import_module("commentsvc.serving").watch_over_workers(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
