"""Approved comments become pages: ordered, cut by keys, written as JSON, tagged."""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from commentsvc.authors.submission import article_address
from commentsvc.authors.submission import clean_ref
from commentsvc.keeping import Ground
from commentsvc.keeping import new_threads_ground
from commentsvc.keeping import site_ground
from commentsvc.keeping import thread_ground
from commentsvc.models import ids
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import STEP
from commentsvc.models.owned import Own
from commentsvc.models.published import Shown
from commentsvc.models.published import branches
from commentsvc.models.published import end_of_branch
from commentsvc.models.published import is_cut_off
from commentsvc.models.published import is_tombstone
from commentsvc.models.published import just_after
from commentsvc.models.published import just_before
from commentsvc.models.published import one_shown
from commentsvc.models.published import place_of
from commentsvc.models.published import roots
from commentsvc.models.published import stretch
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.models.thread import find_thread
from commentsvc.notifying import outbox
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.replica import ask
from commentsvc.text.addresses import Address

# A thread of up to 100 comments is one page; the rest of the room is for its tombstones.
WHOLE = 200
# A page of a longer thread: filled up to this many comments, a branch cut after so many replies.
PAGE = 100
BRANCH = 20

OLDEST = "oldest"
NEWEST = "newest"


@dataclass(frozen=True)
class Question:
    """Which page is asked for: the article's URL and the owner's stable id, order, and where to go on.

    Instead of a place to go on, a comment can be named that is to be on the page.
    """

    url: str
    ref: str | None = None
    sort: str = OLDEST
    cursor: str | None = None
    comment_id: int | None = None


@dataclass(frozen=True)
class Made:
    """An answer, what it rests on, and when it is out of date by the clock alone."""

    answer: dict[str, Any]
    grounds: tuple[Ground, ...]
    ends: datetime | None = None


def page(site: Site, question: Question, now: datetime) -> Made:
    """Return a page of a thread as the API gives it; raise Invalid, ForeignOrigin or DatabaseAway.

    A comment that is named and not shown in the thread, or not any more, brings the first page.
    """
    address = article_address(site, question.url)
    if question.sort not in (OLDEST, NEWEST):
        raise Invalid(FieldError("sort", "invalid", "Sort is oldest or newest."))
    ref = clean_ref(question.ref)
    cursor = _read_cursor(question.cursor)
    thread, comments, following, is_first = ask(
        lambda session: _read(session, site, find_thread(session, site, address.canonical, ref), question, cursor)
    )
    answer = {"thread": _thread_json(site, thread, address, now), "comments": comments, "next": following}
    if is_first:
        answer["form"] = site.form() | {"notify": outbox.current() is not None}
    if thread is None:
        return Made(answer, (site_ground(site.id), new_threads_ground(site.id)))
    closes = thread.closes(site)
    ends = closes if closes is not None and closes > now else None
    return Made(answer, (site_ground(site.id), thread_ground(site.id, thread.id)), ends)


def to_bytes(answer: dict[str, Any]) -> bytes:
    """Write an answer as JSON, always the same for the same answer."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def etag(body: bytes) -> str:
    """Return a strong tag of an answer's uncompressed bytes, so that all hosts agree on it."""
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:15]).decode()


def comment_json(shown: Shown) -> dict[str, Any]:
    """Return a comment as everybody sees it."""
    place = {
        "id": ids.to_text(shown.id),
        "parent": ids.to_text(shown.parent_id) if shown.parent_id is not None else None,
        "depth": shown.depth,
    }
    if is_tombstone(shown):
        empty = {"author": None, "html": None, "created": rfc3339(shown.created), "edited": None}
        return place | {"state": "deleted"} | empty
    return place | {
        "author": {
            "name": shown.name,
            "url": shown.website,
            "avatar": shown.avatar,
            "badge": "moderator" if shown.moderator_id is not None else None,
        },
        "html": shown.html,
        "created": rfc3339(shown.created),
        "edited": rfc3339(shown.edited) if shown.edited else None,
    }


def own_json(own: Own) -> dict[str, Any]:
    """Return a comment as its author sees it: as in a page, with state, text as written and what may be done."""
    comment = own.comment
    shown = Shown(
        id=comment.id,
        parent_id=comment.parent_id,
        depth=comment.depth,
        path=comment.path,
        state=APPROVED,
        name=comment.name,
        website=comment.website,
        avatar=comment.avatar,
        moderator_id=comment.moderator_id,
        html=own.revision.html,
        created=comment.created,
        edited=comment.edited,
    )
    return comment_json(shown) | {
        "state": comment.state,
        "body": own.revision.source,
        "editable_until": rfc3339(own.editable_until) if own.editable_until else None,
        "held_edit": comment.held_revision is not None,
        "url": own.article_url,
    }


