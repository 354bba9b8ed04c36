"""Screening rules of a site, in order; one that was removed leaves its reason, since decisions still name it."""

from datetime import datetime
from typing import Any
from typing import cast

from sqlalchemy import JSON
from sqlalchemy import BigInteger
from sqlalchemy import ForeignKey
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy import bindparam
from sqlalchemy import func
from sqlalchemy import literal
from sqlalchemy import select
from sqlalchemy import union_all
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.moderator import Membership
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.rows import connection

# How a decision names a rule among its reasons.
PREFIX = "rule:"


class ScreeningRule(Base):
    """What a site does with comments of some kind: hold, spam or reject them, and why."""

    __tablename__ = "screening_rule"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    place: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(120))
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    is_on: Mapped[bool]
    # Grows with each change, so that what was made of the settings is made again.
    version: Mapped[int]
    changed: Mapped[datetime] = mapped_column(UtcDateTime)
    # What it was set to is gone then, since lists hold names and addresses.
    removed: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def code(self) -> str:
        """How a decision names this rule."""
        return code_of(self.id)


def code_of(rule_id: int) -> str:
    """Return how a decision names a rule."""
    return PREFIX + to_text(rule_id)


def id_of(code: str) -> int | None:
    """Return the rule that a decision's reason names; None where it names none."""
    return from_text(code.removeprefix(PREFIX)) if code.startswith(PREFIX) else None


def rules_of(session: Session, site: Site) -> list[ScreeningRule]:
    """Return the rules of a site in their order, also those switched off."""
    return list(
        session.scalars(
            select(ScreeningRule)
            .where(ScreeningRule.site_id == site.id, ScreeningRule.removed.is_(None))
            .order_by(ScreeningRule.place, ScreeningRule.id)
        )
    )


def rule_of(session: Session, site: Site, rule_id: int) -> ScreeningRule | None:
    """Return a rule of the site that was not removed."""
    found = session.get(ScreeningRule, (site.id, rule_id))
    return found if found is not None and found.removed is None else None


def reasons_of(session: Session, site: Site) -> dict[str, str]:
    """Return the reason in words of each rule the site has or had, by how decisions name it."""
    rows = session.execute(select(ScreeningRule.id, ScreeningRule.reason).where(ScreeningRule.site_id == site.id))
    return {code_of(number): reason for number, reason in rows}


def last_place(session: Session, site: Site) -> int:
    """Return the place of the last rule of a site; 0 where it has none."""
    return session.scalar(select(func.max(ScreeningRule.place)).where(ScreeningRule.site_id == site.id)) or 0


def standing_orders(session: Session, site_id: int) -> tuple[list[tuple[int, int]], list[str]]:
    """Return the rules of a site that act, in order, as (id, version), and the names of its moderators.

    One question, past the unit of work: every post asks it.
    """
    rules: list[tuple[int, int, int]] = []
    names: list[str] = []
    for number, version, place, name in connection(session).execute(_ORDERS, {"site": site_id}):
        if name is None:
            rules.append((place, number, version))
        else:
            names.append(name)
    return [(number, version) for _, number, version in sorted(rules)], names


_RULE = cast(Table, ScreeningRule.__table__)
_PEOPLE = cast(Table, Moderator.__table__)
_MEMBERS = cast(Table, Membership.__table__)
_ORDERS = union_all(
    select(_RULE.c.id, _RULE.c.version, _RULE.c.place, literal(None, String)).where(
        _RULE.c.site_id == bindparam("site"), _RULE.c.is_on, _RULE.c.removed.is_(None)
    ),
    select(literal(0), literal(0), literal(0), _PEOPLE.c.name)
    .join(_MEMBERS, _MEMBERS.c.moderator_id == _PEOPLE.c.id)
    .where(_MEMBERS.c.site_id == bindparam("site")),
)
