"""Whoever reads a mailbox says what it wants: confirms that it is theirs, stops letters, is forgotten."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy import true
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import comment as states
from commentsvc.models.comment import Comment
from commentsvc.models.letter import forget_letters
from commentsvc.models.owned import Own
from commentsvc.models.owned import own
from commentsvc.models.owned import revision_of
from commentsvc.models.site import Site
from commentsvc.models.subscription import REPLIES
from commentsvc.models.subscription import SITE
from commentsvc.models.subscription import THREAD
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import Subscription
from commentsvc.models.subscription import author_subscription
from commentsvc.models.subscription import find_mailbox
from commentsvc.models.subscription import mailbox_for
from commentsvc.models.subscription import subscription_by_id
from commentsvc.models.subscription import subscription_for
from commentsvc.models.thread import Thread
from commentsvc.models.told import as_told
from commentsvc.notifying import links
from commentsvc.notifying.languages import known_language
from commentsvc.notifying.outbox import Outbox
from commentsvc.notifying.outbox import current
from commentsvc.notifying.telling import ask_to_confirm
from commentsvc.notifying.writing import CONFIRM_WITHIN
from commentsvc.refusals import LinkOver
from commentsvc.text.excerpts import plain_text

EXCERPT = 200
MAX_REPLIES = 20


@dataclass(frozen=True)
class Line:
    """A subscription in words: its kind, the article, what one's comment says where it is about one, its language."""

    id: int
    kind: str
    thread: Thread | None
    title: str | None
    excerpt: str | None
    language: str
    is_over: bool


@dataclass(frozen=True)
class Reply:
    """A comment that was published meanwhile: where, who wrote it, and its text."""

    id: int
    thread: Thread
    name: str
    text: str


@dataclass(frozen=True)
class Asked:
    """What a link to confirm is about: its subscription and mailbox, and what was written meanwhile."""

    subscription: Subscription
    mailbox: Mailbox
    line: Line
    # Of one's comment, as its author is told of it.
    state: str | None
    replies: list[Reply]


def read_asked(outbox: Outbox, site: Site, secret: str, now: datetime) -> Asked:
    """Return what the link of a letter that asks to confirm is about; raise LinkOver or DatabaseAway."""
    number = _number(outbox, site, links.CONFIRM, secret)
    with reading() as session:
        subscription, mailbox = _confirmable(session, site, number, now)
        mine = own(session, site, subscription.about_id) if subscription.kind == REPLIES else None
        line = line_of(session, site, subscription)
        replies = _replies(session, site, subscription) if subscription.is_active else []
        return Asked(subscription, mailbox, line, _state(session, mine), replies)


def confirm(outbox: Outbox, site: Site, secret: str, now: datetime) -> None:
    """Begin what the link of a letter was asked for, and know the mailbox as proven; raise LinkOver, DatabaseAway."""
    number = _number(outbox, site, links.CONFIRM, secret)
    with transaction() as session:
        subscription, mailbox = _confirmable(session, site, number, now)
        mailbox.proven = mailbox.proven or now
        # Who changed their mind about all letters says so by the same button.
        mailbox.silenced = None
        subscription.confirmed = subscription.confirmed or now
        subscription.ended = None


def silence(outbox: Outbox, site: Site, secret: str, now: datetime) -> None:
    """Never write to the mailbox of a link again, and end all it hears of; raise LinkOver or DatabaseAway."""
    number = _number(outbox, site, links.CONFIRM, secret)
    with transaction() as session:
        _, mailbox = _found(session, site, number)
        silence_mailbox(session, mailbox, now)


def read_to_stop(outbox: Outbox, site: Site, secret: str) -> tuple[Line, bool] | None:
    """Return what the link to stop is about, and whether it is stopped already; None where nothing is left of it.

    Raises LinkOver or DatabaseAway.
    """
    number = _number(outbox, site, links.UNSUBSCRIBE, secret)
    with reading() as session:
        found = subscription_by_id(session, site, number)
        return (line_of(session, site, found[0]), not found[0].is_active) if found is not None else None


def stop(outbox: Outbox, site: Site, secret: str, now: datetime) -> None:
    """Stop what a link is about; twice is once. Raises LinkOver or DatabaseAway."""
    number = _number(outbox, site, links.UNSUBSCRIBE, secret)
    with transaction() as session:
        found = subscription_by_id(session, site, number)
        if found is not None:
            found[0].ended = found[0].ended or now


