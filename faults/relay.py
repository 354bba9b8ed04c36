"""A small relay in front of a server: carries bytes on, hangs, drops answers, or goes over to another server."""

import contextlib
import selectors
import socket
import socketserver
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

PATIENCE = 0.05
CHUNK = 65_536


class Relay:
    """Listens on a port of this machine, and carries each connection on to the first target that takes it.

    A target is a port of this machine or the path of a Unix socket.
    """

    def __init__(self, *targets: int | str) -> None:
        """Take the targets, in the order in which they are tried."""
        self.targets: Sequence[int | str] = targets
        self.port = 0
        # Set while bytes go through.
        self._flows = threading.Event()
        self._flows.set()
        self._drops = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._ended = False

    def __enter__(self) -> Self:
        self.listen()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended = True
        self._flows.set()
        self.refuse()

    def listen(self) -> None:
        """Take connections, at the same port as before."""
        relay = self

        class Carry(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    relay._carry(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False
            allow_reuse_address = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", self.port), Carry)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(PATIENCE,), daemon=True).start()

    def refuse(self) -> None:
        """Take no connections, and break off those that there are."""
        self._server.shutdown()
        self._server.server_close()
        self.cut()

    def hang(self) -> None:
        """Take everything and carry nothing on."""
        self._flows.clear()

    def flow(self) -> None:
        """Carry on what came meanwhile."""
        self._flows.set()

    def drop_answers(self, drops: bool) -> None:
        """Break each connection off in place of the first bytes that come back, or no longer."""
        self._drops = drops

    def cut(self) -> None:
        """Break all connections off."""
        with self._lock:
            ends = list(self._open)
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _carry(self, outer: socket.socket) -> None:
        self._flows.wait()
        with self._reach() as inner:
            with self._lock:
                self._open |= {outer, inner}
            try:
                self._pump(outer, inner)
            finally:
                with self._lock:
                    self._open -= {outer, inner}

    def _pump(self, outer: socket.socket, inner: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(outer, selectors.EVENT_READ, inner)
            selector.register(inner, selectors.EVENT_READ, outer)
            while not self._ended:
                for key, _ in selector.select(PATIENCE):
                    source = key.fileobj
                    assert isinstance(source, socket.socket)
                    data = source.recv(CHUNK)
                    self._flows.wait()
                    if not data or (source is inner and self._drops):
                        return
                    key.data.sendall(data)

    def _reach(self) -> socket.socket:
        last: OSError | None = None
        for target in list(self.targets):
            try:
                if isinstance(target, int):
                    return socket.create_connection(("127.0.0.1", target))
                found = socket.socket(socket.AF_UNIX)
                found.connect(target)
            except OSError as error:
                last = error
            else:
                return found
        raise last or OSError("there is no target")
