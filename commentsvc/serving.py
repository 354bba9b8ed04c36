"""Runs the service by granian: several processes, each with threads."""

import gc
import os
import socket
import sys
from typing import TYPE_CHECKING
from typing import NoReturn

from granian import Granian
from granian.constants import Interfaces

from commentsvc.refusals import Refusal

if TYPE_CHECKING:
    from flask import Flask

# Most of them only stand by: requests that wait must not keep readers out, who need one for an instant.
THREADS = 64


class PortTaken(Refusal):
    """Says that something else listens there."""


def serve(host: str, port: int, workers: int) -> NoReturn:
    """Serve until a signal ends it, in place of this program; raise PortTaken where nothing can listen there.

    What this process has loaded is let go: the one that only watches over the workers needs next to nothing of it.
    """
    require_free(host, port)
    # Each of many threads would keep a heap of its own, grown for the largest thing it ever held.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "commentsvc.serving", host, str(port), str(workers)])  # noqa: S606  # the interpreter itself


def application() -> "Flask":
    """Make the application within a worker."""
    from commentsvc.app import create_app  # noqa: PLC0415  # not in the process that watches

    app = create_app()
    # What is there from the beginning stays: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    return app


def watch_over_workers(host: str, port: int, workers: int) -> None:
    """Keep the workers at work until a signal ends it."""
    # The proxy in front writes the log of requests; ours would have to leave out receipts.
    server = Granian(
        "commentsvc.serving:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
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
    watch_over_workers(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
