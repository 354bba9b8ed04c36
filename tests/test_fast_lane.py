"""Kept answers: made once, fresh after every change, bounded, and honest about their age."""

import os
import threading
import time
from pathlib import Path

import pytest
from werkzeug.test import Client

from commentsvc.keeping import Shelf
from commentsvc.keeping import site_ground
from commentsvc.keeping import thread_ground
from commentsvc.page_store import PageStore
from commentsvc.readers.tending import Tender
from tests.rig.kitchen import GROUND
from tests.rig.kitchen import Kitchen
from tests.rig.kitchen import go_away
from tests.rig.kitchen import lane_of


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


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
    page = next((tmp_path / "pages").glob("*.page"))
    an_hour_ago = time.time() - 3600
    os.utime(page, (an_hour_ago, an_hour_ago))
    go_away(shelf, 60)
    kitchen.status = "503 Service Unavailable"
    for known, age in ((lane, 60), (lane_of(kitchen, Shelf(1 << 20), store=store), 3600)):
        answer = Client(known).get("/a")
        assert answer.status_code == 200
        assert answer.text[:8] == "answer 1"
        assert answer.headers["Cache-Status"] == "commentsvc; hit; detail=database-away"
        assert age <= int(answer.headers["Age"]) <= age + 20
    assert Client(lane).get("/never-asked-before").status_code == 503


def test_what_was_kept_is_not_shown_for_ever(kitchen: Kitchen) -> None:
    shelf = Shelf(1 << 20)
    client = Client(lane_of(kitchen, shelf))
    client.get("/a")
    kitchen.status = "503 Service Unavailable"
    go_away(shelf, 23 * 3600)
    assert client.get("/a").status_code == 200
    go_away(shelf, 2 * 3600)
    assert client.get("/a").status_code == 503


def test_what_changed_just_before_is_asked_for_as_long_as_there_was_an_answer_lately(kitchen: Kitchen) -> None:
    shelf = Shelf(1 << 20)
    client = Client(lane_of(kitchen, shelf))
    client.get("/a")
    shelf.changed([GROUND])
    shelf.heard -= 60
    answer = client.get("/a")
    assert answer.text[:8] == "answer 2", "what this process did itself is shown, however slow the news of others are"
    assert "Age" not in answer.headers
    shelf.changed([GROUND])
    go_away(shelf, 60)
    answer = client.get("/a")
    assert (answer.text[:8], kitchen.made) == ("answer 2", 2), "nobody waits in vain"
    assert "Age" in answer.headers


def test_what_rests_on_nothing_does_not_age(kitchen: Kitchen) -> None:
    shelf = Shelf(1 << 20)
    client = Client(lane_of(kitchen, shelf))
    kitchen.grounds = ()
    client.get("/embed.js")
    go_away(shelf, 48 * 3600)
    shelf.all_changed()
    answer = client.get("/embed.js")
    assert answer.text[:8] == "answer 1"
    assert "Age" not in answer.headers


def test_what_needs_no_database_does_not_wait_for_those_that_do(kitchen: Kitchen) -> None:
    shelf = Shelf(1 << 20)
    lane = lane_of(kitchen, shelf, threads=1)
    assert Client(lane).get("/a").text[:8] == "answer 1"
    shelf.changed([GROUND])
    gate = kitchen.gate = threading.Event()
    go_away(shelf, 60)
    assert Client(lane).get("/never-asked-before").status_code == 503, "the only worker waits"
    assert Client(lane).get("/embed.js").status_code == 200
    gate.set()


def test_who_has_an_older_answer_waits_less(kitchen: Kitchen) -> None:
    shelf = Shelf(1 << 20)
    lane = lane_of(kitchen, shelf, threads=1)
    assert Client(lane).get("/a").text[:8] == "answer 1"
    shelf.changed([GROUND])
    gate = kitchen.gate = threading.Event()
    shelf.heard -= 60
    began = time.monotonic()
    assert Client(lane).get("/a").text[:8] == "answer 1"
    with_an_older_one = time.monotonic() - began
    assert Client(lane).get("/never-asked-before").status_code == 503
    assert time.monotonic() - began > 3 * with_an_older_one
    gate.set()


def test_what_is_no_more_is_not_shown_either_when_the_database_is_away(kitchen: Kitchen) -> None:
    shelf = Shelf(1 << 20)
    client = Client(lane_of(kitchen, shelf))
    client.get("/a")
    shelf.changed([GROUND])
    kitchen.status = "404 Not Found"
    assert client.get("/a").status_code == 404
    kitchen.status = "503 Service Unavailable"
    go_away(shelf, 60)
    assert client.get("/a").status_code == 503


@pytest.mark.parametrize(
    ("path", "headers"), [("/moderate/gazette/queue", {}), ("/r/gazette/x", {}), ("/a", {"Authorization": "Bearer x"})]
)
def test_what_is_private_is_never_kept(kitchen: Kitchen, path: str, headers: dict[str, str]) -> None:
    shelf = Shelf(1 << 20)
    client = Client(lane_of(kitchen, shelf))
    assert [client.get(path, headers=headers).text[:8] for _ in range(2)] == ["answer 1", "answer 2"]
    assert shelf.all() == []
