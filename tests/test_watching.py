"""What other processes changed is heard of: whatever the clocks say, and whatever becomes of the database file."""

import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from commentsvc.app import create_app
from commentsvc.database import db
from commentsvc.keeping import Kept
from commentsvc.keeping import Shelf
from commentsvc.keeping import new_threads_ground
from commentsvc.models.site import Site
from commentsvc.operators import upkeep
from commentsvc.people import managing
from commentsvc.readers.watching import LOOKS
from commentsvc.readers.watching import Watcher
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader
from tests.conftest import make_settings


def test_a_change_by_another_process_is_seen(
    rita: Reader, make_app: Callable, change_site: Callable, decide: Callable, clock: Clock, site: Site
) -> None:
    other = Reader(make_app().test_client(), "Sam")
    assert other.thread()["thread"]["id"] is None
    comment = rita.say("First.")
    assert other.thread()["thread"]["id"] is not None
    assert other.thread()["comments"] == []
    decide("approve", comment)
    assert len(other.thread()["comments"]) == 1
    counted = f"/api/v1/sites/gazette/counts?url={ARTICLE}&url={GAZETTE}/new"
    assert other.client.get(counted).json == {"counts": {ARTICLE: 1, GAZETTE + "/new": 0}}
    clock.advance(minutes=5)
    decide("spam", comment)
    assert other.thread()["comments"] == []
    assert other.client.get(counted).json["counts"][ARTICLE] == 0
    change_site(edit_seconds=60)
    assert other.thread()["form"]["edit_seconds"] == 60
    clock.advance(days=300)
    change_site(close_after_days=400)
    assert other.thread()["thread"]["open"] is True
    clock.advance(days=101)
    assert other.thread()["thread"]["open"] is False


def test_a_change_is_seen_though_the_clock_was_set_back(
    rita: Reader, make_app: Callable, decide: Callable, clock: Clock
) -> None:
    other = Reader(make_app().test_client(), "Sam")
    comment = rita.say("First.")
    decide("approve", comment)
    assert len(other.thread()["comments"]) == 1
    clock.advance(hours=-1)
    decide("spam", comment)
    assert other.thread()["comments"] == []


def test_a_change_is_seen_though_its_maker_stood_still_for_an_hour(
    rita: Reader, make_app: Callable, decide: Callable, clock: Clock
) -> None:
    other = Reader(make_app().test_client(), "Sam")
    comment = rita.say("First.")
    assert other.thread()["comments"] == []
    clock.advance(hours=1)
    other.thread()
    clock.advance(hours=-1)
    decide("approve", comment)
    clock.advance(hours=1)
    assert len(other.thread()["comments"]) == 1


def test_the_first_comment_is_seen_at_once_though_another_process_made_the_thread(
    rita: Reader, app: Flask, make_app: Callable, change_site: Callable, site: Site, clock: Clock
) -> None:
    change_site(hold="none")
    shelf = Shelf(1 << 20)
    with app.app_context():
        watcher = Watcher(app.app_context, shelf, clock)
        watcher.look()
        unknown = Kept("/a", [], b"", None, "t", (new_threads_ground(site.id),), shelf.tick, time.time())
        assert Reader(make_app().test_client(), "Sam").post("First.").status_code == 201
        assert shelf.is_fresh(unknown)
        assert rita.post("Second.").status_code == 201
        assert not shelf.is_fresh(unknown)


def test_a_database_in_the_place_of_another_is_noticed(tmp_path: Path, clock: Clock) -> None:
    path, backup = tmp_path / "comments.db", tmp_path / "backup.db"
    app = create_app(make_settings(f"sqlite:///{path}"), clock)
    with app.app_context():
        managing.add_site("gazette", {"origins": [GAZETTE], "hold": "none"}, clock())
        rita = Reader(app.test_client(), "Rita")
        rita.say("First.")
        upkeep.backup(make_settings(f"sqlite:///{path}"), backup)
        rita.say("Second.")
        # Long ago: what changed last is not asked for any more.
        clock.advance(hours=1)
        for _ in range(LOOKS + 1):
            assert len(rita.thread()["comments"]) == 2
        backup.replace(path)
        for rest in ("-wal", "-shm"):
            path.with_name(path.name + rest).unlink()
        assert len(rita.thread()["comments"]) == 2, "not noticed yet"
        assert len(rita.thread()["comments"]) == 1
        db.engine.dispose()
