"""A whole site moves: to https, to another domain, to another path; what it would do, the move, and its undo.

A move goes through the addresses in batches, each a transaction that also remembers how far it came: interrupted, it
goes on where it was. Old addresses stay, and go on finding their threads. It is a moderator's act, done by an owner
at the desk or by the operator, and rests on merges; that is why it stands in this room.
"""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import desk
from commentsvc.models import relocation
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.relocation import Relocation
from commentsvc.models.site import Site
from commentsvc.models.thread import Address as Held
from commentsvc.models.thread import Thread
from commentsvc.moderators import moving_back
from commentsvc.moderators import moving_on
from commentsvc.moving.batches import persist
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownRelocation
from commentsvc.text.addresses import Address
from commentsvc.text.prefixes import Beginning
from commentsvc.text.prefixes import Removal
from commentsvc.text.prefixes import read_beginning
from commentsvc.text.refusal import TextRefused

EXAMPLES = 10
BATCH = 200


@dataclass
class Plan:
    """What a move would do: addresses and threads with their published comments, merges, and what stays and why.

    Examples are pairs of an old and a new address, merges those of an address that has a thread of its own already;
    `missing` is the origin that has to be added first.
    """

    removal: Removal
    missing: str | None
    addresses: int = 0
    threads: int = 0
    comments: int = 0
    merges: int = 0
    untouched: int = 0
    examples: list[tuple[str, str]] = field(default_factory=list)
    merged: list[tuple[str, str]] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Past:
    """The moves of a site, newest first, and how many comments each list of the desk holds."""

    moves: list[Relocation]
    sizes: dict[str, int]


def look_at_moves(site: Site) -> Past:
    """Return the moves of a site; raise DatabaseAway."""
    with reading() as session:
        return Past(relocation.relocations(session, site), desk.sizes(session, site))


def preview(site: Site, old: str, new: str) -> Plan:
    """Return what a move from one beginning of addresses to another would do; raise Invalid or DatabaseAway."""
    removal = read_removal(old, new)
    plan = Plan(removal, removal.new.origin if removal.new.origin not in site.origins else None)
    seen: set[int] = set()
    with reading() as session:
        after = ""
        while rows := relocation.addresses_from(session, site, removal.old.canonical, after, BATCH):
            after = rows[-1].canonical
            _plan_addresses(session, site, plan, seen, moving_on.targets(removal, rows))
            session.expunge_all()
        last = 0
        while named := moving_on.named_elsewhere(session, site, removal, last, BATCH):
            last = named[-1].id
            for thread in named:
                moved = removal.of_url(thread.url)
                if moved is not None:
                    _count_thread(plan, seen, thread)
                    _note(plan.examples, (thread.url, moved))
            session.expunge_all()
    return plan


