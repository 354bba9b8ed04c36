"""Mailboxes and what is mailed to them: asked for by whoever types an address, and begun by whoever reads its mail."""

from collections.abc import Iterable
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKey
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import String
from sqlalchemy import UniqueConstraint
from sqlalchemy import and_
from sqlalchemy import delete
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.comment import Comment
from commentsvc.models.ids import new_id
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.rows import write_new

# Replies to a comment, new comments of a thread, or of the whole site.
REPLIES = "replies"
THREAD = "thread"
SITE = "site"
KINDS = (REPLIES, THREAD, SITE)


class Mailbox(Base):
    """An address of mail on a site, and whether somebody who reads its mail has said so."""

    __tablename__ = "mailbox"
    __table_args__ = (UniqueConstraint("site_id", "folded"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    email: Mapped[str] = mapped_column(String(254))
    # In lower case, so that one mailbox is one row.
    folded: Mapped[str] = mapped_column(String(254))
    proven: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Its owner wants no letter at all, not even one that asks.
    silenced: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created: Mapped[datetime] = mapped_column(UtcDateTime)


class Subscription(Base):
    """What a mailbox wants to hear of: from when it was confirmed until it was ended."""

    __tablename__ = "subscription"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "mailbox_id"], ["mailbox.site_id", "mailbox.id"], ondelete="CASCADE"),
        UniqueConstraint("site_id", "mailbox_id", "kind", "about_id"),
        Index(None, "site_id", "kind", "about_id"),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    mailbox_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(10))
    # The comment or thread; 0 for the site.
    about_id: Mapped[int] = mapped_column(BigInteger)
    # In which language its letters are wanted, where that was told.
    language: Mapped[str | None] = mapped_column(String(35))
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_active(self) -> bool:
        """Whether letters are sent for it."""
        return self.confirmed is not None and self.ended is None


def fold(email: str) -> str:
    """Return what is the same for all spellings of one address."""
    return email.lower()


def mailbox_for(session: Session, site: Site, email: str, now: datetime) -> Mailbox:
    """Return the mailbox of an address, made where there is none; raise IntegrityError where another was first."""
    found = find_mailbox(session, site, email)
    if found is not None:
        return found
    made = Mailbox(site_id=site.id, id=new_id(now), email=email, folded=fold(email), created=now)
    write_new(session, made)
    return made


def find_mailbox(session: Session, site: Site, email: str) -> Mailbox | None:
    """Return the mailbox of an address."""
    return session.scalar(select(Mailbox).where(Mailbox.site_id == site.id, Mailbox.folded == fold(email)))


def find_subscription(session: Session, mailbox: Mailbox, kind: str, about_id: int) -> Subscription | None:
    """Return the subscription of a mailbox to something, also where it has ended."""
    return session.scalar(
        select(Subscription).where(
            Subscription.site_id == mailbox.site_id,
            Subscription.mailbox_id == mailbox.id,
            Subscription.kind == kind,
            Subscription.about_id == about_id,
        )
    )


def subscription_for(
    session: Session, site: Site, mailbox: Mailbox, kind: str, about_id: int, confirmed: datetime | None,
    now: datetime, language: str | None = None,
) -> Subscription:  # fmt: skip
    """Return a new subscription of a mailbox, or the one that is there, which begins again where it had ended."""
    found = find_subscription(session, mailbox, kind, about_id)
    if found is not None:
        found.language = language or found.language
        found.ended = None
        found.confirmed = found.confirmed or confirmed
        found.created = now
        return found
    made = Subscription(
        site_id=site.id, id=new_id(now), mailbox_id=mailbox.id, kind=kind, about_id=about_id,
        language=language, created=now, confirmed=confirmed,
    )  # fmt: skip
    write_new(session, made)
    return made


def subscription_by_id(session: Session, site: Site, subscription_id: int) -> tuple[Subscription, Mailbox] | None:
    """Return a subscription with its mailbox."""
    subscription = session.get(Subscription, (site.id, subscription_id))
    return (subscription, session.get_one(Mailbox, (site.id, subscription.mailbox_id))) if subscription else None


