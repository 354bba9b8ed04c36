"""One batch of a site's move: threads take their new addresses, or go into the thread that has them already."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime

from sqlalchemy.orm import Session

from commentsvc.database import note_change
from commentsvc.database import transaction
from commentsvc.models import relocation
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.relocation import Relocation
from commentsvc.models.relocation import RelocationStep
from commentsvc.models.site import Site
from commentsvc.models.thread import Address as Held
from commentsvc.models.thread import Thread
from commentsvc.moderators import arranging
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Rearranged
from commentsvc.refusals import UnknownRelocation
from commentsvc.text.addresses import Address
from commentsvc.text.prefixes import Removal
from commentsvc.text.refusal import TextRefused

TWO_ARTICLES = "the new address belongs to an article with another stable id"
# A merge takes ten times as long as a new address; readers who post must not wait for the lock too long.
MERGES = 40
WHY_NOT = {
    "too_long": "the new address would be too long",
    "again": "the new address begins like the old ones, and would move once more",
}


def step(site: Site, by: Actor, removal: Removal, relocation_id: int, limit: int, now: datetime) -> int:
    """Move the next addresses, at most `limit`, in one transaction; return how many were looked at, 0 at the end.

    Raises UnknownRelocation, Rearranged where it is being taken back; IntegrityError or DatabaseAway where others were
    in the way and it is to be tried again.
    """
    with transaction() as session:
        made = relocation.lock_relocation(session, site, relocation_id)
        if made is None:
            raise UnknownRelocation
        if not made.is_going_on:
            raise Rearranged
        batch = _Batch(session, site, by, removal, made, now)
        rows = relocation.addresses_from(session, site, removal.old.canonical, made.reached, limit)
        if rows:
            looked = batch.take_addresses(rows)
            made.reached = rows[looked - 1].canonical
        else:
            named = _still_to_move(session, site, removal, limit)
            batch.take_named(named)
            looked = len(named)
        batch.settle()
        return looked


def targets(removal: Removal, rows: Sequence[Held]) -> list[tuple[Held, Address | str]]:
    """Return the addresses that a move is about, each with its new one, or why there is none."""
    found: list[tuple[Held, Address | str]] = []
    for row in rows:
        try:
            moved = removal.of(row.canonical, row.raw)
        except TextRefused as refused:
            moved = WHY_NOT.get(refused.code, refused.message)
        if moved is not None:
            found.append((row, moved))
    return found


def named_elsewhere(session: Session, site: Site, removal: Removal, after: int, limit: int) -> list[Thread]:
    """Return threads that are read where the site was, and known by their stable id alone; in order of their ids."""
    return relocation.elsewhere(session, site, removal.old.origin, removal.old.canonical, after, limit)


def are_two(thread: Thread, other: Thread) -> bool:
    """Tell whether the owner's stable ids say that two threads are two articles."""
    return thread.ref is not None and other.ref is not None and thread.ref != other.ref


def _still_to_move(session: Session, site: Site, removal: Removal, limit: int) -> list[Thread]:
    found: list[Thread] = []
    last = 0
    while len(found) < limit and (named := named_elsewhere(session, site, removal, last, limit)):
        last = named[-1].id
        found += [thread for thread in named if removal.of_url(thread.url) is not None]
    return found[:limit]


@dataclass
class _Batch:
    session: Session
    site: Site
    by: Actor
    removal: Removal
    made: Relocation
    now: datetime
    touched: dict[int, Thread] = field(default_factory=dict)

    def take_addresses(self, rows: list[Held]) -> int:
        """Give each thread its new addresses; return how many rows were gone through."""
        found = [(row, moved) for row, moved in targets(self.removal, rows) if isinstance(moved, Address)]
        canonicals = [name for row, moved in found for name in (row.canonical, moved.canonical)]
        before = relocation.holders_of(self.session, self.site, canonicals)
        threads = relocation.threads_of(self.session, self.site, before.values(), lock=True)
        # Under the locks nobody merges any more: what was merged while they were waited for has other holders now.
        holders = relocation.holders_of(self.session, self.site, canonicals)
        if not threads.keys() >= set(holders.values()):
            raise DatabaseAway("threads are being moved by others")
        before_these = self.made.merges
        for row, moved in found:
            self._take(threads, holders, row, moved)
            if self.made.merges - before_these == MERGES:
                return rows.index(row) + 1
        return len(rows)

    def take_named(self, named: list[Thread]) -> None:
        """Tell threads that are known by their stable id where they are read now."""
        threads = relocation.threads_of(self.session, self.site, [thread.id for thread in named], lock=True)
        for thread in named:
            now = threads.get(thread.id)
            if now is not None and now.merged_id is None:
                self._tell_where(now, None, None)

    def settle(self) -> None:
        """Count versions up, say in each log what was done, and move what comments tell of where they were said."""
        if not self.touched:
            return
        said = relocation.said_in(self.session, self.site, self.touched)
        moved = [(one, url, new) for one, url in said if (new := self.removal.of_url(url)) is not None]
        relocation.move_comments(self.session, self.made, moved)
        for thread in self.touched.values():
            thread.touch(self.session, self.now)
            record(self.session, self.site, thread, act="readdress", by=self.by, at=self.now, batch=self.made.id)
        # Last, as an import does it: pages of the new addresses were empty until now, in every process.
        note_change(self.session, ("new", self.site.id, 0))
        self.session.get_one(Site, self.site.id, with_for_update=True).touch()

    def _take(self, threads: dict[int, Thread], holders: dict[str, int], row: Held, moved: Address) -> None:
        held = holders.get(row.canonical)
        if held is None:
            return
        thread = threads[held]
        other = threads.get(holders.get(moved.canonical, 0))
        if other is None:
            new = Held(site_id=self.site.id, canonical=moved.canonical, raw=moved.raw, thread_id=thread.id)
            self.session.add(new)
            holders[moved.canonical] = thread.id
            self._tell_where(thread, moved.canonical, None)
        elif other.id == thread.id:
            self._tell_where(thread, None, None)
        elif not are_two(thread, other):
            merge = arranging.merge_within(
                self.session, self.site, self.by, thread.id, other.id, self.now, batch=self.made.id
            )
            holders |= {canonical: other.id for canonical, holder in holders.items() if holder == thread.id}
            self.made.merges += 1
            self.touched.pop(thread.id, None)
            self._tell_where(other, None, merge.id)

    def _tell_where(self, thread: Thread, canonical: str | None, arrangement_id: int | None) -> None:
        url = self.removal.of_url(thread.url)
        if url is None and canonical is None and arrangement_id is None:
            return
        self.made.steps += 1
        self.session.add(
            RelocationStep(
                site_id=self.site.id,
                relocation_id=self.made.id,
                n=self.made.steps,
                thread_id=thread.id,
                canonical=canonical,
                url=thread.url if url is not None else None,
                arrangement_id=arrangement_id,
            )
        )
        if url is not None:
            thread.url = url
        self.touched[thread.id] = thread
