"""The chains of decisions: walked to find what was changed, and told by their heads, which can be kept elsewhere.

A chain shows each single change by itself. Whoever can write the database can also make a whole chain anew, with right
hashes: that is found against a head that left the machine before, since each chain must still begin with what it told.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row
from sqlalchemy import Text
from sqlalchemy import cast
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from commentsvc.models.decision import SITE_CHAIN
from commentsvc.models.decision import Decision
from commentsvc.models.decision import DecisionNote
from commentsvc.models.decision import link
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread

AT_ONCE = 2000


@dataclass(frozen=True)
class Broken:
    """A place where a chain does not hold: chain, number in it, and what is wrong."""

    thread_id: int
    seq: int
    why: str


@dataclass(frozen=True)
class Head:
    """The end of a chain: the number of its last row, and that row's hash."""

    seq: int
    hash: bytes


def broken_links(session: Session, site: Site) -> Iterator[Broken]:
    """Walk all chains of a site and yield each place where one does not hold."""
    owners = {SITE_CHAIN: Head(site.log_seq, site.log_head)}
    threads = select(Thread.id, Thread.log_seq, Thread.log_head).where(Thread.site_id == site.id)
    for thread_id, seq, head in session.execute(threads, execution_options={"yield_per": AT_ONCE}):
        owners[thread_id] = Head(seq, head)
    rows = session.execute(
        select(*_RAW).where(Decision.site_id == site.id).order_by(Decision.thread_id, Decision.seq),
        execution_options={"yield_per": AT_ONCE},
    )
    for thread_id, chain in groupby(rows, attrgetter("thread_id")):
        yield from _walk(thread_id, chain, owners.pop(thread_id, None))
    for thread_id, owner in owners.items():
        if owner.seq:
            yield Broken(thread_id, 1, _missing(1, owner.seq))
    yield from _changed_notes(session, site)


def heads(session: Session, site: Site, until: datetime | None = None) -> dict[int, Head]:
    """Return the head of each chain of a site, by its thread: as it is, or as it was at a time."""
    last = select(Decision.thread_id, func.max(Decision.seq).label("seq")).where(Decision.site_id == site.id)
    if until is not None:
        last = last.where(Decision.at <= until)
    found = last.group_by(Decision.thread_id).subquery()
    rows = session.execute(
        select(Decision.thread_id, Decision.seq, Decision.hash)
        .join(found, (found.c.thread_id == Decision.thread_id) & (found.c.seq == Decision.seq))
        .where(Decision.site_id == site.id),
        execution_options={"yield_per": AT_ONCE},
    )
    return {row[0]: Head(row[1], row[2]) for row in rows}


