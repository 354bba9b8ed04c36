"""Letters: what is to be mailed, as rows that hold a kind, ids and a recipient; the words are made when it is sent."""

from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy import ColumnElement
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import String
from sqlalchemy import UniqueConstraint
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy import update
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.ids import new_id
from commentsvc.models.site import Site
from commentsvc.rows import insertion_of_new

# Confirm your address: the only one that goes to an address which is not proven.
CONFIRM = "confirm"
# Somebody replied, or wrote in a thread or site that is followed.
COMMENT = "comment"
APPROVED = "approved"
REJECTED = "rejected"
# To moderators: comments wait, told at once or once a day.
PENDING = "pending"
DIGEST = "digest"
# What a week was like.
WEEKLY = "weekly"
INVITATION = "invitation"
# A link to all of one's own comments, for who has lost the private links.
RECOVERY = "recovery"

OF_A_DECISION = (COMMENT, APPROVED, REJECTED)
PAGE = 50

_OPEN = "sent IS NULL AND parked IS NULL"


class Letter(Base):
    """One letter to one recipient; an event is told to each of them once."""

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("site_id", "recipient", "kind", "event_id"),
        Index("ix_letter_open", "site_id", "due", sqlite_where=text(_OPEN), postgresql_where=text(_OPEN)),
        Index(
            "ix_letter_parked",
            "site_id",
            "parked",
            sqlite_where=text("parked IS NOT NULL"),
            postgresql_where=text("parked IS NOT NULL"),
        ),
        Index("ix_letter_comment", "site_id", "comment_id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20))
    # What caused it: a comment, a decision, a subscription, an invitation, a day or a week, by kind.
    event_id: Mapped[int] = mapped_column(BigInteger)
    recipient: Mapped[str] = mapped_column(String(254))
    comment_id: Mapped[int | None] = mapped_column(BigInteger)
    subscription_id: Mapped[int | None] = mapped_column(BigInteger)
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"))
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    due: Mapped[datetime] = mapped_column(UtcDateTime)

    attempts: Mapped[int]
    # Who is sending it, and until when nobody else may try.
    leased_by: Mapped[str | None] = mapped_column(String(40))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Chosen at the first attempt and kept, so that a repeat is known as one.
    message_id: Mapped[str | None] = mapped_column(String(200))
    sent: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When it was given up, and what the mail server last said.
    parked: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(String(300))


@dataclass(frozen=True)
class Standing:
    """How many letters of a site are not sent, how many of them are given up, and how many are overdue."""

    unsent: int
    parked: int
    overdue: int


def write_letter(
    session: Session, site: Site, kind: str, event_id: int, recipient: str, due: datetime, now: datetime, **about: Any
) -> None:
    """Store a letter within the transaction that causes it; what is told already is not told again."""
    values = {
        "site_id": site.id, "id": new_id(now), "kind": kind, "event_id": event_id, "recipient": recipient,
        "created": now, "due": due, "attempts": 0,
    }  # fmt: skip
    connection = session.connection()
    connection.execute(insertion_of_new(connection, Letter), values | about)


def withdraw_letters(session: Session, site: Site, comment_id: int, now: datetime) -> None:
    """Take back what was to be told of a comment and is not on its way yet."""
    gone = delete(Letter).where(
        Letter.site_id == site.id,
        Letter.comment_id == comment_id,
        Letter.kind.in_(OF_A_DECISION),
        Letter.sent.is_(None),
        _is_free(now),
    )
    session.execute(gone, execution_options={"synchronize_session": False})


def last_told(session: Session, site: Site, comment_id: int) -> str | None:
    """Return which outcome the author of a comment was told last: APPROVED or REJECTED."""
    return session.scalar(
        select(Letter.kind)
        .where(Letter.site_id == site.id, Letter.comment_id == comment_id, Letter.kind.in_((APPROVED, REJECTED)))
        .order_by(Letter.id.desc())
        .limit(1)
    )


def last_letter(session: Session, site: Site, recipient: str, kind: str) -> Letter | None:
    """Return the letter of a kind to a recipient whose event was last; nobody claims it before the transaction ends."""
    return session.scalar(
        select(Letter)
        .where(Letter.site_id == site.id, Letter.recipient == recipient, Letter.kind == kind)
        .order_by(Letter.event_id.desc())
        .limit(1)
        .with_for_update(read=True)
    )


def due_letters(session: Session, now: datetime, limit: int) -> list[tuple[int, int]]:
    """Return the keys of letters of all sites that are to be sent now, longest due first."""
    open_now = (Letter.sent.is_(None), Letter.parked.is_(None), Letter.due <= now, _is_free(now))
    rows = session.execute(select(Letter.site_id, Letter.id).where(*open_now).order_by(Letter.due).limit(limit))
    return [(row.site_id, row.id) for row in rows]


def claim(
    session: Session, key: tuple[int, int], by: str, until: datetime, message_id: str, now: datetime
) -> Letter | None:
    """Lease a letter that is due to one who will send it; None where another was first, or it was withdrawn."""
    done = session.execute(
        update(Letter)
        .where(
            *_is(key), Letter.sent.is_(None), Letter.parked.is_(None), Letter.due <= now, _is_free(now),
        )
        .values(
            leased_by=by,
            leased_until=until,
            attempts=Letter.attempts + 1,
            message_id=func.coalesce(Letter.message_id, message_id),
        )
    )  # fmt: skip
    return session.get(Letter, key) if _count(done) else None


def mark_sent(session: Session, letter: Letter, now: datetime) -> None:
    """Say that a mail server has taken a letter; also where the lease ran out meanwhile."""
    values = {"sent": now, "leased_by": None, "leased_until": None, "error": None}
    session.execute(update(Letter).where(*_is((letter.site_id, letter.id)), Letter.sent.is_(None)).values(**values))


def put_off(session: Session, letter: Letter, by: str, due: datetime, parked: datetime | None, error: str) -> None:
    """Say what went wrong with a letter, and when it is tried again; with `parked` it is not, unless somebody asks."""
    values = {"due": due, "parked": parked, "error": error[:300], "leased_by": None, "leased_until": None}
    session.execute(update(Letter).where(*_is((letter.site_id, letter.id)), Letter.leased_by == by).values(**values))


def release(session: Session, by: str) -> None:
    """Give back what one who sends has leased and does not send."""
    leased = (Letter.leased_by == by, Letter.sent.is_(None), Letter.parked.is_(None))
    session.execute(update(Letter).where(*leased).values(leased_by=None, leased_until=None))


def drop(session: Session, letter: Letter, by: str) -> None:
    """Remove a letter that has nothing to say any more."""
    session.execute(delete(Letter).where(*_is((letter.site_id, letter.id)), Letter.leased_by == by))


def parked_letters(session: Session, site: Site) -> Sequence[Letter]:
    """Return letters of a site that could not be sent, the last first, at most PAGE."""
    asked = select(Letter).where(Letter.site_id == site.id, Letter.parked.is_not(None))
    return session.scalars(asked.order_by(Letter.parked.desc(), Letter.id.desc()).limit(PAGE)).all()


def standing(session: Session, site: Site, overdue: datetime) -> Standing:
    """Return how many letters of a site are not sent, given up, and due since before a time and not on their way."""
    late = (Letter.parked.is_(None), Letter.due < overdue, _is_free(overdue))
    counts = (func.count(), func.count(Letter.parked), func.count().filter(*late))
    return Standing(*session.execute(select(*counts).where(Letter.site_id == site.id, Letter.sent.is_(None))).one())


def unpark(session: Session, site: Site, letter_ids: Iterable[int], now: datetime) -> int:
    """Have parked letters sent again, and return how many there were."""
    again = (
        update(Letter)
        .where(Letter.site_id == site.id, Letter.id.in_(list(letter_ids)), Letter.parked.is_not(None))
        .values(parked=None, due=now, attempts=0, error=None)
    )
    return _count(session.execute(again))


def forget_letters(session: Session, site: Site, recipients: Iterable[str]) -> None:
    """Remove all letters to addresses, sent or not."""
    session.execute(delete(Letter).where(Letter.site_id == site.id, Letter.recipient.in_(list(recipients))))


def forget_sent(session: Session, before: datetime) -> int:
    """Remove letters of all sites that were sent before a time: who was written to is nobody's business for ever."""
    return _count(session.execute(delete(Letter).where(Letter.sent < before)))


def _is(key: tuple[int, int]) -> tuple[ColumnElement[bool], ...]:
    return Letter.site_id == key[0], Letter.id == key[1]


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(Letter.leased_until.is_(None), Letter.leased_until <= now)


def _count(result: Any) -> int:
    return result.rowcount
