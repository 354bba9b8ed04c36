"""Decisions at the desk: each verb, many at once, undo, and when somebody else was first."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.people import managing
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice
from tests.rig.desk import notice_in

MONA = "mona@gazette.example"
NOTHING = "Nothing was changed. Tick a comment or more, then press a button."


@pytest.fixture
def desk(app: Flask, mona: Moderator) -> Desk:
    return desk_of(app, MONA, PASSWORD)


@pytest.fixture
def second(app: Flask, site: Site, clock: Clock) -> Desk:
    """Give another moderator of the Gazette."""
    with app.app_context():
        managing.add_moderator("nora@gazette.example", site.key, clock(), name="Nora", password=PASSWORD)
    return desk_of(app, "nora@gazette.example", PASSWORD)


@pytest.fixture
def holds(app: Flask) -> Callable[[], Any]:
    """Give a function that says what is wrong with the decision log: nothing, if all is well."""

    def broken() -> Any:
        with app.app_context():
            return managing.verify_decisions()["gazette"]

    return broken


def state(reader: Reader, comment: str) -> str:
    answer = reader.own("GET", comment).json
    assert answer is not None
    return answer["comment"]["state"]


ACTS = [
    ("approve", "approved", 1, "Approved 1 comment."),
    ("spam", "spam", 0, "Marked 1 comment as spam."),
    ("reject", "rejected", 0, "Rejected 1 comment."),
    ("delete", "deleted", 0, "Deleted 1 comment."),
]


@pytest.mark.parametrize(("act", "becomes", "count", "words"), ACTS)
def test_each_verb_moves_a_comment(
    desk: Desk, rita: Reader, holds: Callable, act: str, becomes: str, count: int, words: str
) -> None:
    comment = rita.say()
    answer = desk.decide(act, comment)
    assert notice(desk, answer) == words
    assert state(rita, comment) == becomes
    assert rita.thread()["thread"]["count"] == count
    assert desk.list() == []
    assert desk.list(becomes) == [comment]
    undone = desk.undo(answer)
    assert notice(desk, undone) == "Undone: 1 comment as before."
    assert state(rita, comment) == "pending"
    assert rita.thread()["thread"]["count"] == 0
    assert desk.list() == [comment]
    assert holds() == []


@pytest.mark.parametrize(("act", "becomes", "count", "words"), ACTS)
def test_the_button_on_a_card_acts_on_that_card_alone(
    desk: Desk, rita: Reader, act: str, becomes: str, count: int, words: str
) -> None:
    comments = [rita.say(f"Number {n}.") for n in range(3)]
    path = "/moderate/gazette/decide"
    # The others may be ticked: the button on the card is about its card.
    answer = desk.send(path, one=f"{act}:{comments[1]}", id=[comments[0]], list="queue")
    assert notice(desk, answer) == words
    assert [state(rita, comment) for comment in comments] == ["pending", becomes, "pending"]


def test_many_are_decided_and_undone_together(desk: Desk, rita: Reader, sam: Reader, holds: Callable) -> None:
    said = [rita.say("One."), sam.say("Two."), rita.say("Three.", url="https://gazette.example/another")]
    left = sam.say("Four.")
    answer = desk.decide("spam", *said)
    assert notice(desk, answer) == "Marked 3 comments as spam."
    assert desk.list() == [left]
    assert desk.list("spam") == said[::-1]
    assert notice(desk, desk.undo(answer)) == "Undone: 3 comments as before."
    assert desk.list() == [*said, left]
    assert holds() == []


def test_what_is_undone_goes_back_to_its_place_in_the_queue(desk: Desk, rita: Reader, clock: Clock) -> None:
    first = rita.say("First.")
    clock.advance(hours=3)
    second = rita.say("Second.")
    desk.undo(desk.decide("reject", first))
    assert desk.list() == [first, second]
    assert "oldest 3 h" in desk.open("/moderate/gazette/queue").text


def test_undo_is_given_once(desk: Desk, rita: Reader) -> None:
    answer = desk.decide("approve", rita.say())
    batch = answer.headers["Location"].split("batch=")[1].split("&")[0]
    desk.undo(answer)
    again = desk.send("/moderate/gazette/undo", batch=batch)
    assert "decided by you in the meantime" in notice(desk, again)


def test_nobody_undoes_what_another_decided(desk: Desk, second: Desk, rita: Reader) -> None:
    comment = rita.say()
    answer = desk.decide("spam", comment)
    batch = answer.headers["Location"].split("batch=")[1].split("&")[0]
    assert notice(second, second.send("/moderate/gazette/undo", batch=batch)) == "Nothing was changed."
    assert state(rita, comment) == "spam"


def test_a_reply_is_nothing_to_undo(desk: Desk, rita: Reader) -> None:
    comment = rita.say()
    desk.send(f"/moderate/gazette/comments/{comment}/reply", body="Thank you.")
    reply = rita.thread()["comments"][1]["id"]
    assert notice(desk, desk.send("/moderate/gazette/undo", batch=reply)) == "Nothing was changed."
    assert rita.thread()["thread"]["count"] == 2


def test_who_comes_second_is_told(desk: Desk, second: Desk, rita: Reader, holds: Callable) -> None:
    said = [rita.say("One."), rita.say("Two."), rita.say("Three.")]
    desk.decide("approve", said[0], said[1])
    answer = second.decide("delete", *said)
    words = "Deleted 1 comment. 2 comments were decided by Mona Lind in the meantime, and they were left as they are."
    assert notice(second, answer) == words
    assert [state(rita, comment) for comment in said] == ["approved", "approved", "deleted"]
    assert rita.thread()["thread"]["count"] == 2
    assert holds() == []


def test_undo_leaves_what_somebody_decided_since(desk: Desk, second: Desk, rita: Reader) -> None:
    said = [rita.say("One."), rita.say("Two.")]
    answer = desk.decide("approve", *said)
    second.decide("spam", said[0], seen_in="approved")
    words = notice(desk, desk.undo(answer))
    assert words.startswith("Undone: 1 comment as before. 1 comment was decided by Nora")
    assert [state(rita, comment) for comment in said] == ["spam", "pending"]


def test_what_its_author_took_back_stays_so(desk: Desk, rita: Reader, holds: Callable) -> None:
    comment, other = rita.say("Oh no."), rita.say("Fine.")
    answer = desk.decide("approve", comment)
    assert rita.own("DELETE", comment).status_code == 204
    assert notice(desk, desk.undo(answer)) == "1 comment had been taken back by its author."
    assert notice(desk, desk.decide("approve", comment, other)).endswith("taken back by its author.")
    assert notice(desk, desk.decide("approve", comment, seen_in="deleted")).startswith("1 comment had been")
    page = desk.open("/moderate/gazette/deleted").text
    assert "Taken back by its author." in page
    assert f"approve:{comment}" not in page
    assert rita.thread()["thread"]["count"] == 1
    assert holds() == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, NOTHING),
        ({"act": "approve", "id": "nonsense"}, NOTHING),
        ({"act": "approve", "id": "7zzzzzzzzzzzz"}, "Nothing was changed."),
        ({"one": "approve:"}, NOTHING),
        ({"one": "approve"}, NOTHING),
    ],
)
def test_deciding_on_nothing_is_told(desk: Desk, rita: Reader, fields: dict[str, str], words: str) -> None:
    rita.say()
    assert notice(desk, desk.send("/moderate/gazette/decide", list="queue", **fields)) == words
    assert len(desk.list()) == 1


def test_ticking_without_a_button_decides_nothing(desk: Desk, rita: Reader) -> None:
    comment = rita.say()
    assert notice(desk, desk.decide("", comment)) == NOTHING
    assert desk.list() == [comment]


@pytest.mark.parametrize("act", ["undo", "publish", "approve'", "None"])
def test_an_unknown_verb_is_refused(desk: Desk, rita: Reader, act: str) -> None:
    comment = rita.say()
    assert desk.decide(act, comment).status_code == 422
    assert desk.list() == [comment]


def test_too_many_at_once_are_refused(desk: Desk, rita: Reader) -> None:
    rita.say()
    assert desk.decide("approve", *["7zzzzzzzzzzzz"] * 501).status_code == 422


def test_a_list_keeps_its_search_and_page(desk: Desk, rita: Reader) -> None:
    said = [rita.say(f"Bridge {n}.") for n in range(3)]
    answer = desk.decide("approve", said[0], q="bridge", after=said[0])
    assert answer.headers["Location"].startswith(f"/moderate/gazette/queue?q=bridge&after={said[0]}&did=approve")


@pytest.mark.parametrize(
    "query",
    [
        {"did": "<script>alert(1)</script>", "n": "1"},
        {"did": "Your account was closed", "n": "3"},
        {"did": "approve", "n": "<b>9</b>"},
        {"did": "approve", "n": "-1"},
        {"did": "approve", "n": "1", "batch": '"><script>'},
        {"did": "approve", "n": "9" * 400},
    ],
)
def test_no_words_are_put_into_the_notice_by_an_address(desk: Desk, rita: Reader, query: dict[str, str]) -> None:
    rita.say()
    page = desk.open("/moderate/gazette/queue", **query).text
    assert notice_in(page) in ("", "Nothing was changed.", "Approved 1 comment.")
    assert "<script>" not in page.replace("desk.js", "")
    assert "account was closed" not in page
    assert 'name="batch"' not in page
