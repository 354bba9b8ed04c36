"""Threads that look like one article, of which a moderator said that they are not."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.site import Site


class ToldApart(Base):
    """One of some threads that are not the same: all that share a mark, whatever their number."""

    __tablename__ = "told_apart"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "thread_id"], ["thread.site_id", "thread.id"], ondelete="CASCADE"),
        Index(None, "site_id", "thread_id"),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    thread_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def tell_apart(session: Session, site: Site, mark: int, thread_ids: Iterable[int], now: datetime) -> None:
    """Remember that some threads are not the same."""
    session.add_all(ToldApart(site_id=site.id, mark=mark, thread_id=one, at=now) for one in sorted(set(thread_ids)))


def marks_of(session: Session, site: Site) -> dict[int, set[int]]:
    """Return the marks of each thread that was told apart from others."""
    found: dict[int, set[int]] = {}
    for thread_id, mark in session.execute(
        select(ToldApart.thread_id, ToldApart.mark).where(ToldApart.site_id == site.id)
    ):
        found.setdefault(thread_id, set()).add(mark)
    return found


def how_many(session: Session, site: Site) -> int:
    """Return how many times threads were told apart, counted."""
    return session.scalar(select(func.count(ToldApart.mark.distinct())).where(ToldApart.site_id == site.id)) or 0


def forget_all(session: Session, site: Site) -> None:
    """Forget of all threads of a site that they were told apart."""
    session.execute(delete(ToldApart).where(ToldApart.site_id == site.id))
