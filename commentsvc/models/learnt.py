"""What the filter of a site has learnt, from which decisions, and what its moderators told it to ignore."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy import ColumnElement
from sqlalchemy import Double
from sqlalchemy import ForeignKey
from sqlalchemy import Index
from sqlalchemy import LargeBinary
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import defer
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.site import Site

MAX_KEY = 300


class Learnt(Base):
    """The filter of a site: its settings, how far it has read the log of decisions, and the model it made of them."""

    __tablename__ = "learnt"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    is_on: Mapped[bool] = mapped_column(default=True)
    # The share of good comments that may be held.
    rate: Mapped[float] = mapped_column(Double)
    # What becomes of a comment of which the filter is very sure: hold or spam.
    sure: Mapped[str] = mapped_column(String(10))
    # The newest decision that was read.
    seen: Mapped[int] = mapped_column(BigInteger, default=0)
    # Grows with whatever makes the model another one: lessons, rate, muted signals.
    wanted: Mapped[int] = mapped_column(BigInteger, default=0)
    # What `wanted` was when the model was made; -1 before the first.
    made: Mapped[int] = mapped_column(BigInteger, default=-1)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # By which way of taking comments apart.
    features: Mapped[int] = mapped_column(default=0)
    # Since when it has known enough to mark comments.
    knows_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # How many different comments of each kind the model was made of.
    spam: Mapped[int] = mapped_column(default=0)
    good: Mapped[int] = mapped_column(default=0)
    # Which process is learning, and until when nobody else begins to.
    claim: Mapped[str | None] = mapped_column(String(32))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    model: Mapped[bytes | None] = mapped_column(LargeBinary)

    def is_stale(self, features: int) -> bool:
        """Tell whether the model was made of something else than there is now, or by another way of reading it."""
        return self.made < self.wanted or self.features != features


class Lesson(Base):
    """A comment that a moderator called spam or good, as that decision stands: the text that they saw."""

    __tablename__ = "lesson"
    __table_args__ = (Index(None, "site_id", "spam", "decision_id"), Index(None, "site_id", "month"))

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    comment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    revision: Mapped[int]
    spam: Mapped[bool]
    # Whether the filter had marked that text before the moderator decided.
    marked: Mapped[bool]
    decision_id: Mapped[int] = mapped_column(BigInteger)
    # Of the decision, such as 2026-03.
    month: Mapped[str] = mapped_column(String(7))


class Muted(Base):
    """A signal that a moderator said to ignore."""

    __tablename__ = "muted"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(MAX_KEY), primary_key=True)
    words: Mapped[str] = mapped_column(Text)
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("moderator.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Written:
    """A comment's text and what stood beside it, with what a moderator called it."""

    source: str
    html: str
    name: str
    website: str | None
    email: str | None
    spam: bool


@dataclass(frozen=True)
class Tally:
    """What became of a month's comments: marked by the filter or not, found to be spam or good by a moderator."""

    month: str
    marked_spam: int = 0
    marked_good: int = 0
    unmarked_spam: int = 0
    unmarked_good: int = 0


def learnt_of(session: Session, site: Site, lock: bool = False) -> Learnt | None:
    """Return the row of a site's filter without its model."""
    question = select(Learnt).where(Learnt.site_id == site.id).options(defer(Learnt.model))
    if lock:
        question = question.with_for_update().execution_options(populate_existing=True)
    return session.scalar(question)


def stale(session: Session, features: int) -> list[tuple[Site, Learnt]]:
    """Return the sites whose filter is on and has something to learn."""
    rows = session.execute(
        select(Site, Learnt)
        .join(Learnt, Learnt.site_id == Site.id)
        .where(Learnt.is_on, _is_stale(features))
        .options(defer(Learnt.model))
    )
    return [(site, learnt) for site, learnt in rows]


def claim(session: Session, site: Site, features: int, token: str, now: datetime, until: datetime) -> bool:
    """Claim the learning of a site's filter, where there is something to learn and nobody else is at it."""
    claimed = session.execute(
        update(Learnt)
        .where(
            Learnt.site_id == site.id,
            _is_stale(features),
            or_(Learnt.claimed_until.is_(None), Learnt.claimed_until <= now),
        )
        .values(claim=token, claimed_until=until),
        execution_options={"synchronize_session": False},
    )
    return claimed.rowcount == 1  # pyright: ignore[reportAttributeAccessIssue]


def _is_stale(features: int) -> ColumnElement[bool]:
    return or_(Learnt.made < Learnt.wanted, Learnt.features != features)


def model_of(session: Session, site: Site) -> bytes | None:
    """Return the bytes of a site's model."""
    return session.scalar(select(Learnt.model).where(Learnt.site_id == site.id))


def muted_of(session: Session, site: Site) -> list[Muted]:
    """Return what a site's filter ignores, the newest first."""
    return list(session.scalars(select(Muted).where(Muted.site_id == site.id).order_by(Muted.at.desc(), Muted.key)))


def lessons_of(session: Session, site: Site, comment_ids: Iterable[int]) -> dict[int, Lesson]:
    """Return the lessons that some comments are, by the comment's id."""
    asked = select(Lesson).where(Lesson.site_id == site.id, Lesson.comment_id.in_(comment_ids))
    return {lesson.comment_id: lesson for lesson in session.scalars(asked)}


def counts(session: Session, site: Site) -> tuple[int, int]:
    """Return how many comments a site's moderators have called spam, and good."""
    rows = session.execute(select(Lesson.spam, func.count()).where(Lesson.site_id == site.id).group_by(Lesson.spam))
    found = {bool(spam): count for spam, count in rows}
    return found.get(True, 0), found.get(False, 0)


def newest_lessons(session: Session, site: Site, each: int) -> list[Written]:
    """Return the texts that were called spam and good last, at most so many of each."""
    found = []
    for spam in (True, False):
        newest = (
            select(Lesson.comment_id, Lesson.revision)
            .where(Lesson.site_id == site.id, Lesson.spam == spam)
            .order_by(Lesson.decision_id.desc())
            .limit(each)
            .subquery()
        )
        rows = session.execute(
            select(Revision.source, Revision.html, Comment.name, Comment.website, Comment.email)
            .join(newest, (Revision.comment_id == newest.c.comment_id) & (Revision.n == newest.c.revision))
            .join(Comment, (Comment.site_id == Revision.site_id) & (Comment.id == Revision.comment_id))
            .where(Revision.site_id == site.id, Revision.source != "")
        )
        found += [Written(*row, spam=spam) for row in rows]
    return found


def tallies(session: Session, site: Site, since: str) -> list[Tally]:
    """Return what moderators found of what the filter had marked, by month from `since` (2026-03) on."""
    rows = session.execute(
        select(Lesson.month, Lesson.marked, Lesson.spam, func.count())
        .where(Lesson.site_id == site.id, Lesson.month >= since)
        .group_by(Lesson.month, Lesson.marked, Lesson.spam)
    )
    found: dict[str, dict[str, int]] = {}
    for month, marked, spam, count in rows:
        name = f"{'marked' if marked else 'unmarked'}_{'spam' if spam else 'good'}"
        found.setdefault(month, {})[name] = count
    return [Tally(month, **numbers) for month, numbers in sorted(found.items())]
