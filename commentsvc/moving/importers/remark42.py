"""Remark42: its native backup, a line about the backup and then a line for each comment."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from commentsvc.models.source import COMMENT
from commentsvc.moving.files import json_lines
from commentsvc.moving.found import Brought
from commentsvc.moving.found import Found
from commentsvc.moving.found import FoundComment
from commentsvc.moving.found import FoundRevision
from commentsvc.moving.found import FoundThread
from commentsvc.moving.found import Progress
from commentsvc.moving.found import Unusable
from commentsvc.moving.importers.declared import Choices
from commentsvc.moving.importers.declared import Importer
from commentsvc.moving.importers.values import Extras
from commentsvc.moving.importers.values import address_of
from commentsvc.moving.importers.values import id_of
from commentsvc.moving.importers.values import short
from commentsvc.moving.importers.values import text_of
from commentsvc.moving.importers.values import time_of
from commentsvc.moving.unpacking import BrokenFile


def read_remark42(path: Path, progress: Progress, choices: Choices) -> Brought:
    """Read a native backup of Remark42; raise BrokenFile where its first line is missing."""
    lines = json_lines(path, progress)
    number, header = next(lines, (1, {}))
    if header.get("version") != 1 or "locator" in header:
        raise BrokenFile(path, 'a native backup of Remark42 begins with a line {"version": 1, ...}', number)
    return Brought("remark42", False, _entries(lines, header, choices))


def _entries(lines: Iterator[tuple[int, dict[str, Any]]], header: dict[str, Any], choices: Choices) -> Iterator[Found]:
    extras = Extras()
    closed = {
        one.get("url")
        for one in _objects(header.get("posts"))
        if one.get("read_only") and isinstance(one.get("url"), str)
    }
    for one in _objects(header.get("users")):
        extras.count("a person is blocked", _object(one.get("blocked")).get("status"))
        extras.count("a person is verified", one.get("verified"))
    told: set[str] = set()
    for number, values in lines:
        page = text_of(_object(values.get("locator")).get("url"))
        comment_id, created = id_of(values.get("id")), time_of(values.get("time"))
        thread = id_of(page)
        if comment_id is None or page is None or thread is None or created is None:
            field = "id" if comment_id is None else "locator" if thread is None else "time"
            yield Unusable(COMMENT, number, short(values.get("id")), f"{field}: missing, or can't be used")
            continue
        if thread not in told:
            told.add(thread)
            yield FoundThread(
                line=number,
                id=thread,
                url=address_of(page, choices.origin),
                title=text_of(values.get("title")),
                # The backup tells that a thread is closed, and not since when.
                closed=created if page in closed else None,
            )
        extras.count("votes of a comment", values.get("score") or values.get("votes"))
        extras.count("a comment is pinned", values.get("pin"))
        yield _comment(values, number, comment_id, thread, created)
    yield from extras.remarks()


def _comment(values: dict[str, Any], number: int, comment_id: str, thread: str, created: datetime) -> FoundComment:
    user = _object(values.get("user"))
    # The source is in Markdown of another dialect, or was HTML when it was imported there: what readers saw is sure.
    shown, source = text_of(values.get("text")), text_of(values.get("orig"))
    markup = "html" if shown is not None or source is None else "markdown"
    return FoundComment(
        line=number,
        id=comment_id,
        thread=thread,
        parent=id_of(values.get("pid")),
        created=created,
        edited=time_of(_object(values.get("edit")).get("time")),
        state="deleted" if values.get("delete") is True else "approved",
        revisions=(FoundRevision(1, markup, shown or source or "", "author", created),),
        name=text_of(user.get("name")),
        email=text_of(user.get("email")),
    )


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


REMARK42 = Importer(
    name="remark42",
    source="Remark42",
    obtained="`docker exec remark42 backup -s SITE`, or one of the files that it writes to `var/backup` each night.",
    carried=(
        "comments with name and time, as the HTML that readers saw; when they were edited",
        "approved, deleted",
        "replies",
        "addresses and titles of articles, and whether they are read-only",
    ),
    dropped=(
        "votes and pins: there are none here; the report counts them",
        "accounts, pictures, and who was blocked or verified",
        "networks: the backup holds only hashes of them",
    ),
    read=read_remark42,
)
