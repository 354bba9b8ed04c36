"""The slow lane: a few workers run the application, so that waiting ones leave the server's other threads free."""

import io
import json
import queue
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any

from commentsvc import tallies
from commentsvc.keeping import Shelf

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from _typeshed.wsgi import WSGIEnvironment

# How long a request waits for a database that does not answer before it is told to come back.
PATIENCE = 2.0
# No form or document of ours is larger.
LARGEST = 256 * 1024
# Files that may be on their way to one process at a time, to the one route that takes larger ones.
FILES = 4
TAKES_FILES = ("/moderate/", "/import")
# Requests that may stand in line for a worker; one more would only wait in vain.
IN_LINE = 48


@dataclass(slots=True)
class Answer:
    """A whole answer of the application."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def code(self) -> int:
        """The status code."""
        return int(self.status[:3])


@dataclass(slots=True)
class Job:
    """A request on its way through a worker."""

    environ: dict[str, Any]
    done: threading.Event = field(default_factory=threading.Event)
    answer: Answer | None = None
    # Nobody waits for it any more: not worth beginning.
    given_up: bool = False


class SlowLane:
    """Runs a WSGI application in threads of its own, made when first needed, so that a fork leaves none behind."""

    def __init__(self, app: "WSGIApplication", workers: int, shelf: Shelf, base: tuple[str, str, str]) -> None:
        """Take the application, the number of workers, and scheme, host and path that requests come by."""
        self.patience = PATIENCE
        self._app = app
        self._workers = workers
        self._shelf = shelf
        self._base = base
        self._line: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._receiving = threading.Semaphore(FILES)
        self._started = 0
        self._idle = 0

    def answer(self, environ: "WSGIEnvironment", patience: float | None = None) -> Answer:
        """Run one request and return its answer; 503 where the database is away or the line is too long.

        Whoever has an older answer to give is less patient, in seconds, with a database that is not heard from.
        """
        if self._workers == 0:
            return run(self._app, environ)
        if _brings_a_file(environ):
            return self._receive(environ)
        _take_body(environ)
        if self._line.qsize() >= IN_LINE or (self._shelf.is_away() and self._line.qsize() >= self._workers):
            return busy(environ)
        job = Job(environ)
        self._line.put(job)
        self._ensure_worker()
        waited = 0.0
        while not job.done.wait(0.25):
            waited += 0.25
            if waited >= (self.patience if patience is None else patience) and self._shelf.is_away():
                job.given_up = True
                return busy(environ)
        assert job.answer is not None
        return job.answer

    def _receive(self, environ: "WSGIEnvironment") -> Answer:
        # A file may be on its way for minutes: none of the few workers waits for it, nor does it lie in memory.
        if not self._receiving.acquire(blocking=False):
            return busy(environ)
        try:
            return run(self._app, environ)
        finally:
            self._receiving.release()

    def here(self, environ: "WSGIEnvironment") -> Answer:
        """Run one request that waits for nothing in this thread, also where all workers wait for a database."""
        return run(self._app, environ)

    def environ_for(self, path: str, query: str) -> "WSGIEnvironment":
        """Return the environment of a GET of our own."""
        scheme, host, prefix = self._base
        return {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": prefix,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": host.partition(":")[0],
            "SERVER_PORT": host.partition(":")[2] or ("443" if scheme == "https" else "80"),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": host,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": scheme,
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }

    def _ensure_worker(self) -> None:
        with self._lock:
            if self._idle > 0 or self._started >= self._workers:
                return
            self._started += 1
        threading.Thread(target=self._work, name="commentsvc-worker", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            job = self._line.get()
            with self._lock:
                self._idle -= 1
            if not job.given_up:
                job.answer = run(self._app, job.environ)
            job.done.set()


def run(app: "WSGIApplication", environ: "WSGIEnvironment") -> Answer:
    """Call a WSGI application and gather its whole answer."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Any:
        started[:] = [(status, headers)]
        return lambda _: None

    parts: Iterable[bytes] = app(environ, start_response)  # type: ignore[arg-type]
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    status, headers = started[0]
    return Answer(status, headers, body)


def _brings_a_file(environ: "WSGIEnvironment") -> bool:
    path = environ.get("PATH_INFO", "")
    return environ["REQUEST_METHOD"] == "POST" and path.startswith(TAKES_FILES[0]) and path.endswith(TAKES_FILES[1])


def _take_body(environ: "WSGIEnvironment") -> None:
    # Whoever sends slowly keeps one of the server's many threads waiting, and none of the few workers.
    if environ["REQUEST_METHOD"] in ("GET", "HEAD", "OPTIONS"):
        return
    declared = environ.get("CONTENT_LENGTH") or ""
    is_chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    length = int(declared) if declared.isdigit() else LARGEST + 1 if is_chunked else 0
    if declared and length > LARGEST:
        # Refused by its length alone: not worth reading.
        return
    body = environ["wsgi.input"].read(length) if length else b""
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


def busy(environ: "WSGIEnvironment") -> Answer:
    """Return the answer that says to come back shortly, without asking anybody."""
    tallies.add(tallies.REFUSED, "busy")
    sentence = "Comments can't be stored or made ready right now. Please try again shortly."
    headers = [("Retry-After", "5"), ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
    if environ.get("PATH_INFO", "").startswith("/api/"):
        problem = {"type": "about:blank", "title": "Not possible right now", "status": 503, "detail": sentence}
        body = json.dumps(problem).encode()
        headers += [
            ("Content-Type", "application/problem+json"),
            # Nothing is told here that depends on who asks, and the widget must be able to read it.
            ("Access-Control-Allow-Origin", "*"),
            ("Access-Control-Expose-Headers", "ETag, Retry-After"),
        ]
    else:
        body = sentence.encode()
        headers.append(("Content-Type", "text/plain; charset=utf-8"))
    headers.append(("Content-Length", str(len(body))))
    return Answer("503 Service Unavailable", headers, body)
