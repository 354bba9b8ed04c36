"""A moderator decides: the one door for the desk, and whatever else will act on comments."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import desk
from commentsvc.models.acts import ACTS
from commentsvc.models.acts import APPROVE as APPROVE
from commentsvc.models.acts import apply
from commentsvc.models.acts import is_in
from commentsvc.models.acts import locked
from commentsvc.models.acts import restore
from commentsvc.models.acts import standing
from commentsvc.models.decision import AUTHOR
from commentsvc.models.decision import Actor
from commentsvc.models.decision import Decision
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.models.thread import lock_thread
from commentsvc.models.wanted import EVERYTHING
from commentsvc.models.wanted import Wanted
from commentsvc.moderators.looking import with_texts
from commentsvc.notifying.telling import on_decided
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownComment
from commentsvc.refusals import UnknownDecision
from commentsvc.refusals import UnknownThread

UNDO = "undo"
MAX_AT_ONCE = 500


@dataclass(frozen=True)
class Decided:
    """What a decision came to: its number for undo, which comments it changed, which it left and why."""

    batch: int
    changed: tuple[int, ...] = ()
    # Another moderator, or the author, was first.
    too_late: tuple[int, ...] = ()
    # Taken back by their author, so not a moderator's to change.
    taken_back: tuple[int, ...] = ()
    # Written anew by their author, so that the moderator saw another text.
    written_anew: tuple[int, ...] = ()
    # How many more were asked for than can be decided at once, counted up to COUNTED.
    remaining: int = 0

    @property
    def done(self) -> int:
        """How many comments were changed."""
        return len(self.changed)

    @property
    def overtaken(self) -> int:
        """How many somebody else had decided."""
        return len(self.too_late)

    @property
    def withdrawn(self) -> int:
        """How many their authors had taken back."""
        return len(self.taken_back)

    @property
    def edited(self) -> int:
        """How many their authors had changed."""
        return len(self.written_anew)


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


def look(site: Site, name: str, wanted: Wanted | str = EVERYTHING, after: int | None = None) -> View:
    """Return a page of the queue or of a list as it is now; words alone stand for a search; raise DatabaseAway."""
    if isinstance(wanted, str):
        wanted = Wanted(words=wanted)
    with reading() as session:
        listing = desk.listing(session, site, name, with_texts(session, site, wanted), after)
        return View(listing, desk.sizes(session, site), desk.oldest_waiting(session, site))


def look_around(site: Site) -> tuple[dict[str, int], datetime | None]:
    """Return how many comments each list holds, and since when the oldest waits; raise DatabaseAway."""
    with reading() as session:
        return desk.sizes(session, site), desk.oldest_waiting(session, site)


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
    _check(act)
    if len(comment_ids) > MAX_AT_ONCE:
        raise Invalid(FieldError("id", "too_many", f"At most {MAX_AT_ONCE} comments can be decided at once."))
    with transaction() as session:
        return _decide(session, site, moderator, comment_ids, act, now, seen_in, seen)


def decide_all(
    site: Site, moderator: Moderator, name: str, wanted: Wanted, act: str, shown: datetime, now: datetime
) -> Decided:
    """Decide together on all that is wanted of a list, at most MAX_AT_ONCE, and say how many remain.

    What came after `shown`, when the moderator saw the list, is not touched. `wanted` must leave something out: nobody
    empties a whole queue unread. Raises Invalid and DatabaseAway.
    """
    _check(act)
    if not wanted:
        raise Invalid(FieldError("scope", "invalid", "Choose an author, a thread or another filter first."))
    shown += timedelta(milliseconds=1)
    wanted = replace(wanted, before=min(wanted.before or shown, shown))
    with transaction() as session:
        found = desk.wanted_ids(session, site, name, with_texts(session, site, wanted), MAX_AT_ONCE + desk.COUNTED)
        decided = _decide(session, site, moderator, found[:MAX_AT_ONCE], act, now, name, None)
        return replace(decided, remaining=len(found[MAX_AT_ONCE:]))


def undo(site: Site, moderator: Moderator, batch: int, now: datetime) -> Decided:
    """Take back what a moderator decided together, where nobody has decided otherwise since; raise DatabaseAway."""
    with transaction() as session:
        taken = {row.comment_id: row for row in _batch(session, site, moderator, batch) if row.comment_id is not None}
        return _take_back(session, site, moderator, taken, now)


def undo_decision(site: Site, moderator: Moderator, decision_id: int, now: datetime) -> Decided:
    """Take back one decision on one comment, whoever made it, where the comment still is as it left it.

    What an author did is not a moderator's to take back. Raises UnknownDecision or DatabaseAway.
    """
    with transaction() as session:
        decision = session.get(Decision, (site.id, decision_id))
        if decision is None or not can_be_undone(decision) or decision.comment_id is None:
            raise UnknownDecision
        return _take_back(session, site, moderator, {decision.comment_id: decision}, now)


def can_be_undone(decision: Decision) -> bool:
    """Tell whether a decision changed a comment, and is a moderator's to take back."""
    return decision.state_from is not None and decision.actor != AUTHOR.kind and decision.act != "submit"


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


def _check(act: str) -> None:
    if act not in ACTS:
        raise Invalid(FieldError("act", "invalid", "A comment can be approved, marked as spam, rejected or deleted."))


def _decide(
    session: Session,
    site: Site,
    moderator: Moderator,
    comment_ids: list[int],
    act: str,
    now: datetime,
    seen_in: str | None,
    seen: Mapping[int, int] | None,
) -> Decided:
    by = Actor("moderator", moderator.id)
    batch = new_id(now)
    changed, too_late, taken_back, written_anew = [], [], [], []
    for comment, thread in locked(session, site, comment_ids):
        if comment.withdrawn is not None:
            taken_back.append(comment.id)
        elif seen_in is not None and not is_in(comment, seen_in):
            too_late.append(comment.id)
        elif seen is not None and seen.get(comment.id, comment.newest_revision) != comment.newest_revision:
            written_anew.append(comment.id)
        else:
            change = apply(session, thread, comment, act, now)
            made = record(
                session, site, thread,
                act=act, by=by, at=now, comment_id=comment.id, change=change, batch=batch,
            )  # fmt: skip
            on_decided(session, site, comment, made, now)
            changed.append(comment.id)
    return Decided(batch, tuple(changed), tuple(too_late), tuple(taken_back), tuple(written_anew))


def _take_back(
    session: Session, site: Site, moderator: Moderator, taken: Mapping[int, Decision], now: datetime
) -> Decided:
    by = Actor("moderator", moderator.id)
    batch = new_id(now)
    changed, too_late, taken_back = [], [], []
    for comment, thread in locked(session, site, list(taken)):
        decision = taken[comment.id]
        left = decision.state_to, decision.shown_to, decision.held_to
        if comment.withdrawn is not None:
            taken_back.append(comment.id)
        elif standing(comment) != left:
            too_late.append(comment.id)
        else:
            change = restore(session, thread, comment, decision, now)
            made = record(
                session, site, thread,
                act=UNDO, by=by, at=now, comment_id=comment.id, change=change, batch=batch,
            )  # fmt: skip
            on_decided(session, site, comment, made, now)
            changed.append(comment.id)
    return Decided(batch, tuple(changed), tuple(too_late), tuple(taken_back))


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
