"""Isso: its SQLite file, and the generic JSON that it imports itself."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from commentsvc.models.source import COMMENT
from commentsvc.models.source import THREAD
from commentsvc.moving.found import Brought
from commentsvc.moving.found import Found
from commentsvc.moving.found import FoundComment
from commentsvc.moving.found import FoundRevision
from commentsvc.moving.found import FoundThread
from commentsvc.moving.found import Progress
from commentsvc.moving.found import Remark
from commentsvc.moving.found import Unusable
from commentsvc.moving.importers.declared import Choices
from commentsvc.moving.importers.declared import Importer
from commentsvc.moving.importers.foreign_sqlite import is_sqlite
from commentsvc.moving.importers.foreign_sqlite import opened
from commentsvc.moving.importers.json_items import json_items
from commentsvc.moving.importers.values import Extras
from commentsvc.moving.importers.values import address_of
from commentsvc.moving.importers.values import id_of
from commentsvc.moving.importers.values import network_of
from commentsvc.moving.importers.values import short
from commentsvc.moving.importers.values import text_of
from commentsvc.moving.importers.values import time_of
from commentsvc.moving.unpacking import READING
from commentsvc.moving.unpacking import BrokenFile

# What a comment that was deleted, while others answer it, leaves is 4.
_STATES = {1: "approved", 2: "pending", 4: "deleted"}
_ESCAPED = re.compile("%[0-9A-Fa-f]{2}")
_MISSING = "this is no database of Isso: it has no table {}"


def read_isso(path: Path, progress: Progress, choices: Choices) -> Brought:
    """Read a database of Isso, or its generic JSON."""
    if is_sqlite(path, progress):
        return Brought("isso", False, _rows(path, progress, choices))
    return Brought("isso-json", False, _items(path, progress, choices))


def _rows(path: Path, progress: Progress, choices: Choices) -> Iterator[Found]:
    extras = Extras()
    tables = {name: _MISSING.format(name) for name in ("threads", "comments")}
    with opened(path, progress, tables) as database:
        for row in database.execute("SELECT * FROM threads"):
            yield _thread(dict(row), row["id"], row["uri"], choices)
        total = database.execute("SELECT count(*) FROM comments").fetchone()[0]
        for done, row in enumerate(database.execute("SELECT * FROM comments")):
            if done % 500 == 0:
                progress(READING, done, total)
            yield _comment(dict(row), id_of(row["id"]), id_of(row["tid"]), done + 1, extras)
    yield from extras.remarks()


def _items(path: Path, progress: Progress, choices: Choices) -> Iterator[Found]:
    extras = Extras()
    for item in json_items(path, progress):
        if isinstance(item, Remark):
            yield item
            continue
        if item.key or not item.in_list:
            raise BrokenFile(path, "the generic JSON of Isso is a list of threads", item.line)
        values = item.value if isinstance(item.value, dict) else {}
        uri = text_of(values.get("id"))
        yield _thread(values, uri, uri, choices, item.line)
        comments = values.get("comments")
        for place, one in enumerate(comments if isinstance(comments, list) else ()):
            comment = one if isinstance(one, dict) else {}
            # Ids begin anew in each thread, and need not be there.
            number = id_of(comment.get("id")) or f"place {place}"
            parent = id_of(comment.get("parent"))
            comment |= {"parent": f"{uri} {parent}" if parent is not None else None, "mode": 1}
            yield _comment(comment, id_of(f"{uri} {number}"), id_of(uri), item.line, extras)
    yield from extras.remarks()


def _thread(values: dict[str, Any], raw_id: Any, uri: Any, choices: Choices, line: int = 1) -> FoundThread | Unusable:
    thread_id = id_of(raw_id)
    if thread_id is None or not isinstance(uri, str):
        return Unusable(THREAD, line, short(raw_id), "id: missing, or can't be used")
    return FoundThread(
        line=line,
        id=thread_id,
        url=address_of(uri, choices.origin),
        title=_title(values.get("title")),
        only_with_comments=True,
    )


def _title(value: Any) -> str | None:
    title = text_of(value)
    # Some tools that make the JSON write titles as they stand in an address.
    is_escaped = title is not None and " " not in title and _ESCAPED.search(title)
    return unquote_plus(title) if title is not None and is_escaped else title


def _comment(
    values: dict[str, Any], comment_id: str | None, thread: str | None, line: int, extras: Extras
) -> FoundComment | Unusable:
    created = time_of(values.get("created"))
    if comment_id is None or thread is None or created is None:
        field = "id" if comment_id is None else "thread" if thread is None else "created"
        return Unusable(COMMENT, line, short(values.get("id")), f"{field}: missing, or can't be used")
    for votes in ("likes", "dislikes"):
        extras.count(f"{votes} of a comment", values.get(votes))
    extras.count("a wish to be told of replies, which its author has to renew", values.get("notification"))
    return FoundComment(
        line=line,
        id=comment_id,
        thread=thread,
        parent=id_of(values.get("parent")),
        created=created,
        edited=time_of(values.get("modified")),
        state=_STATES.get(values.get("mode") or 0, ""),
        revisions=(FoundRevision(1, "markdown", text_of(values.get("text")) or "", "author", created),),
        name=text_of(values.get("author")),
        email=text_of(values.get("email")),
        website=text_of(values.get("website")),
        network=network_of(values.get("remote_addr")),
    )


ISSO = Importer(
    name="isso",
    source="Isso",
    obtained="the file that `dbpath` in its configuration names; stop Isso before you copy it. Its generic JSON is "
    "read too.",
    carried=(
        "comments with name, address of mail, website, shortened network and time",
        "approved, pending, deleted; when a comment was edited",
        "replies",
        "threads with title and path, on the site's first origin",
    ),
    dropped=(
        "likes and dislikes: there are none here; the report counts them",
        "wishes to be told of replies: an address is proven again before it gets mail",
        "threads without comments",
    ),
    read=read_isso,
)
