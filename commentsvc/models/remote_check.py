"""What another service is asked about a comment, or told of it, as rows that outlive a crash; they hold ids alone."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import String
from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.rows import write_new

# What is asked, and what is told when moderators see it otherwise.
CHECK = "check"
SPAM = "spam"
HAM = "ham"

Key = tuple[int, int]


class RemoteCheck(Base):
    """One comment that another service is asked about; it goes with its comment."""

    __tablename__ = "remote_check"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "comment_id"], ["comment.site_id", "comment.id"], ondelete="CASCADE"),
        Index("ix_remote_check_at", "at"),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    # Whether nothing but this question holds the comment.
    approves: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(5))
    # What the service said of it: spam, ham, or nothing yet.
    said: Mapped[str | None] = mapped_column(String(5))
    # When to ask or tell; none where there is nothing to do any more.
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int]
    created: Mapped[datetime] = mapped_column(UtcDateTime)


def ask_about(session: Session, site_id: int, comment_id: int, approves: bool, now: datetime) -> None:
    """Have the other service asked about a comment that is being stored."""
    what = {"kind": CHECK, "said": None, "at": now, "attempts": 0, "created": now}
    write_new(session, RemoteCheck(site_id=site_id, comment_id=comment_id, approves=approves, **what))


def on_moderated(session: Session, site_id: int, comment_id: int, state: str, due: datetime) -> None:
    """Take in a moderator's decision: the question is over, and where they see it otherwise, that is to be told."""
    row = session.get(RemoteCheck, (site_id, comment_id))
    if row is None:
        return
    seen = {"spam": SPAM, "approved": HAM}.get(state)
    # Who was never asked has nothing to learn from.
    is_news = seen is not None and row.said is not None and seen != row.said
    row.kind, row.at, row.attempts = (seen, due, 0) if is_news and seen is not None else (row.kind, None, 0)


def due_checks(session: Session, now: datetime, limit: int) -> list[Key]:
    """Return the keys of what is due, the oldest first."""
    question = select(RemoteCheck.site_id, RemoteCheck.comment_id).where(RemoteCheck.at <= now)
    return [(row.site_id, row.comment_id) for row in session.execute(question.order_by(RemoteCheck.at).limit(limit))]


def claim_check(session: Session, key: Key, now: datetime, until: datetime) -> RemoteCheck | None:
    """Take a row that is due for a while, or return None where somebody else was first."""
    mine = (RemoteCheck.site_id == key[0], RemoteCheck.comment_id == key[1])
    taken = update(RemoteCheck).where(*mine, RemoteCheck.at <= now)
    taken = taken.values(at=until, attempts=RemoteCheck.attempts + 1).returning(RemoteCheck.comment_id)
    if session.execute(taken).first() is None:
        return None
    return session.get(RemoteCheck, key, populate_existing=True)


def forget_checks(session: Session, before: datetime) -> None:
    """Erase what is over and older."""
    session.execute(delete(RemoteCheck).where(RemoteCheck.at.is_(None), RemoteCheck.created < before))
