"""Comentario: its export in JSON, pages, comments and the people who wrote them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
from commentsvc.moving.importers.json_items import json_items
from commentsvc.moving.importers.people import People
from commentsvc.moving.importers.values import Extras
from commentsvc.moving.importers.values import address_of
from commentsvc.moving.importers.values import id_of
from commentsvc.moving.importers.values import network_of
from commentsvc.moving.importers.values import short
from commentsvc.moving.importers.values import text_of
from commentsvc.moving.importers.values import time_of
from commentsvc.moving.unpacking import BrokenFile

_LISTS = frozenset(("version", "pages", "comments", "commenters"))
_VERSIONS = (2, 3)


def read_comentario(path: Path, progress: Progress, choices: Choices) -> Brought:
    """Read an export of Comentario, version 2 or 3."""
    return Brought("comentario", False, _entries(path, progress, choices))


def _entries(path: Path, progress: Progress, choices: Choices) -> Iterator[Found]:
    extras = Extras()
    with People() as people:
        # People stand behind what they wrote, so that the file is read twice.
        version = None
        for item in json_items(path, progress):
            if isinstance(item, Remark):
                continue
            if item.key == "version":
                version = item.value
            elif item.key == "commenters" and isinstance(item.value, dict):
                person_id = id_of(item.value.get("id"))
                if person_id is not None:
                    people.add(person_id, {key: item.value.get(key) for key in ("name", "email", "websiteUrl")})
        if version == 1:
            raise BrokenFile(path, "version 1 of Comentario's export is that of Commento; import it as commento", 1)
        if version not in _VERSIONS:
            raise BrokenFile(path, 'an export of Comentario holds "version": 3, "pages" and "comments"', 1)
        for item in json_items(path, progress):
            if isinstance(item, Remark):
                yield item
                continue
            values = item.value if isinstance(item.value, dict) else {}
            if item.key == "pages" and item.in_list:
                yield _page(values, item.line, choices)
            elif item.key == "comments" and item.in_list:
                yield _comment(values, item.line, people, extras)
            elif item.key.split(".")[0] not in _LISTS:
                extras.count(f"what stands under {short(item.key)}", True)
    yield from extras.remarks()


def _page(values: dict[str, Any], line: int, choices: Choices) -> FoundThread | Unusable:
    page_id, path = id_of(values.get("id")), values.get("path")
    if page_id is None or not isinstance(path, str):
        field = "id" if page_id is None else "path"
        return Unusable(THREAD, line, short(values.get("id")), f"{field}: missing, or can't be used")
    created = time_of(values.get("createdTime"))
    return FoundThread(
        line=line,
        id=page_id,
        url=address_of(path, choices.origin),
        title=text_of(values.get("title")),
        created=created,
        # The export tells that a page is read-only, and not since when.
        closed=created if values.get("isReadonly") is True else None,
        only_with_comments=True,
    )


def _comment(values: dict[str, Any], line: int, people: People, extras: Extras) -> FoundComment | Unusable:
    comment_id, page = id_of(values.get("id")), id_of(values.get("pageId"))
    created = time_of(values.get("createdTime"))
    if comment_id is None or page is None or created is None:
        field = "id" if comment_id is None else "pageId" if page is None else "createdTime"
        return Unusable(COMMENT, line, short(values.get("id")), f"{field}: missing, or can't be used")
    extras.count("votes of a comment", values.get("score"))
    extras.count("a comment is pinned", values.get("isSticky"))
    person = people.get(id_of(values.get("userCreated")))
    source, shown = text_of(values.get("markdown")), text_of(values.get("html"))
    markup = "html" if source is None and shown is not None else "markdown"
    return FoundComment(
        line=line,
        id=comment_id,
        thread=page,
        parent=id_of(values.get("parentId")),
        created=created,
        edited=time_of(values.get("editedTime")),
        state=_state(values),
        revisions=(FoundRevision(1, markup, source or shown or "", "author", created),),
        name=text_of(values.get("authorName")) or text_of(person.get("name")),
        email=text_of(person.get("email")),
        website=text_of(person.get("websiteUrl")),
        network=network_of(values.get("authorIp")),
    )


def _state(values: dict[str, Any]) -> str:
    if values.get("isDeleted") is True:
        return "deleted"
    if values.get("isPending") is True:
        return "pending"
    told = values.get("isApproved")
    return "approved" if told is True else "rejected" if told is False else ""


COMENTARIO = Importer(
    name="comentario",
    source="Comentario",
    obtained="in its administration, Domains, your domain, Operations, Export data.",
    carried=(
        "comments in Markdown with name, address of mail, website, shortened network and time; when they were edited",
        "approved, pending, rejected, deleted",
        "replies",
        "titles and paths of pages that have comments, on the site's first origin, and whether they are read-only",
    ),
    dropped=(
        "votes and pins: there are none here; the report counts them",
        "accounts, pictures, moderators and views of pages",
    ),
    read=read_comentario,
)