def hears(session: Session, site: Site, comment_id: int) -> str:
    """Return whether the author of a comment is written to: `on`, `off`, or `asked` until they confirm."""
    found = author_subscription(session, site, comment_id)
    if found is None or found[0].ended is not None or found[1].silenced is not None:
        return "off"
    return "on" if found[0].confirmed is not None else "asked"


def switch(
    session: Session, site: Site, comment: Comment, on: bool, network: str | None, now: datetime,
    language: str | None = None,
) -> str:  # fmt: skip
    """Turn the letters of a comment's author on or off, for its receipt page; return what `hears` then says.

    An address that its owner has not confirmed for this comment is asked first, within the limits.
    """
    found = author_subscription(session, site, comment.id)
    if not on:
        if found is not None:
            found[0].ended = found[0].ended or now
        return "off"
    outbox = current()
    if comment.email is None or outbox is None:
        return "off"
    mailbox = mailbox_for(session, site, comment.email, now)
    if mailbox.silenced is not None:
        return "off"
    subscription = subscription_for(session, site, mailbox, REPLIES, comment.id, None, now, language)
    if subscription.confirmed is not None:
        return "on"
    ask_to_confirm(session, outbox, site, mailbox, subscription.id, network, now)
    return "asked"


def forget(session: Session, site: Site, email: str) -> None:
    """Remove the mailbox of an address, what it hears of, and every letter to it, sent or not."""
    mailbox = find_mailbox(session, site, email)
    forget_letters(session, site, {email, mailbox.email} if mailbox is not None else {email})
    if mailbox is not None:
        session.delete(mailbox)


def line_of(session: Session, site: Site, subscription: Subscription) -> Line:
    """Return a subscription in words."""
    thread, title, excerpt = None, None, None
    if subscription.kind == REPLIES:
        mine = own(session, site, subscription.about_id)
        if mine is not None:
            thread, title = mine.thread, mine.article_title
            # What its author has taken back is not shown again.
            excerpt = None if mine.comment.withdrawn else plain_text(mine.revision.html, EXCERPT)
    elif subscription.kind == THREAD:
        thread = session.get(Thread, (site.id, subscription.about_id))
        title = thread.title if thread is not None else None
    language = known_language(subscription.language or site.language)
    is_over = subscription.ended is not None
    return Line(subscription.id, subscription.kind, thread, title, excerpt, language, is_over)


def end_all(session: Session, mailbox: Mailbox, now: datetime) -> None:
    """End all that a mailbox hears of."""
    every = select(Subscription).where(
        Subscription.site_id == mailbox.site_id, Subscription.mailbox_id == mailbox.id, Subscription.ended.is_(None)
    )
    for one in session.scalars(every):
        one.ended = now


def silence_mailbox(session: Session, mailbox: Mailbox, now: datetime) -> None:
    """Never write to a mailbox again, and end all it hears of."""
    mailbox.silenced = mailbox.silenced or now
    end_all(session, mailbox, now)


def _number(outbox: Outbox, site: Site, use: str, secret: str) -> int:
    number = links.number_of(outbox.keys, site, use, secret)
    if number is None:
        raise LinkOver
    return number


def _found(session: Session, site: Site, number: int) -> tuple[Subscription, Mailbox]:
    found = subscription_by_id(session, site, number)
    if found is None:
        raise LinkOver
    return found


def _confirmable(session: Session, site: Site, number: int, now: datetime) -> tuple[Subscription, Mailbox]:
    subscription, mailbox = _found(session, site, number)
    if subscription.confirmed is None and subscription.created + CONFIRM_WITHIN <= now:
        raise LinkOver
    return subscription, mailbox


def _state(session: Session, mine: Own | None) -> str | None:
    return as_told(session, mine).comment.state if mine is not None else None


def _replies(session: Session, site: Site, subscription: Subscription) -> list[Reply]:
    # What is said before somebody confirms is not mailed to them any more.
    about = {
        REPLIES: Comment.parent_id == subscription.about_id,
        THREAD: Comment.thread_id == subscription.about_id,
        SITE: true(),
    }[subscription.kind]
    is_new = true() if subscription.kind == REPLIES else Comment.created >= subscription.created
    found = session.scalars(
        select(Comment)
        .where(Comment.site_id == site.id, about, is_new, Comment.state == states.APPROVED)
        .order_by(Comment.created)
        .limit(MAX_REPLIES)
    ).all()
    return [
        Reply(
            one.id,
            session.get_one(Thread, (site.id, one.thread_id)),
            one.name,
            plain_text(revision_of(session, one, one.shown_revision).html, EXCERPT),
        )
        for one in found
    ]
