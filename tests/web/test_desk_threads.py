"""Threads at the desk: pins, branches that are moved, threads that are merged, and all of it taken back."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from commentsvc.database import reading
from commentsvc.models import ids
from commentsvc.models import soundness
from commentsvc.models.comment import Comment
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.moderators import arranging
from commentsvc.moving.archive import read_archive
from commentsvc.moving.exporting import archive_of
from commentsvc.moving.report import Report
from commentsvc.moving.storing import bring_in
from commentsvc.people import managing
from commentsvc.refusals import Rearranged
from commentsvc.web.service import service
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice
from tests.rig.talking import shape
from tests.rig.talking import talk
from tests.rig.talking import thread_of

OTHER = GAZETTE + "/news/the-old-bridge-again"


@pytest.fixture
def desk(app: Flask, mona: Moderator) -> Desk:
    return desk_of(app, "mona@gazette.example", PASSWORD)


@pytest.fixture
def rita(rita: Reader, change_site: Callable, clock: Clock) -> Reader:
    """Give a reader whose comments are published at once."""
    change_site(hold="none")
    return rita


@pytest.fixture
def is_sound(app: Flask, site: Site) -> Callable[[], bool]:
    """Give a function that asks whether everything that is kept of the site's comments is true."""

    def ask() -> bool:
        with app.app_context(), reading() as session:
            found = managing.site(site.key)
            questions = (
                soundness.wrong_counts, soundness.wrong_comments, soundness.misplaced, soundness.unreachable,
                soundness.without_text,
            )  # fmt: skip
            wrong: dict[str, Any] = {question.__name__: list(question(session, found)) for question in questions}
        with app.app_context():
            wrong["log"] = managing.verify_decisions(site.key)[site.key]
        assert not any(wrong.values()), wrong
        return True

    return ask


def rows(app: Flask) -> list[Any]:
    """Read where every comment stands."""
    with app.app_context(), reading() as session:
        found = session.query(
            Comment.id, Comment.thread_id, Comment.parent_id, Comment.depth, Comment.path, Comment.shown_replies,
            Comment.shown,
        )  # fmt: skip
        threads = session.query(Thread.id, Thread.count, Thread.pinned_id, Thread.merged_id).order_by(Thread.id)
        return [tuple(row) for row in found.order_by(Comment.id)] + [tuple(row) for row in threads]


def test_a_pinned_comment_stands_first_and_another_takes_its_place(
    desk: Desk, rita: Reader, clock: Clock, is_sound: Callable
) -> None:
    talk(rita, clock, "first", "answer")
    second, reply = talk(rita, clock, "second", "its answer")
    (third,) = talk(rita, clock, "third")
    assert "shown first" in notice(desk, desk.send(f"/moderate/gazette/comments/{second}/pin"))
    expected = [("second", 0), ("its answer", 1), ("first", 0), ("answer", 1), ("third", 0)]
    assert shape(rita) == expected
    assert shape(rita, sort="newest") == [*expected[:2], ("third", 0), *expected[2:4]]
    assert [one.get("pinned") for one in rita.thread()["comments"]] == [True, None, None, None, None]
    plain = rita.client.get("/sites/gazette/thread", query_string={"url": ARTICLE}).text
    assert plain.index("Pinned") < plain.index(">first<")

    desk.send(f"/moderate/gazette/comments/{third}/pin")
    assert shape(rita)[0] == ("third", 0)
    answer = desk.send(f"/moderate/gazette/comments/{reply}/pin")
    assert (answer.status_code, "answers no other" in answer.text) == (422, True)
    # Taken down it stands nowhere; brought back, it is pinned again.
    taken = desk.decide("spam", third, seen_in="approved")
    assert shape(rita)[0] == ("first", 0)
    desk.undo(taken)
    assert shape(rita)[0] == ("third", 0)
    desk.send(f"/moderate/gazette/comments/{third}/unpin")
    assert [one[0] for one in shape(rita)] == ["first", "answer", "second", "its answer", "third"]
    assert is_sound()


