"""Acts that are stored together: all or each by itself, every one answered after the commit."""

import sqlite3
import threading
from collections.abc import Callable
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from commentsvc import group_commit
from commentsvc.app import create_app
from commentsvc.database import db
from commentsvc.database import reading
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import UnknownComment
from tests.conftest import make_settings

WAIT = 20
Act = Callable[[Session], Any]


class Writers:
    """Threads that store something at the same time, in the order in which they are asked."""

    def __init__(self, app: Flask, path: Path) -> None:
        self.app = app
        self.path = path
        self.outcomes: dict[str, Any] = {}
        self._threads: list[threading.Thread] = []

    def store(self, name: str, act: Act) -> None:
        """Let another thread store by an act."""

        def run() -> None:
            with self.app.app_context():
                try:
                    self.outcomes[name] = group_commit.store(act)
                except Exception as error:
                    self.outcomes[name] = error

        thread = threading.Thread(target=run)
        self._threads.append(thread)
        thread.start()

    def store_behind_one_that_waits(self, acts: dict[str, Act]) -> None:
        """Let the first of them store alone and wait until all others stand in line; return when all are done."""
        begun, go_on = threading.Event(), threading.Event()

        def first(session: Session) -> object:
            begun.set()
            assert go_on.wait(WAIT)
            return add("first")(session)

        self.store("first", first)
        assert begun.wait(WAIT)
        with self.app.app_context():
            line = group_commit._lines[db.engine]
        for number, (name, act) in enumerate(acts.items(), 1):
            self.store(name, act)
            while line.waiting() < number:
                pass
        go_on.set()
        self.join()

    def join(self) -> None:
        """Wait until all have their answer."""
        for thread in self._threads:
            thread.join(WAIT)
            assert not thread.is_alive()

    def stored(self) -> list[str]:
        """Return what a stranger to this process finds in the database."""
        with sqlite3.connect(self.path) as other:
            return [row[0] for row in other.execute("SELECT key FROM rate ORDER BY key")]


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[Writers]:
    path = tmp_path / "comments.db"
    app = create_app(make_settings(f"sqlite:///{path}"), lambda: datetime(2026, 3, 14, tzinfo=UTC))
    yield Writers(app, path)
    with app.app_context():
        db.engine.dispose()


def add(key: str) -> Act:
    """Make an act that adds a row and returns the transaction it was in."""

    def act(session: Session) -> object:
        session.execute(text("INSERT INTO rate (key, hits, ends) VALUES (:key, 1, 1)"), {"key": key})
        return session.info.setdefault("transaction", object())

    return act


def test_who_waits_is_stored_together(writers: Writers) -> None:
    writers.store_behind_one_that_waits({name: add(name) for name in "abcde"})
    assert writers.stored() == ["a", "b", "c", "d", "e", "first"]
    together = {writers.outcomes[name] for name in "abcde"}
    assert len(together) == 1 and writers.outcomes["first"] not in together


def test_one_that_is_refused_takes_nobody_with_it(writers: Writers) -> None:
    def refused(session: Session) -> None:
        add("half")(session)
        raise UnknownComment

    writers.store_behind_one_that_waits({"a": add("a"), "refused": refused, "b": add("b")})
    assert writers.stored() == ["a", "b", "first"]
    assert isinstance(writers.outcomes["refused"], UnknownComment)


def test_a_row_that_is_there_already_is_the_fault_of_one_alone(writers: Writers) -> None:
    writers.store_behind_one_that_waits({"a": add("same"), "b": add("same"), "c": add("c")})
    assert writers.stored() == ["c", "first", "same"]
    assert type(writers.outcomes["b"]).__name__ == "IntegrityError"


def test_more_than_a_group_is_passed_on_to_the_next_who_leads(writers: Writers, monkeypatch: Any) -> None:
    monkeypatch.setattr(group_commit, "AT_ONCE", 3)
    names = [f"{number:02}" for number in range(11)]
    writers.store_behind_one_that_waits({name: add(name) for name in names})
    assert writers.stored() == [*names, "first"]
    groups = [writers.outcomes[name] for name in names]
    assert [groups.count(group) for group in dict.fromkeys(groups)] == [3, 3, 3, 2]


def test_where_the_database_is_locked_all_are_told(writers: Writers, monkeypatch: Any) -> None:
    monkeypatch.setattr("commentsvc.database.WAIT_SECONDS", 0)
    blocker = sqlite3.connect(writers.path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    try:
        for name in "abc":
            writers.store(name, add(name))
        writers.join()
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()
    assert [type(writers.outcomes[name]) for name in "abc"] == [DatabaseAway] * 3
    writers.store("later", add("later"))
    writers.join()
    assert writers.stored() == ["later"]
    with writers.app.app_context(), reading() as session:
        assert session.scalar(text("SELECT count(*) FROM rate")) == 1
