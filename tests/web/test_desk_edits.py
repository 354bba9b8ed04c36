"""Edits of approved comments that wait, replies by moderators, and threads that are closed."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.people import managing
from tests.conftest import ARTICLE
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice

MONA = "mona@gazette.example"
OLD = '<p dir="auto">The old text.</p>'
NEW = '<p dir="auto">The new text.</p>'


@pytest.fixture
def desk(app: Flask, mona: Moderator) -> Desk:
    return desk_of(app, MONA, PASSWORD)


@pytest.fixture
def edited(desk: Desk, rita: Reader, clock: Clock) -> str:
    """Give an approved comment whose new text waits."""
    comment = rita.say("The old text.")
    desk.decide("approve", comment)
    clock.advance(minutes=5)
    assert rita.own("PATCH", comment, json={"body": "The new text."}).status_code == 200
    return comment


def test_both_texts_are_shown_and_the_old_one_stays_public(desk: Desk, rita: Reader, edited: str) -> None:
    page = desk.open("/moderate/gazette/queue").text
    assert page.index("Public now") < page.index(OLD) < page.index("New text") < page.index(NEW)
    assert "edited after approval" in page
    assert rita.bodies() == [OLD]
    # It stands in the list of approved comments too, with the same choice.
    assert f"approve:{edited}" in desk.open("/moderate/gazette/approved").text


@pytest.mark.parametrize(("act", "shown"), [("approve", [NEW]), ("reject", [OLD]), ("spam", []), ("delete", [])])
def test_a_held_edit_is_decided_and_undone(
    app: Flask, desk: Desk, rita: Reader, edited: str, act: str, shown: list[str]
) -> None:
    answer = desk.decide(act, edited)
    assert rita.bodies() == shown
    assert rita.thread()["thread"]["count"] == len(shown)
    assert desk.list() == []
    desk.undo(answer)
    assert rita.bodies() == [OLD]
    assert rita.thread()["thread"]["count"] == 1
    assert desk.list() == [edited]
    assert NEW in desk.open("/moderate/gazette/queue").text
    with app.app_context():
        assert managing.verify_decisions()["gazette"] == []


def test_a_text_that_nobody_has_read_is_not_approved(desk: Desk, rita: Reader) -> None:
    comment, other = rita.say("Harmless."), rita.say("Harmless too.")
    seen = re.findall(r'name="seen" value="([^"]+)"', desk.open("/moderate/gazette/queue").text)
    rita.own("PATCH", comment, json={"body": "Not harmless at all."})
    answer = desk.decide("approve", comment, other, seen=seen)
    words = "Approved 1 comment. 1 comment should be looked at again: its text was changed in the meantime."
    assert notice(desk, answer) == words
    assert desk.list() == [comment]
    path = f"/moderate/gazette/comments/{comment}/reply"
    answer = desk.send(path, seen=seen[0], body="Thank you.")
    assert answer.status_code == 409
    assert "Thank you.</textarea>" in answer.text
    assert "Not harmless at all." in answer.text
    assert desk.list() == [comment]
    # From the page as it is now, it is.
    seen = re.findall(r'name="seen" value="([^"]+)"', answer.text)
    assert desk.send(path, seen=seen, body="Thank you.").status_code == 303


@pytest.mark.parametrize("seen", ["", "nonsense", "7zzzzzzzzzzzz-1", "-", "0000000000000-" + "9" * 400, "²-²"])
def test_what_is_wrong_with_the_revisions_is_no_fault(desk: Desk, rita: Reader, seen: str) -> None:
    comment = rita.say()
    assert desk.decide("approve", comment, seen=seen).status_code == 303
    assert desk.list() == []


def test_a_reply_is_published_with_the_badge(desk: Desk, rita: Reader) -> None:
    comment = rita.say("What year was it built?")
    path = f"/moderate/gazette/comments/{comment}/reply"
    form = desk.open(path).text
    assert "Approve and reply" in form
    assert "What year was it built?" in form
    answer = desk.send(path, body="In **1873**.")
    assert notice(desk, answer) == "Your reply is published."
    first, second = rita.thread()["comments"]
    assert second["parent"] == first["id"] == comment
    assert second["html"] == '<p dir="auto">In <strong>1873</strong>.</p>'
    assert second["author"]["name"] == "Mona Lind"
    assert second["author"]["badge"] == "moderator"
    assert rita.thread()["thread"]["count"] == 2
    assert desk.list() == []
    assert "Approve and reply" not in desk.open(path).text


@pytest.mark.parametrize("body", ["", "   ", "x" * 10_001])
def test_a_reply_that_cannot_be_taken_approves_nothing(desk: Desk, rita: Reader, body: str) -> None:
    comment = rita.say()
    answer = desk.send(f"/moderate/gazette/comments/{comment}/reply", body=body)
    assert answer.status_code == 422
    assert f"{body}</textarea>" in answer.text
    assert desk.list() == [comment]


def test_the_longest_reply_is_taken_in_any_script(desk: Desk, rita: Reader) -> None:
    comment = rita.say()
    assert desk.send(f"/moderate/gazette/comments/{comment}/reply", body="🌱" * 10_000).status_code == 303


@pytest.mark.parametrize("act", ["spam", "reject", "delete"])
def test_what_is_not_published_is_not_answered(desk: Desk, rita: Reader, act: str) -> None:
    comment = rita.say()
    desk.decide(act, comment)
    path = f"/moderate/gazette/comments/{comment}/reply"
    assert "cannot be answered" in desk.open(path).text
    answer = desk.send(path, body="Too late, but carefully written.")
    assert answer.status_code == 409
    assert "Too late, but carefully written.</textarea>" in answer.text
    assert rita.thread()["thread"]["count"] == 0


def test_a_reply_to_what_its_author_took_back_is_refused(desk: Desk, rita: Reader) -> None:
    comment = rita.say()
    rita.own("DELETE", comment)
    assert desk.send(f"/moderate/gazette/comments/{comment}/reply", body="Oh.").status_code == 409


@pytest.mark.parametrize("comment", ["nonsense", "7zzzzzzzzzzzz", "zzzzzzzzzzzzz"])
def test_a_reply_to_nothing_is_not_found(desk: Desk, comment: str) -> None:
    path = f"/moderate/gazette/comments/{comment}/reply"
    assert desk.open(path).status_code == 404
    assert desk.send(path, body="Hello?").status_code == 404
    # With a token that is not this session's, too.
    assert desk.client.post(path, data={"body": "Hello?"}).status_code == 404


def test_a_thread_is_closed_and_opened_again(app: Flask, desk: Desk, rita: Reader) -> None:
    desk.decide("approve", rita.say())
    thread = rita.thread()["thread"]["id"]
    page = desk.open("/moderate/gazette/threads").text
    assert "The old bridge" in page
    assert ARTICLE in page
    assert "1 comment" in page
    answer = desk.send(f"/moderate/gazette/threads/{thread}/close")
    assert notice(desk, answer).startswith("Closed.")
    assert not rita.thread()["thread"]["open"]
    assert rita.post().status_code == 409
    assert "Reopen" in desk.open("/moderate/gazette/threads").text
    answer = desk.send(f"/moderate/gazette/threads/{thread}/reopen")
    assert notice(desk, answer).startswith("Open again")
    assert rita.post().status_code == 202
    with app.app_context():
        assert managing.verify_decisions()["gazette"] == []


def test_a_thread_that_is_closed_by_its_age_says_so(
    desk: Desk, rita: Reader, change_site: Callable[..., Site], clock: Clock
) -> None:
    rita.say()
    change_site(close_after_days=7)
    clock.advance(days=7)
    desk.sign_in(MONA, PASSWORD)
    page = desk.open("/moderate/gazette/threads").text
    assert "closed by its age" in page
    assert "Reopen" not in page


@pytest.mark.parametrize("thread", ["nonsense", "7zzzzzzzzzzzz"])
def test_no_other_thread_is_closed(desk: Desk, thread: str) -> None:
    assert desk.send(f"/moderate/gazette/threads/{thread}/close").status_code == 404
