"""The threads of a file find theirs on the site, or are made."""

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy import literal
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import note_change
from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.comment import Comment
from commentsvc.models.ids import from_text
from commentsvc.models.ids import new_id
from commentsvc.models.site import Site
from commentsvc.models.source import THREAD
from commentsvc.models.source import Identity
from commentsvc.models.source import Source
from commentsvc.models.source import known
from commentsvc.models.thread import Address
from commentsvc.models.thread import Thread
from commentsvc.moving.batches import BATCH
from commentsvc.moving.batches import persist
from commentsvc.moving.found import FoundThread
from commentsvc.moving.report import Report
from commentsvc.moving.staging import StagedThread
from commentsvc.moving.staging import Staging
from commentsvc.text import addresses


@dataclass(frozen=True)
class Ids:
    """What the ids of a file mean: the name they are remembered under, and whether they are ours."""

    source: str
    own: bool

    def ours(self, text: str) -> int | None:
        """Return the id where it is one of ours."""
        return from_text(text) if self.own else None

    def of(self, found_id: str, sources: Iterable[Identity]) -> list[Identity]:
        """Return all identities of an entry."""
        return [(self.source, found_id), *sources]


@dataclass(frozen=True)
class Settled:
    """A thread of the file and ours: made or found, with the addresses and identities that are new for it."""

    staged: StagedThread
    our_id: int
    is_made: bool
    addresses: tuple[tuple[str, str], ...]
    identities: tuple[Identity, ...]
    is_foreign: bool


def settle_threads(
    site: Site, ids: Ids, staging: Staging, report: Report, moment: Callable[[], datetime], dry: bool
) -> None:
    """Find or make the threads of a file; a dry run says what would be made.

    One is found by its identity, by the owner's stable id, or by an address. What is found is not touched; an address
    that nobody has is added to it.
    """
    settler = _Settler(site, ids, staging, moment, dry)
    settled_lines = 0
    for every in staging.threads(BATCH):
        batch = [staged for staged in every if not _is_silent(staged, report)]
        settled = persist(lambda staged=batch: settler.settle(staged))
        for one in settled:
            staging.remember_made(one.our_id, one.staged.found.ref, [canonical for canonical, _ in one.addresses])
            _tell(report, one)
        staging.settle_threads([(one.our_id, one.staged.n) for one in settled])
        settled_lines += len(settled)
    if not dry:
        persist(settler.merge)
    report.threads_joined = staging.joined()
    report.threads_found = settled_lines - report.threads_made - report.threads_joined
    for names in staging.threads_without_line(BATCH):
        for name, our_id in settler.known_before(names).items():
            staging.add_known_thread(name, our_id)


def _is_silent(staged: StagedThread, report: Report) -> bool:
    found = staged.found
    is_silent = found.only_with_comments and staged.first is None
    if is_silent:
        report.skip(THREAD, found.line, found.id, "comments: there are none, and a thread is made with its first")
    return is_silent


def _tell(report: Report, settled: Settled) -> None:
    found = settled.staged.found
    if not settled.is_made:
        return
    report.threads_made += 1
    notes = found.notes
    if settled.is_foreign:
        notes += ("url: not on one of the site's origins; readers find the thread when its origin is added",)
    for words in notes:
        report.note(THREAD, found.line, found.id, words)


