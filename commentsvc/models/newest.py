"""The newest approved comments of a site or of one thread: bounded, and found by an index whatever there is."""

from dataclasses import dataclass

from sqlalchemy import Select
from sqlalchemy import String
from sqlalchemy import literal
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.published import COLUMNS
from commentsvc.models.published import IS_SHOWN
from commentsvc.models.published import Shown
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread


@dataclass(frozen=True)
class Fresh:
    """An approved comment, and the article it stands under: the thread's id, address and title."""

    shown: Shown
    thread_id: int
    url: str
    title: str | None


def newest(session: Session, site: Site, limit: int, thread_id: int | None = None) -> list[Fresh]:
    """Return the newest approved comments of a site, or of one of its threads, newest first, at most `limit`."""
    return [Fresh(Shown(*row[:-3]), *row[-3:]) for row in session.execute(question(site, limit, thread_id))]


def question(site: Site, limit: int, thread_id: int | None = None) -> Select:
    """Return the question that `newest` asks."""
    # The keys are cut first, so that no database is tempted to join texts to all comments before it sorts them. The
    # state stands in the words of the question, since SQLite does not use a partial index for a value it is told later.
    approved = Comment.state == literal(APPROVED, String(), literal_execute=True)
    keys = select(Comment.site_id, Comment.id).where(Comment.site_id == site.id, approved)
    if thread_id is not None:
        keys = keys.where(Comment.thread_id == thread_id)
    few = keys.order_by(Comment.created.desc(), Comment.id.desc()).limit(limit).subquery()
    return (
        select(*COLUMNS, Thread.id, Thread.url, Thread.title)
        .join(few, (few.c.site_id == Comment.site_id) & (few.c.id == Comment.id))
        .join(Revision, IS_SHOWN)
        .join(Thread, (Thread.site_id == Comment.site_id) & (Thread.id == Comment.thread_id))
        .order_by(Comment.created.desc(), Comment.id.desc())
    )
