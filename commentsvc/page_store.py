"""Kept answers on disk, so that threads can be read after a restart while the database is away.

Only what was public is written, one file for each answer, whole or not at all. A file is as old as the moment at which
a process last vouched for it, and is not shown for longer than a day after that. All processes of a service share the
folder; one of them looks after what nobody vouches for any more.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Collection
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commentsvc.keeping import SHOWN_FOR
from commentsvc.keeping import Kept

FORMAT = 2
PAGES = "*.page"
DRAFTS = "*.draft"
# A draft that is older was left by a process that was killed.
DRAFT_SECONDS = 60


class PageStore:
    """A folder of kept answers; without one, nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        """Take the folder, which is made when first needed."""
        self._folder = folder
        self._lock: int | None = None

    def is_empty(self) -> bool:
        """Tell whether nothing is kept."""
        return self._folder is None or not any(self._folder.glob(PAGES))

    def save(self, kept: Kept) -> None:
        """Write an answer, and vouch for it; raise OSError where that can't be done."""
        if self._folder is None:
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        rest = kept.body + (kept.packed or b"")
        head = {
            "format": FORMAT,
            "target": kept.target,
            "headers": kept.headers,
            "tag": kept.tag,
            "body": len(kept.body),
            # Without a flush to disk, a power cut may leave the name and not the bytes.
            "digest": hashlib.sha256(rest).hexdigest(),
        }
        path = self._path(kept.target)
        draft = path.with_suffix(f".{os.getpid()}.draft")
        draft.write_bytes(json.dumps(head).encode() + b"\n" + rest)
        draft.replace(path)

    def vouch(self, target: str) -> bool:
        """Say that a written answer is true now; tell whether it is still there."""
        if self._folder is None:
            return True
        try:
            os.utime(self._path(target))
        except FileNotFoundError:
            return False
        return True

    def load(self, target: str) -> Kept | None:
        """Return the answer to a request, never fresh; None where there is none, or it is too old or damaged."""
        kept = _read(self._path(target)) if self._folder is not None else None
        return kept if kept is not None and kept.target == target else None

    def forget(self, target: str) -> None:
        """Remove an answer."""
        if self._folder is not None:
            self._path(target).unlink(missing_ok=True)

    def forget_all_with(self, words: Collection[str]) -> None:
        """Remove every answer in which one of some words stands, also what was begun of one; raise OSError."""
        if self._folder is None or not words:
            return
        sought = [word.encode() for word in words]
        for path in (*self._folder.glob(PAGES), *self._folder.glob(DRAFTS)):
            with contextlib.suppress(FileNotFoundError):
                held = path.read_bytes()
                if any(word in held for word in sought):
                    path.unlink()

    def forget_all(self) -> None:
        """Remove every answer, while no process uses the folder; raise OSError."""
        if self._folder is not None:
            for path in (*self._folder.glob(PAGES), *self._folder.glob(DRAFTS)):
                path.unlink(missing_ok=True)

    def is_ours_to_clear(self) -> bool:
        """Tell whether this process is the one that looks after the folder; the first that asks is, while it lives."""
        if self._folder is None or not self._folder.is_dir():
            return False
        if self._lock is None:
            handle = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(handle)
                return False
            self._lock = handle
        return True

    def left(self, since: float) -> Iterator[Kept]:
        """Give the answers that nobody has vouched for since a time in seconds since 1970; remove what is no answer."""
        if self._folder is None:
            return
        for path in self._folder.glob(DRAFTS):
            if _true_at(path) < time.time() - DRAFT_SECONDS:
                path.unlink(missing_ok=True)
        for path in self._folder.glob(PAGES):
            if _true_at(path) < since:
                kept = _read(path)
                if kept is None:
                    path.unlink(missing_ok=True)
                else:
                    yield kept

    def _path(self, target: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{hashlib.sha256(target.encode()).hexdigest()[:40]}.page"


def _true_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        # Just removed by another process: nothing to look after.
        return float("inf")


def _read(path: Path) -> Kept | None:
    try:
        raw, made = path.read_bytes(), path.stat().st_mtime
    except OSError:
        return None
    with contextlib.suppress(ValueError, KeyError, TypeError):
        line, _, rest = raw.partition(b"\n")
        head: dict[str, Any] = json.loads(line)
        is_whole = head["format"] == FORMAT and head["digest"] == hashlib.sha256(rest).hexdigest()
        if is_whole and time.time() - made < SHOWN_FOR:
            return Kept(
                target=head["target"],
                headers=[(name, value) for name, value in head["headers"]],
                body=rest[: head["body"]],
                packed=rest[head["body"] :] or None,
                tag=head["tag"],
                grounds=(),
                # Before the first tick: out of date as soon as anybody can make it anew.
                tick=-1,
                made=made,
            )
    return None
