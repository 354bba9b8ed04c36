"""Tends what is kept: makes answers anew that are still asked for, writes them to disk, lets the others go."""

import logging
import time
from collections.abc import Callable
from collections.abc import Iterator
from itertools import islice

from commentsvc.background import Background
from commentsvc.keeping import Kept
from commentsvc.keeping import Shelf
from commentsvc.page_store import PageStore

log = logging.getLogger(__name__)

EVERY = 0.5
# At once, so that a change of a whole site does not keep the workers from those who wait.
AT_ONCE = 20
SAVED_AT_ONCE = 50
# How often it is said on disk that what is written there is true still, in seconds.
VOUCH_EVERY = 60.0


class Tender:
    """Looks after the shelf in a thread of its own."""

    def __init__(self, shelf: Shelf, store: PageStore, refresh: Callable[[Kept], bool]) -> None:
        """Take what is tended, and how an answer is made anew; that returns false where it could not be."""
        self._shelf = shelf
        self._store = store
        self._refresh = refresh
        # The tags of what this process has written, by target, and when it last vouched for it.
        self._saved: dict[str, str] = {}
        self._vouched = time.monotonic()
        # What other processes left on disk, as far as it is not looked at yet.
        self._left: Iterator[Kept] = iter(())
        self._cleared = float("-inf")
        self._complained = False
        self._background = Background("tender", self._tend)

    def start(self) -> None:
        """Tend from now on in a thread of this process."""
        self._background.start()

    def look(self) -> None:
        """Do once what is to be done; raise OSError where pages can't be written."""
        if not self._shelf.is_away():
            self._make_anew()
        self._write()

    def _make_anew(self) -> None:
        made = 0
        for kept in self._shelf.all():
            if self._shelf.is_fresh(kept):
                continue
            if not self._shelf.is_warm(kept):
                self._shelf.drop(kept.target)
            elif made < AT_ONCE and self._shelf.is_due(kept):
                made += 1
                if not self._refresh(kept):
                    return

    def _write(self) -> None:
        fresh = {kept.target: kept for kept in self._shelf.all() if kept.grounds and self._shelf.is_fresh(kept)}
        changed = [kept for kept in fresh.values() if self._saved.get(kept.target) != kept.tag]
        for kept in changed[:SAVED_AT_ONCE]:
            self._store.save(kept)
            self._saved[kept.target] = kept.tag
        if self._shelf.is_away():
            return
        # What is out of date is written anew as soon as it is made, and so long it stays: there is nothing better.
        for target in [target for target in self._saved if self._shelf.peek(target) is None]:
            self._forget(target)
        if time.monotonic() - self._vouched >= VOUCH_EVERY:
            self._vouched = time.monotonic()
            for target in fresh.keys() & self._saved.keys():
                if not self._store.vouch(target):
                    # Another process had no more use for it.
                    del self._saved[target]
        self._clear()

    def _clear(self) -> None:
        # What processes left that have ended: nobody hears when it changes, so it is made again at the start and from
        # time to time. Nobody shall be shown a deleted comment because it still was in a file.
        now = time.monotonic()
        if now - self._cleared >= VOUCH_EVERY and self._store.is_ours_to_clear():
            is_first = self._cleared == float("-inf")
            self._cleared = now
            self._left = self._store.left(time.time() - (0 if is_first else 3 * VOUCH_EVERY))
        for kept in islice(self._left, AT_ONCE):
            if kept.target not in self._saved and not self._refresh(kept):
                return

    def _forget(self, target: str) -> None:
        self._store.forget(target)
        del self._saved[target]

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
                if not self._complained:
                    log.exception("tending failed")
                self._complained = True
