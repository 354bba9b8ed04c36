"""Kept answers on disk, so that threads can be read after a restart while the database is away.

Only what was public is written, one file for each answer, whole or not at all. Files are as old as they say and are
not shown for longer than a day.
"""

import contextlib
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

from commentsvc.keeping import SHOWN_FOR
from commentsvc.keeping import Kept

FORMAT = 1


class PageStore:
    """A folder of kept answers; without one, nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        """Take the folder, which is made when first needed."""
        self._folder = folder

    def is_empty(self) -> bool:
        """Tell whether nothing is kept."""
        return self._folder is None or not self._folder.is_dir() or not any(self._folder.iterdir())

    def save(self, kept: Kept) -> None:
        """Write an answer; raise OSError where that can't be done."""
        if self._folder is None:
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        head = {
            "format": FORMAT,
            "target": kept.target,
            "headers": kept.headers,
            "tag": kept.tag,
            "made": kept.made,
            "body": len(kept.body),
        }
        path = self._path(kept.target)
        draft = path.with_suffix(f".{os.getpid()}")
        with draft.open("wb") as file:
            file.write(json.dumps(head).encode() + b"\n" + kept.body + (kept.packed or b""))
        draft.replace(path)

    def load(self, target: str) -> Kept | None:
        """Return the answer to a request, never fresh; None where there is none, or it is too old or damaged."""
        if self._folder is None:
            return None
        try:
            raw = self._path(target).read_bytes()
        except OSError:
            return None
        with contextlib.suppress(ValueError, KeyError, TypeError):
            line, _, rest = raw.partition(b"\n")
            head: dict[str, Any] = json.loads(line)
            is_ours = head["format"] == FORMAT and head["target"] == target
            if is_ours and time.time() - head["made"] < SHOWN_FOR and len(rest) >= head["body"]:
                return Kept(
                    target=target,
                    headers=[(name, value) for name, value in head["headers"]],
                    body=rest[: head["body"]],
                    packed=rest[head["body"] :] or None,
                    tag=head["tag"],
                    grounds=(),
                    # Before the first tick: out of date as soon as anybody can make it anew.
                    tick=-1,
                    made=head["made"],
                )
        return None

    def forget(self, target: str) -> None:
        """Remove an answer."""
        if self._folder is not None:
            self._path(target).unlink(missing_ok=True)

    def _path(self, target: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{hashlib.sha256(target.encode()).hexdigest()[:40]}.page"
