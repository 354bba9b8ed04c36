"""Our archive, read: JSON Lines with a header, threads and comments in any order."""

import re
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commentsvc.models.source import COMMENT
from commentsvc.models.source import MAX_ID
from commentsvc.models.source import MAX_NAME
from commentsvc.models.source import THREAD
from commentsvc.models.source import Identity
from commentsvc.moving.files import json_lines
from commentsvc.moving.found import Brought
from commentsvc.moving.found import Found
from commentsvc.moving.found import FoundComment
from commentsvc.moving.found import FoundRevision
from commentsvc.moving.found import FoundThread
from commentsvc.moving.found import Progress
from commentsvc.moving.found import Remark
from commentsvc.moving.found import Unusable
from commentsvc.moving.times import read_time
from commentsvc.moving.unpacking import BrokenFile

FORMAT = "commentsvc-archive"
VERSION = 1
# What the header says where the ids of the file are ours, so that they can be kept.
OUR_IDS = "commentsvc"

HEADER_KEYS = frozenset(("format", "version", "ids", "source", "threads", "comments"))
THREAD_KEYS = frozenset(("kind", "id", "url", "title", "ref", "closed", "created", "addresses", "sources"))
COMMENT_KEYS = frozenset(
    (
        "kind", "id", "thread", "parent", "name", "email", "website", "body", "markup", "created", "state", "edited",
        "withdrawn", "avatar", "network", "moderator", "generation", "url", "title", "shown", "held", "revisions",
        "sources",
    )
)  # fmt: skip
# A file can't fill the memory with keys that nobody knows.
_MAX_UNKNOWN = 100
SOURCE_NAME = re.compile(rf"[a-z0-9][a-z0-9.-]{{0,{MAX_NAME - 1}}}")


def read_archive(path: Path, progress: Progress) -> Brought:
    """Open an archive and check its header; raise BrokenFile where it has none, or one of a newer version."""
    lines = json_lines(path, progress)
    number, header = next(lines, (1, {}))
    if header.get("format") != FORMAT:
        raise BrokenFile(path, f'an archive begins with {{"format": "{FORMAT}", "version": {VERSION}}}', number)
    version = header.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BrokenFile(path, "the header has no version, such as 1", number)
    if version > VERSION:
        raise BrokenFile(path, f"version {version} of the archive needs a newer commentsvc", number)
    source = header.get("source", "archive")
    if not isinstance(source, str) or not SOURCE_NAME.fullmatch(source):
        raise BrokenFile(path, "the header's source is a short name in lower case, such as my-old-blog", number)
    return Brought(source, header.get("ids") == OUR_IDS, _entries(lines, header))


def _entries(lines: Iterator[tuple[int, dict[str, Any]]], header: dict[str, Any]) -> Iterator[Found]:
    seen: Counter[str] = Counter()
    unknown: Counter[str] = Counter({f"header: {key}": 1 for key in sorted(header.keys() - HEADER_KEYS)[:_MAX_UNKNOWN]})
    for number, values in lines:
        kind = values.get("kind")
        keys, read = _KINDS.get(kind, (None, None)) if isinstance(kind, str) else (None, None)
        if keys is None or read is None:
            yield Unusable("other", number, _named(values), f"kind: {_short(kind)} is unknown")
            continue
        seen[f"{kind}s"] += 1
        for key in (key for key in values if key not in keys):
            name = f"{kind}: {_short(key)}"
            unknown[name if name in unknown or len(unknown) < _MAX_UNKNOWN else "others"] += 1
        yield read(_Line(number, values))
    for name, times in sorted(unknown.items()):
        yield Remark(f"unknown key, not read: {name} ({times:,} times)")
    for name in ("threads", "comments"):
        told = header.get(name)
        if isinstance(told, int) and told != seen[name]:
            yield Remark(f"the header speaks of {told:,} {name}, the file holds {seen[name]:,}: it may be cut off")


