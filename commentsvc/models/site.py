"""A site: one embedding owner, with allowed origins and a policy."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy import BigInteger
from sqlalchemy import CheckConstraint
from sqlalchemy import Connection
from sqlalchemy import LargeBinary
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import bindparam
from sqlalchemy import false
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import object_session

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.database import note_change
from commentsvc.rows import Prepared
from commentsvc.rows import connection
from commentsvc.rows import row_of

HOLD_ALL = "all"
HOLD_FIRST = "first"
HOLD_NONE = "none"
HOLDS = (HOLD_ALL, HOLD_FIRST, HOLD_NONE)


class Site(Base):
    """One embedding owner."""

    __tablename__ = "site"
    __table_args__ = (CheckConstraint("hold IN ('all', 'first', 'none')", name="hold"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    origins: Mapped[list[str]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(35), default="en")

    # The policy.
    hold: Mapped[str] = mapped_column(String(10), default=HOLD_ALL)
    # This many links or more are always held; 0 switches it off.
    hold_links: Mapped[int] = mapped_column(default=2)
    # So many readers who report a comment have it held; 0 switches it off.
    report_hold: Mapped[int] = mapped_column(default=3)
    # So many comments that were approved, shown by their receipts, make an author known.
    trust: Mapped[int] = mapped_column(default=1)
    # When a reader's browser is asked for work before a comment: never, where something is suspicious, or always.
    proof: Mapped[str] = mapped_column(String(12), default="suspicious", server_default="suspicious")
    # Names that no reader may write under without being looked at; those of its moderators are never free.
    reserved_names: Mapped[list[str]] = mapped_column(JSON, default=list)
    close_after_days: Mapped[int | None]
    edit_seconds: Mapped[int] = mapped_column(default=900)

    # The form.
    email_required: Mapped[bool] = mapped_column(default=False)
    website_field: Mapped[bool] = mapped_column(default=True)
    privacy_url: Mapped[str | None] = mapped_column(Text)
    consent: Mapped[str | None] = mapped_column(Text)

    # How its moderators hear of comments that wait: of each, once a day at an hour (UTC), or not at all.
    tell_moderators: Mapped[str] = mapped_column(String(10), default="each", server_default="each")
    digest_hour: Mapped[int] = mapped_column(default=7, server_default="7")
    # Whether they get a summary of the week, on Mondays at the same hour.
    weekly: Mapped[bool] = mapped_column(default=False, server_default=false())

    # Which model and which muted signals the filter works with; none where it is off or does not know enough.
    filter_mark: Mapped[str | None] = mapped_column(String(32))

    # Grows with each change of the site's settings, since pages carry some of them.
    version: Mapped[int] = mapped_column(BigInteger, default=1)
    # The site's own chain of decisions: on settings and people.
    log_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    log_head: Mapped[bytes] = mapped_column(LargeBinary(32), default=b"")
    created: Mapped[datetime] = mapped_column(UtcDateTime)

    def touch(self) -> None:
        """Say that the settings have changed."""
        self.version += 1
        session = object_session(self)
        if session is not None:
            note_change(session, ("site", self.id, 0))

    def mark(self) -> dict[str, Any]:
        """Return what is another after every change of the site, its people or its rules."""
        return {name: getattr(self, name) for name in _CHANGING}

    def form(self) -> dict[str, Any]:
        """Return what the form of this site asks for, as the page tells it to the widget."""
        return {
            "email": "required" if self.email_required else "optional",
            "website": self.website_field,
            "privacy": self.privacy_url,
            "consent": self.consent,
            "edit_seconds": self.edit_seconds,
            "held": self.hold == HOLD_ALL,
        }


def read_site(by: Connection, key: str) -> Site | None:
    """Return the site of this key to look at, not to change: read past the unit of work, as each request does."""
    values = _BY_KEY.first(by, {"key": key})
    return row_of(Site, values) if values is not None else None


def stands(session: Session, site: Site) -> bool:
    """Tell whether a site's row still is as it was read."""
    return _AS_READ.first(connection(session), site.mark()) is not None


def site_by_key(session: Session, key: str) -> Site | None:
    """Return the site of this key."""
    return session.scalar(select(Site).where(Site.key == key))


_CHANGING = ("id", "key", "version", "log_head", "filter_mark")
_AS_READ = Prepared(
    select(Site.__table__.c.id).where(
        *(Site.__table__.c[name].is_not_distinct_from(bindparam(name)) for name in _CHANGING)
    )
)
_BY_KEY = Prepared(select(Site.__table__).where(Site.key == bindparam("key")))


def all_sites(session: Session) -> list[Site]:
    """Return all sites by key."""
    return list(session.scalars(select(Site).order_by(Site.key)))