def move(
    site: Site,
    by: Actor,
    old: str,
    new: str,
    clock: Callable[[], datetime],
    *,
    add_origin: bool = False,
    most: int | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> Relocation | None:
    """Move a site's threads from one beginning of addresses to another, all or about `most` addresses.

    One that was interrupted, or stopped at `most`, goes on when it is asked for again. None is returned where nothing
    was left to move. `told` hears of each batch how many addresses it went through. Raises Invalid where addresses
    cannot be read, the origin of the new ones is none of the site's and not to be added, or the move is being undone;
    DatabaseAway.
    """
    removal = read_removal(old, new)
    started = persist(lambda: _begin(site, by, removal, add_origin, clock()))
    gone = 0
    while most is None or gone < most:
        looked = persist(lambda: moving_on.step(site, by, removal, started.id, BATCH, clock()))
        told(looked)
        gone += looked
        if not looked:
            return persist(lambda: _end(site, by, started.id, clock()))
    return started


def undo(
    site: Site,
    by: Actor,
    relocation_id: int,
    clock: Callable[[], datetime],
    *,
    most: int | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> tuple[Relocation, int]:
    """Take a whole move back, or about its last `most` steps; interrupted, it goes on when it is asked for again.

    Returns it with the number of steps that stay, since their threads were merged into others later: those merges are
    to be undone first. Raises UnknownRelocation and DatabaseAway.
    """
    made = persist(lambda: _begin_undo(site, by, relocation_id, clock()))
    before, gone, stuck = made.steps + 1, 0, 0
    while made.undone is None and (most is None or gone < most):
        done = persist(lambda before=before: moving_back.step(site, by, relocation_id, before, BATCH, clock()))
        told(done.steps)
        gone += done.steps
        stuck += done.stuck
        if not done.steps:
            return (made if stuck else persist(lambda: _end_undo(site, by, relocation_id, clock()))), stuck
        before = done.reached
    return made, stuck


def read_removal(old: str, new: str) -> Removal:
    """Read two beginnings of addresses; raise Invalid naming `old` or `new`."""
    read: dict[str, Beginning] = {}
    errors = []
    for name, given in (("old", old), ("new", new)):
        try:
            read[name] = read_beginning(given)
        except TextRefused as refused:
            errors.append(FieldError(name, refused.code, refused.message))
    if not errors and read["old"].canonical == read["new"].canonical:
        errors.append(FieldError("new", "same", "The new address is the old one."))
    if errors:
        raise Invalid(*errors)
    return Removal(read["old"], read["new"])


def _begin(site: Site, by: Actor, removal: Removal, add_origin: bool, now: datetime) -> Relocation:
    with transaction() as session:
        home = session.get_one(Site, site.id, with_for_update=True)
        before = relocation.not_ended(session, site, removal.old.canonical, removal.new.canonical)
        if before is not None and before.undo_began is not None:
            raise Invalid(FieldError("old", "undoing", "This move is being taken back. Finish that first."))
        origin = removal.new.origin
        if origin not in home.origins:
            if not add_origin:
                words = f"{origin} is none of the site's origins, so nobody could read or write there. Add it first."
                raise Invalid(FieldError("add_origin", "origin", words))
            home.origins = [*home.origins, origin]
            home.touch()
            record(session, home, None, act="site-edit", by=by, at=now, reasons=("origins",))
        if before is not None:
            return before
        made = Relocation(
            site_id=site.id, id=new_id(now), old=removal.old.canonical, new=removal.new.canonical,
            moderator_id=by.id or 0, began=now, reached="", steps=0, threads=0, merges=0,
        )  # fmt: skip
        session.add(made)
        words = f"{made.old} to {made.new}"
        record(session, home, None, act="move-site", by=by, at=now, note=words, batch=made.id)
        return made


def _end(site: Site, by: Actor, relocation_id: int, now: datetime) -> Relocation | None:
    with transaction() as session:
        made = _locked(session, site, relocation_id)
        home = session.get_one(Site, site.id, with_for_update=True)
        made.threads = relocation.threads_moved(session, made)
        made.ended = now
        reasons = (f"threads-{made.threads}", f"merges-{made.merges}")
        record(session, home, None, act="move-site-end", by=by, at=now, reasons=reasons, batch=made.id)
        if made.steps:
            return made
        # Asked for again where all was done: the log says so, and there is nothing to undo.
        session.delete(made)
        return None


def _begin_undo(site: Site, by: Actor, relocation_id: int, now: datetime) -> Relocation:
    with transaction() as session:
        made = _locked(session, site, relocation_id)
        home = session.get_one(Site, site.id, with_for_update=True)
        if made.undo_began is None:
            made.undo_began = now
            record(session, home, None, act="move-site-undo", by=by, at=now, batch=made.id)
        return made


def _end_undo(site: Site, by: Actor, relocation_id: int, now: datetime) -> Relocation:
    with transaction() as session:
        made = _locked(session, site, relocation_id)
        # Those whose thread was another one by now.
        while relocation.bring_comments_back(session, made, BATCH * 10):
            pass
        made.undone = now
        return made


def _locked(session: Session, site: Site, relocation_id: int) -> Relocation:
    found = relocation.lock_relocation(session, site, relocation_id)
    if found is None:
        raise UnknownRelocation
    return found


def _plan_addresses(
    session: Session, site: Site, plan: Plan, seen: set[int], found: list[tuple[Held, Address | str]]
) -> None:
    wanted = [moved.canonical for _, moved in found if isinstance(moved, Address)]
    holders = relocation.holders_of(session, site, wanted)
    threads = relocation.threads_of(session, site, {*holders.values(), *(row.thread_id for row, _ in found)})
    for row, moved in found:
        thread = threads[row.thread_id]
        if isinstance(moved, str):
            plan.untouched += 1
            _note(plan.left, (row.raw, moved))
            continue
        other = threads.get(holders.get(moved.canonical, 0))
        if other is not None and other.id != thread.id and moving_on.are_two(thread, other):
            plan.untouched += 1
            _note(plan.left, (row.raw, moving_on.TWO_ARTICLES))
        elif other is None or other.id != thread.id:
            plan.addresses += 1
            _count_thread(plan, seen, thread)
            plan.merges += other is not None
            _note(plan.merged if other is not None else plan.examples, (row.raw, moved.raw))


def _count_thread(plan: Plan, seen: set[int], thread: Thread) -> None:
    if thread.id not in seen:
        seen.add(thread.id)
        plan.threads += 1
        plan.comments += thread.count


def _note(examples: list[tuple[str, str]], one: tuple[str, str]) -> None:
    if len(examples) < EXAMPLES:
        examples.append(one)
