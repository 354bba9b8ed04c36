"""Tokens by which programs moderate a site in a moderator's name."""

from datetime import datetime

from sqlalchemy import JSON
from sqlalchemy import BigInteger
from sqlalchemy import ForeignKey
from sqlalchemy import LargeBinary
from sqlalchemy import String
from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import hash_token
from commentsvc.models.site import Site

READ = "read"
DECIDE = "decide"
SCOPES = (READ, DECIDE)
# So that a token that was left lying about is known for what it is.
PREFIX = "cst_"
MAX_TOKENS = 50


class ApiToken(Base):
    """One token: whose, for which site, what it may do, until when; only its hash is kept."""

    __tablename__ = "api_token"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    moderator_id: Mapped[int] = mapped_column(ForeignKey("moderator.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    ends: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used: Mapped[datetime | None] = mapped_column(UtcDateTime)


def token_by_secret(session: Session, secret: str, now: datetime) -> ApiToken | None:
    """Return the token of this secret, unless it has ended."""
    found = session.scalar(select(ApiToken).where(ApiToken.token_hash == hash_token(secret)))
    return found if found is not None and (found.ends is None or found.ends > now) else None


def tokens_on(session: Session, site: Site) -> list[tuple[ApiToken, Moderator]]:
    """Return the tokens of a site with whose they are, the oldest first."""
    question = (
        select(ApiToken, Moderator)
        .join(Moderator, Moderator.id == ApiToken.moderator_id)
        .where(ApiToken.site_id == site.id)
        .order_by(ApiToken.id)
    )
    return [(token, person) for token, person in session.execute(question)]


def revoke_of(session: Session, site: Site, moderator_id: int) -> None:
    """Drop all tokens that a moderator has for a site."""
    session.execute(delete(ApiToken).where(ApiToken.site_id == site.id, ApiToken.moderator_id == moderator_id))
