"""Sends one webhook: one request, no redirect, no proxy, to an address that was checked.

By the standard library's `http.client` on a connection of our own: a client such as requests or urllib3 asks the name
system itself, follows redirects and heeds proxies of the environment, each of which would have to be taken from it
again, and the service has no such client among its dependencies.
"""

import io
import socket
import ssl
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from http.client import HTTPException

from commentsvc.notifying.hook_guard import Forbidden
from commentsvc.notifying.hook_guard import Resolver
from commentsvc.notifying.hook_guard import checked_addresses
from commentsvc.notifying.hook_guard import require_public
from commentsvc.text.urls import DEFAULT_PORTS
from commentsvc.text.urls import Url

# In seconds, for all of it but asking the name system, which has limits of its own.
TIME = 10.0
# Of an answer so many bytes are taken, headers included.
MAX_ANSWER = 16 * 1024
MAX_WORDS = 150


class Unsent(Exception):
    """Says why a webhook could not be handed over; the words tell nothing of the path, which may hold a secret."""


@dataclass(frozen=True)
class Answer:
    """What a receiver said: the HTTP status, the first line of an answer that is no success, Retry-After as it came."""

    status: int
    words: str | None
    retry_after: str | None

    @property
    def is_good(self) -> bool:
        """Whether it took the webhook."""
        return 200 <= self.status < 300


def send(
    url: Url, body: bytes, headers: dict[str, str], resolver: Resolver, private: bool, within: float = TIME
) -> Answer:
    """Post a JSON body and return the answer, whatever its status; raise Unsent where there is none in time."""
    ends = time.monotonic() + within
    try:
        connected = _connect(url, resolver, private, ends)
        try:
            return _ask(_Line(connected, ends), url, body, headers)
        finally:
            connected.close()
    except Forbidden as error:
        raise Unsent(str(error)) from error
    except TimeoutError as error:
        raise Unsent("no answer in time") from error
    except ssl.SSLCertVerificationError as error:
        raise Unsent(f"its certificate is not good: {error.verify_message}") from error
    except socket.gaierror as error:
        raise Unsent("the name of its host is not known") from error
    except (OSError, HTTPException, ValueError) as error:
        raise Unsent(f"the connection failed: {_in_words(error)}") from error


def _connect(url: Url, resolver: Resolver, private: bool, ends: float) -> socket.socket:
    port = url.port or DEFAULT_PORTS[url.scheme]
    failure: OSError | None = None
    for address in checked_addresses(url.host, port, resolver, private):
        try:
            connected = socket.create_connection((address, port), timeout=_left(ends))
        except OSError as error:
            failure = error
            continue
        try:
            if not private:
                require_public(connected.getpeername()[0])
            return _private(connected, url.host, ends) if url.scheme == "https" else connected
        except BaseException:
            connected.close()
            raise
    raise failure or OSError("the host has no address")


def _private(connected: socket.socket, host: str, ends: float) -> socket.socket:
    # The certificate must be good for the name, though the connection goes to an address.
    context = ssl.create_default_context()
    connected.settimeout(_left(ends))
    return context.wrap_socket(connected, server_hostname=host.removeprefix("[").removesuffix("]"))


def _ask(line: "_Line", url: Url, body: bytes, headers: dict[str, str]) -> Answer:
    asking = HTTPConnection(url.host)
    asking.auto_open = 0
    asking.sock = line  # pyright: ignore[reportAttributeAccessIssue]
    host = url.host if url.port is None else f"{url.host}:{url.port}"
    path = url.path + (f"?{url.query}" if url.query is not None else "")
    sent = {
        "Host": host, "User-Agent": "commentsvc", "Content-Type": "application/json", "Accept-Encoding": "identity",
        "Connection": "close",
    }  # fmt: skip
    asking.request("POST", path, body, sent | headers)
    answer = asking.getresponse()
    is_good = 200 <= answer.status < 300
    words = None if is_good else _first_line(answer)
    return Answer(answer.status, words, answer.headers.get("Retry-After"))


def _first_line(answer: io.BufferedIOBase) -> str | None:
    # An answer that is a success is not kept: some receivers send back what they were sent, which is people's text.
    try:
        read = answer.read(1024)
    except (OSError, HTTPException, ValueError):
        return None
    line = read.decode(errors="replace").strip().partition("\n")[0]
    printable = "".join(character if character.isprintable() else " " for character in line)
    return " ".join(printable.split())[:MAX_WORDS] or None


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _in_words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or type(error).__name__)


class _Line:
    # What `http.client` takes for a socket: each step has the time that is left of the whole, so that a receiver that
    # sends a byte now and then does not keep us.
    def __init__(self, connected: socket.socket, ends: float) -> None:
        self._connected = connected
        self._ends = ends

    def sendall(self, data: bytes) -> None:
        self._connected.settimeout(_left(self._ends))
        self._connected.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._connected, self._ends))

    def close(self) -> None:
        # Called as soon as the head of an answer is read; whoever connected closes it when the rest is read too.
        pass


class _Reader(io.RawIOBase):
    def __init__(self, connected: socket.socket, ends: float) -> None:
        super().__init__()
        self._connected = connected
        self._ends = ends
        self._room = MAX_ANSWER

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        self._connected.settimeout(_left(self._ends))
        read = self._connected.recv_into(buffer, min(len(buffer), self._room)) if self._room else 0
        self._room -= read
        return read
