"""Which comments are one person's, as far as the owner of a mailbox has said so, and what else is kept of them.

Anybody can type any address, so a comment that carries it may be anybody's. What proves an author is that whoever reads
the mail of the address has pressed the button for just this comment. A receipt opens no more than such comments; every
comment that carries an address is opened only to who reads its mail at this moment.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm import Session

from commentsvc.models.comment import Comment
from commentsvc.models.decision import Decision
from commentsvc.models.letter import Letter
from commentsvc.models.notice import Notice
from commentsvc.models.notice import NoticeWords
from commentsvc.models.site import Site
from commentsvc.models.subscription import REPLIES
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import Subscription
from commentsvc.models.subscription import fold


class Done(NamedTuple):
    """Something that was done with a comment: the act, by what kind of actor, when."""

    act: str
    actor: str
    at: datetime


def proven_mailbox(session: Session, site: Site, comment: Comment) -> Mailbox | None:
    """Return the mailbox whose owner has said to have written a comment; None while nobody has."""
    if comment.email is None:
        return None
    return session.scalar(
        select(Mailbox)
        .join(Subscription, (Subscription.site_id == Mailbox.site_id) & (Subscription.mailbox_id == Mailbox.id))
        .where(
            Mailbox.site_id == site.id,
            Mailbox.folded == fold(comment.email),
            Mailbox.proven.is_not(None),
            Subscription.kind == REPLIES,
            Subscription.about_id == comment.id,
            Subscription.confirmed.is_not(None),
        )
    )


def confirmed_by(session: Session, mailbox: Mailbox) -> list[int]:
    """Return the comments that a mailbox's owner has said to have written, and that carry its address; newest first."""
    rows = session.execute(
        select(Comment.id, Comment.email)
        .join(Subscription, (Subscription.site_id == Comment.site_id) & (Subscription.about_id == Comment.id))
        .where(
            Subscription.site_id == mailbox.site_id,
            Subscription.mailbox_id == mailbox.id,
            Subscription.kind == REPLIES,
            Subscription.confirmed.is_not(None),
        )
    )
    return sorted((row[0] for row in rows if fold(row[1] or "") == mailbox.folded), reverse=True)


def carrying(session: Session, site: Site, email: str) -> list[int]:
    """Return the comments that carry an address in any spelling, whoever typed it; newest first."""
    # Read off the index on addresses alone, however many comments there are, and put in order here: a database that
    # is asked for the newest goes through the comments themselves.
    found = select(Comment.id).where(
        Comment.site_id == site.id, Comment.email.is_not(None), is_of(Comment.email, email)
    )
    return sorted(session.scalars(found), reverse=True)


def is_of(column: InstrumentedAttribute, email: str) -> ColumnElement[bool]:
    """Tell in a question whether a column is an address in any spelling."""
    # SQLite lowers the letters of ASCII alone.
    return or_(func.lower(column) == fold(email), column == email)


def done_with(session: Session, site: Site, comment_id: int) -> list[Done]:
    """Return what its author, moderators or the operator did with a comment, oldest first."""
    rows = session.execute(
        select(Decision.act, Decision.actor, Decision.at)
        # What the rules of a site are is not told: who sends spam could learn them by trying.
        .where(Decision.site_id == site.id, Decision.comment_id == comment_id, Decision.actor != "rule")
        .order_by(Decision.id)
    )
    return [Done(*row) for row in rows]


def subscriptions_of(session: Session, mailbox: Mailbox) -> Sequence[Subscription]:
    """Return everything that a mailbox was ever asked about or hears of, oldest first."""
    asked = select(Subscription).where(Subscription.site_id == mailbox.site_id, Subscription.mailbox_id == mailbox.id)
    return session.scalars(asked.order_by(Subscription.id)).all()


def letters_to(session: Session, site: Site, email: str) -> Sequence[Letter]:
    """Return the letters to an address that are remembered, oldest first."""
    asked = select(Letter).where(Letter.site_id == site.id, is_of(Letter.recipient, email))
    return session.scalars(asked.order_by(Letter.id)).all()


def notices_from(session: Session, site: Site, email: str) -> list[tuple[Notice, NoticeWords]]:
    """Return the notices of illegal content that came with an address, oldest first."""
    rows = session.execute(
        select(Notice, NoticeWords)
        .join(NoticeWords, (NoticeWords.site_id == Notice.site_id) & (NoticeWords.notice_id == Notice.id))
        .where(Notice.site_id == site.id, is_of(NoticeWords.email, email))
        .order_by(Notice.id)
    )
    return [(row[0], row[1]) for row in rows]
