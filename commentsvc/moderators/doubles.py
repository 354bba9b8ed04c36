"""The thread doctor: finds threads that look like one article, joins them and takes that back, or tells them apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import arrangement
from commentsvc.models import desk
from commentsvc.models import told_apart
from commentsvc.models.comment import Comment
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.ids import to_text
from commentsvc.models.site import Site
from commentsvc.models.thread import Address
from commentsvc.models.thread import Thread
from commentsvc.models.thread import lock_threads
from commentsvc.moderators import arranging
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownThread
from commentsvc.text.alikes import Alike
from commentsvc.text.alikes import Candidate
from commentsvc.text.alikes import alike

# So many groups are shown at once, and so many threads of one group: what is joined makes room for more.
GROUPS = 20
TOGETHER = 50
LATELY = 10


@dataclass(frozen=True)
class Group:
    """Threads that look like one article, the one that should stay first; how many more of them there are.

    `states` are the comments that each has, counted by state.
    """

    found: Alike
    threads: list[Thread]
    states: dict[int, dict[str, int]]
    more: int

    @property
    def together(self) -> dict[str, int]:
        """What the joined thread would have."""
        sums: dict[str, int] = {}
        for states in self.states.values():
            for state, number in states.items():
                sums[state] = sums.get(state, 0) + number
        return sums


@dataclass(frozen=True)
class Joined:
    """What was joined in one go: its number, the thread that stayed, how many threads and comments it was given."""

    batch: int
    target: Thread
    threads: int
    comments: int
    at: datetime
    undone: bool


@dataclass(frozen=True)
class DoublesView:
    """The first groups of a site, how many there are in all, what was joined lately, how often some were told apart."""

    groups: list[Group]
    all: int
    lately: list[Joined]
    apart: int
    sizes: dict[str, int]


def find(site: Site) -> list[Alike]:
    """Return all groups of a site's threads that look like one article, the surest first; raise DatabaseAway."""
    with reading() as session:
        found = _candidates(session, site)
    # Outside of the transaction, since it takes a second or two for 100,000 threads.
    return alike(found)


def look(site: Site, most: int | None = GROUPS) -> DoublesView:
    """Return what the doctor shows of a site: its first groups, or all, with their comments; raise DatabaseAway."""
    found = find(site)
    shown = found if most is None else found[:most]
    with reading() as session:
        threads, states = _threads_and_states(session, site, {one for each in shown for one in each.ids[:TOGETHER]})
        groups = [_group(each, threads, states) for each in shown]
        return DoublesView(
            groups=[group for group in groups if len(group.threads) > 1],
            all=len(found),
            lately=_lately(session, site),
            apart=told_apart.how_many(session, site),
            sizes=desk.sizes(session, site),
        )


def join(site: Site, by: Actor, thread_ids: Iterable[int], keep_id: int, now: datetime) -> int:
    """Merge threads into one of them, all or none, and return the number by which that is undone.

    Raises Invalid where fewer than two or more than TOGETHER are named, or the one to keep is none of them;
    UnknownThread, and Rearranged where one was merged meanwhile; DatabaseAway.
    """
    wanted = _several(thread_ids)
    if keep_id not in wanted:
        raise Invalid(FieldError("keep", "invalid", "Choose which of these threads should stay."))
    with transaction() as session:
        if lock_threads(session, site, wanted).keys() != wanted:
            raise UnknownThread
        batch = new_id(now)
        for source_id in sorted(wanted - {keep_id}):
            arranging.merge_within(session, site, by, source_id, keep_id, now, batch=batch)
        return batch


def undo_join(site: Site, by: Actor, batch: int, now: datetime) -> None:
    """Take apart again what was joined in one go, all or none; undone twice is undone once.

    Raises UnknownThread where there was no such join, Rearranged where a later merge stands in the way, DatabaseAway.
    """
    with transaction() as session:
        made = arrangement.together(session, site, batch)
        if not made:
            raise UnknownThread
        lock_threads(session, site, {end for each in made for end in (each.source_id, each.target_id)})
        for each in made:
            arranging.undo_within(session, site, by, each.id, now)


