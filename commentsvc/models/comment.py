"""A comment with its revisions: tables, and changes of state that keep counts and shape true."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy import CheckConstraint
from sqlalchemy import ForeignKey
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import LargeBinary
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import text
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.thread import Thread

PENDING = "pending"
APPROVED = "approved"
SPAM = "spam"
REJECTED = "rejected"
DELETED = "deleted"
STATES = (PENDING, APPROVED, SPAM, REJECTED, DELETED)

# Levels that are ordered one within the other; deeper replies follow in time under the last of them.
LEVELS = 6
STEP = 16


class Comment(Base):
    """What a reader or a moderator said."""

    __tablename__ = "comment"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "thread_id"], ["thread.site_id", "thread.id"]),
        ForeignKeyConstraint(["site_id", "parent_id"], ["comment.site_id", "comment.id"]),
        CheckConstraint("state IN ('pending', 'approved', 'spam', 'rejected', 'deleted')", name="state"),
        Index(
            "ix_comment_page",
            "site_id",
            "thread_id",
            "path",
            sqlite_where=text("shown = 1"),
            postgresql_where=text("shown"),
        ),
        Index(
            "ix_comment_roots",
            "site_id",
            "thread_id",
            "path",
            sqlite_where=text("shown = 1 AND depth = 0"),
            postgresql_where=text("shown AND depth = 0"),
        ),
        Index(
            "ix_comment_queue",
            "site_id",
            "queued",
            "id",
            sqlite_where=text("queued IS NOT NULL"),
            postgresql_where=text("queued IS NOT NULL"),
        ),
        Index("ix_comment_list", "site_id", "state", "created", "id"),
        Index("ix_comment_of_thread", "site_id", "thread_id", "created", "id"),
        Index(
            "ix_comment_email",
            "site_id",
            "email",
            "created",
            "id",
            sqlite_where=text("email IS NOT NULL"),
            postgresql_where=text("email IS NOT NULL"),
        ),
        Index("ix_comment_name", "site_id", "name", "created", "id"),
        Index(
            "ix_comment_network",
            "site_id",
            "network",
            "created",
            "id",
            sqlite_where=text("network IS NOT NULL"),
            postgresql_where=text("network IS NOT NULL"),
        ),
        Index(
            "ix_comment_newest_of_thread",
            "site_id",
            "thread_id",
            "created",
            "id",
            sqlite_where=text("state = 'approved'"),
            postgresql_where=text("state = 'approved'"),
        ),
        Index(
            "ix_comment_replies",
            "site_id",
            "parent_id",
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    thread_id: Mapped[int] = mapped_column(BigInteger)
    parent_id: Mapped[int | None] = mapped_column(BigInteger)
    depth: Mapped[int]
    path: Mapped[bytes] = mapped_column(LargeBinary)

    state: Mapped[str] = mapped_column(String(10))
    # Whether the thread shows it: approved, or a tombstone that holds up approved replies.
    shown: Mapped[bool]
    shown_replies: Mapped[int]
    # Since when something waits for a moderator: the comment itself, or a held edit.
    queued: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When the author took it back: it is not a moderator's to bring back.
    withdrawn: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # When its author's name, address and text were removed for good: only its place is left.
    erased: Mapped[datetime | None] = mapped_column(UtcDateTime)

    name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(254))
    website: Mapped[str | None] = mapped_column(Text)
    avatar: Mapped[str] = mapped_column(String(10))
    # The network that it came from, shortened.
    network: Mapped[str | None] = mapped_column(String(45))
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("moderator.id", ondelete="SET NULL"))
    # Part of the receipt: raising it revokes the one that was given.
    generation: Mapped[int]

    # Where it was said, as the page told it: the thread takes both from the first comment that is approved.
    url: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(String(300))

    shown_revision: Mapped[int]
    held_revision: Mapped[int | None]
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    edited: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def newest_revision(self) -> int:
        """The number of the text to decide on: the one that waits, else the one shown."""
        return self.held_revision or self.shown_revision


class Revision(Base):
    """One version of a comment's text: what was written, and what is shown of it."""

    __tablename__ = "revision"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "comment_id"], ["comment.site_id", "comment.id"], ondelete="CASCADE"),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    markup: Mapped[str] = mapped_column(String(10))
    # As written. Never shown as HTML: it is not sanitized.
    source: Mapped[str] = mapped_column(Text)
    # As shown: made of the source by the renderer named here, sanitized last.
    html: Mapped[str] = mapped_column(Text)
    renderer: Mapped[str] = mapped_column(String(20))
    # author or moderator, with the moderator's id.
    by: Mapped[str] = mapped_column(String(20))
    by_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


def place(comment_id: int, created: datetime, parent: Comment | None) -> tuple[int, bytes]:
    """Return depth and path of a comment: the (created, id) steps of its ancestors, then its own."""
    step = int(created.timestamp() * 1_000_000).to_bytes(8, "big") + comment_id.to_bytes(8, "big")
    if parent is None:
        return 0, step
    return parent.depth + 1, parent.path[: LEVELS * STEP] + step


def set_state(session: Session, thread: Thread, comment: Comment, state: str, now: datetime) -> None:
    """Move a comment to a state and keep the thread's count, version and shape true; the thread is locked."""
    was = comment.state
    comment.state = state
    comment.queued = now if state == PENDING or comment.held_revision is not None else None
    if (was == APPROVED) != (state == APPROVED):
        if state == APPROVED and thread.count == 0 and comment.url is not None:
            thread.url = comment.url
        if state == APPROVED and (thread.count == 0 or thread.title is None) and comment.title is not None:
            thread.title = comment.title
        thread.count += 1 if state == APPROVED else -1
        thread.touch(session, now)
    _keep_shape(session, comment)


def show_revision(
    session: Session, thread: Thread, comment: Comment, revision: int, written: datetime, now: datetime
) -> None:
    """Show another revision of a comment, and say when it was written."""
    comment.shown_revision = revision
    comment.edited = written if revision > 1 else None
    if comment.shown:
        thread.touch(session, now)


def _keep_shape(session: Session, comment: Comment) -> None:
    # Goes up only as far as tombstones appear or vanish, which is seldom more than one step.
    node = comment
    while True:
        shown = node.state == APPROVED or node.shown_replies > 0
        if shown == node.shown:
            return
        node.shown = shown
        if node.parent_id is None:
            return
        parent = session.get_one(Comment, (node.site_id, node.parent_id))
        parent.shown_replies += 1 if shown else -1
        node = parent