def listeners(session: Session, site: Site, comment: Comment) -> list[tuple[Subscription, Mailbox]]:
    """Return who hears of a new comment, each mailbox once, for the nearest reason there is; its author does not."""
    # Who followed a thread follows the one that took it over.
    merged = select(Thread.id).where(Thread.site_id == site.id, Thread.merged_id == comment.thread_id)
    is_its_thread = or_(Subscription.about_id == comment.thread_id, Subscription.about_id.in_(merged))
    reasons = [and_(Subscription.kind == THREAD, is_its_thread), Subscription.kind == SITE]
    if comment.parent_id is not None:
        reasons.append(and_(Subscription.kind == REPLIES, Subscription.about_id == comment.parent_id))
    rows = session.execute(
        select(Subscription, Mailbox)
        .join(Mailbox, (Mailbox.site_id == Subscription.site_id) & (Mailbox.id == Subscription.mailbox_id))
        .where(
            Subscription.site_id == site.id,
            or_(*reasons),
            Subscription.confirmed.is_not(None),
            Subscription.ended.is_(None),
            Mailbox.silenced.is_(None),
        )
    )
    authors = _addresses_of_author(session, comment)
    found = sorted(((row[0], row[1]) for row in rows), key=lambda pair: KINDS.index(pair[0].kind))
    nearest: dict[int, tuple[Subscription, Mailbox]] = {}
    for subscription, mailbox in found:
        if mailbox.folded not in authors:
            nearest.setdefault(mailbox.id, (subscription, mailbox))
    return list(nearest.values())


def author_subscription(session: Session, site: Site, comment_id: int) -> tuple[Subscription, Mailbox] | None:
    """Return the subscription of a comment's author to its replies."""
    row = session.execute(
        select(Subscription, Mailbox)
        .join(Mailbox, (Mailbox.site_id == Subscription.site_id) & (Mailbox.id == Subscription.mailbox_id))
        .where(Subscription.site_id == site.id, Subscription.kind == REPLIES, Subscription.about_id == comment_id)
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def owns_one_of(session: Session, site: Site, mailbox: Mailbox, comment_ids: Iterable[int]) -> bool:
    """Tell whether the owner of a mailbox has confirmed to have written one of these comments."""
    question = select(Subscription.id).where(
        Subscription.site_id == site.id,
        Subscription.mailbox_id == mailbox.id,
        Subscription.kind == REPLIES,
        Subscription.about_id.in_(list(comment_ids)),
        Subscription.confirmed.is_not(None),
    )
    return session.scalar(question.limit(1)) is not None


def subscriptions_of(session: Session, mailbox: Mailbox, ended_after: datetime) -> Sequence[Subscription]:
    """Return what a mailbox hears of, and what it heard of until after some time, the newest first."""
    return session.scalars(
        select(Subscription)
        .where(
            Subscription.site_id == mailbox.site_id,
            Subscription.mailbox_id == mailbox.id,
            Subscription.confirmed.is_not(None),
            or_(Subscription.ended.is_(None), Subscription.ended > ended_after),
        )
        .order_by(Subscription.id.desc())
    ).all()


def language_of(session: Session, mailbox: Mailbox) -> str | None:
    """Return the language that a mailbox last asked for letters in, where it was told."""
    return session.scalar(
        select(Subscription.language)
        .where(
            Subscription.site_id == mailbox.site_id,
            Subscription.mailbox_id == mailbox.id,
            Subscription.confirmed.is_not(None),
            Subscription.language.is_not(None),
        )
        .order_by(Subscription.created.desc())
        .limit(1)
    )


def forget_unconfirmed(session: Session, before: datetime) -> int:
    """Remove what was asked for before a time and never confirmed, and mailboxes that are left with nothing."""
    old = delete(Subscription).where(Subscription.confirmed.is_(None), Subscription.created < before)
    gone = session.execute(old, execution_options={"synchronize_session": False})
    of_box = (Subscription.site_id == Mailbox.site_id) & (Subscription.mailbox_id == Mailbox.id)
    empty = delete(Mailbox).where(
        Mailbox.proven.is_(None),
        Mailbox.silenced.is_(None),
        Mailbox.created < before,
        ~select(Subscription.id).where(of_box).exists(),
    )
    session.execute(empty, execution_options={"synchronize_session": False})
    return gone.rowcount  # pyright: ignore[reportAttributeAccessIssue]


def _addresses_of_author(session: Session, comment: Comment) -> set[str]:
    # A moderator's reply holds no address, but they have one.
    person = session.get(Moderator, comment.moderator_id) if comment.moderator_id is not None else None
    return {fold(one) for one in (comment.email, person.email if person is not None else None) if one is not None}
