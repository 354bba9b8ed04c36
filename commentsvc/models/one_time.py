"""Tokens that were used: what is good once only is remembered, as a hash, for as long as it could come again."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy import LargeBinary
from sqlalchemy import delete
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.site import Site
from commentsvc.rows import insertion_of_new


class UsedToken(Base):
    """A token that was used, until the time from which it is refused for its age anyway."""

    __tablename__ = "used_token"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    ends: Mapped[datetime] = mapped_column(UtcDateTime)


def use(session: Session, site: Site, token: bytes, ends: datetime) -> bool:
    """Use a token, and tell whether it was the first time; of several at once one is the first."""
    connection = session.connection()
    insertion = insertion_of_new(connection, UsedToken).returning(UsedToken.ends)
    values = {"site_id": site.id, "token_hash": _hash(token), "ends": ends}
    return connection.execute(insertion, values).one_or_none() is not None


def is_used(session: Session, site: Site, token: bytes) -> bool:
    """Tell whether a token was used."""
    return session.get(UsedToken, (site.id, _hash(token))) is not None


def forget_used(session: Session, before: datetime) -> int:
    """Forget tokens that are too old by now to be taken, and return how many."""
    done: Any = session.execute(delete(UsedToken).where(UsedToken.ends < before))
    return done.rowcount


def _hash(token: bytes) -> bytes:
    # It is random enough that a plain hash can't be guessed back.
    return hashlib.sha256(token).digest()
