"""A move of a site: what its addresses began with and begin with now, and each step of it, so that it is taken back."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKey
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import Text
from sqlalchemy import bindparam
from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.comment import Comment
from commentsvc.models.site import Site
from commentsvc.models.thread import Address
from commentsvc.models.thread import Thread

LATELY = 20


class Relocation(Base):
    """A move of all addresses that begin alike; by whom, how far it came, and whether it still stands."""

    __tablename__ = "relocation"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    # Beginnings of canonical addresses, without a final slash.
    old: Mapped[str] = mapped_column(Text)
    new: Mapped[str] = mapped_column(Text)
    # 0: the operator.
    moderator_id: Mapped[int]
    began: Mapped[datetime] = mapped_column(UtcDateTime)
    # The canonical address up to which all are moved, should it have been interrupted.
    reached: Mapped[str] = mapped_column(Text, default="")
    ended: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undo_began: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone: Mapped[datetime | None] = mapped_column(UtcDateTime)
    steps: Mapped[int] = mapped_column(default=0)
    threads: Mapped[int] = mapped_column(default=0)
    merges: Mapped[int] = mapped_column(default=0)

    @property
    def is_going_on(self) -> bool:
        """Whether it began and did not come to its end, nor is taken back."""
        return self.ended is None and self.undo_began is None


class RelocationStep(Base):
    """One step of a move: an address that a thread was given, a merge, or the address that a thread had before."""

    __tablename__ = "relocation_step"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "relocation_id"], ["relocation.site_id", "relocation.id"], ondelete="CASCADE"),
        Index(None, "site_id", "relocation_id", "thread_id"),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    relocation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    thread_id: Mapped[int] = mapped_column(BigInteger)
    # The address that was added.
    canonical: Mapped[str | None] = mapped_column(Text)
    # What the thread's own address was.
    url: Mapped[str | None] = mapped_column(Text)
    arrangement_id: Mapped[int | None] = mapped_column(BigInteger)


class RelocatedComment(Base):
    """Where a comment was said, as its page told it before the move."""

    __tablename__ = "relocated_comment"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "relocation_id"], ["relocation.site_id", "relocation.id"], ondelete="CASCADE"),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    relocation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    comment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    url: Mapped[str] = mapped_column(Text)


def relocations(session: Session, site: Site) -> list[Relocation]:
    """Return the moves of a site, newest first, at most LATELY."""
    question = select(Relocation).where(Relocation.site_id == site.id).order_by(Relocation.id.desc()).limit(LATELY)
    return list(session.scalars(question))


def lock_relocation(session: Session, site: Site, relocation_id: int) -> Relocation | None:
    """Return a move of the site as it is now, locked until the transaction ends."""
    return session.scalar(
        select(Relocation)
        .where(Relocation.site_id == site.id, Relocation.id == relocation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def not_ended(session: Session, site: Site, old: str, new: str) -> Relocation | None:
    """Return the same move where it was begun and did not come to its end, or its undo did not."""
    question = select(Relocation).where(
        Relocation.site_id == site.id, Relocation.old == old, Relocation.new == new, Relocation.undone.is_(None),
        Relocation.ended.is_(None) | Relocation.undo_began.is_not(None),
    )  # fmt: skip
    return session.scalar(question.order_by(Relocation.id).limit(1))


def addresses_from(session: Session, site: Site, beginning: str, after: str, limit: int) -> list[Address]:
    """Return addresses whose canonical form begins with some letters, in order, after one, at most `limit`."""
    return list(
        session.scalars(
            select(Address)
            .where(
                Address.site_id == site.id,
                Address.canonical > after,
                func.substr(Address.canonical, 1, len(beginning)) == beginning,
            )
            .order_by(Address.canonical)
            .limit(limit)
            .execution_options(populate_existing=True)
        )
    )


def holders_of(session: Session, site: Site, canonicals: Iterable[str]) -> dict[str, int]:
    """Return which threads have some addresses."""
    held = select(Address.canonical, Address.thread_id).where(
        Address.site_id == site.id, Address.canonical.in_(list(canonicals))
    )
    return {row[0]: row[1] for row in session.execute(held)}


def elsewhere(session: Session, site: Site, origin: str, beginning: str, after: int, limit: int) -> list[Thread]:
    """Return threads that are read under an origin and have no address there that begins so: known by stable id."""
    has = select(Address.thread_id).where(
        Address.site_id == Thread.site_id,
        Address.thread_id == Thread.id,
        func.substr(Address.canonical, 1, len(beginning)) == beginning,
    )
    question = select(Thread).where(
        Thread.site_id == site.id,
        Thread.id > after,
        Thread.merged_id.is_(None),
        func.substr(Thread.url, 1, len(origin)) == origin,
        ~has.exists(),
    )
    return list(session.scalars(question.order_by(Thread.id).limit(limit)))


def threads_of(session: Session, site: Site, thread_ids: Iterable[int], lock: bool = False) -> dict[int, Thread]:
    """Return threads of the site by id; locked in one order until the transaction ends, where asked."""
    question = select(Thread).where(Thread.site_id == site.id, Thread.id.in_(list(set(thread_ids))))
    if lock:
        question = question.order_by(Thread.id).with_for_update().execution_options(populate_existing=True)
    return {thread.id: thread for thread in session.scalars(question)}


def said_in(session: Session, site: Site, thread_ids: Iterable[int]) -> list[tuple[int, str]]:
    """Return the comments of some threads, each with where it was said."""
    question = select(Comment.id, Comment.url).where(
        Comment.site_id == site.id, Comment.thread_id.in_(list(thread_ids)), Comment.url.is_not(None)
    )
    return [(one, url) for one, url in session.execute(question) if url is not None]


def move_comments(session: Session, made: Relocation, moved: list[tuple[int, str, str]]) -> None:
    """Say of comments that they were said elsewhere, given id, old and new address; remember where it was."""
    if not moved:
        return
    key = {"site_id": made.site_id, "relocation_id": made.id}
    session.execute(insert(RelocatedComment), [key | {"comment_id": one, "url": old} for one, old, _ in moved])
    _say_where(session, made, [(one, new) for one, _, new in moved])


def bring_comments_back(session: Session, made: Relocation, limit: int, thread_ids: Iterable[int] | None = None) -> int:
    """Say again of comments where they were said before the move, of some threads or of any; return how many."""
    question = select(RelocatedComment.comment_id, RelocatedComment.url).where(
        RelocatedComment.site_id == made.site_id, RelocatedComment.relocation_id == made.id
    )
    if thread_ids is not None:
        there = (Comment.site_id == RelocatedComment.site_id) & (Comment.id == RelocatedComment.comment_id)
        question = question.join(Comment, there).where(Comment.thread_id.in_(list(thread_ids)))
    rows = [(row[0], row[1]) for row in session.execute(question.limit(limit))]
    if rows:
        _say_where(session, made, rows)
        session.connection().execute(
            delete(RelocatedComment.__table__).where(  # pyright: ignore[reportArgumentType]
                RelocatedComment.site_id == made.site_id, RelocatedComment.relocation_id == made.id,
                RelocatedComment.comment_id == bindparam("one"),
            ),
            [{"one": one} for one, _ in rows],
        )  # fmt: skip
    return len(rows)


def _say_where(session: Session, made: Relocation, rows: list[tuple[int, str]]) -> None:
    session.connection().execute(
        update(Comment.__table__)  # pyright: ignore[reportArgumentType]
        .where(Comment.site_id == made.site_id, Comment.id == bindparam("one"))
        .values(url=bindparam("where")),
        [{"one": one, "where": where} for one, where in rows],
    )


def steps_before(session: Session, made: Relocation, n: int, limit: int) -> list[RelocationStep]:
    """Return the last steps of a move before one, the last first."""
    question = select(RelocationStep).where(
        RelocationStep.site_id == made.site_id, RelocationStep.relocation_id == made.id, RelocationStep.n < n
    )
    return list(session.scalars(question.order_by(RelocationStep.n.desc()).limit(limit)))


def threads_moved(session: Session, made: Relocation) -> int:
    """Return how many threads a move has touched, counted."""
    question = select(func.count(RelocationStep.thread_id.distinct())).where(
        RelocationStep.site_id == made.site_id, RelocationStep.relocation_id == made.id
    )
    return session.scalar(question) or 0
