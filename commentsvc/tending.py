"""Tends what is kept: makes answers anew that are still asked for, writes them to disk, lets the others go."""

import logging
import threading
import time
from collections.abc import Callable

from commentsvc.keeping import Kept
from commentsvc.keeping import Shelf
from commentsvc.page_store import PageStore

log = logging.getLogger(__name__)

EVERY = 0.5
# At once, so that a change of a whole site does not keep the workers from those who wait.
AT_ONCE = 20


class Tender:
    """Looks after the shelf in a thread of its own."""

    def __init__(self, shelf: Shelf, store: PageStore, refresh: Callable[[Kept], None]) -> None:
        """Take what is tended, and how an answer is made anew."""
        self._shelf = shelf
        self._store = store
        self._refresh = refresh
        self._saved: dict[str, str] = {}
        self._complained = False
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Tend from now on in a thread of this process."""
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._tend, name="commentsvc-tender", daemon=True)
                self._thread.start()

    def look(self) -> None:
        """Do once what is to be done."""
        if self._shelf.is_away():
            return
        warm = {kept.target for kept in self._shelf.warm()}
        made = 0
        for kept in self._shelf.all():
            if not self._shelf.is_fresh(kept):
                if kept.target not in warm:
                    self._shelf.drop(kept.target)
                    self._saved.pop(kept.target, None)
                    self._store.forget(kept.target)
                elif made < AT_ONCE:
                    made += 1
                    self._refresh(kept)
            elif kept.grounds and self._saved.get(kept.target) != kept.tag:
                self._store.save(kept)
                self._saved[kept.target] = kept.tag

    def _tend(self) -> None:
        while True:
            time.sleep(EVERY)
            try:
                self.look()
                self._complained = False
            except OSError as error:
                if not self._complained:
                    log.warning("pages can't be kept on disk: %s", error)
                self._complained = True
            except Exception:
                log.exception("tending failed")
