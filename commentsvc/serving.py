"""Runs the service by granian: several processes, each with threads."""

import os
import socket
import sys

from granian import Granian
from granian.constants import Interfaces

from commentsvc.refusals import Refusal

# Most of them only stand by: requests that wait must not keep readers out, who need one for an instant.
THREADS = 64


class PortTaken(Refusal):
    """Says that something else listens there."""


def serve(host: str, port: int, workers: int) -> None:
    """Serve until a signal ends it; raise PortTaken where nothing can listen there."""
    require_free(host, port)
    # The proxy in front writes the log of requests; ours would have to leave out receipts.
    server = Granian(
        "commentsvc.app:create_app",
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
    sys.stdout.flush()


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
