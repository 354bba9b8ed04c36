"""What an author sees and takes along of all they have said: the comments behind a receipt, or behind a mailbox.

A receipt opens its own comment. It opens others of the same mailbox only where the mailbox's owner has pressed the
button of a letter for this comment, and then only those for which they did so too. Otherwise whoever types somebody's
address would be shown what that person wrote, or would put a comment of their own among theirs. A link by mail shows
that its reader owns the mailbox, and opens every comment that carries its address.
"""

import json
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from commentsvc.authors import receipts
from commentsvc.authors.revising import by_receipt
from commentsvc.database import reading
from commentsvc.keys import Keyring
from commentsvc.models import personal
from commentsvc.models.ids import to_text
from commentsvc.models.letter import Letter
from commentsvc.models.owned import Own
from commentsvc.models.owned import own
from commentsvc.models.site import Site
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import Subscription
from commentsvc.models.subscription import author_subscription
from commentsvc.models.thread import Thread
from commentsvc.models.told import as_told
from commentsvc.moving.exporting import comment_line
from commentsvc.moving.exporting import revisions_of
from commentsvc.moving.times import write_time
from commentsvc.notifying import recovering
from commentsvc.text.excerpts import plain_text

PAGE = 50
EXCERPT = 200
FORMAT = "commentsvc-own-data"
VERSION = 1


@dataclass(frozen=True)
class Whose:
    """What a door opens: comments, newest first; the mailbox that proves them, and the comment of the receipt."""

    comment_ids: list[int]
    mailbox: Mailbox | None
    own: Own | None = None


# Asked again in each transaction: what it opens is what is true then.
Door = Callable[[Session], Whose]


@dataclass(frozen=True)
class Line:
    """One comment in a list: its receipt, its state as its author is told, where and when said, how it begins."""

    receipt: str
    state: str
    is_withdrawn: bool
    held_edit: bool
    article_url: str
    article_title: str | None
    created: datetime
    excerpt: str


@dataclass(frozen=True)
class Leaf:
    """A page of a list, how many comments there are in all, and the key to go on from; `email` where it is proven."""

    lines: list[Line]
    count: int
    next: str | None
    email: str | None
    own: Own | None


def by_own_receipt(site: Site, comment_id: int, receipt: str, keys: Keyring) -> Door:
    """Return the door of a receipt to all comments of its proven mailbox; it raises what `revising.read` raises."""

    def open_door(session: Session) -> Whose:
        mine = by_receipt(session, site, comment_id, receipt, keys)
        mailbox = personal.proven_mailbox(session, site, mine.comment)
        return Whose(personal.confirmed_by(session, mailbox) if mailbox is not None else [], mailbox, mine)

    return open_door


def by_link(site: Site, secret: str, keys: Keyring, now: datetime) -> Door:
    """Return the door of a link by mail to all comments that carry the mailbox's address; it raises LinkOver."""

    def open_door(session: Session) -> Whose:
        mailbox = recovering.mailbox_of(session, site, secret, keys, now)
        return Whose(personal.carrying(session, site, mailbox.email), mailbox)

    return open_door


def leaf(site: Site, door: Door, keys: Keyring, before: int | None = None) -> Leaf:
    """Return a page of the comments that a door opens, newest first, at most PAGE; raise what the door raises."""
    with reading() as session:
        whose = door(session)
        ids = [one for one in whose.comment_ids if before is None or one < before]
        found = [own(session, site, one) for one in ids[:PAGE]]
        lines = [_line(session, site, one, keys) for one in found if one is not None]
        return Leaf(
            lines=lines,
            count=len(whose.comment_ids),
            next=to_text(ids[PAGE - 1]) if len(ids) > PAGE else None,
            email=whose.mailbox.email if whose.mailbox is not None else None,
            own=whose.own,
        )


def count(door: Door) -> int:
    """Return how many comments a door opens beside its own; raise what the door raises."""
    with reading() as session:
        return len(door(session).comment_ids)


