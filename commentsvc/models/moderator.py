"""Moderators: people who decide, their role on each site, and their sessions."""

import hashlib
import secrets
from datetime import datetime
from datetime import timedelta

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import LargeBinary
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import delete
from sqlalchemy import false
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.site import Site

ROLE_OWNER = "owner"
ROLE_MODERATOR = "moderator"
ROLE_VIEWER = "viewer"
ROLES = (ROLE_OWNER, ROLE_MODERATOR, ROLE_VIEWER)
MAY_DECIDE = (ROLE_OWNER, ROLE_MODERATOR)

# The longest that a session lasts.
SESSION = timedelta(days=7)


class Moderator(Base):
    """A person who signs in to the desk."""

    __tablename__ = "moderator"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str | None] = mapped_column(String(300))
    # The hash of an invitation's token, until a password is chosen with it.
    invitation_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    invitation_ends: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The secret of their authenticator app, encrypted; since when it counts, and the last step that was used.
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    created: Mapped[datetime] = mapped_column(UtcDateTime)


class Membership(Base):
    """The role of a moderator on a site."""

    __tablename__ = "membership"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), default=ROLE_MODERATOR)


class SignIn(Base):
    """One session of a moderator; only the hash of its token is kept."""

    __tablename__ = "sign_in"
    __table_args__ = (Index(None, "moderator_id"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"))
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    seen: Mapped[datetime] = mapped_column(UtcDateTime)
    # Browser and system in a few words.
    agent: Mapped[str | None] = mapped_column(String(60))
    # The password was right, and the second factor is still to be shown: nobody is signed in yet.
    owes_second: Mapped[bool] = mapped_column(default=False, server_default=false())
    # What a passkey must sign, good for this session alone.
    challenge: Mapped[bytes | None] = mapped_column(LargeBinary(32))


def moderator_by_email(session: Session, email: str) -> Moderator | None:
    """Return the moderator with this address of mail, whatever its case."""
    return session.scalar(select(Moderator).where(Moderator.email == email.lower()))


def sites_of(session: Session, moderator: Moderator) -> list[tuple[Site, str]]:
    """Return the sites that a moderator may see, by name, each with their role."""
    rows = session.execute(
        select(Site, Membership.role)
        .join(Membership, Membership.site_id == Site.id)
        .where(Membership.moderator_id == moderator.id)
        .order_by(Site.name, Site.id)
    )
    return [(site, role) for site, role in rows]


def people_of(session: Session, site: Site) -> list[tuple[Moderator, str]]:
    """Return the moderators of a site by address of mail, each with their role."""
    rows = session.execute(
        select(Moderator, Membership.role)
        .join(Membership, Membership.moderator_id == Moderator.id)
        .where(Membership.site_id == site.id)
        .order_by(Moderator.email)
    )
    return [(moderator, role) for moderator, role in rows]


def role_on(session: Session, site_id: int, moderator_id: int) -> str | None:
    """Return the role of a moderator on a site."""
    membership = session.get(Membership, (site_id, moderator_id))
    return membership.role if membership is not None else None


def owners_of(session: Session, site: Site) -> int:
    """Return how many owners of a site can sign in."""
    question = (
        select(func.count())
        .select_from(Membership)
        .join(Moderator, Moderator.id == Membership.moderator_id)
        .where(
            Membership.site_id == site.id, Membership.role == ROLE_OWNER, Moderator.password_hash.is_not(None)
        )
    )  # fmt: skip
    return session.scalar(question) or 0


def begin_session(session: Session, person: Moderator, now: datetime, agent: str, owes_second: bool = False) -> str:
    """Store a new session, whose token of 256 bits is returned and nowhere kept."""
    session.execute(delete(SignIn).where(SignIn.created <= now - SESSION))
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_hash=hash_token(token),
            moderator_id=person.id,
            created=now,
            seen=now,
            agent=agent[:60] or None,
            owes_second=owes_second,
            challenge=secrets.token_bytes(32) if owes_second else None,
        )
    )
    return token


def end_sessions(session: Session, moderator_id: int, but: str | None = None) -> None:
    """End all sessions of a moderator, except the one of this token."""
    gone = delete(SignIn).where(SignIn.moderator_id == moderator_id)
    session.execute(gone if but is None else gone.where(SignIn.token_hash != hash_token(but)))


def hash_token(token: str) -> bytes:
    """Return what is kept of a token; it is random, so that a plain hash can't be guessed back."""
    return hashlib.sha256(token.encode()).digest()
