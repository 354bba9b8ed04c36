"""Waline: its export in JSON, and its SQLite file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commentsvc.models.source import COMMENT
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

_STATES = {"approved": "approved", "waiting": "pending", "spam": "spam"}
_MISSING = "this is no database of Waline: it has no table wl_Comment"


def read_waline(path: Path, progress: Progress, choices: Choices) -> Brought:
    """Read an export of Waline, or its database."""
    told = _rows(path, progress) if is_sqlite(path, progress) else _items(path, progress)
    return Brought("waline", False, _entries(told, choices))


def _rows(path: Path, progress: Progress) -> Iterator[tuple[int, dict[str, Any]] | Remark]:
    with opened(path, progress, {"wl_Comment": _MISSING}) as database:
        total = database.execute("SELECT count(*) FROM wl_Comment").fetchone()[0]
        for number, row in enumerate(database.execute("SELECT * FROM wl_Comment"), 1):
            if number % 500 == 0:
                progress(READING, number, total)
            yield number, dict(row)


def _items(path: Path, progress: Progress) -> Iterator[tuple[int, dict[str, Any]] | Remark]:
    is_known = False
    for item in json_items(path, progress):
        if isinstance(item, Remark):
            yield item
            continue
        # The file as its service answers holds the export within.
        key = item.key.removeprefix("data.") if item.key.startswith("data.data.") else item.key
        is_known = is_known or (key in ("type", "data.type") and item.value == "waline")
        if key == "data.Comment" and item.in_list:
            is_known = True
            yield item.line, item.value if isinstance(item.value, dict) else {}
    if not is_known:
        raise BrokenFile(path, 'an export of Waline holds "type": "waline" and "data" with "Comment"', 1)


def _entries(told: Iterator[tuple[int, dict[str, Any]] | Remark], choices: Choices) -> Iterator[Found]:
    extras = Extras()
    threads: set[str] = set()
    for one in told:
        if isinstance(one, Remark):
            yield one
        else:
            yield from _comment(one[1], one[0], threads, choices, extras)
    yield from extras.remarks()


def _comment(values: dict[str, Any], line: int, threads: set[str], choices: Choices, extras: Extras) -> Iterator[Found]:
    comment_id = id_of(values.get("objectId")) or id_of(values.get("id"))
    created = time_of(values.get("insertedAt")) or time_of(values.get("createdAt"))
    page = text_of(values.get("url"))
    thread = id_of(page)
    if comment_id is None or page is None or thread is None or created is None:
        field = "objectId" if comment_id is None else "url" if thread is None else "insertedAt"
        yield Unusable(COMMENT, line, short(values.get("objectId")), f"{field}: missing, or can't be used")
        return
    if thread not in threads:
        threads.add(thread)
        yield FoundThread(line=line, id=thread, url=address_of(page, choices.origin))
    extras.count("likes of a comment", values.get("like"))
    extras.count("a comment is pinned", values.get("sticky"))
    parent, status = id_of(values.get("pid")) or id_of(values.get("rid")), values.get("status")
    yield FoundComment(
        line=line,
        id=comment_id,
        thread=thread,
        parent=parent if parent != "0" else None,
        created=created,
        state=_STATES.get(status if isinstance(status, str) else "", ""),
        revisions=(FoundRevision(1, "markdown", text_of(values.get("comment")) or "", "author", created),),
        name=text_of(values.get("nick")),
        email=text_of(values.get("mail")),
        website=text_of(values.get("link")),
        network=network_of(values.get("ip")),
    )


WALINE = Importer(
    name="waline",
    source="Waline",
    obtained="in its dashboard, Import and export, Export; or, where it keeps its data in SQLite, its file "
    "`waline.sqlite`.",
    carried=(
        "comments in Markdown with name, address of mail, website, shortened network and time",
        "approved, waiting (pending), spam",
        "replies",
        "addresses of pages (a path stands on the site's first origin)",
    ),
    dropped=(
        "likes, reactions and pins: there are none here; the report counts those of comments",
        "titles of pages: Waline keeps none",
        "accounts and counts of visits",
        "the zone of times in a database, which tells none: they are taken as UTC",
    ),
    read=read_waline,
)
