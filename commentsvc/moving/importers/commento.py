"""Commento: its export in JSON, comments and the people who wrote them."""

from collections.abc import Iterator
from datetime import datetime
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
from commentsvc.moving.importers.people import People
from commentsvc.moving.importers.values import Extras
from commentsvc.moving.importers.values import address_of
from commentsvc.moving.importers.values import id_of
from commentsvc.moving.importers.values import short
from commentsvc.moving.importers.values import text_of
from commentsvc.moving.importers.values import time_of
from commentsvc.moving.unpacking import BrokenFile

_STATES = {"approved": "approved", "unapproved": "pending", "flagged": "spam"}
_LISTS = frozenset(("version", "comments", "commenters"))


def read_commento(path: Path, progress: Progress, choices: Choices) -> Brought:
    """Read an export of Commento."""
    return Brought("commento", False, _entries(path, progress, choices))


def _entries(path: Path, progress: Progress, choices: Choices) -> Iterator[Found]:
    extras = Extras()
    told: set[str] = set()
    with People() as people:
        # People stand behind what they wrote, so that the file is read twice.
        is_known = False
        for item in json_items(path, progress):
            if isinstance(item, Remark):
                continue
            is_known = is_known or (item.key == "version" and item.value == 1) or item.key == "comments"
            if item.key == "commenters" and isinstance(item.value, dict):
                person_id = id_of(item.value.get("commenterHex"))
                if person_id is not None:
                    people.add(person_id, {key: item.value.get(key) for key in ("name", "email", "link")})
        if not is_known:
            raise BrokenFile(path, 'an export of Commento holds "version": 1 and "comments"', 1)
        for item in json_items(path, progress):
            if isinstance(item, Remark):
                yield item
            elif item.key == "comments" and item.in_list:
                values = item.value if isinstance(item.value, dict) else {}
                yield from _comment(values, item.line, people, told, choices, extras)
            elif item.key.split(".")[0] not in _LISTS:
                extras.count(f"what stands under {short(item.key)}", True)
    yield from extras.remarks()


def _comment(
    values: dict[str, Any], line: int, people: People, told: set[str], choices: Choices, extras: Extras
) -> Iterator[Found]:
    comment_id, created = id_of(values.get("commentHex")), time_of(values.get("creationDate"))
    page = _page(values, choices)
    thread = id_of(page)
    if comment_id is None or page is None or thread is None or created is None:
        field = "commentHex" if comment_id is None else "url" if thread is None else "creationDate"
        yield Unusable(COMMENT, line, short(values.get("commentHex")), f"{field}: missing, or can't be used")
        return
    if thread not in told:
        told.add(thread)
        yield FoundThread(line=line, id=thread, url=page)
    extras.count("votes of a comment", values.get("score"))
    yield _found(values, line, comment_id, thread, created, people.get(id_of(values.get("commenterHex"))))


def _found(
    values: dict[str, Any], line: int, comment_id: str, thread: str, created: datetime, person: dict[str, Any]
) -> FoundComment:
    source, shown = text_of(values.get("markdown")), text_of(values.get("html"))
    markup = "html" if source is None and shown is not None else "markdown"
    parent = id_of(values.get("parentHex"))
    state = values.get("state")
    link = text_of(person.get("link"))
    return FoundComment(
        line=line,
        id=comment_id,
        thread=thread,
        parent=parent if parent != "root" else None,
        created=created,
        state="deleted" if values.get("deleted") is True else _STATES.get(state if isinstance(state, str) else "", ""),
        revisions=(FoundRevision(1, markup, source or shown or "", "author", created),),
        name=text_of(person.get("name")),
        email=text_of(person.get("email")),
        website=link if link != "undefined" else None,
    )


def _page(values: dict[str, Any], choices: Choices) -> str | None:
    url, domain = values.get("url"), text_of(values.get("domain"))
    if not isinstance(url, str):
        return None
    # The domain is told without a scheme.
    return address_of(url, f"https://{domain}" if domain is not None else choices.origin)


COMMENTO = Importer(
    name="commento",
    source="Commento, Commento++",
    obtained="in its dashboard, your domain, Export data; a link to the file comes by mail.",
    carried=(
        "comments in Markdown with name, address of mail, website and time",
        "approved, unapproved (pending), flagged (spam), deleted",
        "replies",
        "addresses of pages, with https or as the site's origin has it",
    ),
    dropped=(
        "votes: there are none here; the report counts them",
        "titles of pages: the export has none",
        "accounts, pictures and moderators",
    ),
    read=read_commento,
)
