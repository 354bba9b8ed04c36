"""What was moved from one thread to another: a branch, or a whole thread; kept so that it can be taken back."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKey
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import func
from sqlalchemy import insert
from sqlalchemy import literal
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import aliased
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.comment import LEVELS
from commentsvc.models.comment import STEP
from commentsvc.models.comment import Comment
from commentsvc.models.comment import place
from commentsvc.models.relocation import Relocation
from commentsvc.models.site import Site
from commentsvc.models.thread import Address
from commentsvc.models.thread import Thread

MOVE = "move"
MERGE = "merge"
LATELY = 10


class Arrangement(Base):
    """A branch moved to another thread, or a thread merged into another one; by whom, and whether it still stands."""

    __tablename__ = "arrangement"
    __table_args__ = (
        Index(None, "site_id", "source_id"),
        Index(None, "site_id", "target_id"),
        Index(None, "site_id", "batch"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10))
    source_id: Mapped[int] = mapped_column(BigInteger)
    target_id: Mapped[int] = mapped_column(BigInteger)
    # Of a move: the comment at the top of the branch, and what it answered.
    comment_id: Mapped[int | None] = mapped_column(BigInteger)
    parent_id: Mapped[int | None] = mapped_column(BigInteger)
    # What was pinned in the source before.
    pinned_id: Mapped[int | None] = mapped_column(BigInteger)
    comments: Mapped[int]
    # What was done together carries the same number, so that it is undone together.
    batch: Mapped[int | None] = mapped_column(BigInteger)
    # 0: the operator.
    moderator_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MovedRoot(Base):
    """A comment that stood in a thread, and answered none, when the thread was merged."""

    __tablename__ = "moved_root"
    __table_args__ = (
        ForeignKeyConstraint(
            ["site_id", "arrangement_id"], ["arrangement.site_id", "arrangement.id"], ondelete="CASCADE"
        ),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    arrangement_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    comment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class MovedAddress(Base):
    """An address that a thread had when it was merged."""

    __tablename__ = "moved_address"
    __table_args__ = (
        ForeignKeyConstraint(
            ["site_id", "arrangement_id"], ["arrangement.site_id", "arrangement.id"], ondelete="CASCADE"
        ),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    arrangement_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    canonical: Mapped[str] = mapped_column(Text, primary_key=True)


def states_of(session: Session, site: Site, thread_id: int) -> dict[str, int]:
    """Return how many comments a thread has in each state, counted."""
    rows = session.execute(
        select(Comment.state, func.count())
        .where(Comment.site_id == site.id, Comment.thread_id == thread_id)
        .group_by(Comment.state)
    )
    return {row[0]: row[1] for row in rows}


def branch_of(session: Session, root: Comment) -> list[Comment]:
    """Return a comment with all its replies, whatever their state; each after the one it answers."""
    # Deep replies share the path of their sixth ancestor: whose they are is told by their parents alone.
    above = root.path[: LEVELS * STEP]
    near = session.scalars(
        select(Comment)
        .where(
            Comment.site_id == root.site_id, Comment.thread_id == root.thread_id,
            Comment.path > above, Comment.path < above + b"\xff", Comment.depth > root.depth,
        )
        .order_by(Comment.depth, Comment.path)
    )  # fmt: skip
    found, ids = [root], {root.id}
    for comment in near:
        if comment.parent_id in ids:
            found.append(comment)
            ids.add(comment.id)
    return found


def hang(session: Session, branch: list[Comment], thread: Thread, parent: Comment | None) -> None:
    """Put a branch under a comment of a thread, or beside its roots, in its own shape; both threads are locked."""
    by_id = {}
    for comment in branch:
        above = by_id.get(comment.parent_id) if by_id else parent
        comment.thread_id = thread.id
        comment.depth, comment.path = place(comment.id, comment.created, above)
        by_id[comment.id] = comment
    branch[0].parent_id = parent.id if parent is not None else None
    session.flush()


def take_over(session: Session, made: Arrangement) -> None:
    """Give all comments and addresses of the source to the target, and remember which they were."""
    session.add(made)
    session.flush()
    ours = Comment.site_id == made.site_id, Comment.thread_id == made.source_id
    held = Address.site_id == made.site_id, Address.thread_id == made.source_id
    number = literal(made.id, BigInteger())
    roots = select(Comment.site_id, number, Comment.id).where(*ours, Comment.parent_id.is_(None))
    addresses = select(Address.site_id, number, Address.canonical).where(*held)
    session.execute(insert(MovedRoot).from_select(["site_id", "arrangement_id", "comment_id"], roots))
    session.execute(insert(MovedAddress).from_select(["site_id", "arrangement_id", "canonical"], addresses))
    # Where a comment stands in its thread stays: times and ids order those of both.
    session.execute(update(Comment).where(*ours).values(thread_id=made.target_id), execution_options=_UNSEEN)
    session.execute(update(Address).where(*held).values(thread_id=made.target_id), execution_options=_UNSEEN)


def give_back(session: Session, made: Arrangement) -> None:
    """Give what a merge took, as far as it is still there, back to the source; replies go with what they answer."""
    root = aliased(Comment)
    taken = (
        select(root.path)
        .join(MovedRoot, (MovedRoot.site_id == root.site_id) & (MovedRoot.comment_id == root.id))
        .where(
            MovedRoot.site_id == made.site_id, MovedRoot.arrangement_id == made.id,
            root.thread_id == made.target_id, root.parent_id.is_(None),
        )
    )  # fmt: skip
    comments = update(Comment).where(
        Comment.site_id == made.site_id,
        Comment.thread_id == made.target_id,
        func.substr(Comment.path, 1, STEP).in_(taken),
    )
    held = select(MovedAddress.canonical).where(
        MovedAddress.site_id == made.site_id, MovedAddress.arrangement_id == made.id
    )
    addresses = update(Address).where(
        Address.site_id == made.site_id, Address.thread_id == made.target_id, Address.canonical.in_(held)
    )
    session.execute(comments.values(thread_id=made.source_id), execution_options=_UNSEEN)
    session.execute(addresses.values(thread_id=made.source_id), execution_options=_UNSEEN)


def merged_into(session: Session, site: Site, thread_id: int) -> list[int]:
    """Return the threads whose addresses and ids lead to a thread, since they were merged into it."""
    return list(session.scalars(select(Thread.id).where(Thread.site_id == site.id, Thread.merged_id == thread_id)))


def merged_before(session: Session, site: Site, thread_id: int) -> list[int]:
    """Return the threads that were merged into a thread itself, not into one that it was merged into later."""
    standing = select(Arrangement.source_id).where(
        Arrangement.site_id == site.id,
        Arrangement.target_id == thread_id,
        Arrangement.kind == MERGE,
        Arrangement.undone.is_(None),
    )
    return list(session.scalars(standing))


def lately(session: Session, site: Site, thread_id: int) -> list[Arrangement]:
    """Return what was moved from or to a thread last, newest first, at most LATELY."""
    return list(
        session.scalars(
            select(Arrangement)
            .where(
                Arrangement.site_id == site.id,
                or_(Arrangement.source_id == thread_id, Arrangement.target_id == thread_id),
            )
            .order_by(Arrangement.id.desc())
            .limit(LATELY)
        )
    )


def together(session: Session, site: Site, batch: int) -> list[Arrangement]:
    """Return what was done together, the last first."""
    question = select(Arrangement).where(Arrangement.site_id == site.id, Arrangement.batch == batch)
    return list(session.scalars(question.order_by(Arrangement.id.desc())))


def joined_lately(session: Session, site: Site, limit: int) -> list[list[Arrangement]]:
    """Return what was joined in one go by the doctor, each join with its merges, newest first, at most `limit`."""
    # The batch of a site's move is a move's number, and undone with it.
    moves = select(Relocation.id).where(Relocation.site_id == site.id)
    batches = (
        select(Arrangement.batch)
        .where(Arrangement.site_id == site.id, Arrangement.batch.is_not(None), Arrangement.batch.not_in(moves))
        .group_by(Arrangement.batch)
        .order_by(Arrangement.batch.desc())
        .limit(limit)
    )
    return [together(session, site, batch) for batch in session.scalars(batches).all() if batch is not None]


_UNSEEN = {"synchronize_session": False}
