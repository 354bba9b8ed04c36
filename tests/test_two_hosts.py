"""Two service hosts on one PostgreSQL are one service; and a replica is believed only while it keeps up."""

import json
import time
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from commentsvc.app import create_app
from commentsvc.database import db
from commentsvc.models.changes import Changed
from commentsvc.models.changes import Seen
from commentsvc.models.changes import shows
from commentsvc.people import managing
from commentsvc.readers import publishing
from commentsvc.replica import STEADY
from commentsvc.replica import Replica
from commentsvc.replica import replica
from commentsvc.settings import BadSetting
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.conftest import make_settings
from tests.rig.live import live_service
from tests.rig.recycled import Recycled
from tests.rig.wire import Browser
from tests.rig.wire import Wire
from tests.rig.wire import wires

API = "/api/v1/sites/gazette"
MONA = "mona@gazette.example"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
WITHIN = 1.0


@pytest.fixture
def shared_url(postgresql_databases: Recycled) -> Iterator[str]:
    url = postgresql_databases()
    yield url
    postgresql_databases.give_back(url)


def thread(number: int, version: int, changed: datetime = NOON) -> Changed:
    return Changed(1, number, version, NOON, changed)


LATER = NOON + timedelta(seconds=1)
BOTH = Seen({1: 1}, [thread(7, 3)])
CASES: dict[str, tuple[Seen, list[Changed], bool]] = {
    "the same": (BOTH, [thread(5, 9)], True),
    "asked later": (Seen({1: 2}, [thread(7, 4, LATER), thread(8, 1)]), [thread(5, 9)], True),
    "lacks a change": (Seen({1: 1}, [thread(7, 2)]), [thread(5, 9)], False),
    "lacks a thread": (Seen({1: 1}, []), [thread(5, 9)], False),
    "has stood still for a day": (Seen({1: 1}, [thread(7, 3)]), [thread(5, 8)], False),
    "has another history": (Seen({1: 1}, [thread(7, 3, LATER)]), [thread(5, 9)], False),
    "lacks a site's settings": (Seen({1: 0}, [thread(7, 3)]), [thread(5, 9)], False),
    "still has a site that is gone": (Seen({1: 1, 2: 1}, [thread(7, 3)]), [thread(5, 9)], False),
}


@pytest.mark.parametrize("name", CASES)
def test_a_replica_is_in_step_only_if_it_shows_everything(name: str) -> None:
    there, named, is_in_step = CASES[name]
    assert shows(there, named, BOTH, [thread(5, 9)]) is is_in_step


def test_sqlite_has_no_replica(clock: Clock) -> None:
    with pytest.raises(BadSetting, match="no replica"):
        create_app(make_settings("sqlite:///comments.db", READ_URL="postgresql://replica/comments"), clock)


def test_pages_come_from_a_replica_that_keeps_up_and_from_the_primary_otherwise(
    shared_url: str, postgresql_databases: Recycled, clock: Clock
) -> None:
    elsewhere = postgresql_databases()
    apps = {
        "in step": create_app(make_settings(shared_url, READ_URL=shared_url), clock),
        "stands still": create_app(make_settings(shared_url, READ_URL=elsewhere), clock),
        "away": create_app(make_settings(shared_url, READ_URL="postgresql://postgres@127.0.0.1:1/none"), clock),
    }
    with apps["in step"].app_context():
        managing.add_site("gazette", {"origins": [GAZETTE], "hold": "none"}, clock())
    for name, app in apps.items():
        rita = Reader(app.test_client(), "Rita")
        rita.say(f"Said where the replica is {name}.")
        shown = [len(rita.thread()["comments"]) for _ in range(STEADY + 2)]
        assert len(set(shown)) == 1, "whoever is asked shows what was said"
        assert second(app).is_used is (name == "in step")
    keeping_up = second(apps["in step"])
    with apps["in step"].app_context():
        # One that fails is not waited for: the primary answers, though nobody has noticed yet.
        keeping_up._engine.dispose()
        keeping_up._engine = second(apps["away"])._engine
        question = publishing.Question(ARTICLE)
        assert len(publishing.page(managing.site("gazette"), question, clock()).answer["comments"]) == len(apps)
    for app in apps.values():
        second(app)._engine.dispose()
        with app.app_context():
            db.engine.dispose()
    postgresql_databases.give_back(elsewhere)


def test_two_hosts_are_one_service(shared_url: str) -> None:
    with (
        live_service(shared_url, RATE_LIMITS="on", TRUSTED_PROXIES="1") as one,
        live_service(shared_url, base=one.base, RATE_LIMITS="on", TRUSTED_PROXIES="1") as other,
        wires(one, 1) as [left],
        wires(other, 1) as [right],
    ):
        one.command("site", "add", "gazette", "--origin", GAZETTE, "--hold", "none")
        one.command("moderator", "add", MONA, "--site", "gazette", "--password-stdin", stdin=f"{PASSWORD}\n")
        assert shown(right) == []
        posted = [post(wire, turn) for turn, wire in enumerate([left, right] * 4)]
        # Six a minute from one network, on whichever host.
        assert [status for status, _ in posted] == [201] * 6 + [429] * 2
        ids = [answer["comment"]["id"] for _, answer in posted[:6]]
        for wire in (left, right):
            await_shown(wire, ids)
        mona = Browser(left).sign_in(MONA, PASSWORD)
        mona.wire = right
        assert mona.send("/moderate/gazette/decide", {"act": "spam", "id": ids[0]}).status == 303
        for wire in (left, right):
            await_shown(wire, ids[1:])
        assert left.ask("GET", page()).headers["etag"] == right.ask("GET", page()).headers["etag"]


def second(app: Flask) -> Replica:
    with app.app_context():
        found = replica()
    assert found is not None
    return found


def page() -> str:
    return f"{API}/thread?url={quote(ARTICLE, safe='')}"


def shown(wire: Wire) -> list[str]:
    comments: list[dict[str, Any]] = json.loads(wire.ask("GET", page()).body)["comments"]
    return [each["id"] for each in comments if each.get("state") is None]


def await_shown(wire: Wire, ids: list[str]) -> None:
    """Wait as long as a change may take to be seen."""
    began = time.monotonic()
    while (found := shown(wire)) != ids:
        assert time.monotonic() - began < WITHIN, found


def post(wire: Wire, turn: int) -> tuple[int, dict[str, Any]]:
    sent = json.dumps({"url": ARTICLE, "name": "Rita", "body": f"Word number {turn}."}).encode()
    headers = {"Origin": GAZETTE, "Content-Type": "application/json", "X-Forwarded-For": "203.0.113.9"}
    answer = wire.ask("POST", f"{API}/comments", headers, sent)
    return answer.status, json.loads(answer.body)
