"""Artalk: its Artrans, a list of comments in JSON."""

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


def read_artalk(path: Path, progress: Progress, choices: Choices) -> Brought:
    """Read an export of Artalk."""
    return Brought("artalk", False, _entries(path, progress, choices))


def _entries(path: Path, progress: Progress, choices: Choices) -> Iterator[Found]:
    extras = Extras()
    told: set[str] = set()
    for item in json_items(path, progress):
        if isinstance(item, Remark):
            yield item
            continue
        if item.key or not item.in_list:
            raise BrokenFile(path, "an export of Artalk is a list of comments", item.line)
        yield from _comment(item.value if isinstance(item.value, dict) else {}, item.line, told, choices, extras)
    yield from extras.remarks()


def _comment(values: dict[str, Any], line: int, told: set[str], choices: Choices, extras: Extras) -> Iterator[Found]:
    comment_id, created = id_of(values.get("id")), time_of(values.get("created_at")) or time_of(values.get("date"))
    page = text_of(values.get("page_key"))
    thread = id_of(page)
    if comment_id is None or page is None or thread is None or created is None:
        field = "id" if comment_id is None else "page_key" if thread is None else "created_at"
        yield Unusable(COMMENT, line, short(values.get("id")), f"{field}: missing, or can't be used")
        return
    if thread not in told:
        told.add(thread)
        yield FoundThread(
            line=line,
            id=thread,
            url=address_of(page, choices.origin),
            title=text_of(values.get("page_title")),
            closed=created if _is(values, "page_admin_only") else None,
        )
    extras.count("votes of a comment", any(str(values.get(one) or "0") != "0" for one in ("vote_up", "vote_down")))
    extras.count("a comment is pinned", _is(values, "is_pinned"))
    extras.count("a comment is collapsed", _is(values, "is_collapsed"))
    parent = id_of(values.get("rid"))
    yield FoundComment(
        line=line,
        id=comment_id,
        thread=thread,
        parent=parent if parent != "0" else None,
        created=created,
        state="pending" if _is(values, "is_pending") else "approved",
        revisions=(FoundRevision(1, "markdown", text_of(values.get("content")) or "", "author", created),),
        name=text_of(values.get("nick")),
        email=text_of(values.get("email")),
        website=text_of(values.get("link")),
        network=network_of(values.get("ip")),
    )


def _is(values: dict[str, Any], name: str) -> bool:
    return str(values.get(name)).lower() in ("true", "1")


ARTALK = Importer(
    name="artalk",
    source="Artalk",
    obtained="in its dashboard, Transfer, Export; or `artalk export FILE` on its command line.",
    carried=(
        "comments in Markdown with name, address of mail, website, shortened network and time",
        "approved, pending",
        "replies",
        "titles and addresses of pages (a path stands on the site's first origin), and whether only admins may write",
    ),
    dropped=(
        "votes, pins and what is collapsed: there is none of it here; the report counts them",
        "badges and accounts",
    ),
    read=read_artalk,
)
