"""What an idempotency key was answered with, so that a repeat gets the same."""

from datetime import datetime
from typing import cast

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import LargeBinary
from sqlalchemy import Row
from sqlalchemy import Table
from sqlalchemy import bindparam
from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.rows import connection
from commentsvc.rows import write_new


class KeptAnswer(Base):
    """An answer: the comment that was stored, and the status that was told."""

    __tablename__ = "idempotency"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "comment_id"], ["comment.site_id", "comment.id"], ondelete="CASCADE"),
        Index(None, "at"),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    comment_id: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def kept_answer(session: Session, site_id: int, key_hash: bytes, since: datetime) -> Row[bytes, int, int] | None:
    """Return what a key was answered with after a time: fingerprint, comment_id and status."""
    asked = {"site": site_id, "key": key_hash, "since": since}
    return connection(session).execute(_KEPT, asked).one_or_none()


def keep_answer(session: Session, kept: KeptAnswer, since: datetime) -> None:
    """Store an answer, and let go those that are no younger than a time: the table stays as small as a day's posts."""
    connection(session).execute(_SWEEP, {"since": since})
    write_new(session, kept)


_TABLE = cast(Table, KeptAnswer.__table__)
_KEPT = select(KeptAnswer.fingerprint, KeptAnswer.comment_id, KeptAnswer.status).where(
    KeptAnswer.site_id == bindparam("site"), KeptAnswer.key_hash == bindparam("key"), KeptAnswer.at > bindparam("since")
)
_SWEEP = delete(_TABLE).where(_TABLE.c.at <= bindparam("since"))
