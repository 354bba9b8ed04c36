"""Second factors that are rows: recovery codes, of which hashes are kept, and passkeys, of which public keys are."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKey
from sqlalchemy import LargeBinary
from sqlalchemy import String
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.moderator import Moderator

MAX_PASSKEYS = 20


class RecoveryCode(Base):
    """A code that stands in for a second factor once; the row goes when it is used."""

    __tablename__ = "recovery_code"

    moderator_id: Mapped[int] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)


class Passkey(Base):
    """The public half of a WebAuthn credential."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    # Grows with each use where the authenticator counts; one that falls back is a copy.
    sign_count: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(80))
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    used: Mapped[datetime | None] = mapped_column(UtcDateTime)


def passkeys_of(session: Session, moderator_id: int) -> list[Passkey]:
    """Return a moderator's passkeys, the oldest first."""
    question = select(Passkey).where(Passkey.moderator_id == moderator_id).order_by(Passkey.id)
    return list(session.scalars(question.limit(MAX_PASSKEYS)))


def codes_left(session: Session, moderator_id: int) -> int:
    """Return how many recovery codes a moderator has."""
    question = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.moderator_id == moderator_id)
    return session.scalar(question) or 0


def has_second_factor(session: Session, person: Moderator) -> bool:
    """Tell whether a password alone does not let this person in."""
    return person.totp_since is not None or bool(passkeys_of(session, person.id))


def forget_codes_without_factor(session: Session, person: Moderator) -> None:
    """Drop the recovery codes of somebody whose last second factor is gone."""
    if not has_second_factor(session, person):
        session.execute(delete(RecoveryCode).where(RecoveryCode.moderator_id == person.id))
