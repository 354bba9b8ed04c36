"""Kept answers are made anew while they are asked for, and kept on disk: whole, current, bounded, and not for ever."""

import os
import time
from pathlib import Path

import pytest
from werkzeug.test import Client

from commentsvc.keeping import Kept
from commentsvc.keeping import Shelf
from commentsvc.page_store import PageStore
from commentsvc.readers.tending import Tender
from tests.rig.kitchen import GROUND
from tests.rig.kitchen import Kitchen
from tests.rig.kitchen import lane_of


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


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
    path = next((tmp_path / "pages").glob("*.page"))
    whole = path.read_bytes()
    yesterday = time.time() - 25 * 3600
    os.utime(path, (yesterday, yesterday))
    assert store.load("/a") is None, "too old"
    for damaged in (whole[:40], whole[:-1], b""):
        path.write_bytes(damaged)
        assert store.load("/a") is None
    store.forget("/a")
    assert store.is_empty()


def test_what_processes_left_that_have_ended_is_made_anew(kitchen: Kitchen, tmp_path: Path) -> None:
    store = PageStore(tmp_path / "pages")

    def begin() -> tuple[Client, Tender]:
        shelf = Shelf(1 << 20)
        lane = lane_of(kitchen, shelf, store=store)
        return Client(lane), Tender(shelf, store, lane.refresh)

    client, tender = begin()
    client.get("/a")
    client.get("/b")
    tender.look()
    kitchen.status = "503 Service Unavailable"
    begin()[1].look()
    assert store.load("/a") is not None, "there is no knowing"
    kitchen.status, kitchen.gone = "200 OK", "/b"
    _, tender = begin()
    tender.look()
    tender.look()
    kept = store.load("/a")
    assert kept is not None
    assert kept.body[:8] not in (b"answer 1", b"answer 2")
    assert store.load("/b") is None


def test_one_process_looks_after_what_others_left(tmp_path: Path) -> None:
    one, other = PageStore(tmp_path), PageStore(tmp_path)
    assert [one.is_ours_to_clear(), other.is_ours_to_clear(), one.is_ours_to_clear()] == [True, False, True]


def test_what_leaves_the_room_leaves_the_disk(kitchen: Kitchen, tmp_path: Path) -> None:
    shelf, store = Shelf(40_000), PageStore(tmp_path / "pages")
    lane = lane_of(kitchen, shelf, store=store)
    tender = Tender(shelf, store, lane.refresh)
    for number in range(50):
        Client(lane).get(f"/{number}")
        tender.look()
    tender.look()
    held = {kept.target for kept in shelf.all()}
    assert len(held) < 20
    assert {f"/{number}" for number in range(50) if store.load(f"/{number}") is not None} == held


def test_a_disk_that_takes_nothing_keeps_nothing_from_being_made_anew(kitchen: Kitchen, tmp_path: Path) -> None:
    shelf, store = Shelf(1 << 20), PageStore(tmp_path / "file" / "pages")
    (tmp_path / "file").touch()
    lane = lane_of(kitchen, shelf, store=store)
    client, tender = Client(lane), Tender(shelf, store, lane.refresh)
    for target in ("/a", "/b"):
        client.get(target)
    shelf.changed([GROUND])
    with pytest.raises(OSError, match="file"):
        tender.look()
    assert all(shelf.is_fresh(kept) for kept in shelf.all())


def test_what_nobody_asks_for_is_not_made_again_and_again(kitchen: Kitchen) -> None:
    shelf = Shelf(1 << 20)
    lane = lane_of(kitchen, shelf)
    client, tender = Client(lane), Tender(shelf, PageStore(None), lane.refresh)
    client.get("/a")
    for _ in range(5):
        shelf.changed([GROUND])
        tender.look()
    assert kitchen.made == 2
    for _ in range(2):
        client.get("/a")
    for _ in range(5):
        shelf.changed([GROUND])
        tender.look()
    assert kitchen.made == 4, "at once where somebody asked since"
    shelf.all()[0].put -= 60
    tender.look()
    assert kitchen.made == 5


def test_a_page_stays_when_it_cannot_be_made_anew(kitchen: Kitchen) -> None:
    shelf = Shelf(1 << 20)
    lane = lane_of(kitchen, shelf)
    Client(lane).get("/a")
    shelf.changed([GROUND])
    kitchen.status = "503 Service Unavailable"
    Tender(shelf, PageStore(None), lane.refresh).look()
    answer = Client(lane).get("/a")
    assert (answer.status_code, answer.text[:8]) == (200, "answer 1")
    assert "Age" in answer.headers


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
