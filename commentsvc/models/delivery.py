"""Deliveries: what a webhook is to be told, as rows that hold a kind, ids and facts; the body is made when it is sent.

A table of its own beside that of letters: these have no recipient that could unsubscribe and no time at which they are
due; they stand in line behind each other, and what the receiver answered is kept for its owner to read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy import BigInteger
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import String
from sqlalchemy import UniqueConstraint
from sqlalchemy import and_
from sqlalchemy import delete
from sqlalchemy import func
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
from commentsvc.models.webhook import Webhook
from commentsvc.models.webhook import ready
from commentsvc.rows import insertion_of_new

SHOWN = 50
MAX_WORDS = 200

_OPEN = "delivered IS NULL AND parked IS NULL"


class Delivery(Base):
    """One event that one webhook is told once."""

    __tablename__ = "delivery"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "webhook_id"], ["webhook.site_id", "webhook.id"], ondelete="CASCADE"),
        UniqueConstraint("site_id", "webhook_id", "kind", "event_id"),
        Index(
            "ix_delivery_open",
            "site_id",
            "webhook_id",
            "place",
            sqlite_where=text(_OPEN),
            postgresql_where=text(_OPEN),
        ),
        Index("ix_delivery_shown", "site_id", "webhook_id", "place"),
        Index("ix_delivery_comment", "site_id", "comment_id", "place"),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    webhook_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(20))
    # What caused it: a comment that was posted, a decision, a report, or a wish to see it work.
    event_id: Mapped[int] = mapped_column(BigInteger)
    comment_id: Mapped[int | None] = mapped_column(BigInteger)
    # When it happened, and what changed by whom, whatever has become of the comment since: codes alone.
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Where it stands in line; what is told again goes to the end.
    place: Mapped[int] = mapped_column(BigInteger)
    created: Mapped[datetime] = mapped_column(UtcDateTime)

    attempts: Mapped[int]
    tried: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When it was given up.
    parked: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What came of the last attempt: the HTTP status, the time it took in milliseconds, why it failed.
    status: Mapped[int | None]
    took: Mapped[int | None]
    words: Mapped[str | None] = mapped_column(String(MAX_WORDS))


@dataclass(frozen=True)
class Event:
    """What happened: kind, which row it is, when, to which comment, and facts in codes."""

    kind: str
    id: int
    at: datetime
    comment_id: int | None
    facts: dict[str, Any]


def queue_up(session: Session, site: Site, webhook_id: int, event: Event, now: datetime) -> None:
    """Store within the transaction that causes it what a webhook is to be told; what is told already, not again."""
    number = new_id(now)
    connection = session.connection()
    values = {
        "site_id": site.id, "id": number, "webhook_id": webhook_id, "kind": event.kind, "event_id": event.id,
        "comment_id": event.comment_id, "at": event.at, "facts": event.facts, "created": now, "attempts": 0,
        "place": max(number, _last_place(session, site, webhook_id, event.comment_id) + 1),
    }  # fmt: skip
    connection.execute(insertion_of_new(connection, Delivery), values)


def waiting_webhooks(session: Session, now: datetime, limit: int) -> list[tuple[int, int]]:
    """Return the keys of webhooks of all sites that something waits for and that can be told it now."""
    question = (
        select(Delivery.site_id, Delivery.webhook_id)
        .join(Webhook, and_(Webhook.site_id == Delivery.site_id, Webhook.id == Delivery.webhook_id))
        .where(Delivery.delivered.is_(None), Delivery.parked.is_(None), *ready(now))
        .group_by(Delivery.site_id, Delivery.webhook_id)
        .order_by(func.min(Delivery.place))
        .limit(limit)
    )
    return [(row.site_id, row.webhook_id) for row in session.execute(question)]


def first_waiting(session: Session, webhook: Webhook) -> Delivery | None:
    """Return what a webhook is to be told next."""
    return session.scalar(
        select(Delivery)
        .where(
            Delivery.site_id == webhook.site_id,
            Delivery.webhook_id == webhook.id,
            Delivery.delivered.is_(None),
            Delivery.parked.is_(None),
        )
        .order_by(Delivery.place)
        .limit(1)
    )


def deliveries_of(session: Session, webhook: Webhook) -> Sequence[Delivery]:
    """Return what a webhook was told or is to be told last, at most SHOWN, the last first."""
    asked = select(Delivery).where(Delivery.site_id == webhook.site_id, Delivery.webhook_id == webhook.id)
    return session.scalars(asked.order_by(Delivery.place.desc()).limit(SHOWN)).all()


def tell_again(session: Session, webhook: Webhook, delivery_id: int, now: datetime) -> bool:
    """Put what was delivered or given up at the end of the line, under the id that it had; false without such."""
    again = (
        update(Delivery)
        .where(
            Delivery.site_id == webhook.site_id,
            Delivery.webhook_id == webhook.id,
            Delivery.id == delivery_id,
            (Delivery.delivered.is_not(None)) | (Delivery.parked.is_not(None)),
        )
        .values(delivered=None, parked=None, attempts=0, place=new_id(now), created=now)
    )
    return _count(session.execute(again.execution_options(synchronize_session=False))) > 0


def drop(session: Session, delivery: Delivery) -> None:
    """Remove a delivery that has nothing to say any more."""
    session.execute(delete(Delivery).where(Delivery.site_id == delivery.site_id, Delivery.id == delivery.id))


def forget_deliveries(session: Session, before: datetime) -> int:
    """Remove what webhooks were told, or could not be told, from before a time, and return how many rows that were."""
    return _count(session.execute(delete(Delivery).where(Delivery.created < before)))


def forget_answers(session: Session, site: Site, comment_id: int) -> None:
    """Remove what receivers answered when they were told of a comment: it may hold what they were told."""
    theirs = update(Delivery).where(Delivery.site_id == site.id, Delivery.comment_id == comment_id)
    session.execute(theirs.values(words=None).execution_options(synchronize_session=False))


def _last_place(session: Session, site: Site, webhook_id: int, comment_id: int | None) -> int:
    # What happened to one comment is told in the order in which it did, whatever the clocks of processes say.
    if comment_id is None:
        return 0
    found = select(func.max(Delivery.place)).where(
        Delivery.site_id == site.id, Delivery.comment_id == comment_id, Delivery.webhook_id == webhook_id
    )
    return session.scalar(found) or 0


def _count(result: Any) -> int:
    return result.rowcount
