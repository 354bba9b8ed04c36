"""Moderators: people who decide, their role on each site, and their sessions."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import LargeBinary
from sqlalchemy import String
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
