"""The decision log: any single change by SQL is found, and which row."""

from collections.abc import Callable
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy import update
from sqlalchemy.orm import Session

from commentsvc.database import db
from commentsvc.models.chain import Broken
from commentsvc.models.chain import broken_links
from commentsvc.models.decision import SITE_CHAIN
from commentsvc.models.decision import Decision
from commentsvc.models.decision import DecisionNote
from commentsvc.models.decision import link
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.decision_log import chains
from tests.rig.decision_log import fill_log
from tests.rig.decision_log import row_at


@pytest.fixture
def log(app: Flask, mona: Moderator, rita: Reader, decide: Callable, clock: Clock) -> Iterator[Session]:
    """Give a session on a log of two threads and the site."""
    fill_log(app, rita, decide, clock)
    with app.app_context(), Session(db.engine) as session:
        yield session


def broken(session: Session) -> list[tuple[int, int]]:
    """Return which rows are said to be broken: chain and number."""
    session.flush()
    session.expire_all()
    site = session.scalars(select(Site)).one()
    return [(one.thread_id, one.seq) for one in broken_links(session, site)]


def told(session: Session) -> list[Broken]:
    session.expire_all()
    return list(broken_links(session, session.scalars(select(Site)).one()))


# Another value of each kind, and what only somebody who knows the rules would put there.
VALUES: dict[str, list[Any]] = {
    "batch": [1], "comment_id": [1, None], "act": ["approved", "approve "], "actor": ["rule"], "actor_id": [99, None],
    "state_from": ["deleted", None], "state_to": ["deleted", None], "shown_from": [9], "shown_to": [9],
    "held_from": [9], "held_to": [9], "reasons": [["else"]], "at": [datetime(2026, 3, 14, 10, tzinfo=UTC)],
    "commitment": [b"x" * 32], "hash": [b"x" * 32, b""], "id": [7],
}  # fmt: skip


def test_every_column_of_every_row_counts(log: Session) -> None:
    assert broken(log) == []
    assert set(VALUES) == {column.name for column in Decision.__table__.columns} - {"site_id", "thread_id", "seq"}
    tried = 0
    # A row that has words is kept in place by them.
    noted = set(log.scalars(select(DecisionNote.decision_id)))
    places = log.execute(select(Decision.thread_id, Decision.seq, Decision.id)).all()
    for thread_id, seq, number in places:
        row = row_at((thread_id, seq))
        before = log.execute(select(*Decision.__table__.columns).where(row)).one()._mapping
        for column, values in VALUES.items():
            for value in values:
                if before[column] == value or (column == "id" and number in noted):
                    continue
                log.execute(update(Decision).where(row).values({column: value}), execution_options=QUICK)
                assert set(broken(log)) == {(thread_id, seq)}, (column, value)
                tried += 1
                log.rollback()
    assert tried > 20 * 14
    assert broken(log) == []


QUICK = {"synchronize_session": False}


def test_every_row_that_is_removed_is_missed_the_last_ones_too(log: Session) -> None:
    for chain, many in chains(log).items():
        for seq in range(1, many + 1):
            log.execute(delete(Decision).where(row_at((chain, seq))), execution_options=QUICK)
            assert [(one.thread_id, one.seq, one.why) for one in told(log)] == [(chain, seq, "the row is missing")]
            log.rollback()
        log.execute(delete(Decision).where(Decision.thread_id == chain), execution_options=QUICK)
        assert told(log) == [Broken(chain, 1, f"this row and those up to {many} are missing")]
        log.rollback()


def test_a_row_that_is_inserted_is_found_even_with_a_right_hash(log: Session) -> None:
    where: tuple[Any, ...] = ("end", "after a gap", 0, -1)
    places = product(chains(log).items(), where, (True, False))
    for (chain, many), seq, is_hashed in places:
        last = log.execute(select(*Decision.__table__.columns).where(row_at((chain, many)))).one()
        number = {"end": many + 1, "after a gap": many + 3}.get(seq, seq)
        forged = last._asdict() | {"id": 12345, "seq": number, "act": "approve"}
        forged["hash"] = link(last.hash, forged) if is_hashed else last.hash
        log.execute(insert(Decision).values(forged))
        assert (chain, number) in broken(log) or (chain, many + 1) in broken(log)
        log.rollback()
    # In a chain of a thread that is none.
    row = log.execute(select(*Decision.__table__.columns).where(row_at((SITE_CHAIN, 1)))).one()._asdict()
    log.execute(insert(Decision).values(row | {"id": 12345, "thread_id": 77}))
    assert broken(log) == [(77, 1)]
    log.rollback()


