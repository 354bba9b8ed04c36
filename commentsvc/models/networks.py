"""The shortened networks that comments came from, of all sites, and their end."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy import tuple_
from sqlalchemy import update
from sqlalchemy.orm import Session

from commentsvc.models.comment import Comment


def forget_networks(session: Session, site_id: int, before: datetime, limit: int) -> int:
    """Erase where comments of a site came from that were written before a time, at most so many; return how many."""
    # Only comments that have one are in the index that this walks along.
    old = (
        select(Comment.site_id, Comment.id)
        .where(Comment.site_id == site_id, Comment.network.is_not(None), Comment.created < before)
        .limit(limit)
    )
    keys = [tuple(row) for row in session.execute(old)]
    if not keys:
        return 0
    gone = update(Comment).where(tuple_(Comment.site_id, Comment.id).in_(keys)).values(network=None)
    done: Any = session.execute(gone.execution_options(synchronize_session=False))
    return done.rowcount