def rfc3339(moment: datetime) -> str:
    """Write a time as RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _thread_json(site: Site, thread: Thread | None, address: Address, now: datetime) -> dict[str, Any]:
    if thread is None:
        return {"id": None, "url": address.raw, "title": None, "open": True, "count": 0}
    return {
        "id": ids.to_text(thread.id),
        # Until a comment is approved, nothing that somebody said of the article is told.
        "url": thread.url if thread.count else address.raw,
        "title": thread.title if thread.count else None,
        "open": thread.closed_since(site, now) is None,
        "count": thread.count,
    }


def _read(
    session: Session, site: Site, thread: Thread | None, question: Question, cursor: tuple[str, bytes] | None
) -> tuple[Thread | None, list[dict[str, Any]], str | None, bool]:
    # The thread, the page, where to go on, and whether it is the first page.
    if thread is None:
        return None, [], None, cursor is None
    if cursor is not None:
        return thread, *_later_page(session, site, thread, question.sort, cursor), False
    if question.comment_id is not None:
        return thread, *_page_with(session, site, thread, question.sort, question.comment_id)
    return thread, *_first_page(session, site, thread, question.sort), True


def _first_page(session: Session, site: Site, thread: Thread, sort: str) -> tuple[list[dict[str, Any]], str | None]:
    if thread.count <= PAGE:
        rows = stretch(session, site, thread.id, WHOLE + 1)
        if len(rows) <= WHOLE:
            return [_entry(thread, row) for row in _pinned_first(thread, _in_order(rows, sort))], None
    return _page_of_roots(session, site, thread, sort, None)


def _later_page(
    session: Session, site: Site, thread: Thread, sort: str, cursor: tuple[str, bytes]
) -> tuple[list[dict[str, Any]], str | None]:
    kind, after = cursor
    if kind == "r":
        return _page_of_roots(session, site, thread, sort, after)
    rows = stretch(session, site, thread.id, PAGE + 1, after, end_of_branch(after))
    following = _write_cursor("b", rows[PAGE - 1].path) if len(rows) > PAGE else None
    return [comment_json(row) for row in rows[:PAGE]], following


def _page_with(
    session: Session, site: Site, thread: Thread, sort: str, comment_id: int
) -> tuple[list[dict[str, Any]], str | None, bool]:
    # The page, where to go on, and whether it is the first: where that holds the comment, or where nothing does.
    comments, following = _first_page(session, site, thread, sort)
    if all(comment["id"] != ids.to_text(comment_id) for comment in comments):
        path = place_of(session, site, thread.id, comment_id)
        if path is not None:
            return *_later_page(session, site, thread, sort, _cursor_to(session, site, thread, sort, path)), False
    return comments, following, True


def _cursor_to(session: Session, site: Site, thread: Thread, sort: str, path: bytes) -> tuple[str, bytes]:
    if is_cut_off(session, site, thread.id, path, BRANCH):
        return "b", just_before(path)
    root = path[:STEP]
    return "r", just_after(root) if sort == NEWEST else just_before(root)


def _page_of_roots(
    session: Session, site: Site, thread: Thread, sort: str, after: bytes | None
) -> tuple[list[dict[str, Any]], str | None]:
    # One more, since the one that stands first is left out in its own place.
    found = roots(session, site, thread.id, PAGE + 2, after, newest=sort == NEWEST)
    if thread.pinned_id is not None:
        first = one_shown(session, site, thread.id, thread.pinned_id) if after is None else None
        found = [root for root in found if not _is_pinned(thread, root)]
        if first is not None and _is_pinned(thread, first):
            found.insert(0, first)
    under = branches(session, site, thread.id, found[:PAGE], BRANCH + 1)
    comments: list[dict[str, Any]] = []
    for place, root in enumerate(found[:PAGE]):
        if len(comments) >= PAGE:
            return comments, _write_cursor("r", found[place - 1].path)
        replies = under[root.path]
        entry = _entry(thread, root)
        if len(replies) > BRANCH:
            entry["more"] = _write_cursor("b", replies[BRANCH - 1].path)
        comments.append(entry)
        comments.extend(comment_json(reply) for reply in replies[:BRANCH])
    return comments, _write_cursor("r", found[PAGE - 1].path) if len(found) > PAGE else None


def _in_order(rows: list[Shown], sort: str) -> list[Shown]:
    if sort == OLDEST:
        return rows
    newest_roots_first = sorted({row.path[:STEP] for row in rows}, reverse=True)
    rank = {root: place for place, root in enumerate(newest_roots_first)}
    return sorted(rows, key=lambda row: (rank[row.path[:STEP]], row.path))


def _pinned_first(thread: Thread, rows: list[Shown]) -> list[Shown]:
    pinned = next((row.path for row in rows if _is_pinned(thread, row)), None)
    return rows if pinned is None else sorted(rows, key=lambda row: row.path[:STEP] != pinned)


def _entry(thread: Thread, shown: Shown) -> dict[str, Any]:
    entry = comment_json(shown)
    return entry | {"pinned": True} if _is_pinned(thread, shown) else entry


def _is_pinned(thread: Thread, shown: Shown) -> bool:
    # One that was taken down since keeps its pin, should it come back, and stands in its own place.
    return shown.id == thread.pinned_id and not is_tombstone(shown)


def _write_cursor(kind: str, path: bytes) -> str:
    return base64.urlsafe_b64encode(kind.encode() + path).decode().rstrip("=")


def _read_cursor(text: str | None) -> tuple[str, bytes] | None:
    if text is None:
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    kind, path = raw[:1], raw[1:]
    if kind not in (b"r", b"b") or not path or len(path) % STEP:
        raise Invalid(FieldError("cursor", "invalid", "This is not a place that a page gave as its next."))
    return kind.decode(), path
