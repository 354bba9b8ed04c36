"""A moderator decides: the one door for the desk, and whatever else will act on comments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import desk
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import DELETED
from commentsvc.models.comment import REJECTED
from commentsvc.models.comment import SPAM
from commentsvc.models.comment import Comment
from commentsvc.models.comment import set_state
from commentsvc.models.comment import show_revision
from commentsvc.models.decision import Actor
from commentsvc.models.decision import Change
from commentsvc.models.decision import Decision
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.moderator import Moderator
from commentsvc.models.owned import comment_of
from commentsvc.models.owned import revision_of
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.models.thread import lock_thread
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownComment
from commentsvc.refusals import UnknownThread

APPROVE = "approve"
REJECT = "reject"
UNDO = "undo"
ACTS = {APPROVE: APPROVED, "spam": SPAM, REJECT: REJECTED, "delete": DELETED}
MAX_AT_ONCE = 500


@dataclass(frozen=True)
class Decided:
    """What a decision came to: its number for undo, how many comments it changed, how many it left and why."""

    batch: int
    done: int
    # Another moderator, or the author, was first.
    overtaken: int = 0
    # Taken back by their author, so not a moderator's to change.
    withdrawn: int = 0
    # Written anew by their author, so that the moderator saw another text.
    edited: int = 0


@dataclass(frozen=True)
class View:
    """A page of one of the desk's lists, how many comments each list holds, since when the oldest waits."""

    listing: desk.Listing
    sizes: dict[str, int]
    oldest: datetime | None


@dataclass(frozen=True)
class ThreadsView:
    """A page of threads, the id to go on from, and how many comments each list of the desk holds."""

    threads: list[Thread]
    next: int | None
    sizes: dict[str, int]


def look(site: Site, name: str, words: str = "", after: int | None = None) -> View:
    """Return a page of the queue or of a list as it is now; raise DatabaseAway."""
    with reading() as session:
        listing = desk.listing(session, site, name, words, after)
        return View(listing, desk.sizes(session, site), desk.oldest_waiting(session, site))


def look_at(site: Site, comment_id: int) -> desk.Entry:
    """Return one comment as the desk shows it; raise UnknownComment or DatabaseAway."""
    with reading() as session:
        found = desk.entry(session, site, comment_id)
    if found is None:
        raise UnknownComment
    return found


def look_at_threads(site: Site, words: str = "", after: int | None = None) -> ThreadsView:
    """Return a page of the site's threads, newest first; raise DatabaseAway."""
    with reading() as session:
        found = desk.threads(session, site, words, after)
        return ThreadsView(found, found[-1].id if len(found) == desk.PAGE else None, desk.sizes(session, site))


def sizes(site: Site) -> dict[str, int]:
    """Return how many comments each list of the desk holds, counted up to 1,000; raise DatabaseAway."""
    with reading() as session:
        return desk.sizes(session, site)


def decide(
    site: Site,
    moderator: Moderator,
    comment_ids: list[int],
    act: str,
    now: datetime,
    seen_in: str | None = None,
    seen: Mapping[int, int] | None = None,
) -> Decided:
    """Approve, spam, reject or delete comments of a site together.

    `seen_in` names the list where the moderator saw them (queue, approved, ...): one that has left it since is not
    touched and counted as overtaken. `seen` says by id which revision they saw: one with another text by now is not
    touched either, or its author could have something approved that nobody has read. Raises Invalid for an unknown
    act or too many comments, and DatabaseAway.
    """
    if act not in ACTS:
        raise Invalid(FieldError("act", "invalid", "A comment can be approved, marked as spam, rejected or deleted."))
    if len(comment_ids) > MAX_AT_ONCE:
        raise Invalid(FieldError("id", "too_many", f"At most {MAX_AT_ONCE} comments can be decided at once."))
    by = Actor("moderator", moderator.id)
    batch = new_id(now)
    done = overtaken = withdrawn = edited = 0
    with transaction() as session:
        for comment, thread in _locked(session, site, comment_ids):
            if comment.withdrawn is not None:
                withdrawn += 1
            elif seen_in is not None and not _is_in(comment, seen_in):
                overtaken += 1
            elif seen is not None and seen.get(comment.id, comment.newest_revision) != comment.newest_revision:
                edited += 1
            else:
                change = _apply(session, thread, comment, act, now)
                record(session, site, thread, act=act, by=by, at=now, comment_id=comment.id, change=change, batch=batch)
                done += 1
        return Decided(batch, done, overtaken, withdrawn, edited)


