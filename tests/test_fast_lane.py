"""Kept answers: fresh after every change in every process, made once, bounded, and honest about their age."""

import threading
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from commentsvc.keeping import Kept
from commentsvc.keeping import Shelf
from commentsvc.keeping import site_ground
from commentsvc.keeping import thread_ground
from commentsvc.models.site import Site
from commentsvc.page_store import PageStore
from commentsvc.tending import Tender
from commentsvc.web.answers import KEEP
from commentsvc.web.answers import Keep
from commentsvc.web.fast_lane import FastLane
from commentsvc.web.slow_lane import SlowLane
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader

GROUND = thread_ground(1, 7)
BASE = ("http", "localhost", "")


class Kitchen:
    """An application that counts what it makes."""

    def __init__(self) -> None:
        self.made = 0
        self.status = "200 OK"
        self.gate: threading.Event | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.made += 1
        if self.gate is not None:
            assert self.gate.wait(20)
        environ[KEEP] = Keep((GROUND,), None)
        start_response(self.status, [("Content-Type", "text/plain"), ("ETag", f'"t{self.made}"')])
        return [f"answer {self.made} ".encode() * 100]


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


def lane_of(kitchen: Kitchen, shelf: Shelf, threads: int = 0, store: PageStore | None = None) -> FastLane:
    """Return a fast lane in front of an application."""
    return FastLane(SlowLane(kitchen, threads, shelf, BASE), shelf, store or PageStore(None), lambda: None)


def test_an_answer_is_made_once_and_again_when_its_ground_changes(kitchen: Kitchen) -> None:
    shelf = Shelf(1 << 20)
    client = Client(lane_of(kitchen, shelf))
    assert [client.get("/a").text[:8] for _ in range(3)] == ["answer 1"] * 3
    shelf.changed([thread_ground(1, 8), site_ground(1)])
    assert client.get("/a").text[:8] == "answer 1"
    shelf.changed([GROUND])
    assert [client.get("/a").text[:8] for _ in range(2)] == ["answer 2"] * 2
    assert client.get("/a?b=1").text[:8] == "answer 3", "another question is another answer"


def test_a_change_while_an_answer_is_made_is_not_missed(kitchen: Kitchen) -> None:
    shelf = Shelf(1 << 20)
    client = Client(lane_of(kitchen, shelf))
    gate = kitchen.gate = threading.Event()
    reader = threading.Thread(target=client.get, args=("/a",))
    reader.start()
    while kitchen.made == 0:
        pass
    shelf.changed([GROUND])
    gate.set()
    reader.join()
    kitchen.gate = None
    assert client.get("/a").text[:8] == "answer 2"


def test_a_crowd_at_a_cold_page_is_answered_by_one_making(kitchen: Kitchen) -> None:
    lane = lane_of(kitchen, Shelf(1 << 20), threads=4)
    gate = kitchen.gate = threading.Event()
    texts: list[str] = []
    crowd = [threading.Thread(target=lambda: texts.append(Client(lane).get("/a").text[:8])) for _ in range(30)]
    for reader in crowd:
        reader.start()
    gate.set()
    for reader in crowd:
        reader.join()
    assert texts == ["answer 1"] * 30
    assert kitchen.made == 1


def test_the_room_is_bounded_and_the_least_recently_used_leave(kitchen: Kitchen) -> None:
    shelf = Shelf(40_000)
    client = Client(lane_of(kitchen, shelf))
    for number in range(50):
        client.get(f"/{number}")
        client.get("/0")
    assert sum(kept.size for kept in shelf.all()) <= 40_000
    targets = {kept.target for kept in shelf.all()}
    assert "/0" in targets
    assert "/49" in targets
    assert "/1" not in targets


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("GZIP", False),
        ("gzip;q=0", False),
        ("identity", False),
        ("", False),
        ("x-gzip", False),
    ],
)
def test_whoever_takes_gzip_gets_it(kitchen: Kitchen, accepted: str, packed: bool) -> None:
    answer = Client(lane_of(kitchen, Shelf(1 << 20))).get("/a", headers={"Accept-Encoding": accepted})
    assert (answer.headers.get("Content-Encoding") == "gzip") is packed
    assert answer.headers["ETag"] == ('"t1-gzip"' if packed else '"t1"')
    assert int(answer.headers["Content-Length"]) == len(answer.data)


