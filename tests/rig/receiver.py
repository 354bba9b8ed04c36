"""A program that listens for webhooks on this machine: it takes them, refuses, redirects, hangs or drops, as told."""

import json
import re
import threading
from dataclasses import dataclass
from dataclasses import field
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER
from ssl import SSLContext
from types import SimpleNamespace
from typing import Any

HANG, DROP, DRIP = "hang", "drop", "drip"


@dataclass
class Got:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        """The body, read as JSON."""
        return json.loads(self.raw)

    @property
    def id(self) -> str:
        """The id by which a repeat is known."""
        return self.headers["Webhook-Id"]


@dataclass
class Answer:
    """What to answer: a status with headers and a body, or a way not to answer."""

    status: int | str = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"taken"


class Receiver:
    """The listener, what it got, and what it answers next; where nothing is planned, 200."""

    def __init__(self, certificate: Path | None = None) -> None:
        """Take a file with certificate and key to listen by TLS."""
        self.got: list[Got] = []
        self.plan: list[Answer] = []
        # Set while a request waits for an answer that does not come, and to let it go.
        self.is_hanging = threading.Event()
        self.let_go = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(Got(self.path, dict(self.headers.items()), raw))
                receiver._answer(self, receiver.plan.pop(0) if receiver.plan else Answer())

            def log_message(self, format: str, *_: Any) -> None:
                pass

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        if certificate is not None:
            context = SSLContext(PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.02), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()

    def answers(self, *statuses: int | str | Answer) -> None:
        """Plan the next answers."""
        self.plan += [each if isinstance(each, Answer) else Answer(each, body=b"No. <b>") for each in statuses]

    def types(self) -> list[str]:
        """Return the types of the events that came, in order."""
        return [each.body["type"] for each in self.got]

    def _answer(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        if answer.status == HANG:
            self.is_hanging.set()
            self.let_go.wait(30)
        elif answer.status == DRIP:
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not self.let_go.wait(0.01):
                handler.wfile.write(b"x")
        if not isinstance(answer.status, int):
            handler.connection.close()
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        handler.wfile.write(answer.body)


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


def documented_check(document: Path, now: float) -> Any:
    """Return the function with which the documentation checks a signature, at a time."""
    source = re.findall(r"```python\n(.*?)```", document.read_text(), re.DOTALL)[0]
    names: dict[str, Any] = {}
    exec(source, names)  # noqa: S102  # our own words, to see that they are true
    names["time"] = SimpleNamespace(time=lambda: now)
    return names["is_from_us"]