class _Known:
    """What the site has of some threads: by identity, stable id, address and our id."""

    def __init__(self, session: Session, site: Site, ids: Ids, threads: list[FoundThread]) -> None:
        identities = [one for found in threads for one in ids.of(found.id, found.sources)]
        self.identities = known(session, site, THREAD, identities)
        canonicals = {canonical for found in threads for canonical, _ in _spelled(found)}
        held = select(Address.canonical, Address.thread_id).where(
            Address.site_id == site.id, Address.canonical.in_(canonicals)
        )
        self.addresses: dict[str, int] = {row[0]: row[1] for row in session.execute(held)}
        refs = {found.ref for found in threads if found.ref is not None}
        named = select(Thread.ref, Thread.id).where(Thread.site_id == site.id, Thread.ref.in_(refs))
        self.refs = {row[0]: row[1] for row in session.execute(named)}
        ours = {ids.ours(found.id) for found in threads} - {None}
        wanted = ours | {*self.identities.values(), *self.addresses.values(), *self.refs.values()}
        columns = (Thread.id, Thread.ref, Thread.url, Thread.merged_id)
        rows = session.execute(select(*columns).where(Thread.site_id == site.id, Thread.id.in_(wanted))).all()
        self.threads: dict[int, tuple[str | None, str]] = {row[0]: (row[1], row[2]) for row in rows}
        # What was merged into another thread is found as it was, and taken in there.
        self.heirs: dict[int, int] = {row[0]: heir for row in rows if (heir := row[3]) is not None}


