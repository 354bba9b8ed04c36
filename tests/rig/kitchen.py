"""An application that counts what it makes, and a fast lane in front of it."""

import threading
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from commentsvc.keeping import Ground
from commentsvc.keeping import Shelf
from commentsvc.keeping import thread_ground
from commentsvc.page_store import PageStore
from commentsvc.web.answers import KEEP
from commentsvc.web.answers import Keep
from commentsvc.web.fast_lane import FastLane
from commentsvc.web.slow_lane import SlowLane

GROUND = thread_ground(1, 7)
BASE = ("http", "localhost", "")


class Kitchen:
    """Makes answers: of which status, resting on what, all but one that is gone; most not before a gate is open."""

    def __init__(self) -> None:
        """Make answers that rest on one thread."""
        self.made = 0
        self.status = "200 OK"
        self.grounds: tuple[Ground, ...] = (GROUND,)
        self.gone: str | None = None
        self.gate: threading.Event | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Make one."""
        self.made += 1
        if self.gate is not None and not environ["PATH_INFO"].startswith("/embed"):
            assert self.gate.wait(20)
        environ[KEEP] = Keep(self.grounds, None)
        status = "404 Not Found" if environ["PATH_INFO"] == self.gone else self.status
        start_response(status, [("Content-Type", "text/plain"), ("ETag", f'"t{self.made}"')])
        return [f"answer {self.made} ".encode() * 100]


def lane_of(kitchen: Kitchen, shelf: Shelf, threads: int = 0, store: PageStore | None = None) -> FastLane:
    """Return a fast lane in front of an application."""
    return FastLane(SlowLane(kitchen, threads, shelf, BASE), shelf, store or PageStore(None), lambda: None)


def go_away(shelf: Shelf, seconds: float) -> None:
    """Let the database be away for so long."""
    shelf.heard -= seconds
    shelf.reached -= seconds
