"""A moderator arranges threads: pins a comment, moves a branch to another thread, merges two threads; and undoes it."""

from dataclasses import dataclass
from dataclasses import field
from datetime import datetime

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import arrangement
from commentsvc.models.arrangement import MERGE
from commentsvc.models.arrangement import MOVE
from commentsvc.models.arrangement import Arrangement
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import Comment
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.ids import to_text
from commentsvc.models.moderator import Moderator
from commentsvc.models.owned import comment_of
from commentsvc.models.owned import thread_id_of
from commentsvc.models.site import Site
from commentsvc.models.soundness import put_right
from commentsvc.models.thread import Thread
from commentsvc.models.thread import addresses_of
from commentsvc.models.thread import lock_threads
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import Rearranged
from commentsvc.refusals import UnknownComment
from commentsvc.refusals import UnknownThread


@dataclass(frozen=True)
class Preview:
    """What a move or a merge would do: how many comments, by state; which addresses and stable id lead elsewhere."""

    source: Thread
    target: Thread
    states: dict[str, int]
    comment: Comment | None = None
    addresses: list[str] = field(default_factory=list)

    @property
    def comments(self) -> int:
        """How many comments would be moved."""
        return sum(self.states.values())


def pin(site: Site, moderator: Moderator, comment_id: int, now: datetime) -> Thread:
    """Show a comment first in its thread, instead of one that was; raise UnknownComment, Invalid or DatabaseAway."""
    with transaction() as session:
        comment, thread = _locked(session, site, comment_id)
        if comment.state != APPROVED or comment.parent_id is not None:
            words = "Only a comment that is published and answers no other can be pinned."
            raise Invalid(FieldError("comment", "not_to_pin", words))
        if thread.pinned_id != comment.id:
            thread.pinned_id = comment.id
            thread.touch(session, now)
            record(session, site, thread, act="pin", by=_by(moderator), at=now, comment_id=comment.id)
        return thread


def unpin(site: Site, moderator: Moderator, comment_id: int, now: datetime) -> Thread:
    """Show a pinned comment in its own place again; raise UnknownComment or DatabaseAway."""
    with transaction() as session:
        comment, thread = _locked(session, site, comment_id)
        if thread.pinned_id == comment.id:
            thread.pinned_id = None
            thread.touch(session, now)
            record(session, site, thread, act="unpin", by=_by(moderator), at=now, comment_id=comment.id)
        return thread


def preview_move(site: Site, comment_id: int, target_id: int) -> Preview:
    """Return what it would do to move a comment with its replies; raise UnknownComment, UnknownThread or Invalid."""
    with reading() as session:
        root = comment_of(session, site, comment_id)
        if root is None:
            raise UnknownComment
        source, target = _thread(session, site, root.thread_id), _thread(session, site, target_id)
        _check(source, target)
        states: dict[str, int] = {}
        for comment in arrangement.branch_of(session, root):
            states[comment.state] = states.get(comment.state, 0) + 1
        return Preview(source, target, states, root)


def move(site: Site, moderator: Moderator, comment_id: int, target_id: int, now: datetime) -> Arrangement:
    """Move a comment with all its replies to another thread of the site, where it answers none.

    Raises UnknownComment, UnknownThread, Invalid, Rearranged where it was moved meanwhile, and DatabaseAway.
    """
    with transaction() as session:
        root, source, target = _locked_with(session, site, comment_id, target_id)
        _check(source, target)
        branch = arrangement.branch_of(session, root)
        made = _made(MOVE, _by(moderator), source, target, len(branch), now)
        made.comment_id, made.parent_id = root.id, root.parent_id
        session.add(made)
        if source.pinned_id == root.id:
            source.pinned_id = None
        arrangement.hang(session, branch, target, None)
        _settle(session, source, made.parent_id, target, now)
        _record(session, site, made, source, target, MOVE, _by(moderator), now)
        return made


def preview_merge(site: Site, source_id: int, target_id: int) -> Preview:
    """Return what it would do to merge a thread into another one; raise UnknownThread or Invalid."""
    with reading() as session:
        source, target = _thread(session, site, source_id), _thread(session, site, target_id)
        _check(source, target)
        states = arrangement.states_of(session, site, source_id)
        return Preview(source, target, states, addresses=[held.raw for held in addresses_of(session, site, source_id)])


def merge(site: Site, moderator: Moderator, source_id: int, target_id: int, now: datetime) -> Arrangement:
    """Give all comments and addresses of a thread to another one; its row stays, empty, and its stable id leads there.

    Raises UnknownThread, Invalid and DatabaseAway.
    """
    with transaction() as session:
        return merge_within(session, site, _by(moderator), source_id, target_id, now)


def merge_within(
    session: Session, site: Site, by: Actor, source_id: int, target_id: int, now: datetime, batch: int | None = None
) -> Arrangement:
    """Merge a thread into another one as part of a transaction; merges with the same `batch` were done together.

    Raises UnknownThread, Invalid, and Rearranged where either was merged meanwhile.
    """
    # Rows are read anew under their locks: what the transaction changed before must be written by then.
    session.flush()
    before = arrangement.merged_into(session, site, source_id)
    threads = lock_threads(session, site, [source_id, target_id, *before])
    if source_id not in threads or target_id not in threads:
        raise UnknownThread
    source, target = threads[source_id], threads[target_id]
    _check(source, target)
    made = _made(MERGE, by, source, target, 0, now)
    made.batch = batch
    made.comments = sum(arrangement.states_of(session, site, source_id).values())
    arrangement.take_over(session, made)
    target.pinned_id = target.pinned_id or source.pinned_id
    target.title = target.title or source.title
    source.pinned_id = None
    # One step leads from any of them to where the comments are.
    for thread_id in (source_id, *before):
        threads[thread_id].merged_id = target_id
    _settle(session, source, None, target, now)
    _record(session, site, made, source, target, MERGE, by, now)
    return made


