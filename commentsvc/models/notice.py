"""Notices of illegal content (Regulation (EU) 2022/2065, Article 16): facts, and apart from them what is personal."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import LargeBinary
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import UniqueConstraint
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy import tuple_
from sqlalchemy import update
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.decision import DecisionNote
from commentsvc.models.desk import COUNTED
from commentsvc.models.site import Site

# What somebody holds to be illegal about a comment.
CHILDREN = "children"
KINDS = ("hate", "threat", "defamation", "privacy", "copyright", "fraud", "terrorism", CHILDREN, "other")

# On what a decision rests (Article 17(3)): the law, or the rules of the site.
LAW = "law"
TERMS = "terms"
NONE = "none"
GROUNDS = (LAW, TERMS, NONE)

# What became of the comment.
KEPT = "kept"
HELD = "held"
REMOVED = "removed"

PAGE = 20


class Notice(Base):
    """One notice, and what was decided on it."""

    __tablename__ = "notice"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "comment_id"], ["comment.site_id", "comment.id"], ondelete="CASCADE"),
        UniqueConstraint("site_id", "fingerprint"),
        Index(None, "site_id", "comment_id"),
        Index(
            "ix_notice_waiting",
            "site_id",
            "id",
            sqlite_where=text("decided IS NULL"),
            postgresql_where=text("decided IS NULL"),
        ),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    comment_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Of the form that was sent, so that a second press of its button is no second notice.
    fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    decided: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(String(10))
    ground: Mapped[str | None] = mapped_column(String(10))
    # The row of the log that holds the statement of reasons.
    decision_id: Mapped[int | None] = mapped_column(BigInteger)


class NoticeWords(Base):
    """Who sent a notice and what they wrote: erased some time after the decision, while the facts stay."""

    __tablename__ = "notice_words"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "notice_id"], ["notice.site_id", "notice.id"], ondelete="CASCADE"),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str | None] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(254))
    words: Mapped[str] = mapped_column(Text)


def notice_by_id(session: Session, site: Site, notice_id: int) -> Notice | None:
    """Return a notice of the site."""
    return session.get(Notice, (site.id, notice_id))


def notice_by_fingerprint(session: Session, site: Site, fingerprint: bytes) -> Notice | None:
    """Return the notice that came by the same form with the same words."""
    return session.scalar(select(Notice).where(Notice.site_id == site.id, Notice.fingerprint == fingerprint))


def words_of(session: Session, notice: Notice) -> NoticeWords | None:
    """Return who sent a notice and what they wrote; None where that is erased."""
    return session.get(NoticeWords, (notice.site_id, notice.id))


def statement_of(session: Session, notice: Notice) -> str | None:
    """Return the statement of reasons; None where nothing is decided, or the words are erased."""
    if notice.decision_id is None:
        return None
    note = session.get(DecisionNote, (notice.site_id, notice.decision_id))
    return note.words if note is not None else None


def notices_waiting(session: Session, site: Site) -> Sequence[Notice]:
    """Return notices that wait for a decision, oldest first, at most PAGE."""
    asked = select(Notice).where(Notice.site_id == site.id, Notice.decided.is_(None))
    return session.scalars(asked.order_by(Notice.id).limit(PAGE)).all()


def count_notices(session: Session, site: Site) -> int:
    """Return how many notices wait, counted up to COUNTED."""
    few = select(Notice.id).where(Notice.site_id == site.id, Notice.decided.is_(None)).limit(COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def last_decided(session: Session, site: Site, comment_id: int) -> Notice | None:
    """Return the notice on a comment that was decided last."""
    return session.scalar(
        select(Notice)
        .where(Notice.site_id == site.id, Notice.comment_id == comment_id, Notice.decided.is_not(None))
        .order_by(Notice.decided.desc(), Notice.id.desc())
        .limit(1)
    )


def forget_notifiers(session: Session, before: datetime) -> int:
    """Erase who sent the notices of all sites that were decided before a time, and their words; return how many."""
    old = select(Notice.site_id, Notice.id).where(Notice.decided < before)
    # Made of what was typed, too.
    unprinting = update(Notice).where(Notice.decided < before, Notice.fingerprint.is_not(None)).values(fingerprint=None)
    session.execute(unprinting, execution_options={"synchronize_session": False})
    erasing = delete(NoticeWords).where(tuple_(NoticeWords.site_id, NoticeWords.notice_id).in_(old))
    erased = session.execute(erasing, execution_options={"synchronize_session": False})
    return erased.rowcount  # pyright: ignore[reportAttributeAccessIssue]
