"""Disqus: its export in XML."""

from collections.abc import Iterator
from pathlib import Path

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
from commentsvc.moving.importers.elements import Record
from commentsvc.moving.importers.elements import records
from commentsvc.moving.importers.values import Extras
from commentsvc.moving.importers.values import id_of
from commentsvc.moving.importers.values import network_of
from commentsvc.moving.importers.values import time_of

_NAMES = frozenset(
    (
        "disqus", "thread", "post", "parent", "link", "title", "message", "createdAt", "isClosed", "isDeleted",
        "isSpam", "isApproved", "author", "name", "email", "url", "username", "ipAddress", "points", "likes",
        "dislikes", "isHighlighted",
    )
)  # fmt: skip


def read_disqus(path: Path, progress: Progress, choices: Choices) -> Brought:
    """Read an export of Disqus."""
    return Brought("disqus", False, _entries(path, progress))


def _naming(_space: str, local: str) -> str | None:
    return local if local in _NAMES else None


def _entries(path: Path, progress: Progress) -> Iterator[Found]:
    extras = Extras()
    for one in records(path, progress, "disqus", _naming, frozenset(("thread", "post"))):
        if isinstance(one, Remark):
            yield one
        elif one.above is not None:
            # A post names its thread by an element of the same name.
            one.above.memory[one.name] = _id(one)
        else:
            yield _thread(one) if one.name == "thread" else _comment(one, extras)
    yield from extras.remarks()


def _thread(record: Record) -> FoundThread | Unusable:
    thread_id, url = _id(record), record.text("link")
    if thread_id is None or url is None:
        field = "dsq:id" if thread_id is None else "link"
        return Unusable(THREAD, record.line, thread_id or "?", f"{field}: missing, or can't be used")
    created = time_of(record.text("createdAt"))
    return FoundThread(
        line=record.line,
        id=thread_id,
        url=url,
        title=record.text("title"),
        created=created,
        # The export tells that a thread is closed, and not since when.
        closed=created if _is(record, "isClosed") else None,
        only_with_comments=True,
    )


def _comment(record: Record, extras: Extras) -> FoundComment | Unusable:
    comment_id, thread = _id(record), record.memory.get("thread")
    created = time_of(record.text("createdAt"))
    if comment_id is None or thread is None or created is None:
        field = "dsq:id" if comment_id is None else "thread" if thread is None else "createdAt"
        return Unusable(COMMENT, record.line, comment_id or "?", f"{field}: missing, or can't be used")
    extras.count(
        "votes of a comment", any(record.text(one) not in (None, "0") for one in ("points", "likes", "dislikes"))
    )
    extras.count("a comment is highlighted", _is(record, "isHighlighted"))
    return FoundComment(
        line=record.line,
        id=comment_id,
        thread=thread,
        parent=id_of(record.attributes.get("parent", {}).get("id")),
        created=created,
        state=_state(record),
        revisions=(FoundRevision(1, "html", record.text("message") or "", "author", created),),
        name=record.text("author/name") or record.text("author/username"),
        email=record.text("author/email"),
        website=record.text("author/url"),
        network=network_of(record.text("ipAddress")),
    )


def _state(record: Record) -> str:
    if _is(record, "isSpam"):
        return "spam"
    if _is(record, "isDeleted"):
        return "deleted"
    return "pending" if record.text("isApproved") == "false" else "approved"


def _is(record: Record, field: str) -> bool:
    return record.text(field) == "true"


def _id(record: Record) -> str | None:
    return id_of(record.attributes[""].get("id"))


DISQUS = Importer(
    name="disqus",
    source="Disqus",
    obtained="on its site, Admin, your site, Community, Export; a link to the file comes by mail.",
    carried=(
        "comments with name and time; address of mail, website and shortened network in exports that have them",
        "approved, pending, spam, deleted",
        "replies",
        "titles and addresses of threads that have comments, and whether these are closed",
    ),
    dropped=(
        "votes and highlights: there are none here; the report counts them",
        "the identifier of a thread: one article often has several, and threads are found by their address",
        "accounts and pictures of people",
    ),
    read=read_disqus,
)