class _Line:
    """One line, read field by field; what has to be mended is noted."""

    def __init__(self, number: int, values: dict[str, Any]) -> None:
        self.number = number
        self.values = values
        self.notes: list[str] = []

    def id(self, name: str) -> str | None:
        return _id(self.values.get(name))

    def text(self, name: str) -> str | None:
        return self._of_type(name, str, "no text")

    def number_of(self, name: str) -> int | None:
        return self._of_type(name, int, "no whole number")

    def items(self, name: str) -> list[Any] | None:
        return self._of_type(name, list, "no list")

    def time(self, name: str) -> Any:
        text = self.text(name)
        time = read_time(text) if text is not None else None
        if text is not None and time is None:
            self.notes.append(f"{name}: no time that can be read, left out")
        return time

    def sources(self) -> tuple[Identity, ...]:
        found = []
        for item in self.items("sources") or ():
            name, source_id = (item[0], _id(item[1])) if isinstance(item, list) and len(item) == 2 else (None, None)
            if isinstance(name, str) and SOURCE_NAME.fullmatch(name) and source_id is not None:
                found.append((name, source_id))
            else:
                self.notes.append("sources: one that is no name and id, left out")
        return tuple(found)

    def _of_type(self, name: str, kind: type, what: str) -> Any:
        value = self.values.get(name)
        if value is None or (isinstance(value, kind) and not isinstance(value, bool)):
            return value
        self.notes.append(f"{name}: {what}, left out")
        return None


def _thread(line: _Line) -> FoundThread | Unusable:
    thread_id, url = line.id("id"), line.text("url")
    if thread_id is None or url is None:
        field = "id" if thread_id is None else "url"
        return Unusable(THREAD, line.number, _named(line.values), f"{field}: missing, or can't be used")
    addresses = line.items("addresses")
    return FoundThread(
        line=line.number,
        id=thread_id,
        url=url,
        ref=line.text("ref"),
        title=line.text("title"),
        closed=line.time("closed"),
        created=line.time("created"),
        addresses=tuple(one for one in addresses if isinstance(one, str)) if addresses is not None else None,
        sources=line.sources(),
        notes=tuple(line.notes),
    )


def _comment(line: _Line) -> FoundComment | Unusable:
    comment_id, thread, created = line.id("id"), line.id("thread"), read_time(line.text("created") or "")
    if comment_id is None or thread is None or created is None:
        field = "id" if comment_id is None else "thread" if thread is None else "created"
        return Unusable(COMMENT, line.number, _named(line.values), f"{field}: missing, or can't be used")
    parent = line.id("parent")
    if parent is None and line.values.get("parent") is not None:
        line.notes.append("parent: no id, kept as a comment of its own")
    moderator = line.text("moderator")
    revisions = _revisions(line)
    if not revisions:
        by = "author" if moderator is None else "moderator"
        markup = line.text("markup") or "markdown"
        revisions = (FoundRevision(1, markup, line.text("body") or "", by, created, moderator),)
    return FoundComment(
        line=line.number,
        id=comment_id,
        thread=thread,
        created=created,
        state=line.text("state") or "",
        revisions=revisions,
        parent=parent,
        name=line.text("name"),
        email=line.text("email"),
        website=line.text("website"),
        shown=line.number_of("shown") or 1,
        held=line.number_of("held"),
        edited=line.time("edited"),
        withdrawn=line.time("withdrawn"),
        avatar=line.text("avatar"),
        network=line.text("network"),
        moderator=moderator,
        generation=line.number_of("generation") or 1,
        url=line.text("url"),
        title=line.text("title"),
        sources=line.sources(),
        notes=tuple(line.notes),
    )


def _revisions(line: _Line) -> tuple[FoundRevision, ...]:
    found = []
    for item in line.items("revisions") or ():
        inner = _Line(line.number, item if isinstance(item, dict) else {})
        n, body, at = inner.number_of("n"), inner.text("body"), inner.time("at")
        if n is None or body is None or at is None:
            line.notes.append("revisions: one without number, body or time, left out")
            continue
        markup, by = inner.text("markup") or "markdown", inner.text("by") or "author"
        found.append(FoundRevision(n, markup, body, by, at, inner.text("moderator")))
    return tuple(found)


_KINDS: dict[str, tuple[frozenset[str], Callable[[_Line], Found]]] = {
    THREAD: (THREAD_KEYS, _thread),
    COMMENT: (COMMENT_KEYS, _comment),
}


def _id(value: Any) -> str | None:
    # Many programs number their comments.
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return text if isinstance(text, str) and 0 < len(text) <= MAX_ID and text.isprintable() else None


def _named(values: dict[str, Any]) -> str:
    return _short(values.get("id"))


def _short(value: Any) -> str:
    text = str(value)
    return "".join(character if character.isprintable() else "?" for character in text[:60])
