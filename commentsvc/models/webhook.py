"""Webhooks: where a site's events are told to other programs, in which shape, and whose turn it is to tell them."""

from collections.abc import Iterable
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy import BigInteger
from sqlalchemy import ColumnElement
from sqlalchemy import ForeignKey
from sqlalchemy import Row
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import bindparam
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.comment import STATES
from commentsvc.models.site import Site
from commentsvc.rows import connection

JSON_SHAPE = "json"
SLACK = "slack"
DISCORD = "discord"
TELEGRAM = "telegram"
SHAPES = (JSON_SHAPE, SLACK, DISCORD, TELEGRAM)

# A comment has come into a state, its text is another one, or a reader has reported it.
EDITED = "comment.edited"
REPORTED = "report.created"
EVENTS = (*(f"comment.{state}" for state in STATES), EDITED, REPORTED)
# Not to be chosen: somebody wants to see whether it works.
TEST = "test"

MAX_WEBHOOKS = 20


class Webhook(Base):
    """One address that is told of a site's events, in order.

    Since they are told in order, it is the webhook that rests after a failure and is leased, never a single delivery.
    """

    __tablename__ = "webhook"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    # Chat services put their secret into it: it is shown to owners alone and stands in no log.
    url: Mapped[str] = mapped_column(Text)
    shape: Mapped[str] = mapped_column(String(10))
    # For Telegram: which chat.
    chat: Mapped[str | None] = mapped_column(String(100))
    events: Mapped[list[str]] = mapped_column(JSON)
    # Part of what the secret is made from, which is not stored: raising it makes another one.
    generation: Mapped[int]
    # Until when the secret before this one signs too.
    former_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Whether the receiver, and not one of us, has ended it (410 Gone).
    gone: Mapped[bool]
    created: Mapped[datetime] = mapped_column(UtcDateTime)

    # After a failure: until when it is left alone.
    resting_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Who is telling it, and until when nobody else may.
    leased_by: Mapped[str | None] = mapped_column(String(40))
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


def webhooks_of(session: Session, site: Site) -> Sequence[Webhook]:
    """Return the webhooks of a site, the oldest first."""
    return session.scalars(select(Webhook).where(Webhook.site_id == site.id).order_by(Webhook.id)).all()


def webhook_by_id(session: Session, site: Site, webhook_id: int) -> Webhook | None:
    """Return a webhook of a site."""
    return session.get(Webhook, (site.id, webhook_id))


def at_work(session: Session, site: Site) -> Sequence[Row[int, list[str]]]:
    """Return the webhooks of a site that are not paused, as id and events; past the unit of work, as each post asks."""
    return connection(session).execute(_AT_WORK, {"site_id": site.id}).all()


def claim(session: Session, key: tuple[int, int], by: str, until: datetime, now: datetime) -> Webhook | None:
    """Lease a webhook to one who will tell it what waits; None where another is at it, or it rests or is paused."""
    done = session.execute(
        update(Webhook)
        .where(*_is(key), *ready(now))
        .values(leased_by=by, leased_until=until)
        .execution_options(synchronize_session=False)
    )
    return session.get(Webhook, key) if _count(done) else None


def renew(session: Session, key: tuple[int, int], by: str, until: datetime) -> bool:
    """Lengthen a lease; false where it has run out and another has the webhook, or it was paused or removed."""
    mine = update(Webhook).where(*_is(key), Webhook.leased_by == by, Webhook.paused.is_(None))
    return _count(session.execute(mine.values(leased_until=until).execution_options(synchronize_session=False))) > 0


def release(session: Session, key: tuple[int, int], by: str, resting_until: datetime | None, **others: Any) -> None:
    """End a lease; with `resting_until` the webhook is left alone until then."""
    values = {"leased_by": None, "leased_until": None, "resting_until": resting_until} | others
    mine = update(Webhook).where(*_is(key), Webhook.leased_by == by).values(**values)
    session.execute(mine.execution_options(synchronize_session=False))


def ready(now: datetime) -> Iterable[ColumnElement[bool]]:
    """Return the conditions under which a webhook can be told something now."""
    return (
        Webhook.paused.is_(None),
        or_(Webhook.resting_until.is_(None), Webhook.resting_until <= now),
        or_(Webhook.leased_until.is_(None), Webhook.leased_until <= now),
    )


# Locked as far as that it can't be removed before the transaction ends.
_AT_WORK = (
    select(Webhook.id, Webhook.events)
    .where(Webhook.site_id == bindparam("site_id"), Webhook.paused.is_(None))
    .with_for_update(read=True, key_share=True)
)


def _is(key: tuple[int, int]) -> tuple[ColumnElement[bool], ...]:
    return Webhook.site_id == key[0], Webhook.id == key[1]


def _count(result: Any) -> int:
    return result.rowcount