def tell_apart(site: Site, by: Actor, thread_ids: Iterable[int], now: datetime) -> None:
    """Remember that some threads are not the same article, so that nobody is asked again.

    Raises Invalid, UnknownThread and DatabaseAway.
    """
    wanted = _several(thread_ids)
    with transaction() as session:
        home = session.get_one(Site, site.id, with_for_update=True)
        there = select(func.count()).where(Thread.site_id == site.id, Thread.id.in_(wanted))
        if session.scalar(there) != len(wanted):
            raise UnknownThread
        told_apart.tell_apart(session, site, new_id(now), wanted, now)
        reasons = tuple(f"thread-{to_text(one)}" for one in sorted(wanted))
        record(session, home, None, act="tell-apart", by=by, at=now, reasons=reasons)


def look_again(site: Site, by: Actor, now: datetime) -> None:
    """Forget what was told apart, so that all of it is proposed again; raise DatabaseAway."""
    with transaction() as session:
        home = session.get_one(Site, site.id, with_for_update=True)
        told_apart.forget_all(session, site)
        record(session, home, None, act="tell-apart-undo", by=by, at=now)


def _several(thread_ids: Iterable[int]) -> set[int]:
    wanted = set(thread_ids)
    if not 2 <= len(wanted) <= TOGETHER:
        raise Invalid(FieldError("thread", "number", f"Tick at least two threads, and at most {TOGETHER}."))
    return wanted


def _candidates(session: Session, site: Site) -> list[Candidate]:
    addresses: dict[int, list[str]] = {}
    own: dict[int, str] = {}
    held = select(Address.thread_id, Address.canonical, Address.raw == Thread.url).join(
        Thread, (Thread.site_id == Address.site_id) & (Thread.id == Address.thread_id)
    )
    for thread_id, canonical, is_own in session.execute(held.where(Address.site_id == site.id)):
        addresses.setdefault(thread_id, []).append(canonical)
        if is_own:
            own[thread_id] = canonical
    marks = told_apart.marks_of(session, site)
    homes = tuple(f"{origin}/" for origin in site.origins)
    columns = (Thread.id, Thread.url, Thread.title, Thread.ref, Thread.count, Thread.created)
    question = select(*columns).where(Thread.site_id == site.id, Thread.merged_id.is_(None)).order_by(Thread.id)
    return [
        Candidate(
            id=thread_id,
            # Its own stands first, as it is stored where no address row has it.
            urls=(own.get(thread_id) or url, *addresses.get(thread_id, ())),
            title=title,
            ref=ref,
            count=count,
            began=created.timestamp(),
            is_home=url.startswith(homes),
            apart=frozenset(marks.get(thread_id, ())),
        )
        for thread_id, url, title, ref, count, created in session.execute(question)
    ]


def _group(found: Alike, threads: dict[int, Thread], states: dict[int, dict[str, int]]) -> Group:
    shown = [threads[one] for one in found.ids[:TOGETHER] if one in threads]
    return Group(
        found, shown, {thread.id: states.get(thread.id, {}) for thread in shown}, max(0, len(found.ids) - TOGETHER)
    )


def _threads_and_states(
    session: Session, site: Site, thread_ids: set[int]
) -> tuple[dict[int, Thread], dict[int, dict[str, int]]]:
    threads: dict[int, Thread] = {}
    states: dict[int, dict[str, int]] = {}
    ids = sorted(thread_ids)
    # In portions, since a question can name only so many.
    for start in range(0, len(ids), 500):
        portion = ids[start : start + 500]
        found = select(Thread).where(Thread.site_id == site.id, Thread.id.in_(portion), Thread.merged_id.is_(None))
        threads |= {thread.id: thread for thread in session.scalars(found)}
        counted = select(Comment.thread_id, Comment.state, func.count()).where(
            Comment.site_id == site.id, Comment.thread_id.in_(portion)
        )
        for thread_id, state, number in session.execute(counted.group_by(Comment.thread_id, Comment.state)):
            states.setdefault(thread_id, {})[state] = number
    return threads, states


def _lately(session: Session, site: Site) -> list[Joined]:
    made = arrangement.joined_lately(session, site, LATELY)
    targets = select(Thread).where(Thread.site_id == site.id, Thread.id.in_({each[0].target_id for each in made}))
    threads = {thread.id: thread for thread in session.scalars(targets)}
    return [
        Joined(
            batch=each[0].batch or 0,
            target=threads[each[0].target_id],
            threads=len(each),
            comments=sum(one.comments for one in each),
            at=each[0].at,
            undone=all(one.undone is not None for one in each),
        )
        for each in made
    ]