def one_hash(chains: Mapping[int, Head]) -> str:
    """Return a hash over the heads of all chains, in the order of their threads."""
    lines = (f"{thread_id} {head.seq} {head.hash.hex()}\n" for thread_id, head in sorted(chains.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def rewritten(session: Session, site: Site, before: Mapping[int, Head]) -> Iterator[Broken]:
    """Yield each chain that does not begin any more with what its head told before."""
    found: dict[int, bytes] = {}
    rows = session.execute(
        select(Decision.thread_id, Decision.seq, Decision.hash).where(Decision.site_id == site.id),
        execution_options={"yield_per": AT_ONCE},
    )
    for thread_id, seq, row_hash in rows:
        if thread_id in before and before[thread_id].seq == seq:
            found[thread_id] = row_hash
    for thread_id, head in sorted(before.items()):
        if thread_id not in found:
            yield Broken(thread_id, head.seq, "the chain was cut: it reached this row when the head was made")
        elif found[thread_id] != head.hash:
            yield Broken(thread_id, head.seq, "the chain was rewritten, up to this row or before it")


def _walk(thread_id: int, rows: Iterable[Row], owner: Head | None) -> Iterator[Broken]:
    # What the next row may rest on: after a row that does not hold, its hash as it stands and as it should be.
    ends: tuple[bytes, ...] = (b"",)
    before: tuple[bytes, ...] = ()
    reached = shift = 0
    at_owner: tuple[bytes, ...] = (b"",) if owner is not None and owner.seq == 0 else ()
    for row in rows:
        if owner is None or not isinstance(row.seq, int) or row.seq < 1:
            yield Broken(thread_id, row.seq, "the row was inserted" if owner else "the row is of a thread that is none")
            continue
        if row.seq != reached + 1:
            yield Broken(thread_id, reached + 1, _missing(reached + 1, row.seq - 1))
            before, ends = (), (row.hash,)
        elif row.hash in (made := _links(ends, row, shift)):
            before, ends = ends, (row.hash,)
        elif row.hash in _links(before, row, shift - 1):
            yield Broken(thread_id, reached, "the row was inserted, and all after it were numbered anew")
            shift, before, ends = shift - 1, ends, (row.hash,)
        elif row.hash in _links(ends, row, shift + 1):
            yield Broken(thread_id, reached, "a row was removed before this one, and all after it were numbered anew")
            shift, before, ends = shift + 1, ends, (row.hash,)
        else:
            also = f", or row {reached} was, and was given a new hash" if reached and len(ends) == 1 else ""
            yield Broken(thread_id, row.seq, f"the row was changed{also}")
            before, ends = ends, (row.hash, *made)
        reached = row.seq
        if owner.seq == reached:
            at_owner = ends
    if owner is not None:
        yield from _end(thread_id, owner, reached, at_owner, ends)


def _end(
    thread_id: int, owner: Head, reached: int, at_owner: tuple[bytes, ...], ends: tuple[bytes, ...]
) -> Iterator[Broken]:
    whose = "the site" if thread_id == SITE_CHAIN else "the thread"
    if reached < owner.seq:
        kept = owner.hash in ends
        why = f"{whose} says that there are more rows than there ever were" if kept else None
        yield Broken(thread_id, reached + 1, why or _missing(reached + 1, owner.seq))
    elif owner.hash not in at_owner:
        yield Broken(thread_id, owner.seq, f"the row was changed and given a new hash, or what {whose} says of it was")
    elif reached > owner.seq:
        more = "the row was" if reached == owner.seq + 1 else f"this row and those up to {reached} were"
        yield Broken(thread_id, owner.seq + 1, f"{more} inserted after the last one")


def _missing(first: int, last: int) -> str:
    return "the row is missing" if first == last else f"this row and those up to {last} are missing"


def _links(ends: Iterable[Any], row: Row, shift: int) -> tuple[bytes, ...]:
    # SQLite keeps anything in any column: what is not even of its kind was never written by us.
    try:
        values = dict(zip(_NAMES, row, strict=False))
        values["at"] = _time(row.at)
        values["reasons"] = _list(row.reasons)
        if shift:
            values["seq"] += shift
        return tuple([link(end, values) for end in ends if isinstance(end, bytes)])
    except (TypeError, ValueError, RecursionError):
        return ()


@lru_cache(maxsize=1000)
def _list(text: str) -> list[Any]:
    found = json.loads(text)
    if json.dumps(found) != text:
        raise ValueError(text)
    return found


def _time(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    # As SQLite keeps it. Whether it is a time at all is told by the hash.
    if not _TIME.fullmatch(value):
        raise ValueError(value)
    return f"{value[:10]}T{value[11:]}+00:00"


def _changed_notes(session: Session, site: Site) -> Iterator[Broken]:
    # A note that is gone was erased, as it may be; one that is there must be what its row tells of.
    on = (DecisionNote.site_id == Decision.site_id) & (DecisionNote.decision_id == Decision.id)
    columns = (DecisionNote.salt, DecisionNote.words)
    rows = session.execute(
        select(*_RAW, *(type_coerce(column, NullType()).label(column.key) for column in columns))
        .join(DecisionNote, on)
        .where(Decision.site_id == site.id),
        execution_options={"yield_per": AT_ONCE},
    )
    for row in rows:
        try:
            is_right = hashlib.sha256(row.salt + row.words.encode()).digest() == row.commitment
        except (TypeError, AttributeError):
            is_right = False
        if not is_right:
            yield Broken(row.thread_id, row.seq, "the words that belong to the row were changed")


# As they are stored, past what would read them: a value that was spoilt is to be told, not to be stumbled over.
_RAW = tuple(
    type_coerce(cast(column, Text) if column.name == "reasons" else column, NullType()).label(column.name)
    for column in Decision.__table__.columns
)
_NAMES = tuple(column.name for column in _RAW)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}", re.ASCII)
