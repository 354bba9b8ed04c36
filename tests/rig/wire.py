"""Connections to a running service that stay open, and to which of its processes each goes."""

import contextlib
import gzip
import http.client
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from itertools import islice
from pathlib import Path
from urllib.parse import urlencode

from tests.rig.live import Live

# With two processes: that all of so many connections go to one of them does not happen.
TRIES = 60
TIMEOUT = 30.0


@dataclass(frozen=True)
class Reply:
    """What came back: status, headers by lower-case name, body unpacked, when it was asked and when it was there."""

    status: int
    headers: dict[str, str]
    body: bytes
    began: float
    ended: float


class Wire:
    """One connection; each request on it is answered by the same process."""

    def __init__(self, live: Live) -> None:
        """Connect."""
        self._connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=TIMEOUT)
        self._connection.connect()
        self._host = live.base.partition("//")[2]
        self.process = _holder(live, self._connection.sock.getsockname()[1])

    def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Reply:
        """Send a request and return the whole answer."""
        began = time.monotonic()
        self._connection.request(method, path, body, {"Host": self._host} | (headers or {}))
        assert self._connection.sock is not None
        answer = self._connection.getresponse()
        raw = answer.read()
        ended = time.monotonic()
        assert self._connection.sock is not None, "the connection was closed: the next one may go to another process"
        found = {name.lower(): value for name, value in answer.getheaders()}
        body = gzip.decompress(raw) if found.get("content-encoding") == "gzip" and raw else raw
        return Reply(answer.status, found, body, began, ended)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Browser:
    """Somebody at the desk, on one connection: keeps the cookie, sends the forms' token."""

    def __init__(self, wire: Wire) -> None:
        """Take the connection."""
        self.wire = wire
        self._cookie = ""
        self._token = ""

    def sign_in(self, email: str, password: str) -> "Browser":
        """Sign in."""
        self._read_token("/moderate/sign-in")
        answer = self.send("/moderate/sign-in", {"email": email, "password": password})
        assert answer.status == 303, answer.body
        self._read_token("/moderate/account")
        return self

    def send(self, path: str, fields: dict[str, str | list[str]]) -> Reply:
        """Send a form."""
        body = urlencode({"csrf_token": self._token, **fields}, doseq=True).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self._cookie}
        return self._remember(self.wire.ask("POST", path, headers, body))

    def _read_token(self, path: str) -> None:
        answer = self._remember(self.wire.ask("GET", path, {"Cookie": self._cookie}))
        found = re.search(r'name="csrf_token" value="([^"]+)"', answer.body.decode())
        assert found, answer.body
        self._token = found[1]

    def _remember(self, answer: Reply) -> Reply:
        if "set-cookie" in answer.headers:
            self._cookie = answer.headers["set-cookie"].partition(";")[0]
        return answer


@contextlib.contextmanager
def wires(live: Live, number: int) -> Iterator[list[Wire]]:
    """Give so many connections, one after the other to each process of the service in turn."""
    with contextlib.ExitStack() as ends:
        spare: list[Wire] = []
        found: list[Wire] = []
        for process in islice(cycle(live.workers()), number):
            while not any(wire.process == process for wire in spare):
                assert len(spare) < TRIES, "a process of the service takes no connections"
                spare.append(Wire(live))
                ends.callback(spare[-1].close)
            found.append(next(wire for wire in spare if wire.process == process))
            spare.remove(found[-1])
        yield found


def _holder(live: Live, port: int) -> int:
    # One table of the system has the number of the socket at the other end, a folder the sockets of each process.
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        sockets = _sockets(live.port, port)
        for process in live.workers():
            if sockets & _open_files(process):
                return process
    raise AssertionError("nobody took the connection")


def _sockets(here: int, there: int) -> set[str]:
    lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    ends = (f":{here:04X}", f":{there:04X}")
    return {f"socket:[{line[9]}]" for line in lines if line[1].endswith(ends[0]) and line[2].endswith(ends[1])}


def _open_files(process: int) -> set[str]:
    found = set()
    for file in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(str(file.readlink()))
    return found
