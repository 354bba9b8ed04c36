"""Cusdis: its SQLite file."""

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
from commentsvc.moving.found import Unusable
from commentsvc.moving.importers.declared import Choices
from commentsvc.moving.importers.declared import Importer
from commentsvc.moving.importers.foreign_sqlite import is_sqlite
from commentsvc.moving.importers.foreign_sqlite import opened
from commentsvc.moving.importers.values import address_of
from commentsvc.moving.importers.values import id_of
from commentsvc.moving.importers.values import short
from commentsvc.moving.importers.values import text_of
from commentsvc.moving.importers.values import time_of
from commentsvc.moving.unpacking import READING
from commentsvc.moving.unpacking import BrokenFile

_MISSING = "this is no database of Cusdis: it has no table {}"


def read_cusdis(path: Path, progress: Progress, choices: Choices) -> Brought:
    """Read a database of Cusdis."""
    if not is_sqlite(path, progress):
        raise BrokenFile(path, "this is no SQLite file, as Cusdis keeps its comments in")
    return Brought("cusdis", False, _entries(path, progress, choices))


def _entries(path: Path, progress: Progress, choices: Choices) -> Iterator[Found]:
    with opened(path, progress, {name: _MISSING.format(name) for name in ("pages", "comments")}) as database:
        for number, row in enumerate(database.execute("SELECT * FROM pages"), 1):
            yield _page(dict(row), number, choices)
        total = database.execute("SELECT count(*) FROM comments").fetchone()[0]
        for number, row in enumerate(database.execute("SELECT * FROM comments"), 1):
            if number % 500 == 0:
                progress(READING, number, total)
            yield _comment(dict(row), number)


def _page(values: dict[str, Any], line: int, choices: Choices) -> FoundThread | Unusable:
    page_id = id_of(values.get("id"))
    # Many sites give no address; then the page's own name is often its path.
    page = text_of(values.get("url")) or text_of(values.get("slug"))
    if page_id is None or page is None:
        field = "id" if page_id is None else "url"
        return Unusable(THREAD, line, short(values.get("id")), f"{field}: missing, or can't be used")
    return FoundThread(
        line=line,
        id=page_id,
        url=address_of(page, choices.origin),
        title=text_of(values.get("title")),
        created=time_of(values.get("created_at")),
        only_with_comments=True,
    )


def _comment(values: dict[str, Any], line: int) -> FoundComment | Unusable:
    comment_id, page = id_of(values.get("id")), id_of(values.get("pageId"))
    created = time_of(values.get("created_at"))
    if comment_id is None or page is None or created is None:
        field = "id" if comment_id is None else "pageId" if page is None else "created_at"
        return Unusable(COMMENT, line, short(values.get("id")), f"{field}: missing, or can't be used")
    is_deleted = values.get("deletedAt") is not None or values.get("deleted_at") is not None
    return FoundComment(
        line=line,
        id=comment_id,
        thread=page,
        parent=id_of(values.get("parentId")),
        created=created,
        state="deleted" if is_deleted else "approved" if values.get("approved") else "pending",
        revisions=(FoundRevision(1, "markdown", text_of(values.get("content")) or "", "author", created),),
        name=text_of(values.get("by_nickname")),
        email=text_of(values.get("by_email")),
    )


CUSDIS = Importer(
    name="cusdis",
    source="Cusdis",
    obtained="the SQLite file that `DB_URL` names; stop Cusdis before you copy it.",
    carried=(
        "comments in Markdown with name, address of mail and time",
        "approved, pending, deleted",
        "replies",
        "titles and addresses of pages that have comments (without one: the page's name as a path)",
    ),
    dropped=(
        "accounts and projects: all projects of the file come; those of other sites are counted in the report",
        "badges of moderators",
    ),
    read=read_cusdis,
)