def test_a_row_between_others_or_taken_from_between_is_found_where_all_are_numbered_anew(log: Session) -> None:
    chain, many = max(chains(log).items(), key=lambda item: item[1])
    log.execute(update(Decision).where(Decision.thread_id == chain, Decision.seq > 2).values(seq=-Decision.seq - 1))
    log.execute(update(Decision).where(Decision.thread_id == chain, Decision.seq < 0).values(seq=-Decision.seq))
    second = log.execute(select(*Decision.__table__.columns).where(row_at((chain, 2)))).one()
    forged = second._asdict() | {"id": 12345, "seq": 3}
    log.execute(insert(Decision).values(forged | {"hash": link(second.hash, forged)}))
    found = told(log)
    assert (found[0].seq, "inserted" in found[0].why) == (3, True), found
    assert len(found) < 3
    log.rollback()

    log.execute(delete(Decision).where(row_at((chain, 2))), execution_options=QUICK)
    log.execute(update(Decision).where(Decision.thread_id == chain, Decision.seq > 2).values(seq=Decision.seq - many))
    log.execute(
        update(Decision).where(Decision.thread_id == chain, Decision.seq < 1).values(seq=Decision.seq + many - 1)
    )
    found = told(log)
    assert (found[0].seq, "removed" in found[1].why) == (2, True), found
    log.rollback()


def test_a_row_that_is_hashed_anew_is_found_by_what_follows(log: Session) -> None:
    for chain, many in chains(log).items():
        for seq in range(1, many + 1):
            before = log.scalar(select(Decision.hash).where(row_at((chain, seq - 1)))) or b""
            row = log.execute(select(*Decision.__table__.columns).where(row_at((chain, seq)))).one()
            values = row._asdict() | {"act": "forged"}
            values["hash"] = link(before, values)
            log.execute(update(Decision).where(row_at((chain, seq))).values(act="forged", hash=values["hash"]))
            found = told(log)
            assert [one.thread_id for one in found] == [chain]
            # The last one is told by the thread; of any other, the next row is the witness, and both are named.
            assert found[0].seq == min(seq + 1, many)
            assert seq == many or f"or row {seq} was" in found[0].why
            log.rollback()


def test_what_the_thread_and_the_site_say_of_their_ends_counts_too(log: Session) -> None:
    values: list[tuple[str, Any]] = [("log_seq", -1), ("log_seq", 0), ("log_seq", 99), ("log_head", b"x" * 32)]
    for chain, (column, value) in product(chains(log), values):
        owner = update(Site) if chain == SITE_CHAIN else update(Thread).where(Thread.id == chain)
        log.execute(owner.values({column: value}))
        assert {one[0] for one in broken(log)} == {chain}
        log.rollback()


def test_words_can_be_erased_but_not_changed_or_added(log: Session) -> None:
    noted = log.execute(select(DecisionNote.decision_id).order_by(DecisionNote.decision_id)).scalars().all()
    for number in noted:
        place = log.execute(select(Decision.thread_id, Decision.seq).where(Decision.id == number)).one()
        for change in ({"words": "Because of the sun."}, {"salt": b"y" * 16}):
            log.execute(update(DecisionNote).where(DecisionNote.decision_id == number).values(change))
            assert broken(log) == [tuple(place)]
            log.rollback()
        log.execute(delete(DecisionNote).where(DecisionNote.decision_id == number))
        assert broken(log) == []
        log.rollback()
    bare = log.execute(select(Decision.id, Decision.thread_id, Decision.seq).where(row_at((SITE_CHAIN, 1)))).one()
    log.execute(insert(DecisionNote).values(site_id=1, decision_id=bare.id, salt=b"", words="Added."))
    assert broken(log) == [(bare.thread_id, bare.seq)]


SPOILT = (
    "reasons = '{not json'", "reasons = '[ ]'", "at = 'yesterday'", "at = '2026-03-14'", "hash = 'text'",
    "act = x'00ff'", "commitment = 'text'", "batch = 'many'",
)  # fmt: skip


# PostgreSQL keeps nothing of another kind in a column.
@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)
def test_what_a_file_keeps_of_another_kind_is_told_and_stops_nothing(log: Session) -> None:
    for chain, spoilt in product(chains(log), SPOILT):
        log.execute(text(f"UPDATE decision SET {spoilt} WHERE thread_id = {chain} AND seq = 2"))
        assert broken(log) == [(chain, 2)], spoilt
        log.rollback()