class _Settler:
    def __init__(self, site: Site, ids: Ids, staging: Staging, moment: Callable[[], datetime], dry: bool) -> None:
        self.site = site
        self.ids = ids
        self.staging = staging
        self.moment = moment
        self.dry = dry

    def settle(self, batch: list[StagedThread]) -> list[Settled]:
        with reading() as session:
            site_has = _Known(session, self.site, self.ids, [staged.found for staged in batch])
        # What this batch makes, by stable id and by address.
        self.fresh_refs: dict[str, int] = {}
        self.fresh_addresses: dict[str, tuple[int, str | None]] = {}
        settled = [self.settle_one(site_has, staged) for staged in batch]
        if not self.dry:
            with transaction() as session:
                self.store(session, settled)
        return settled

    def settle_one(self, site_has: _Known, staged: StagedThread) -> Settled:
        found = staged.found
        spelled = _spelled(found)
        itself = self.find(site_has, found, spelled)
        our_id = itself
        our_id = site_has.heirs.get(our_id, our_id) if our_id is not None else None
        is_made = our_id is None
        if our_id is None:
            kept = self.ids.ours(found.id)
            our_id = kept if kept is not None and kept not in site_has.threads else new_id(self.moment())
        if found.merged is not None and itself in (None, our_id):
            self.staging.remember_merged(our_id, found.merged)
        wanted = spelled if found.addresses is None else spelled[1:]
        fresh = {canonical: raw for canonical, raw in wanted if self.holder(site_has, canonical) is None}
        for canonical in fresh:
            self.fresh_addresses[canonical] = (our_id, found.ref)
        if is_made and found.ref is not None:
            self.fresh_refs[found.ref] = our_id
        # An id of ours that was kept needs no further memory, not even where its thread was merged since.
        kept = self.ids.ours(found.id)
        is_known = kept is not None and kept in (our_id, itself)
        identities = [
            one
            for one in self.ids.of(found.id, found.sources)
            if one not in site_has.identities and not (one[1] == found.id and is_known)
        ]
        origin = addresses.canonical_address(found.url).origin
        return Settled(
            staged, our_id, is_made, tuple(fresh.items()), tuple(identities), origin not in self.site.origins
        )

    def find(self, site_has: _Known, found: FoundThread, spelled: list[tuple[str, str]]) -> int | None:
        hits = [site_has.identities.get(one) for one in self.ids.of(found.id, found.sources)]
        for hit in (*hits, self.ids.ours(found.id)):
            # Files of two sites may both have a thread 1: it is the same one where it is about the same article.
            if hit is not None and hit in site_has.threads and self.is_same(site_has, hit, found, spelled):
                return hit
        if found.ref is not None:
            by_ref = site_has.refs.get(found.ref) or self.fresh_refs.get(found.ref)
            by_ref = by_ref or self.staging.made_by_ref(found.ref)
            if by_ref is not None:
                return by_ref
        # The addresses of one that was merged lead to its heir, which is another thread all the same.
        for canonical, _ in spelled if found.merged is None else ():
            holder = self.holder(site_has, canonical)
            # A thread with another stable id is another article that happens to share the address.
            if holder is not None and (None in (found.ref, holder[1]) or found.ref == holder[1]):
                return holder[0]
        return None

    def holder(self, site_has: _Known, canonical: str) -> tuple[int, str | None] | None:
        thread_id = site_has.addresses.get(canonical)
        if thread_id is not None and thread_id in site_has.threads:
            return thread_id, site_has.threads[thread_id][0]
        return self.fresh_addresses.get(canonical) or self.staging.made_by_address(canonical)

    def is_same(self, site_has: _Known, thread_id: int, found: FoundThread, spelled: list[tuple[str, str]]) -> bool:
        ref, url = site_has.threads[thread_id]
        if ref is not None and found.ref is not None:
            return ref == found.ref
        return url == spelled[0][1] or any(site_has.addresses.get(canonical) == thread_id for canonical, _ in spelled)

    def store(self, session: Session, settled: list[Settled]) -> None:
        now = self.moment()
        threads, held, sources = [], [], {}
        for one in settled:
            found = one.staged.found
            if one.is_made:
                first = datetime.fromisoformat(one.staged.first) if one.staged.first is not None else now
                threads.append(
                    {
                        "site_id": self.site.id,
                        "id": one.our_id,
                        "ref": found.ref,
                        "url": addresses.canonical_address(found.url).raw,
                        "title": found.title,
                        "closed": found.closed,
                        "created": found.created or first,
                        "changed": now,
                    }
                )
            for canonical, raw in one.addresses:
                held.append({"site_id": self.site.id, "canonical": canonical, "raw": raw, "thread_id": one.our_id})
            for name, source_id in one.identities:
                sources[name, source_id] = {
                    "site_id": self.site.id,
                    "source": name,
                    "kind": THREAD,
                    "source_id": source_id,
                    "our_id": one.our_id,
                }
        for table, rows in ((Thread, threads), (Address, held), (Source, list(sources.values()))):
            if rows:
                session.execute(insert(table.__table__), rows)  # pyright: ignore[reportArgumentType]
        if threads or held:
            # Their pages were empty until now, in every process; a thread as old as its comments would pass unnoticed.
            note_change(session, ("new", self.site.id, 0))
            session.get_one(Site, self.site.id, with_for_update=True).touch()

    def merge(self) -> None:
        """Let what was merged lead to its heir again, where nothing stands in it or leads to it."""
        for number in range(0, len(pairs := self.staging.merged()), BATCH):
            with transaction() as session:
                heirs = dict(pairs[number : number + BATCH])
                itself = Thread.site_id == self.site.id, Thread.id.in_(heirs), Thread.merged_id.is_(None)
                bare = select(Thread).where(*itself, ~_HAS_COMMENTS, ~_HAS_ADDRESSES)
                for thread in session.scalars(bare.order_by(Thread.id).with_for_update()):
                    thread.merged_id = heirs[thread.id]
                    thread.touch(session, self.moment())

    def known_before(self, names: list[str]) -> dict[str, int]:
        """Return our ids of threads that came in an earlier file."""
        with reading() as session:
            before = known(session, self.site, THREAD, [(self.ids.source, name) for name in names])
            found = {name: our_id for (_, name), our_id in before.items()}
            for name in names:
                ours = self.ids.ours(name)
                if ours is not None:
                    found.setdefault(name, ours)
            there = select(Thread.id).where(Thread.site_id == self.site.id, Thread.id.in_(list(found.values())))
            exists = set(session.scalars(there))
        return {name: our_id for name, our_id in found.items() if our_id in exists}


_HAS_COMMENTS, _HAS_ADDRESSES = (
    select(literal(1)).where(table.site_id == Thread.site_id, table.thread_id == Thread.id).exists()
    for table in (Comment, Address)
)


def _spelled(found: FoundThread) -> list[tuple[str, str]]:
    """Return the canonical and the readable form of a thread's URL, and of its further addresses."""
    read = [addresses.canonical_address(one) for one in (found.url, *(found.addresses or ()))]
    return [(address.canonical, address.raw) for address in read]
