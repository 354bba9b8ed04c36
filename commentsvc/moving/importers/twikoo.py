"""Twikoo: its export, a list of comments in JSON."""

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
from commentsvc.moving.importers.json_items import json_items
from commentsvc.moving.importers.values import Extras
from commentsvc.moving.importers.values import address_of
from commentsvc.moving.importers.values import id_of
from commentsvc.moving.importers.values import network_of
from commentsvc.moving.importers.values import short
from commentsvc.moving.importers.values import text_of
from commentsvc.moving.importers.values import time_of
from commentsvc.moving.unpacking import BrokenFile


def read_twikoo(path: Path, progress: Progress, choices: Choices) -> Brought:
    """Read an export of Twikoo."""
    return Brought("twikoo", False, _entries(path, progress, choices))


def _entries(path: Path, progress: Progress, choices: Choices) -> Iterator[Found]:
    extras = Extras()
    told: set[str] = set()
    for item in json_items(path, progress):
        if isinstance(item, Remark):
            yield item
            continue
        if item.key not in ("", "results") or not item.in_list:
            raise BrokenFile(path, "an export of Twikoo is a list of comments", item.line)
        yield from _comment(item.value if isinstance(item.value, dict) else {}, item.line, told, choices, extras)
    yield from extras.remarks()


def _comment(values: dict[str, Any], line: int, told: set[str], choices: Choices, extras: Extras) -> Iterator[Found]:
    comment_id, created = id_of(_bare(values.get("_id"))), time_of(_bare(values.get("created")))
    page = text_of(values.get("url")) or text_of(values.get("href"))
    thread = id_of(page)
    if comment_id is None or page is None or thread is None or created is None:
        field = "_id" if comment_id is None else "url" if thread is None else "created"
        yield Unusable(COMMENT, line, short(values.get("_id")), f"{field}: missing, or can't be used")
        return
    if thread not in told:
        told.add(thread)
        yield FoundThread(line=line, id=thread, url=address_of(page, choices.origin))
    extras.count("likes of a comment", values.get("like") or values.get("ups"))
    extras.count("a comment is pinned", values.get("top"))
    yield FoundComment(
        line=line,
        id=comment_id,
        thread=thread,
        parent=id_of(_bare(values.get("pid"))) or id_of(_bare(values.get("rid"))),
        created=created,
        state="spam" if values.get("isSpam") is True else "approved",
        revisions=(FoundRevision(1, "html", text_of(values.get("comment")) or "", "author", created),),
        name=text_of(values.get("nick")),
        email=text_of(values.get("mail")),
        website=text_of(values.get("link")),
        network=network_of(values.get("ip")),
    )


def _bare(value: Any) -> Any:
    """Return what a database wraps with the name of its type, such as $oid."""
    if isinstance(value, dict) and len(value) == 1:
        name, inner = next(iter(value.items()))
        if name in ("$numberLong", "$numberDouble", "$numberInt") and isinstance(inner, str):
            return int(inner) if inner.isascii() and inner.isdigit() and len(inner) < 20 else None
        return inner if name in ("$oid", "$date") else None
    return value


TWIKOO = Importer(
    name="twikoo",
    source="Twikoo",
    obtained="in its panel of management, Export, Comments.",
    carried=(
        "comments as HTML with name, address of mail, website, shortened network and time",
        "shown (approved), hidden (spam: Twikoo keeps what waits and what is spam alike)",
        "replies",
        "addresses of pages (a path stands on the site's first origin)",
    ),
    dropped=(
        "likes and pins: there are none here; the report counts them",
        "titles of pages: Twikoo keeps none",
        "the mark of the blog's owner",
    ),
    read=read_twikoo,
)
