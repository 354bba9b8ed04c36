"""Marks of what comments say, by which the same text is found again; kept only where a rule asks for it."""

from datetime import datetime
from datetime import timedelta

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import LargeBinary
from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.ids import id_at
from commentsvc.models.site import Site
from commentsvc.rows import write_new


class TextMark(Base):
    """The hash of a comment's folded text; it goes with its comment."""

    __tablename__ = "text_mark"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "comment_id"], ["comment.site_id", "comment.id"], ondelete="CASCADE"),
        Index(None, "site_id", "hash", "at"),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def mark(session: Session, site_id: int, comment_id: int, digest: bytes, at: datetime) -> None:
    """Keep the mark of a comment's text, in place of an earlier one."""
    session.execute(delete(TextMark).where(TextMark.site_id == site_id, TextMark.comment_id == comment_id))
    write_new(session, TextMark(site_id=site_id, comment_id=comment_id, hash=digest, at=at))


def last_said(
    session: Session, site_id: int, digest: bytes, before: datetime, since: datetime, but: int | None = None
) -> datetime | None:
    """Return when a text was last sent before a time, and not before another; the comment `but` does not count."""
    question = select(TextMark.at).where(
        TextMark.site_id == site_id, TextMark.hash == digest, TextMark.at >= since, TextMark.at <= before
    )
    if but is not None:
        # Of those sent at the same moment the later ones do not count.
        question = question.where(TextMark.comment_id < but)
    return session.scalar(question.order_by(TextMark.at.desc()).limit(1))


def unmarked(session: Session, site: Site, limit: int) -> list[tuple[int, datetime, str]]:
    """Return readers' comments whose text has no mark, newest first: id, when, source."""
    rows = session.execute(
        select(Comment.id, Comment.created, Revision.source)
        .join(
            Revision,
            (Revision.site_id == Comment.site_id)
            & (Revision.comment_id == Comment.id)
            & (Revision.n == Comment.shown_revision),
        )
        .outerjoin(TextMark, (TextMark.site_id == Comment.site_id) & (TextMark.comment_id == Comment.id))
        .where(Comment.site_id == site.id, Comment.moderator_id.is_(None), TextMark.comment_id.is_(None))
        .order_by(Comment.id.desc())
        .limit(limit)
    )
    return [(number, created, source) for number, created, source in rows]


def sent_from(
    session: Session, site_id: int, network: str, before: datetime, within: timedelta, limit: int,
    but: int | None = None,
) -> list[datetime]:  # fmt: skip
    """Return when comments came from a network within a time before a moment, newest first, at most so many."""
    since = before - within
    question = select(Comment.created).where(
        Comment.site_id == site_id,
        Comment.id >= id_at(since),
        Comment.created >= since,
        Comment.created <= before,
        Comment.network == network,
    )
    if but is not None:
        question = question.where(Comment.id < but)
    return list(session.scalars(question.order_by(Comment.id.desc()).limit(limit)))
