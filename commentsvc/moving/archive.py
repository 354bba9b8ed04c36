"""Our archive, read: JSON Lines with a header, threads and comments in any order."""

from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commentsvc.models.source import COMMENT
from commentsvc.models.source import THREAD
from commentsvc.moving.archive_lines import SOURCE_NAME
from commentsvc.moving.archive_lines import Line
from commentsvc.moving.archive_lines import named
from commentsvc.moving.archive_lines import short
from commentsvc.moving.archive_more import DECISION_KEYS
from commentsvc.moving.archive_more import MAILBOX_KEYS
from commentsvc.moving.archive_more import RULE_KEYS
from commentsvc.moving.archive_more import SUBSCRIPTION_KEYS
from commentsvc.moving.archive_more import decision
from commentsvc.moving.archive_more import mailbox
from commentsvc.moving.archive_more import rule
from commentsvc.moving.archive_more import subscription
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
THREAD_KEYS = frozenset(("kind", "id", "url", "title", "ref", "closed", "created", "addresses", "merged", "sources"))
COMMENT_KEYS = frozenset(
    (
        "kind", "id", "thread", "parent", "name", "email", "website", "body", "markup", "created", "state", "edited",
        "withdrawn", "erased", "pinned", "avatar", "network", "moderator", "generation", "url", "title", "shown",
        "held", "revisions", "sources",
    )
)  # fmt: skip
# A file can't fill the memory with keys that nobody knows.
_MAX_UNKNOWN = 100


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
            yield Unusable("other", number, named(values), f"kind: {short(kind)} is unknown")
            continue
        seen[f"{kind}s"] += 1
        for key in (key for key in values if key not in keys):
            name = f"{kind}: {short(key)}"
            unknown[name if name in unknown or len(unknown) < _MAX_UNKNOWN else "others"] += 1
        yield read(Line(number, values))
    for name, times in sorted(unknown.items()):
        yield Remark(f"unknown key, not read: {name} ({times:,} times)")
    for name in ("threads", "comments"):
        told = header.get(name)
        if isinstance(told, int) and told != seen[name]:
            yield Remark(f"the header speaks of {told:,} {name}, the file holds {seen[name]:,}: it may be cut off")


def _thread(line: Line) -> FoundThread | Unusable:
    thread_id, url = line.id("id"), line.text("url")
    if thread_id is None or url is None:
        field = "id" if thread_id is None else "url"
        return Unusable(THREAD, line.number, named(line.values), f"{field}: missing, or can't be used")
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
        merged=line.id("merged"),
        sources=line.sources(),
        notes=tuple(line.notes),
    )


def _comment(line: Line) -> FoundComment | Unusable:
    comment_id, thread, created = line.id("id"), line.id("thread"), read_time(line.text("created") or "")
    if comment_id is None or thread is None or created is None:
        field = "id" if comment_id is None else "thread" if thread is None else "created"
        return Unusable(COMMENT, line.number, named(line.values), f"{field}: missing, or can't be used")
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
        erased=line.time("erased"),
        avatar=line.text("avatar"),
        network=line.text("network"),
        moderator=moderator,
        generation=line.number_of("generation") or 1,
        url=line.text("url"),
        title=line.text("title"),
        pinned=line.says("pinned") or False,
        sources=line.sources(),
        notes=tuple(line.notes),
    )


def _revisions(line: Line) -> tuple[FoundRevision, ...]:
    found = []
    for item in line.items("revisions") or ():
        inner = Line(line.number, item if isinstance(item, dict) else {})
        n, body, at = inner.number_of("n"), inner.text("body"), inner.time("at")
        if n is None or body is None or at is None:
            line.notes.append("revisions: one without number, body or time, left out")
            continue
        markup, by = inner.text("markup") or "markdown", inner.text("by") or "author"
        found.append(FoundRevision(n, markup, body, by, at, inner.text("moderator")))
    return tuple(found)


_KINDS: dict[str, tuple[frozenset[str], Callable[[Line], Found]]] = {
    THREAD: (THREAD_KEYS, _thread),
    COMMENT: (COMMENT_KEYS, _comment),
    "rule": (RULE_KEYS, rule),
    "mailbox": (MAILBOX_KEYS, mailbox),
    "subscription": (SUBSCRIPTION_KEYS, subscription),
    "decision": (DECISION_KEYS, decision),
}