def undo(site: Site, moderator: Moderator, batch: int, now: datetime) -> Decided:
    """Take back what a moderator decided together, where nobody has decided otherwise since; raise DatabaseAway."""
    by = Actor("moderator", moderator.id)
    again = new_id(now)
    done = overtaken = withdrawn = 0
    with transaction() as session:
        taken = {row.comment_id: row for row in _batch(session, site, moderator, batch) if row.comment_id is not None}
        for comment, thread in _locked(session, site, list(taken)):
            decision = taken[comment.id]
            if comment.withdrawn is not None:
                withdrawn += 1
                continue
            if (comment.state, comment.shown_revision, comment.held_revision) != (
                decision.state_to,
                decision.shown_to,
                decision.held_to,
            ):
                overtaken += 1
                continue
            change = _restore(session, thread, comment, decision, now)
            record(session, site, thread, act=UNDO, by=by, at=now, comment_id=comment.id, change=change, batch=again)
            done += 1
        return Decided(again, done, overtaken, withdrawn)


def set_open(site: Site, moderator: Moderator, thread_id: int, is_open: bool, now: datetime) -> Thread:
    """Close a thread to new comments, or open it again; raise UnknownThread or DatabaseAway."""
    with transaction() as session:
        thread = lock_thread(session, site, thread_id)
        if thread is None:
            raise UnknownThread
        if (thread.closed is None) != is_open:
            thread.closed = None if is_open else now
            thread.touch(session, now)
            act = "reopen" if is_open else "close"
            record(session, site, thread, act=act, by=Actor("moderator", moderator.id), at=now)
        return thread


def _locked(session: Session, site: Site, comment_ids: list[int]) -> list[tuple[Comment, Thread]]:
    # Threads are locked in one order, so that two moderators never wait for each other.
    asked = select(Comment.id, Comment.thread_id).where(Comment.site_id == site.id, Comment.id.in_(comment_ids))
    found = sorted(session.execute(asked), key=lambda row: (row.thread_id, row.id))
    threads = {thread_id: lock_thread(session, site, thread_id) for _, thread_id in found}
    pairs = []
    for comment_id, thread_id in found:
        comment, thread = comment_of(session, site, comment_id), threads[thread_id]
        if comment is not None and thread is not None:
            pairs.append((comment, thread))
    return pairs


def _is_in(comment: Comment, name: str) -> bool:
    return comment.queued is not None if name == desk.QUEUE else comment.state == name


def _apply(session: Session, thread: Thread, comment: Comment, act: str, now: datetime) -> Change:
    before = comment.state, comment.shown_revision, comment.held_revision
    state = ACTS[act]
    held = comment.held_revision
    comment.held_revision = None
    if held is not None and act == REJECT:
        # Only the new text is turned down: what was approved before stays.
        state = comment.state
    elif held is not None and act == APPROVE:
        show_revision(session, thread, comment, held, revision_of(session, comment, held).at, now)
    set_state(session, thread, comment, state, now)
    return _change(before, comment)


def _restore(session: Session, thread: Thread, comment: Comment, decision: Decision, now: datetime) -> Change:
    before = comment.state, comment.shown_revision, comment.held_revision
    comment.held_revision = decision.held_from
    if decision.shown_from not in (None, comment.shown_revision):
        shown = revision_of(session, comment, decision.shown_from)
        show_revision(session, thread, comment, shown.n, shown.at, now)
    set_state(session, thread, comment, decision.state_from or comment.state, now)
    if comment.queued is not None:
        # Back to its place in the queue, not to the end of it.
        held = comment.held_revision
        comment.queued = comment.created if held is None else revision_of(session, comment, held).at
    return _change(before, comment)


def _change(before: tuple[str, int, int | None], comment: Comment) -> Change:
    return Change(
        state=(before[0], comment.state),
        shown=(before[1], comment.shown_revision),
        held=(before[2], comment.held_revision),
    )


def _batch(session: Session, site: Site, moderator: Moderator, batch: int) -> list[Decision]:
    return list(
        session.scalars(
            select(Decision).where(
                Decision.site_id == site.id,
                Decision.batch == batch,
                Decision.actor == "moderator",
                Decision.actor_id == moderator.id,
                # A reply is an act of theirs too, but there is nothing to go back to.
                Decision.state_from.is_not(None),
            )
        )
    )
