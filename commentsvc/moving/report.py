"""The report of an import: numbers that add up, and a reason for everything that was left out."""

import json
from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from typing import IO
from typing import Any

from commentsvc.models.source import COMMENT
from commentsvc.models.source import THREAD

# So many are told on the screen; a file takes all.
SHOWN = 20
# A hostile file can't make ever new reasons.
_MAX_WORDS = 200


@dataclass
class Report:
    """What became of what was read; `sink` takes every skip and note as a line of JSON."""

    sink: IO[str] | None = None
    # read = made + found + joined + skipped
    threads_read: int = 0
    threads_made: int = 0
    threads_found: int = 0
    threads_joined: int = 0
    # read = imported + already there + skipped
    comments_read: int = 0
    comments_imported: int = 0
    comments_there: int = 0
    # read = imported + already there + skipped: what an archive has beside threads and comments
    others_read: int = 0
    others_imported: int = 0
    others_there: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)
    first_skips: list[str] = field(default_factory=list)

    def read(self, kind: str) -> None:
        """Say that an entry was read."""
        if kind == THREAD:
            self.threads_read += 1
        elif kind == COMMENT:
            self.comments_read += 1
        else:
            self.others_read += 1

    def skip(self, kind: str, line: int, identity: str, reason: str) -> None:
        """Say that an entry was left out; the reason begins with the field."""
        self.skipped[kind] += 1
        self._count(self.reasons, reason)
        if len(self.first_skips) < SHOWN:
            self.first_skips.append(f"line {line:,}, {kind} {identity}: {reason}")
        self._write(what="skipped", line=line, kind=kind, id=identity, reason=reason)

    def note(self, kind: str, line: int, identity: str, words: str) -> None:
        """Say what was mended of an entry that was taken."""
        self._count(self.notes, f"{kind}: {words}")
        self._write(what="note", line=line, kind=kind, id=identity, note=words)

    def remark(self, words: str) -> None:
        """Say something of the file as a whole."""
        self.remarks.append(words)
        self._write(what="remark", note=words)

    def adds_up(self) -> bool:
        """Tell whether everything that was read is accounted for."""
        threads = self.threads_made + self.threads_found + self.threads_joined + self.skipped[THREAD]
        comments = self.comments_imported + self.comments_there + self.skipped[COMMENT]
        others = self.others_imported + self.others_there + self.skipped["other"]
        return (threads, comments, others) == (self.threads_read, self.comments_read, self.others_read)

    def totals(self) -> dict[str, Any]:
        """Return the numbers as they stand in the last line of the report's file."""
        return {
            "comments": {
                "read": self.comments_read,
                "imported": self.comments_imported,
                "already_there": self.comments_there,
                "skipped": self.skipped[COMMENT],
            },
            "threads": {
                "read": self.threads_read,
                "made": self.threads_made,
                "found": self.threads_found,
                "joined": self.threads_joined,
                "skipped": self.skipped[THREAD],
            },
            "others": {
                "read": self.others_read,
                "imported": self.others_imported,
                "already_there": self.others_there,
                "skipped": self.skipped["other"],
            },
        }

    def close(self) -> None:
        """Write the numbers as the last line of the report's file."""
        self._write(what="totals", **self.totals())

    def in_words(self) -> str:
        """Return the report as people read it."""
        lines = [
            f"Comments: {self.comments_read:,} read = {self.comments_imported:,} imported"
            f" + {self.comments_there:,} already there + {self.skipped[COMMENT]:,} skipped.",
            f"Threads: {self.threads_read:,} read = {self.threads_made:,} made + {self.threads_found:,} found"
            f" + {self.threads_joined:,} joined with another of the file + {self.skipped[THREAD]:,} skipped.",
        ]
        if self.others_read:
            lines.append(
                f"Other lines: {self.others_read:,} read = {self.others_imported:,} imported"
                f" + {self.others_there:,} already there + {self.skipped['other']:,} skipped."
            )
        if self.skipped.total():
            lines += ["", "Skipped:", *_counted(self.reasons), "", "The first of them:"]
            lines += [f"  {skip}" for skip in self.first_skips]
            if self.skipped.total() > SHOWN:
                lines.append(f"  ... and {self.skipped.total() - SHOWN:,} more; --report FILE takes them all")
        if self.notes:
            lines += ["", "Mended, or to be known:", *_counted(self.notes)]
        if self.remarks:
            lines += ["", "About the file:", *(f"  {remark}" for remark in self.remarks)]
        return "\n".join(lines)

    def _count(self, counter: Counter[str], words: str) -> None:
        counter[words if words in counter or len(counter) < _MAX_WORDS else "others"] += 1

    def _write(self, **values: Any) -> None:
        if self.sink is not None:
            self.sink.write(json.dumps(values, ensure_ascii=False) + "\n")


def _counted(counter: Counter[str]) -> list[str]:
    return [f"  {times:>7,}  {words}" for words, times in counter.most_common(SHOWN)]
