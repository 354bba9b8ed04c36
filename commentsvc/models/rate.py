"""Hits within a window of time, shared by all processes: what the rate limits count."""

from sqlalchemy import BigInteger
from sqlalchemy import String
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base


class Rate(Base):
    """The hits of one key in its current window; the key holds a keyed hash, never an address."""

    __tablename__ = "rate"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    hits: Mapped[int]
    # Seconds since 1970, since the `limits` library reckons so.
    ends: Mapped[int] = mapped_column(BigInteger, index=True)