@pytest.mark.parametrize(("sort", "place"), [("oldest", 5), ("newest", 5), ("oldest", 101)])
def test_each_comment_of_a_long_thread_is_told_once_with_one_pinned(
    app: Flask, site: Site, mona: Moderator, rita: Reader, clock: Clock, sort: str, place: int
) -> None:
    said = [talk(rita, clock, f"number {n}")[0] for n in range(120)]
    number = ids.from_text(said[place])
    assert number is not None
    with app.app_context():
        arranging.pin(site, mona, number, clock())
    found, cursor = [], {}
    while True:
        page = rita.thread(sort=sort, **cursor)
        found += [one["id"] for one in page["comments"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    others = [one for one in said if one != said[place]]
    assert found == [said[place], *(others if sort == "oldest" else others[::-1])]


def test_a_branch_is_moved_in_its_shape_and_back(
    app: Flask, desk: Desk, rita: Reader, clock: Clock, is_sound: Callable
) -> None:
    deep = talk(rita, clock, *(f"level {n}" for n in range(10)))
    aside = rita.say("aside", parent=deep[2])
    rita.say("under the aside", parent=aside)
    talk(rita, clock, "there already", url=OTHER)
    before = rows(app)
    target = thread_of(rita, OTHER)
    path = f"/moderate/gazette/comments/{deep[1]}/move"
    assert "the-old-bridge-again" in desk.open(path).text
    preview = desk.open(path, to=target).text
    assert "11 comments" in preview and "11 approved" in preview and "not be an answer" in preview
    assert rows(app) == before

    clock.advance(minutes=1)
    answer = desk.send(path, to=target)
    assert notice(desk, answer).startswith("Moved.")
    assert shape(rita) == [("level 0", 0)]
    moved = [(f"level {n}", n - 1) for n in range(1, 3)] + [(f"level {n}", n - 1) for n in range(3, 10)]
    got = shape(rita, OTHER)
    assert [one for one in got if "level" in one[0]] == moved
    assert ("aside", 2) in got and ("under the aside", 3) in got
    assert {"there already"} == {text for text, depth in got if depth == 0} - {"level 1"}
    assert rita.thread()["thread"]["count"] == 1 and rita.thread(OTHER)["thread"]["count"] == 12
    assert is_sound()

    # What was answered meanwhile goes back with it.
    late = rita.say("late", parent=deep[9], url=OTHER)
    page = desk.client.get(answer.headers["Location"]).text
    undo = re.search(r'action="(/moderate/gazette/moves/\w+/undo)"', page)
    assert undo
    assert "back where they were" in notice(desk, desk.send(undo[1]))
    assert is_sound()
    assert (f"level {9}", 9) in shape(rita) and ("late", 10) in shape(rita)
    assert shape(rita, OTHER) == [("there already", 0)]
    number = ids.from_text(late)
    counts = {row[0]: row[1] for row in rows(app) if len(row) == 4}
    assert [row[:5] for row in rows(app) if len(row) == 7 and row[0] != number] == [
        row[:5] for row in before if len(row) == 7
    ]
    assert sorted(counts.values()) == [1, 13]
    # Twice is once.
    assert desk.send(undo[1]).status_code == 303
    assert is_sound()


def test_a_thread_is_merged_with_addresses_and_stable_id_and_back(
    app: Flask, desk: Desk, rita: Reader, clock: Clock, is_sound: Callable
) -> None:
    top, answer = talk(rita, clock, "one", "two", url=OTHER, id="again")
    talk(rita, clock, "here", "here too")
    desk.send(f"/moderate/gazette/comments/{top}/pin")
    source, target = thread_of(rita, OTHER, id="again"), thread_of(rita)
    before = rows(app)
    path = f"/moderate/gazette/threads/{source}/merge"
    preview = desk.open(path, to=target).text
    assert "2 comments" in preview and OTHER in preview and "again" in preview
    assert rows(app) == before

    clock.advance(minutes=1)
    merged = desk.send(path, to=target)
    assert notice(desk, merged).startswith("Merged.")
    assert is_sound()
    whole = [("one", 0), ("two", 1), ("here", 0), ("here too", 1)]
    for place in (
        {"url": ARTICLE},
        {"url": OTHER},
        {"url": OTHER, "id": "again"},
        {"url": OTHER + "?p=9", "id": "again"},
    ):
        assert thread_of(rita, **place) == target
        assert shape(rita, **place) == whole
    counted = rita.client.get(
        "/api/v1/sites/gazette/counts", query_string={"url": [OTHER, ARTICLE], "id": "again"}
    ).json
    assert list(counted["counts"].values()) == [4, 4, 4]
    assert "merged" in desk.open(f"/moderate/gazette/threads/{source}").text
    assert desk.send(path, to=target).status_code == 409
    # Posted by the old id and the old address, it goes where the comments are.
    rita.say("by id", url=OTHER, id="again")
    late = rita.say("late answer", url=OTHER, parent=answer)
    assert rita.thread()["thread"]["count"] == 6

    undo = re.search(r'action="(/moderate/gazette/moves/\w+/undo)"', desk.client.get(merged.headers["Location"]).text)
    assert undo
    desk.send(undo[1])
    assert is_sound()
    # Replies go with what they answer; what answers nothing stays where it was said.
    assert shape(rita, OTHER) == [("one", 0), ("two", 1), ("late answer", 2)]
    assert shape(rita) == [("here", 0), ("here too", 1), ("by id", 0)]
    assert thread_of(rita, OTHER, id="again") == source
    assert rita.thread(OTHER)["comments"][0]["pinned"] is True
    assert rita.own("GET", late).json["comment"]["state"] == "approved"


def test_merges_in_a_row_are_taken_back_last_first(
    app: Flask, site: Site, mona: Moderator, rita: Reader, clock: Clock, is_sound: Callable
) -> None:
    urls = [f"{GAZETTE}/{name}" for name in "abc"]
    for url in urls:
        talk(rita, clock, url[-1], url=url, id=url[-1])
    before = rows(app)
    a, b, c = (ids.from_text(thread_of(rita, url)) or 0 for url in urls)
    with app.app_context():
        first = arranging.merge(site, mona, a, b, clock())
        second = arranging.merge(site, mona, b, c, clock())
        for url in urls:
            assert [text for text, _ in shape(rita, url, id=url[-1])] == ["a", "b", "c"]
        with pytest.raises(Rearranged):
            arranging.undo(site, mona, first.id, clock())
        arranging.undo(site, mona, second.id, clock())
        assert [text for text, _ in shape(rita, urls[0], id="a")] == ["a", "b"]
        assert is_sound()
        arranging.undo(site, mona, first.id, clock())
    assert rows(app) == before
    assert is_sound()


def test_an_import_finds_the_thread_that_another_was_merged_into(
    app: Flask, site: Site, mona: Moderator, rita: Reader, clock: Clock, tmp_path: Path, is_sound: Callable
) -> None:
    talk(rita, clock, "one", url=OTHER, id="again")
    talk(rita, clock, "here")
    source, target = (ids.from_text(thread_of(rita, **place)) or 0 for place in ({"url": OTHER, "id": "again"}, {}))
    with app.app_context():
        before = list(archive_of(site, lambda *_: None))
        arranging.merge(site, mona, source, target, clock())
        lines = [json.loads(line) for line in before]
        late = next(line for line in lines if line.get("body") == "one") | {"id": "late", "body": "late"}
        file = tmp_path / "archive.jsonl"
        file.write_bytes(b"".join(before) + json.dumps(late).encode())
        report = Report(None)
        bring_in(site, read_archive(file, lambda *_: None), service().keys, clock, report, lambda *_: None, dry=False)
    assert sorted(text for text, _ in shape(rita)) == ["here", "late", "one"]
    assert is_sound()


def test_what_cannot_be_moved_is_refused(desk: Desk, rita: Reader, clock: Clock, omar: Moderator) -> None:
    (said,) = talk(rita, clock, "here")
    thread = thread_of(rita)
    for path in (f"comments/{said}/move", f"threads/{thread}/merge"):
        assert desk.send(f"/moderate/gazette/{path}", to=thread).status_code == 422
        assert desk.send(f"/moderate/gazette/{path}", to="0" * 13).status_code == 404
        assert desk.open(f"/moderate/gazette/{path}", to="nowhere").status_code == 404
        # Without a choice nothing is done.
        assert desk.send(f"/moderate/gazette/{path}").status_code == 200
    assert desk.send("/moderate/gazette/moves/0000000000000/undo").status_code == 404
    other = desk_of(desk.client.application, "omar@herald.example", PASSWORD, "herald")
    for path in (f"comments/{said}/pin", f"comments/{said}/move", f"threads/{thread}/merge"):
        assert other.send(f"/moderate/herald/{path}", to=thread).status_code == 404
    assert shape(rita) == [("here", 0)]


def test_the_page_of_a_thread_closes_it_and_shows_what_is_there(desk: Desk, rita: Reader, clock: Clock) -> None:
    talk(rita, clock, "A <b>bold</b> word", "answer")
    path = f"/moderate/gazette/threads/{thread_of(rita)}"
    page = desk.open(path).text
    for words in (ARTICLE, "2 comments", "answer", "Pin", "Move…", "Merge into another…"):
        assert words in page
    assert "Closed." in notice(desk, desk.send(f"{path}/close", here="thread"))
    assert "Reopen" in desk.open(path).text
