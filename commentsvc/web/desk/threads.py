"""The site's threads: which there are, what one shows, whether it takes comments; pins, moves and merges."""

from dataclasses import dataclass
from datetime import datetime

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.models.arrangement import MERGE
from commentsvc.models.arrangement import Arrangement
from commentsvc.models.comment import STATES
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.published import Shown
from commentsvc.models.published import is_tombstone
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.moderators import arranging
from commentsvc.moderators import moderating
from commentsvc.moderators import reviewing
from commentsvc.moderators.arranging import Preview
from commentsvc.moderators.reviewing import ThreadView
from commentsvc.refusals import UnknownComment
from commentsvc.refusals import UnknownThread
from commentsvc.text.excerpts import plain_text
from commentsvc.web.desk.page import page
from commentsvc.web.desk.page import page_asked
from commentsvc.web.desk.page import with_words
from commentsvc.web.desk.page import words_asked
from commentsvc.web.desk.words import ago
from commentsvc.web.desk.words import comments
from commentsvc.web.service import service

EXCERPT = 300
# Deeper replies are set in no further.
SET_IN = 6


@dataclass(frozen=True)
class Line:
    """A thread as the list shows it; one that is closed for its age cannot be opened by hand."""

    id: str
    title: str
    url: str
    count: str
    closed: bool
    by_age: bool
    merged: bool


@dataclass(frozen=True)
class Said:
    """A comment of a thread as its page shows it: short, with what can be done with its place."""

    id: str
    author: str | None
    ago: str
    excerpt: str
    level: int
    pinned: bool
    may_pin: bool


@dataclass(frozen=True)
class Moved:
    """What was moved lately, in words, with the thread on the other side."""

    id: str
    words: str
    other: Line | None
    ago: str
    undone: bool


def threads() -> Response:
    """Show a page of the site's threads."""
    now = service().now()
    words, after = words_asked(), page_asked()
    view = moderating.look_at_threads(g.site, words, after)
    return page(
        "desk/threads.html",
        "threads",
        view.sizes,
        lines=[_line(g.site, thread, now) for thread in view.threads],
        words=words,
        after=to_text(after) if after is not None else None,
        further=to_text(view.next) if view.next is not None else None,
    )


def thread(thread: str) -> Response:
    """Show one thread: its addresses, what it shows, what was moved."""
    now, after = service().now(), page_asked()
    view = reviewing.look_at_thread(g.site, _thread(thread), after)
    return page(
        "desk/threads_one.html",
        "threads",
        view.sizes,
        line=_line(g.site, view.thread, now),
        heir=_line(g.site, view.heir, now) if view.heir is not None else None,
        ref=view.thread.ref,
        addresses=[held.raw for held in view.addresses],
        said=[_said(view.thread, shown, now) for shown in view.shown],
        moved=[_moved(view, made, now) for made in view.lately],
        after=to_text(after) if after is not None else None,
        further=to_text(view.next) if view.next is not None else None,
    )


def close(thread: str) -> Response:
    """Let a thread take no more comments."""
    return _set_open(thread, False)


def reopen(thread: str) -> Response:
    """Let a thread that was closed by hand take comments again."""
    return _set_open(thread, True)


def pin(comment: str) -> Response:
    """Show a comment first in its thread."""
    pinned = arranging.pin(g.site, g.moderator, _comment(comment), service().now())
    return _to_thread(pinned.id, "pin")


def unpin(comment: str) -> Response:
    """Show a pinned comment in its own place again."""
    unpinned = arranging.unpin(g.site, g.moderator, _comment(comment), service().now())
    return _to_thread(unpinned.id, "unpin")


def move(comment: str) -> Response:
    """Choose where to move a comment with its replies, show what that would do, and do it."""
    number, target = _comment(comment), _target()
    if request.method == "POST" and target is not None:
        made = arranging.move(g.site, g.moderator, number, target, service().now())
        return _to_thread(made.target_id, "move")
    entry = moderating.look_at(g.site, number)
    preview = arranging.preview_move(g.site, number, target) if target is not None else None
    return _choose(
        "move", url_for("desk.move", site=g.site.key, comment=comment), entry.thread, preview, entry.comment.name
    )


