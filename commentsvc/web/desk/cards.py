"""A comment as a card on the desk: everything on it is ready to be shown."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import PENDING
from commentsvc.models.desk import QUEUE
from commentsvc.models.desk import Entry
from commentsvc.models.ids import to_text
from commentsvc.text.excerpts import plain_text
from commentsvc.web.desk import words
from commentsvc.web.desk.words import Act
from commentsvc.web.desk.words import Chip

# Longer than this, a text scrolls within its card, so that the next one is not far.
LONG = 1500


@dataclass(frozen=True)
class Link:
    """An address to go to, and the words it stands under."""

    url: str | None
    words: str


@dataclass(frozen=True)
class Answered:
    """The comment that another one answers: whose it is, and how it begins."""

    name: str
    excerpt: str


@dataclass(frozen=True)
class Card:
    """What a card shows; `public` is the text that readers see while an edit waits."""

    id: str
    revision: int
    author: str
    by_moderator: bool
    email: str | None
    website: Link | None
    at: datetime
    ago: str
    article: Link
    answered: Answered | None
    html: Markup
    public: Markup | None
    is_long: bool
    chips: list[Chip]
    acts: tuple[Act, ...]
    reply: str | None
    withdrawn: bool
    thread: str
    # In what others may be like it: address of mail or name.
    like: str
    asks_filter: bool


def card_of(entry: Entry, name: str, now: datetime) -> Card:
    """Return a comment as a card of the list of this name."""
    comment = entry.comment
    withdrawn = comment.withdrawn is not None
    return Card(
        id=to_text(comment.id),
        revision=entry.revision.n,
        author=comment.name,
        by_moderator=comment.moderator_id is not None,
        email=shortened(comment.email),
        website=_website(comment.website),
        at=entry.revision.at,
        ago=words.ago(entry.revision.at, now),
        article=_article(entry),
        answered=_answered(entry),
        html=_sanitized(entry.revision.html),
        public=_sanitized(entry.public_html) if entry.public_html is not None else None,
        is_long=max(len(entry.revision.html), len(entry.public_html or "")) > LONG,
        chips=words.chips(entry) if name == QUEUE else [],
        acts=() if withdrawn else _acts(entry, name),
        reply=_reply(entry),
        withdrawn=withdrawn,
        thread=to_text(comment.thread_id),
        like=f"{'name' if comment.email is None else 'email'}-{to_text(comment.id)}",
        asks_filter="filter" in entry.reasons,
    )


def _article(entry: Entry) -> Link:
    # Where the comment says that it was said; nothing of it is public before the thread's first approval.
    comment, thread = entry.comment, entry.thread
    url = comment.url or thread.url
    return Link(_followed(url), thread.title or comment.title or url)


def shortened(email: str | None) -> str | None:
    """Return an address of mail by which its owner is recognized, and which cannot be copied off a screen."""
    if email is None:
        return None
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}***@{domain}"


def _sanitized(html: str) -> Markup:
    # What the renderer made, sanitized last. Revision.source is not, and never comes here.
    return Markup(html)  # noqa: S704


def _acts(entry: Entry, name: str) -> tuple[Act, ...]:
    # In the list of approved comments one may have a new text that waits.
    return words.OFFERED[QUEUE if entry.is_edit else name]


def _reply(entry: Entry) -> str | None:
    return {PENDING: "Approve and reply", APPROVED: "Reply"}.get(entry.comment.state)


def _answered(entry: Entry) -> Answered | None:
    if entry.parent is None:
        return None
    return Answered(entry.parent.name, plain_text(entry.parent_html or "", 120))


def _website(url: str | None) -> Link | None:
    if url is None:
        return None
    bare = url.split("://", 1)[-1].rstrip("/")
    return Link(_followed(url), bare if len(bare) <= 40 else bare[:39] + "…")


def _followed(url: str) -> str | None:
    # What was imported long ago may be anything.
    return url if url.lower().startswith(("http://", "https://")) else None
