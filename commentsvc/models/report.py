"""Readers' reports of a comment: who by a keyed hash, why, and which of them still wait for a moderator.

A report is not closed by hand: it waits until a moderator, or the comment's author, has decided on the comment after
it, and waits again once that is undone. So no door that decides on comments needs to know of reports.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger
from sqlalchemy import ColumnElement
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import LargeBinary
from sqlalchemy import Select
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import UniqueConstraint
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy import update
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import aliased
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.comment import Comment
from commentsvc.models.decision import Decision
from commentsvc.models.desk import COUNTED
from commentsvc.models.site import Site

# Why a comment is reported.
SPAM = "spam"
INSULT = "insult"
HATE = "hate"
OFF_TOPIC = "off-topic"
PERSONAL = "personal-data"
ILLEGAL = "illegal"
OTHER = "other"
REASONS = (SPAM, INSULT, HATE, OFF_TOPIC, PERSONAL, ILLEGAL, OTHER)

# What the desk shows of one comment's reports, and how many comments on a page.
SHOWN = 50
PAGE = 20

# Why a rule holds what enough readers have reported.
REPORTED = "reported"
KEEP = "keep"
HOLD = "hold"
# The acts that answer a report, when a person does them.
ANSWERS = ("approve", "spam", "reject", "delete", KEEP, HOLD, "withdraw")


class Report(Base):
    """One reader's report of one text of a comment."""

    __tablename__ = "report"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "comment_id"], ["comment.site_id", "comment.id"], ondelete="CASCADE"),
        UniqueConstraint("site_id", "comment_id", "revision", "reporter"),
        Index(
            "ix_report_kept",
            "site_id",
            "comment_id",
            "id",
            sqlite_where=text("erased IS NULL"),
            postgresql_where=text("erased IS NULL"),
        ),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    comment_id: Mapped[int] = mapped_column(BigInteger)
    # The number of the text that was reported: after an edit, the same reader may report the new one.
    revision: Mapped[int]
    # A keyed hash of the comment and the reader's network, so that one network counts once.
    reporter: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    reason: Mapped[str] = mapped_column(String(20))
    words: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When the hash and the words were forgotten, some time after the decision.
    erased: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Reported(NamedTuple):
    """A comment with reports that wait: how many readers there are, and since when the first waits."""

    comment_id: int
    readers: int
    since: datetime


def has_reported(session: Session, comment: Comment, reporter: bytes) -> bool:
    """Tell whether this reader has reported this text already, whatever became of it."""
    found = session.scalar(
        select(Report.id).where(
            Report.site_id == comment.site_id,
            Report.comment_id == comment.id,
            Report.revision == comment.shown_revision,
            Report.reporter == reporter,
        )
    )
    return found is not None


def readers_waiting(session: Session, comment: Comment) -> int:
    """Return how many readers have reports of a comment that wait."""
    asked = select(func.count(Report.reporter.distinct()))
    return session.scalar(asked.where(*_waiting(comment.site_id), Report.comment_id == comment.id)) or 0


def reported(session: Session, site: Site) -> list[Reported]:
    """Return comments with reports that wait, the one that waits longest first, at most PAGE."""
    since = func.min(Report.at)
    asked = (
        select(Report.comment_id, func.count(Report.reporter.distinct()), since)
        .where(*_waiting(site.id))
        .group_by(Report.comment_id)
        .order_by(since, Report.comment_id)
        .limit(PAGE)
    )
    return [Reported(*row) for row in session.execute(asked)]


def reports_waiting(session: Session, site: Site, comment_id: int) -> Sequence[Report]:
    """Return the first SHOWN reports of a comment that wait, oldest first."""
    asked = select(Report).where(*_waiting(site.id), Report.comment_id == comment_id)
    return session.scalars(asked.order_by(Report.id).limit(SHOWN)).all()


def count_reported(session: Session, site: Site) -> int:
    """Return how many comments have reports that wait, counted up to COUNTED."""
    few = select(Report.comment_id).where(*_waiting(site.id)).distinct().limit(COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def last_change(session: Session, site: Site, comment_id: int) -> Decision | None:
    """Return the decision that brought a comment into its state."""
    return session.scalar(
        select(Decision)
        .where(
            Decision.site_id == site.id,
            Decision.comment_id == comment_id,
            # Acts that change no state, as an edit or an answer to a notice, come after it and leave it standing.
            or_(Decision.state_from.is_(None), Decision.state_from != Decision.state_to),
            Decision.state_to.is_not(None),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    )


def forget_reporters(session: Session, before: datetime, now: datetime) -> int:
    """Erase hashes and words of the reports of all sites that were answered before a time; return how many."""
    erasing = (
        update(Report)
        .where(Report.erased.is_(None), _answered(before))
        .values(reporter=None, words=None, erased=now)
        .execution_options(synchronize_session=False)
    )
    return session.execute(erasing).rowcount  # pyright: ignore[reportAttributeAccessIssue]


def _waiting(site_id: int) -> tuple[ColumnElement[bool], ...]:
    return Report.site_id == site_id, Report.erased.is_(None), ~_answered()


def _answered(before: datetime | None = None) -> ColumnElement[bool]:
    answer, undoing = aliased(Decision), aliased(Decision)
    undone: Select = select(undoing.id).where(
        undoing.site_id == answer.site_id,
        undoing.comment_id == answer.comment_id,
        undoing.act == "undo",
        undoing.id > answer.id,
    )
    asked: Select = select(answer.id).where(
        answer.site_id == Report.site_id,
        answer.comment_id == Report.comment_id,
        answer.act.in_(ANSWERS),
        answer.actor != "rule",
        answer.id > Report.id,
        ~undone.correlate(answer).exists(),
    )
    if before is not None:
        asked = asked.where(answer.at < before)
    return asked.correlate(Report).exists()
