"""Invitations: what an owner offers to somebody, until they take it or it ends."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKey
from sqlalchemy import LargeBinary
from sqlalchemy import String
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.moderator import hash_token
from commentsvc.models.site import Site


class Invitation(Base):
    """A role on a site for an address of mail; only the hash of its link's token is kept."""

    __tablename__ = "invitation"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(20))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    ends: Mapped[datetime] = mapped_column(UtcDateTime)


def invitation_by_token(session: Session, token: str, now: datetime) -> Invitation | None:
    """Return the invitation of a link, unless it has ended."""
    question = select(Invitation).where(Invitation.token_hash == hash_token(token), Invitation.ends > now)
    return session.scalar(question)


def invitations_of(session: Session, site: Site, now: datetime) -> list[Invitation]:
    """Return the open invitations of a site, the newest first."""
    question = select(Invitation).where(Invitation.site_id == site.id, Invitation.ends > now)
    return list(session.scalars(question.order_by(Invitation.id.desc())))
