"""Clients over real HTTP: each notes on stable storage what it was told before it asks for the next thing."""

import contextlib
import http.client
import itertools
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from queue import Empty
from queue import SimpleQueue
from typing import Any
from urllib.parse import quote

from faults.reconciling import Told

SITE = "gazette"
ORIGIN = "https://gazette.example"
ARTICLE = f"{ORIGIN}/bridge"
LISTENER = "lena@mail.example"
API = f"/api/v1/sites/{SITE}"
MODERATION = f"/api/v1/moderation/sites/{SITE}"
TIMEOUT = 10.0
PATIENCE = 60.0
# Between two requests of a client: people, and no load test.
PAUSE = 0.02
# A client that is refused asks again sooner than it is told, so that a run is short.
AGAIN = 0.05


class Acknowledged:
    """The log of what was acknowledged, on stable storage."""

    def __init__(self, path: Path) -> None:
        """Take the file."""
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self.told = Told({}, {})
        self.letters: set[tuple[str, str]] = set()

    def next_text(self) -> str:
        """Return a text that nobody has said yet."""
        return f"I say text-{next(self._numbers)}x"

    def note(self, kind: str, comment: str, what: str, letter: tuple[str, str] | None = None) -> None:
        """Write that a comment was stored, or that a decision on it was; return when the disk has it."""
        line = json.dumps({"kind": kind, "id": comment, "what": what, "letter": letter}) + "\n"
        with self._lock:
            os.write(self._handle, line.encode())
            os.fsync(self._handle)
            (self.told.comments if kind == "comment" else self.told.decisions)[comment] = what
            if letter is not None:
                self.letters.add(letter)

    def everything(self) -> Told:
        """Return all that was acknowledged so far."""
        with self._lock:
            return Told(dict(self.told.comments), dict(self.told.decisions), frozenset(self.letters))

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    retry_after: str | None
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


def ask(port: int, method: str, path: str, sent: Any = None, headers: dict[str, str] | None = None) -> Answer:
    """Send one request on a connection of its own; raise OSError or HTTPException where no whole answer came."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        body = json.dumps(sent).encode() if sent is not None else None
        kind = {"Content-Type": "application/json"} if sent is not None else {}
        connection.request(method, path, body, {"Origin": ORIGIN, "Connection": "close"} | kind | (headers or {}))
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers["Retry-After"], answer.read())
    finally:
        connection.close()


def submission(text: str, **more: Any) -> dict[str, Any]:
    """Return a comment as the widget sends it."""
    return {"url": ARTICLE, "name": "Rita", "body": text} | more


@dataclass
class Crowd:
    """Some who write, one who decides and one who reads, on a service that is broken meanwhile."""

    port: int
    acknowledged: Acknowledged
    root: str
    token: str
    writers: int = 4
    # Writers may also cause letters.
    letters: bool = True
    outcomes: Counter[str] = field(default_factory=Counter)
    reads: list[tuple[float, int]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self._over = threading.Event()
        self._last = [0.0] * self.writers
        self._decidable: SimpleQueue[str] = SimpleQueue()
        self._failed: list[BaseException] = []

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Let everybody go on until the end; who waits for an acknowledgement then still gets one."""
        tasks = [lambda number=number: self._write(number) for number in range(self.writers)]
        threads = [threading.Thread(target=self._go_on, args=(task,), daemon=True) for task in tasks]
        threads += [
            threading.Thread(target=self._go_on, args=(task,), daemon=True) for task in (self._decide, self._read)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join(PATIENCE)
        if self._failed:
            raise self._failed[0]
        if any(thread.is_alive() for thread in threads):
            raise AssertionError("a client was never acknowledged")

    def all_acknowledged_since(self, moment: float) -> float:
        """Wait until each writer was acknowledged for what was sent after a moment; return the seconds since then."""
        while min(self._last) < moment:
            if self._failed:
                raise self._failed[0]
            if time.monotonic() > moment + PATIENCE:
                raise AssertionError(f"not everybody was acknowledged within {PATIENCE:.0f} s")
            time.sleep(0.005)
        return time.monotonic() - moment

    def until(self, outcome: str, number: int, seconds: float = PATIENCE) -> bool:
        """Wait until something was answered so often, and tell whether it was."""
        deadline = time.monotonic() + seconds
        while self.outcomes[outcome] < number and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.outcomes[outcome] >= number

    def send_until_told(self, path: str, sent: Any, headers: dict[str, str]) -> Answer:
        """Send until it is acknowledged: the same again where the outcome is unknown or the service is busy."""
        while True:
            began = time.monotonic()
            try:
                answer = ask(self.port, "POST", path, sent, headers)
            except (OSError, http.client.HTTPException):
                self.outcomes["cut"] += 1
                time.sleep(AGAIN)
                continue
            finally:
                self.waits.append(time.monotonic() - began)
            if answer.status < 300:
                return answer
            self.outcomes[str(answer.status) if answer.status != 503 or answer.retry_after else "503 bare"] += 1
            time.sleep(AGAIN)

    def _write(self, number: int) -> None:
        turn = itertools.count()
        while not self._over.wait(PAUSE):
            text = self.acknowledged.next_text()
            more: dict[str, Any] = {}
            letter = None
            kind = next(turn) % 6 if self.letters else 0
            if kind == 1:
                more = {"parent": self.root}
                letter = (LISTENER, text.split()[-1])
            elif kind == 2:
                recipient = f"{text.split()[-1]}@mail.example"
                more, letter = {"email": recipient, "notify": True}, (recipient, "")
            sent = submission(text, **more)
            headers = {"Idempotency-Key": f"a key for {text:>20}"}
            began = time.monotonic()
            answer = self.send_until_told(f"{API}/comments", sent, headers)
            comment = answer.json["comment"]["id"]
            self.acknowledged.note("comment", comment, text, letter)
            self._last[number] = max(self._last[number], began)
            self.outcomes["acknowledged"] += 1
            if kind == 3:
                self._decidable.put(comment)

    def _decide(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        while not self._over.wait(PAUSE):
            with contextlib.suppress(Empty):
                comment = self._decidable.get(timeout=0.1)
                sent = {"act": "spam", "ids": [comment], "list": "approved"}
                self.send_until_told(f"{MODERATION}/decide", sent, headers)
                self.acknowledged.note("decision", comment, "spam")
                self.outcomes["decided"] += 1

    def _read(self) -> None:
        path = f"{API}/thread?url={quote(ARTICLE, safe='')}"
        while not self._over.wait(0.05):
            began = time.monotonic()
            try:
                status = ask(self.port, "GET", path).status
            except (OSError, http.client.HTTPException):
                status = 0
            self.reads.append((began, status))

    def _go_on(self, task: Any) -> None:
        try:
            task()
        except BaseException as error:
            self._failed.append(error)
