"""A comment as its author sees it, whatever its state: with its text as written, and its thread."""

from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread


@dataclass(frozen=True)
class Own:
    """A comment, the newest revision its author wrote, and its thread."""

    site: Site
    comment: Comment
    revision: Revision
    thread: Thread

    @property
    def article_url(self) -> str:
        """Where it was said: as its author's page told it, or as the thread knows it."""
        return self.comment.url or self.thread.url

    @property
    def article_title(self) -> str | None:
        """What the article is called."""
        return self.thread.title or self.comment.title

    @property
    def editable_until(self) -> datetime | None:
        """Until when the author may edit it; None where its state allows no edit."""
        if self.comment.state not in (PENDING, APPROVED) or self.comment.moderator_id is not None:
            return None
        return self.comment.created + timedelta(seconds=self.site.edit_seconds)


def comment_of(session: Session, site: Site, comment_id: int) -> Comment | None:
    """Return a comment of the site."""
    return session.scalar(select(Comment).where(Comment.site_id == site.id, Comment.id == comment_id))


def thread_id_of(session: Session, site: Site, comment_id: int) -> int | None:
    """Return the id of a comment's thread."""
    return session.scalar(select(Comment.thread_id).where(Comment.site_id == site.id, Comment.id == comment_id))


def own(session: Session, site: Site, comment_id: int) -> Own | None:
    """Return a comment of the site as its author sees it: with a held edit where there is one."""
    row = session.execute(
        select(Comment, Thread)
        .join(Thread, (Thread.site_id == Comment.site_id) & (Thread.id == Comment.thread_id))
        .where(Comment.site_id == site.id, Comment.id == comment_id)
    ).one_or_none()
    if row is None:
        return None
    comment, thread = row
    return Own(site, comment, revision_of(session, comment, comment.held_revision or comment.shown_revision), thread)


def revision_of(session: Session, comment: Comment, n: int) -> Revision:
    """Return a revision of a comment by its number."""
    return session.get_one(Revision, (comment.site_id, comment.id, n))