@pytest.mark.parametrize(
    ("known", "status"),
    [('"t1"', 304), ('W/"t1"', 304), ('"x", "t1"', 304), ("*", 304), ('"t1-gzip"', 200), ('"x"', 200), ("t1", 200)],
)
def test_whoever_has_it_is_told_so(kitchen: Kitchen, known: str, status: int) -> None:
    client = Client(lane_of(kitchen, Shelf(1 << 20)))
    for _ in range(2):
        assert client.get("/a", headers={"If-None-Match": known}).status_code == status


def test_while_the_database_is_away_what_was_kept_is_shown_with_its_age(kitchen: Kitchen, tmp_path: Path) -> None:
    shelf, store = Shelf(1 << 20), PageStore(tmp_path / "pages")
    lane = lane_of(kitchen, shelf, store=store)
    assert "Cache-Status" not in Client(lane).get("/a").headers
    Tender(shelf, store, lane.refresh).look()
    shelf.heard -= 60
    kitchen.status = "503 Service Unavailable"
    for known in (lane, lane_of(kitchen, Shelf(1 << 20), store=store)):
        answer = Client(known).get("/a")
        assert answer.status_code == 200
        assert answer.text[:8] == "answer 1"
        assert answer.headers["Cache-Status"] == "commentsvc; hit; detail=database-away"
        assert int(answer.headers["Age"]) >= 0
    assert Client(lane).get("/never-asked-before").status_code == 503


def test_what_was_kept_is_not_shown_for_ever(kitchen: Kitchen) -> None:
    shelf = Shelf(1 << 20)
    client = Client(lane_of(kitchen, shelf))
    client.get("/a")
    kitchen.status = "503 Service Unavailable"
    shelf.heard -= 23 * 3600
    assert client.get("/a").status_code == 200
    shelf.heard -= 2 * 3600
    assert client.get("/a").status_code == 503


@pytest.mark.parametrize(
    ("path", "headers"), [("/moderate/gazette/queue", {}), ("/r/gazette/x", {}), ("/a", {"Authorization": "Bearer x"})]
)
def test_what_is_private_is_never_kept(kitchen: Kitchen, path: str, headers: dict[str, str]) -> None:
    shelf = Shelf(1 << 20)
    client = Client(lane_of(kitchen, shelf))
    assert [client.get(path, headers=headers).text[:8] for _ in range(2)] == ["answer 1", "answer 2"]
    assert shelf.all() == []


def test_what_is_kept_on_disk_is_whole_current_and_not_for_ever(kitchen: Kitchen, tmp_path: Path) -> None:
    shelf, store = Shelf(1 << 20), PageStore(tmp_path / "pages")
    lane = lane_of(kitchen, shelf, store=store)
    tender = Tender(shelf, store, lane.refresh)
    Client(lane).get("/a")
    tender.look()
    shelf.changed([GROUND])
    tender.look()
    tender.look()
    kept = store.load("/a")
    assert kept is not None
    assert kept.body[:8] == b"answer 2", "what is still asked for is made anew by itself"
    kept.made -= 25 * 3600
    store.save(kept)
    assert store.load("/a") is None, "too old"
    path = next((tmp_path / "pages").iterdir())
    path.write_bytes(path.read_bytes()[:40])
    assert store.load("/a") is None, "damaged"
    store.forget("/a")
    assert store.is_empty()


def test_an_answer_nobody_asks_for_any_more_is_let_go_when_it_changes(kitchen: Kitchen, tmp_path: Path) -> None:
    shelf, store = Shelf(1 << 20), PageStore(tmp_path / "pages")
    lane = lane_of(kitchen, shelf, store=store)
    Client(lane).get("/a")
    tender = Tender(shelf, store, lane.refresh)
    tender.look()
    kept = shelf.find("/a")
    assert isinstance(kept, Kept)
    kept.used -= 3600
    shelf.changed([GROUND])
    tender.look()
    assert shelf.all() == []
    assert store.is_empty()


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
