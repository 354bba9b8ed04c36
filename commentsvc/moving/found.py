"""What an importer finds in a file, as values in our words: threads, comments with their texts, and what is no use."""

import json
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commentsvc.models.source import Identity

# Told now and then while something long goes on: what is being done, how much of it, of how much.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class FoundThread:
    """A thread: `addresses` holds all its URLs where the file tells them; `notes` what its importer mended."""

    line: int
    id: str
    url: str
    ref: str | None = None
    title: str | None = None
    closed: datetime | None = None
    created: datetime | None = None
    addresses: tuple[str, ...] | None = None
    sources: tuple[Identity, ...] = ()
    notes: tuple[str, ...] = ()
    # The thread of the file that took over everything of this one.
    merged: str | None = None
    # Where a file lists articles that nobody spoke of: a thread is made with its first comment.
    only_with_comments: bool = False


@dataclass(frozen=True)
class FoundRevision:
    """One version of a comment's text; `moderator` is the address of mail of the one who wrote it."""

    n: int
    markup: str
    source: str
    by: str
    at: datetime
    moderator: str | None = None


@dataclass(frozen=True)
class FoundComment:
    """A comment: `thread` and `parent` are ids of the file; `moderator` gives it that person's badge."""

    line: int
    id: str
    thread: str
    created: datetime
    state: str
    revisions: tuple[FoundRevision, ...]
    parent: str | None = None
    name: str | None = None
    email: str | None = None
    website: str | None = None
    shown: int = 1
    held: int | None = None
    edited: datetime | None = None
    withdrawn: datetime | None = None
    # When all that its author said and told was removed: only its place is left.
    erased: datetime | None = None
    avatar: str | None = None
    network: str | None = None
    moderator: str | None = None
    generation: int = 1
    # Where it was said, as the page told it.
    url: str | None = None
    title: str | None = None
    sources: tuple[Identity, ...] = ()
    notes: tuple[str, ...] = ()
    # Shown first in its thread.
    pinned: bool = False


@dataclass(frozen=True)
class FoundMore:
    """What an archive has beside threads and comments: a rule, mailbox, subscription or decision, by its fields."""

    line: int
    kind: str
    id: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Unusable:
    """An entry that can't be taken: its kind, line and id, and the reason in words, beginning with the field."""

    kind: str
    line: int
    id: str
    reason: str


@dataclass(frozen=True)
class Remark:
    """Something to tell about a file as a whole, or how often it has something that is not for us."""

    words: str


Found = FoundThread | FoundComment | FoundMore | Unusable | Remark


@dataclass(frozen=True)
class Brought:
    """What a file brings: the name under which its ids are remembered, whether they are ours, and what is in it.

    `ids_repeat`: two comments of different threads or times may have one id, as where files were put together.
    Going through `entries` raises BrokenFile where the file can't be read on.
    """

    source: str
    own_ids: bool
    entries: Iterator[Found]
    ids_repeat: bool = False


def packed(found: FoundThread | FoundComment) -> str:
    """Write a thread or comment as text, to be put aside."""
    return json.dumps(found, default=_plain)


def unpacked_thread(text: str) -> FoundThread:
    """Read a thread that was put aside."""
    values = json.loads(text)
    for name in ("closed", "created"):
        values[name] = _time(values[name])
    for name in ("addresses", "notes"):
        values[name] = tuple(values[name]) if values[name] is not None else None
    values["sources"] = tuple((name, source_id) for name, source_id in values["sources"])
    return FoundThread(**values)


def unpacked_comment(text: str) -> FoundComment:
    """Read a comment that was put aside."""
    values = json.loads(text)
    for name in ("created", "edited", "withdrawn", "erased"):
        values[name] = _time(values[name])
    values["revisions"] = tuple(FoundRevision(**(one | {"at": _time(one["at"])})) for one in values["revisions"])
    values["sources"] = tuple((name, source_id) for name, source_id in values["sources"])
    values["notes"] = tuple(values["notes"])
    return FoundComment(**values)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else vars(value)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
