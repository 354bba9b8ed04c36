"""Earlier decisions of an archive are kept as history: with their times, in rows that say they were brought over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from typing import NamedTuple

from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.decision import OPERATOR
from commentsvc.models.decision import Decision
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.moderator import Moderator
from commentsvc.models.source import Source
from commentsvc.models.thread import lock_threads
from commentsvc.moving.batches import BATCH
from commentsvc.moving.batches import persist
from commentsvc.moving.found import FoundMore
from commentsvc.moving.found import Progress
from commentsvc.moving.intake import Intake
from commentsvc.moving.past import PAST
from commentsvc.moving.past import write_past
from commentsvc.refusals import UnknownThread
from commentsvc.text.names import clean_name
from commentsvc.text.refusal import TextRefused

DECISION = "decision"
STORING_DECISIONS = "Storing decisions"
_SOMEBODY = "Moderator"


class _Fresh(NamedTuple):
    found: FoundMore
    our_id: int
    thread_id: int
    comment_id: int | None


def take_decisions(intake: Intake, progress: Progress) -> None:
    """Store the decisions of an archive that are new here, in the order of their ids, each in its thread's chain.

    The chain says truly what this log knows: that somebody's archive told of a decision. No state changes by it.
    """
    total, done = intake.staging.aside.size(DECISION), 0
    for batch in intake.staging.aside.batches(DECISION, BATCH):
        fresh, homeless = persist(lambda batch=batch: _attempt(intake, batch))
        for found in homeless:
            intake.skip(found, "thread: not in the file and not on the site")
        for number in range(len(batch) - len(homeless)):
            intake.count(number < len(fresh))
        done += len(batch)
        progress(STORING_DECISIONS, done, total)


def _attempt(intake: Intake, batch: Sequence[FoundMore]) -> tuple[list[_Fresh], list[FoundMore]]:
    with reading() as session:
        before = intake.known(session, DECISION, batch)
        ours = {intake.ids.ours(one.id) for one in batch} - {None}
        rows = session.execute(
            select(Decision.id, Decision.at).where(Decision.site_id == intake.site.id, Decision.id.in_(ours))
        )
        there: dict[int, datetime] = {row[0]: row[1] for row in rows}
        threads = intake.threads(session, (one.values["thread"] for one in batch))
        comments = intake.comments(session, (one.values["comment"] for one in batch))
    fresh, homeless = [], []
    for found in batch:
        own = intake.ids.ours(found.id)
        if found.id in before or (own is not None and there.get(own) == _at(found)):
            continue
        if found.values["thread"] not in threads:
            homeless.append(found)
            continue
        our_id = own if own is not None and own not in there else new_id(intake.moment())
        comment = found.values["comment"]
        # Of one that was erased before the archive was made only the id is known.
        comment_id = comments.get(comment, intake.ids.ours(comment)) if comment is not None else None
        fresh.append(_Fresh(found, our_id, threads[found.values["thread"]], comment_id))
    if fresh and not intake.dry:
        with transaction() as session:
            _store(session, intake, fresh)
    return fresh, homeless


def _store(session: Session, intake: Intake, fresh: list[_Fresh]) -> None:
    threads = lock_threads(session, intake.site, (one.thread_id for one in fresh))
    people = _people(session, {one.found.values["moderator"] for one in fresh} - {None}, intake.moment())
    identities = []
    for one in fresh:
        thread, values = threads.get(one.thread_id), one.found.values
        if thread is None:
            raise UnknownThread("a thread was removed while its decisions were being imported")
        kept = intake.ids.ours(one.found.id) == one.our_id
        what: dict[str, Any] = values | {
            "id": None if kept else one.found.id,
            "moderator": people.get(values["moderator"]),
        }
        record(
            session, intake.site, thread,
            act=PAST, by=OPERATOR, at=_at(one.found), comment_id=one.comment_id,
            reasons=write_past(what), note=values["note"], number=one.our_id,
        )  # fmt: skip
        if not kept:
            identities.append((one.found.id, one.our_id))
    if identities:
        rows = [
            {
                "site_id": intake.site.id,
                "source": intake.ids.source,
                "kind": DECISION,
                "source_id": name,
                "our_id": ours,
            }
            for name, ours in identities
        ]
        session.execute(insert(Source.__table__), rows)  # pyright: ignore[reportArgumentType]


def _people(session: Session, emails: set[str], now: datetime) -> dict[str, int]:
    people = {one.email: one for one in session.scalars(select(Moderator).where(Moderator.email.in_(emails)))}
    for email in sorted(emails - people.keys()):
        # A name in the log: without password, invitation and site there is nothing they can open.
        people[email] = Moderator(email=email, name=_name(email), created=now)
        session.add(people[email])
    session.flush()
    return {email: one.id for email, one in people.items()}


def _name(email: str) -> str:
    try:
        return clean_name(email.partition("@")[0])
    except TextRefused:
        return _SOMEBODY


def _at(found: FoundMore) -> datetime:
    return datetime.fromisoformat(found.values["at"])