def of_one(site: Site, comment_id: int, receipt: str, keys: Keyring, now: datetime) -> dict[str, Any]:
    """Return what is kept of one comment and its author, to be taken along; raise what `revising.read` raises."""
    with reading() as session:
        mine = by_receipt(session, site, comment_id, receipt, keys)
        found = author_subscription(session, site, comment_id)
        return _head(site, now) | {
            "comments": list(_comments(session, site, [mine.comment.id])),
            "subscriptions": [_subscription(session, site, found[0])] if found is not None else [],
        }


def of_all(site: Site, door: Door, now: datetime) -> dict[str, Any]:
    """Return what is kept of all that a door opens, and of its mailbox; raise what the door raises."""
    with reading() as session:
        whose = door(session)
        mailbox = whose.mailbox
        ids = whose.comment_ids or ([whose.own.comment.id] if whose.own is not None else [])
        data = _head(site, now) | {"comments": list(_comments(session, site, ids))}
        if mailbox is not None:
            data["mailbox"] = {
                "email": mailbox.email,
                "known_since": write_time(mailbox.created),
                "proven": write_time(mailbox.proven),
                "never_write": write_time(mailbox.silenced),
            }
            every = personal.subscriptions_of(session, mailbox)
            data["subscriptions"] = [_subscription(session, site, one) for one in every]
            data["letters"] = [_letter(one) for one in personal.letters_to(session, site, mailbox.email)]
            data["notices"] = [
                {
                    "comment": to_text(notice.comment_id),
                    "kind": notice.kind,
                    "at": write_time(notice.at),
                    "name": words.name,
                    "email": words.email,
                    "words": words.words,
                }
                for notice, words in personal.notices_from(session, site, mailbox.email)
            ]
        return data


def _line(session: Session, site: Site, mine: Own, keys: Keyring) -> Line:
    comment = mine.comment
    receipt = receipts.make(keys, site.key, comment.id, comment.generation)
    mine = as_told(session, mine)
    return Line(
        receipt=receipt,
        state=comment.state,
        is_withdrawn=comment.withdrawn is not None,
        held_edit=comment.held_revision is not None,
        article_url=mine.article_url,
        article_title=mine.article_title,
        created=comment.created,
        # What its author has taken back is not shown again.
        excerpt="" if comment.withdrawn is not None else plain_text(mine.revision.html, EXCERPT),
    )


def _head(site: Site, now: datetime) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "site": {"key": site.key, "name": site.name},
        "made": write_time(now),
        "also": [
            "Moderators see the name, address and text of a comment; readers see its name, website and text once it is"
            " published.",
            "The filter against spam keeps no text, but learns from decided comments; it forgets one that is erased.",
            "Limits against floods and double reports keep keyed hashes of addresses and networks for a while.",
        ],
    }


def _comments(session: Session, site: Site, ids: list[int]) -> Iterator[dict[str, Any]]:
    for number in ids:
        mine = own(session, site, number)
        if mine is not None:
            yield _comment(session, site, mine)


def _comment(session: Session, site: Site, mine: Own) -> dict[str, Any]:
    comment = mine.comment
    # The line of an archive, without the addresses of moderators who changed the text.
    line = json.loads(comment_line(comment, revisions_of(session, site, [comment.id])[comment.id], None, {}))
    del line["kind"]
    held = line.get("network")
    return line | {
        "state": as_told(session, mine).comment.state,
        "article": {"url": mine.article_url, "title": mine.article_title},
        "network": {"kept": held, "until": "it is erased by its age, or with the comment" if held else None},
        "erased": write_time(comment.erased),
        "decisions": [
            {"act": one.act, "by": one.actor, "at": write_time(one.at)}
            for one in personal.done_with(session, site, comment.id)
        ],
    }


def _subscription(session: Session, site: Site, one: Subscription) -> dict[str, Any]:
    about: dict[str, Any] = {}
    if one.kind == "replies":
        about["comment"] = to_text(one.about_id)
    elif one.kind == "thread":
        thread = session.get(Thread, (site.id, one.about_id))
        about["article"] = thread.url if thread is not None else None
    return about | {
        "kind": one.kind,
        "language": one.language,
        "asked": write_time(one.created),
        "confirmed": write_time(one.confirmed),
        "ended": write_time(one.ended),
    }


def _letter(one: Letter) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "recipient": one.recipient,
        "written": write_time(one.created),
        "sent": write_time(one.sent),
    }
