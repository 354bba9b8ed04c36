"""What is new: the latest approved comments of a site or of one thread, for lists and for feeds."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from commentsvc.authors.submission import article_address
from commentsvc.authors.submission import clean_ref
from commentsvc.keeping import Ground
from commentsvc.keeping import any_thread_ground
from commentsvc.keeping import new_threads_ground
from commentsvc.keeping import site_ground
from commentsvc.keeping import thread_ground
from commentsvc.models import ids
from commentsvc.models.newest import Fresh
from commentsvc.models.newest import newest
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.models.thread import find_thread
from commentsvc.readers.publishing import Made
from commentsvc.readers.publishing import comment_json
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.replica import ask

MAX_LATEST = 50
FEED = 50


@dataclass(frozen=True)
class Feed:
    """A feed: its comments, newest first, and what they are about, a site or a thread.

    `query` is what a thread is asked for by, empty for a site; `key` stays the same however that is spelled. `page` is
    where the article is read, `subject` what it is called, `updated` when something in the feed changed last,
    `grounds` what all of this rests on.
    """

    query: dict[str, str]
    key: str
    page: str | None
    subject: str
    updated: datetime
    entries: list[Fresh]
    grounds: tuple[Ground, ...]


def latest(site: Site, limit: int) -> Made:
    """Return the newest approved comments of a site as the API gives them; raise Invalid unless limit is 1 to 50."""
    if not 1 <= limit <= MAX_LATEST:
        raise Invalid(FieldError("limit", "invalid", f"The limit is a number from 1 to {MAX_LATEST}."))
    found = ask(lambda session: newest(session, site, limit))
    answer = {"comments": [_latest_json(fresh) for fresh in found]}
    return Made(answer, (site_ground(site.id), any_thread_ground(site.id)))


def site_feed(site: Site) -> Feed:
    """Return the feed of a site."""
    entries = ask(lambda session: newest(session, site, FEED))
    page = f"{site.origins[0]}/" if site.origins else None
    grounds = (site_ground(site.id), any_thread_ground(site.id))
    return Feed({}, "", page, site.name, _updated(entries, site.created), entries, grounds)


def thread_feed(site: Site, url: str | None, ref: str | None) -> Feed:
    """Return the feed of a thread, found by URL, stable id or both; raise Invalid or ForeignOrigin.

    An unknown thread has an empty feed.
    """
    address = article_address(site, url) if url is not None else None
    ref = clean_ref(ref)
    if address is None and ref is None:
        raise Invalid(FieldError("id", "empty", "The id of the thread is empty."))
    # No address is empty: without one, only the id can find a thread.
    canonical = address.canonical if address is not None else ""
    thread, entries = ask(lambda session: _newest_of(session, site, canonical, ref))
    page = thread.url if thread is not None else address.raw if address is not None else None
    query = {"url": address.raw if address is not None else None, "id": ref}
    return Feed(
        query={name: value for name, value in query.items() if value is not None},
        key=f"id={ref}" if ref is not None else f"url={canonical}",
        page=page,
        subject=(thread.title if thread is not None else None) or page or ref or "",
        updated=_updated(entries, thread.created if thread is not None else site.created),
        entries=entries,
        grounds=(site_ground(site.id), thread_ground(site.id, thread.id) if thread else new_threads_ground(site.id)),
    )


def _newest_of(session: Session, site: Site, canonical: str, ref: str | None) -> tuple[Thread | None, list[Fresh]]:
    thread = find_thread(session, site, canonical, ref)
    return thread, newest(session, site, FEED, thread.id) if thread is not None else []


def permalink(url: str, comment_id: int) -> str:
    """Return the address of a comment in its article."""
    return f"{url}#comment-{ids.to_text(comment_id)}"


def _latest_json(fresh: Fresh) -> dict[str, Any]:
    return comment_json(fresh.shown) | {
        "url": permalink(fresh.url, fresh.shown.id),
        "title": fresh.title,
        "thread": ids.to_text(fresh.thread_id),
    }


def _updated(entries: list[Fresh], otherwise: datetime) -> datetime:
    return max((entry.shown.edited or entry.shown.created for entry in entries), default=otherwise)
