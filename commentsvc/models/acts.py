"""What each act of a moderator changes on a comment, and how it is taken back; its thread is locked first."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import DELETED
from commentsvc.models.comment import REJECTED
from commentsvc.models.comment import SPAM
from commentsvc.models.comment import Comment
from commentsvc.models.comment import set_state
from commentsvc.models.comment import show_revision
from commentsvc.models.decision import Change
from commentsvc.models.decision import Decision
from commentsvc.models.desk import QUEUE
from commentsvc.models.owned import comment_of
from commentsvc.models.owned import revision_of
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.models.thread import lock_thread

APPROVE = "approve"
REJECT = "reject"
ACTS = {APPROVE: APPROVED, "spam": SPAM, REJECT: REJECTED, "delete": DELETED}


def locked(session: Session, site: Site, comment_ids: Iterable[int]) -> list[tuple[Comment, Thread]]:
    """Return comments of a site, each with its thread, which is locked: read again, as they are under the lock."""
    # Threads are locked in one order, so that two moderators never wait for each other.
    asked = select(Comment.id, Comment.thread_id).where(Comment.site_id == site.id, Comment.id.in_(list(comment_ids)))
    found = sorted(session.execute(asked), key=lambda row: (row.thread_id, row.id))
    threads = {thread_id: lock_thread(session, site, thread_id) for _, thread_id in found}
    pairs = []
    for comment_id, thread_id in found:
        comment, thread = comment_of(session, site, comment_id), threads[thread_id]
        # One that was moved to another thread meanwhile is decided there, by whoever looks again.
        if comment is not None and thread is not None and comment.thread_id == thread.id:
            pairs.append((comment, thread))
    return pairs


def is_in(comment: Comment, name: str) -> bool:
    """Tell whether a comment is in a list of the desk."""
    return comment.queued is not None if name == QUEUE else comment.state == name


def apply(session: Session, thread: Thread, comment: Comment, act: str, now: datetime) -> Change:
    """Do one of ACTS with a comment."""
    before = standing(comment)
    state = ACTS[act]
    held = comment.held_revision
    comment.held_revision = None
    if held is not None and act == REJECT:
        # Only the new text is turned down: what was approved before stays.
        state = comment.state
    elif held is not None and act == APPROVE:
        show_revision(session, thread, comment, held, revision_of(session, comment, held).at, now)
    set_state(session, thread, comment, state, now)
    return change_since(before, comment)


def restore(session: Session, thread: Thread, comment: Comment, decision: Decision, now: datetime) -> Change:
    """Give a comment back what it was before a decision."""
    before = standing(comment)
    comment.held_revision = decision.held_from
    if decision.shown_from not in (None, comment.shown_revision):
        shown = revision_of(session, comment, decision.shown_from)
        show_revision(session, thread, comment, shown.n, shown.at, now)
    set_state(session, thread, comment, decision.state_from or comment.state, now)
    if comment.queued is not None:
        # Back to its place in the queue, not to the end of it.
        held = comment.held_revision
        comment.queued = comment.created if held is None else revision_of(session, comment, held).at
    return change_since(before, comment)


def standing(comment: Comment) -> tuple[str, int, int | None]:
    """Return a comment's state, the number of the revision shown, and of the one that waits."""
    return comment.state, comment.shown_revision, comment.held_revision


def change_since(before: tuple[str, int, int | None], comment: Comment) -> Change:
    """Return what has changed on a comment since `standing` said how it was."""
    return Change(
        state=(before[0], comment.state),
        shown=(before[1], comment.shown_revision),
        held=(before[2], comment.held_revision),
    )