def merge(thread: str) -> Response:
    """Choose which thread a thread is merged into, show what that would do, and do it."""
    number, target = _thread(thread), _target()
    if request.method == "POST" and target is not None:
        made = arranging.merge(g.site, g.moderator, number, target, service().now())
        return _to_thread(made.target_id, "merge")
    source = reviewing.look_at_thread(g.site, number).thread
    preview = arranging.preview_merge(g.site, number, target) if target is not None else None
    return _choose("merge", url_for("desk.merge", site=g.site.key, thread=thread), source, preview)


def undo_move(move: str) -> Response:
    """Take a move or a merge back."""
    undone = arranging.undo(g.site, g.moderator, _thread(move), service().now())
    return _to_thread(undone.source_id, "merge-undo" if undone.kind == MERGE else "move-undo")


def _choose(kind: str, address: str, source: Thread, preview: Preview | None, author: str | None = None) -> Response:
    now, words = service().now(), words_asked()
    found = moderating.look_at_threads(g.site, words)
    return page(
        "desk/threads_choose.html",
        "threads",
        found.sizes,
        kind=kind,
        address=address,
        source=_line(g.site, source, now),
        author=author,
        words=words,
        choices=[_line(g.site, each, now) for each in found.threads if each.id != source.id and each.merged_id is None],
        preview=preview,
        target=_line(g.site, preview.target, now) if preview is not None else None,
        states=[(state, preview.states[state]) for state in STATES if state in preview.states] if preview else [],
        moving=comments(preview.comments) if preview is not None else "",
    )


def _set_open(thread: str, is_open: bool) -> Response:
    number = _thread(thread)
    moderating.set_open(g.site, g.moderator, number, is_open, service().now())
    did = "reopen" if is_open else "close"
    if request.form.get("here") == "thread":
        return _to_thread(number, did)
    return redirect(url_for("desk.threads", site=g.site.key, **with_words(did=did)), 303)


def _to_thread(number: int, did: str) -> Response:
    return redirect(url_for("desk.thread", site=g.site.key, thread=to_text(number), did=did), 303)


def _thread(text: str) -> int:
    number = from_text(text)
    if number is None:
        raise UnknownThread
    return number


def _comment(text: str) -> int:
    number = from_text(text)
    if number is None:
        raise UnknownComment
    return number


def _target() -> int | None:
    given = request.values.get("to")
    return _thread(given) if given else None


def _line(site: Site, thread: Thread, now: datetime) -> Line:
    return Line(
        id=to_text(thread.id),
        title=thread.title or thread.url,
        url=thread.url,
        count=comments(thread.count),
        closed=thread.closed_since(site, now) is not None,
        by_age=thread.closed is None,
        merged=thread.merged_id is not None,
    )


def _said(thread: Thread, shown: Shown, now: datetime) -> Said:
    gone = is_tombstone(shown)
    pinned = shown.id == thread.pinned_id
    return Said(
        id=to_text(shown.id),
        author=None if gone else shown.name,
        ago=ago(shown.created, now),
        excerpt="" if gone else plain_text(shown.html, EXCERPT),
        level=min(shown.depth, SET_IN),
        pinned=pinned,
        may_pin=not gone and not pinned and shown.parent_id is None,
    )


def _moved(view: ThreadView, made: Arrangement, now: datetime) -> Moved:
    came = made.target_id == view.thread.id
    other = view.others.get(made.source_id if came else made.target_id)
    many = comments(made.comments)
    if made.kind == MERGE:
        words = f"Took over {many} of" if came else f"Gave {many} to"
    else:
        words = f"{many.capitalize()} came from" if came else f"{many.capitalize()} went to"
    line = _line(g.site, other, now) if other is not None else None
    return Moved(to_text(made.id), words, line, ago(made.at, now), made.undone is not None)
