"""Work that goes on beside the requests, in a thread of its own."""

import threading
from collections.abc import Callable


class Background:
    """A thread of this process that is started once, by whoever answers first after a fork, and ends with it."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        """Take the thread's name without the product's, and what it does."""
        self._name = f"commentsvc-{name}"
        self._work = work
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self, first: Callable[[], None] | None = None) -> None:
        """Begin the work if that was not done yet, and before it do what comes `first`."""
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None:
                if first is not None:
                    first()
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