def undo(site: Site, moderator: Moderator, arrangement_id: int, now: datetime) -> Arrangement:
    """Take a move or a merge back, with what was answered to it since; undone twice is undone once.

    Raises UnknownThread where there was no such move, Rearranged where a later one stands in the way, DatabaseAway.
    """
    with transaction() as session:
        return undo_within(session, site, _by(moderator), arrangement_id, now)


def undo_within(session: Session, site: Site, by: Actor, arrangement_id: int, now: datetime) -> Arrangement:
    """Take a move or a merge back as part of a transaction; raise UnknownThread or Rearranged."""
    session.flush()
    made = session.get(Arrangement, (site.id, arrangement_id))
    if made is None:
        raise UnknownThread
    before = arrangement.merged_before(session, site, made.source_id) if made.kind == MERGE else []
    threads = lock_threads(session, site, [made.source_id, made.target_id, *before])
    session.refresh(made)
    source, target = threads[made.source_id], threads[made.target_id]
    if made.undone is not None:
        return made
    if made.kind == MERGE:
        _unmerge(session, made, source, target)
        for thread_id in before:
            threads[thread_id].merged_id = source.id
    else:
        _move_back(session, site, made, source, target)
    made.undone = now
    _settle(session, source, made.parent_id, target, now)
    _record(session, site, made, source, target, f"{made.kind}-undo", by, now)
    return made


def _unmerge(session: Session, made: Arrangement, source: Thread, target: Thread) -> None:
    if source.merged_id != target.id or target.merged_id is not None:
        raise Rearranged
    arrangement.give_back(session, made)
    source.merged_id = None
    source.pinned_id = made.pinned_id
    if target.pinned_id == made.pinned_id:
        target.pinned_id = None


def _move_back(session: Session, site: Site, made: Arrangement, source: Thread, target: Thread) -> None:
    root = comment_of(session, site, made.comment_id or 0)
    parent = comment_of(session, site, made.parent_id) if made.parent_id is not None else None
    if (
        source.merged_id is not None
        or root is None
        or (root.thread_id, root.parent_id) != (target.id, None)
        or (made.parent_id is not None and (parent is None or parent.thread_id != source.id))
    ):
        raise Rearranged
    if target.pinned_id == root.id:
        target.pinned_id = None
    if made.pinned_id == root.id and source.pinned_id is None:
        source.pinned_id = root.id
    arrangement.hang(session, arrangement.branch_of(session, root), source, parent)


def _settle(session: Session, source: Thread, above: int | None, target: Thread, now: datetime) -> None:
    # What is kept of both is made anew of what is there, from the comments above the branch upwards.
    session.flush()
    put_right(session, source, [above] if above is not None else [], now)
    put_right(session, target, [], now)
    source.touch(session, now)
    target.touch(session, now)


def _record(
    session: Session, site: Site, made: Arrangement, source: Thread, target: Thread, act: str, by: Actor,
    now: datetime,
) -> None:  # fmt: skip
    # A row in the chain of either, so that each tells by itself where its comments came from and went.
    for thread, other in ((source, f"to-{to_text(target.id)}"), (target, f"from-{to_text(source.id)}")):
        reasons = (other, f"comments-{made.comments}")
        record(
            session, site, thread,
            act=act, by=by, at=now, comment_id=made.comment_id, reasons=reasons, batch=made.id,
        )  # fmt: skip


def _made(kind: str, by: Actor, source: Thread, target: Thread, comments: int, now: datetime) -> Arrangement:
    return Arrangement(
        site_id=source.site_id, id=new_id(now), kind=kind, source_id=source.id, target_id=target.id,
        pinned_id=source.pinned_id, comments=comments, moderator_id=by.id or 0, at=now,
    )  # fmt: skip


def _check(source: Thread, target: Thread) -> None:
    if source.id == target.id:
        raise Invalid(FieldError("target", "same", "That is the same thread. Choose another one."))
    if source.merged_id is not None or target.merged_id is not None:
        raise Rearranged


def _locked(session: Session, site: Site, comment_id: int) -> tuple[Comment, Thread]:
    comment, source, _ = _locked_with(session, site, comment_id, None)
    return comment, source


def _locked_with(
    session: Session, site: Site, comment_id: int, target_id: int | None
) -> tuple[Comment, Thread, Thread]:
    source_id = thread_id_of(session, site, comment_id)
    if source_id is None:
        raise UnknownComment
    threads = lock_threads(session, site, [source_id, source_id if target_id is None else target_id])
    # Read under the lock: it may have been moved while that was waited for.
    comment = comment_of(session, site, comment_id)
    if comment is None or comment.thread_id != source_id:
        raise Rearranged
    target = threads.get(source_id if target_id is None else target_id)
    if target is None:
        raise UnknownThread
    return comment, threads[source_id], target


def _thread(session: Session, site: Site, thread_id: int) -> Thread:
    found = session.get(Thread, (site.id, thread_id))
    if found is None:
        raise UnknownThread
    return found


def _by(moderator: Moderator) -> Actor:
    return Actor("moderator", moderator.id)
