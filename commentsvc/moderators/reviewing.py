"""Looks back: at a thread and what was moved, at the log of decisions and whether it holds, at a site's numbers."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.models import arrangement
from commentsvc.models import chain
from commentsvc.models import desk
from commentsvc.models import logbook
from commentsvc.models.arrangement import Arrangement
from commentsvc.models.decision import SITE_CHAIN
from commentsvc.models.decision import Decision
from commentsvc.models.decision import DecisionNote
from commentsvc.models.ids import to_text
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import people_of
from commentsvc.models.published import Shown
from commentsvc.models.published import place_of
from commentsvc.models.published import stretch
from commentsvc.models.site import Site
from commentsvc.models.statistics import Statistics
from commentsvc.models.statistics import statistics
from commentsvc.models.thread import Address
from commentsvc.models.thread import Thread
from commentsvc.models.thread import addresses_of
from commentsvc.refusals import UnknownThread

PAGE = 50
FORMAT = "commentsvc-decisions"
VERSION = 1


@dataclass(frozen=True)
class ThreadView:
    """A thread as the desk shows it: its addresses, a page of what it shows, and what was moved lately.

    `heir` is the thread that it was merged into; `others` are the threads on the other side of what was moved.
    """

    thread: Thread
    heir: Thread | None
    addresses: list[Address]
    shown: list[Shown]
    next: int | None
    lately: list[Arrangement]
    others: dict[int, Thread]
    sizes: dict[str, int]


def look_at_thread(site: Site, thread_id: int, after: int | None = None) -> ThreadView:
    """Return a thread and a page of what it shows, in its order; raise UnknownThread or DatabaseAway."""
    with reading() as session:
        thread = _thread(session, site, thread_id)
        path = place_of(session, site, thread_id, after) if after is not None else None
        shown = stretch(session, site, thread_id, PAGE + 1, path or b"")
        moved = arrangement.lately(session, site, thread_id)
        ids = {one for each in moved for one in (each.source_id, each.target_id)} - {thread_id}
        found = session.scalars(select(Thread).where(Thread.site_id == site.id, Thread.id.in_(ids)))
        return ThreadView(
            thread=thread,
            heir=_thread(session, site, thread.merged_id) if thread.merged_id is not None else None,
            addresses=addresses_of(session, site, thread_id),
            shown=shown[:PAGE],
            next=shown[PAGE - 1].id if len(shown) > PAGE else None,
            lately=moved,
            others={other.id: other for other in found},
            sizes=desk.sizes(session, site),
        )


@dataclass(frozen=True)
class LogView:
    """A page of the decision log, what its filters offer, and how many comments each list of the desk holds."""

    leaf: logbook.Leaf
    acts: list[str]
    people: list[Moderator]
    sizes: dict[str, int]


def look_at_log(site: Site, sought: logbook.Sought, before: int | None = None) -> LogView:
    """Return a page of a site's decisions, newest first; raise DatabaseAway."""
    with reading() as session:
        return LogView(
            logbook.leaf(session, site, sought, before),
            logbook.acts_of(session, site),
            [person for person, _ in people_of(session, site)],
            desk.sizes(session, site),
        )


def look_at_numbers(site: Site, now: datetime) -> tuple[Statistics, dict[str, int]]:
    """Return a site's numbers, and how many comments each list of the desk holds; raise DatabaseAway."""
    with reading() as session:
        return statistics(session, site, now), desk.sizes(session, site)


def exported(site: Site, now: datetime) -> Iterator[bytes]:
    """Yield the decision log of a site as JSON Lines: a header, then each decision as it is chained, oldest first.

    Times are RFC 3339 with microseconds, hashes and salts hexadecimal; raises DatabaseAway.
    """
    with reading() as session:
        yield _json({"format": FORMAT, "version": VERSION, "site": site.key, "exported": now.isoformat()})
        for decision, note in logbook.everything(session, site):
            yield _json(_decision_json(decision, note))


@dataclass(frozen=True)
class LogHead:
    """What a site's decision log was at a time: how many rows, one hash over all its chains, and each chain's head."""

    key: str
    until: datetime
    rows: int
    hash: str
    chains: dict[int, chain.Head]


def head_of(site: Site, until: datetime) -> LogHead:
    """Return the head of a site's decision log as it was at a time; raise DatabaseAway."""
    with reading() as session:
        return _head(site.key, until, chain.heads(session, site, until))


def compare_with(site: Site, before: LogHead) -> list[str]:
    """Return in what a site's decision log is not a continuation of what it was, in words; raise DatabaseAway."""
    with reading() as session:
        if before.chains:
            if chain.one_hash(before.chains) != before.hash:
                return ["the head is not whole: its chains do not make its hash"]
            return [in_words(broken) for broken in chain.rewritten(session, site, before.chains)]
        found = _head(site.key, before.until, chain.heads(session, site, before.until))
    if (found.rows, found.hash) == (before.rows, before.hash):
        return []
    return [
        f"the log up to {write_time(before.until)} was rewritten: it had {before.rows} rows and the hash "
        f"{before.hash[:12]}…, now {found.rows} rows and {found.hash[:12]}…"
    ]


def in_words(broken: chain.Broken) -> str:
    """Return where a chain does not hold: `chain ID, row 3: the row was changed`."""
    return f"chain {chain_name(broken.thread_id)}, row {broken.seq}: {broken.why}"


def chain_name(thread_id: int) -> str:
    """Return what a chain is called: by its thread's id, or `site` for the site's own."""
    return "site" if thread_id == SITE_CHAIN else to_text(thread_id) if isinstance(thread_id, int) else str(thread_id)


def write_time(time: datetime) -> str:
    """Write a time of UTC as RFC 3339 with microseconds."""
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _head(key: str, until: datetime, chains: dict[int, chain.Head]) -> LogHead:
    return LogHead(key, until, sum(head.seq for head in chains.values()), chain.one_hash(chains), chains)


def _decision_json(decision: Decision, note: DecisionNote | None) -> dict[str, Any]:
    values: dict[str, Any] = {column.key: getattr(decision, column.key) for column in Decision.__table__.columns}
    del values["site_id"]
    values |= {
        "id": to_text(decision.id),
        "thread_id": chain_name(decision.thread_id),
        "batch": to_text(decision.batch),
        "comment_id": to_text(decision.comment_id) if decision.comment_id is not None else None,
        "at": write_time(decision.at),
        "commitment": decision.commitment.hex() if decision.commitment is not None else None,
        "hash": decision.hash.hex(),
    }
    if note is not None:
        values |= {"note": note.words, "salt": note.salt.hex()}
    return values


def _json(values: dict[str, Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _thread(session: Session, site: Site, thread_id: int) -> Thread:
    found = session.get(Thread, (site.id, thread_id))
    if found is None:
        raise UnknownThread
    return found
