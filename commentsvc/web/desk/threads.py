"""The site's threads: which there are, and whether they take comments."""

from dataclasses import dataclass
from datetime import datetime

from flask import g
from flask import redirect
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc import moderating
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.refusals import UnknownThread
from commentsvc.web.desk.page import page
from commentsvc.web.desk.page import page_asked
from commentsvc.web.desk.page import with_words
from commentsvc.web.desk.page import words_asked
from commentsvc.web.desk.words import comments
from commentsvc.web.service import service


@dataclass(frozen=True)
class Line:
    """A thread as the list shows it; one that is closed for its age cannot be opened by hand."""

    id: str
    title: str
    url: str
    count: str
    closed: bool
    by_age: bool


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


def close(thread: str) -> Response:
    """Let a thread take no more comments."""
    return _set_open(thread, False)


def reopen(thread: str) -> Response:
    """Let a thread that was closed by hand take comments again."""
    return _set_open(thread, True)


def _set_open(thread: str, is_open: bool) -> Response:
    number = from_text(thread)
    if number is None:
        raise UnknownThread
    moderating.set_open(g.site, g.moderator, number, is_open, service().now())
    did = "reopen" if is_open else "close"
    return redirect(url_for("desk.threads", site=g.site.key, **with_words(did=did)), 303)


def _line(site: Site, thread: Thread, now: datetime) -> Line:
    return Line(
        id=to_text(thread.id),
        title=thread.title or thread.url,
        url=thread.url,
        count=comments(thread.count),
        closed=thread.closed_since(site, now) is not None,
        by_age=thread.closed is None,
    )
