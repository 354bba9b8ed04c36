"""Notices of illegal content: what they must hold, what comes of them, and what each side is told."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from commentsvc.database import transaction
from commentsvc.models.moderator import Moderator
from commentsvc.operators.retaining import Janitor
from tests.conftest import ARTICLE
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice as notice_at_the_desk
from tests.rig.plain_browser import Page
from tests.rig.plain_browser import PlainBrowser

REPORTS = "/moderate/gazette/reports"
HOSTILE = """</textarea><script>alert(1)</script>"><img src=x onerror=alert(2)>"""
TOLD: dict[str, Any] = {
    "kind": "defamation",
    "words": "It says that I stole the bridge. I did not.",
    "name": "Nora Notifier",
    "email": "nora@mail.example",
    "good_faith": "y",
}


@pytest.fixture
def comment(rita: Reader, decide: Callable) -> str:
    """Give a published comment."""
    said = rita.say("Nora stole the bridge.")
    decide("approve", said)
    return said


@pytest.fixture
def browser(client: FlaskClient) -> PlainBrowser:
    """Give a browser without scripts."""
    return PlainBrowser(client)


@pytest.fixture
def page(browser: PlainBrowser, comment: str) -> Page:
    """Give the form of a notice on the comment."""
    return browser.get("/sites/gazette/notice", comment=comment)


@pytest.fixture
def desk(app: Flask, mona: Moderator) -> Desk:
    """Give Mona's browser."""
    return desk_of(app, "mona@gazette.example", PASSWORD)


def waiting(desk: Desk) -> list[str]:
    """Return the numbers of the notices that wait."""
    return re.findall(r"/moderate/gazette/notices/(\w+)/answer", desk.open(REPORTS).text)


def test_a_notice_is_acknowledged_decided_and_reasoned(
    rita: Reader, comment: str, browser: PlainBrowser, page: Page, desk: Desk
) -> None:
    location = page.one("input", id="location")["value"]
    assert location.startswith("http://localhost:8080/sites/gazette/thread?")
    assert location.endswith(f"#comment-{comment}")
    assert comment in browser.get(location.removeprefix("http://localhost:8080")).comments()
    assert waiting(desk) == [], "looking changes nothing"

    sent = browser.send(page, **TOLD)
    private = sent.headers["Location"]
    assert re.fullmatch(r"/r/gazette/notices/[\w-]{30,}", private)
    told = browser.follow(sent)
    assert "We have received your notice" in told.source
    assert told.headers["Cache-Control"] == "no-store"
    assert told.headers["X-Robots-Tag"] == "noindex"
    assert told.one("input", id="key")["value"] == f"http://localhost:8080{private}"
    assert browser.send(page, **TOLD).headers["Location"] == private, "pressed twice is once"
    (number,) = waiting(desk)
    assert number in told.source, "the reference"
    at_desk = desk.open(REPORTS).text
    assert "Nora Notifier" in at_desk and "I stole the bridge. I did not." in at_desk

    path = f"/moderate/gazette/notices/{number}/answer"
    seen = f"{comment}-1"
    assert desk.send(path, act="delete", ground="none", statement="x", seen=seen).status_code == 422
    again = desk.send(path, act="delete", ground="law", statement=" ", seen=seen)
    assert again.status_code == 422
    assert "Give the reasons" in again.text
    assert '<option value="delete" selected>' in again.text
    assert rita.own("GET", comment).json["comment"]["state"] == "approved"
    done = desk.send(path, act="delete", ground="law", statement="Untrue, by <b>section 186</b>.", seen=seen)
    assert "The decision is stored" in notice_at_the_desk(desk, done)
    assert waiting(desk) == []
    assert desk.send(path, act="keep", ground="none", statement="Or not.", seen=seen).status_code == 404

    told = browser.get(private)
    own = browser.get(f"/r/gazette/{rita.receipts[comment]}")
    for reader in (told, own):
        assert "Untrue, by <b>section 186</b>." in unescape(reader.source) and "<b>section" not in reader.source
        assert "It rests on the law." in reader.source
        assert "o automated means were used to decide" in reader.source
        assert "out-of-court dispute settlement" in reader.source
    assert "the comment was removed" in told.source
    assert "Nora" not in own.source.replace("Nora stole the bridge.", ""), "the author learns nothing of who complained"
    desk.decide("approve", comment, seen_in="deleted")
    desk.decide("reject", comment, seen_in="approved")
    again = browser.get(f"/r/gazette/{rita.receipts[comment]}").source
    assert "Why it is not shown" not in again, "that was for another reason"


def test_a_comment_may_stay_and_both_are_told_so(
    rita: Reader, comment: str, browser: PlainBrowser, page: Page, desk: Desk
) -> None:
    private = browser.send(page, **TOLD).headers["Location"]
    (number,) = waiting(desk)
    answer = {"act": "keep", "ground": "none", "statement": "An opinion.", "seen": f"{comment}-1"}
    assert desk.send(f"/moderate/gazette/notices/{number}/answer", **answer).status_code == 303
    assert "the comment stays" in browser.get(private).source
    assert len(rita.bodies()) == 1
    assert "Why it is not shown" not in browser.get(f"/r/gazette/{rita.receipts[comment]}").source


def test_a_comment_that_its_author_took_back_is_answered_too(
    rita: Reader, comment: str, browser: PlainBrowser, page: Page, desk: Desk
) -> None:
    rita.own("DELETE", comment)
    private = browser.send(page, **TOLD).headers["Location"]
    (number,) = waiting(desk)
    assert "it is down already" in desk.open(REPORTS).text
    answer = {"act": "keep", "ground": "none", "statement": "Its author took it back.", "seen": f"{comment}-1"}
    assert desk.send(f"/moderate/gazette/notices/{number}/answer", **answer).status_code == 303
    assert "the comment was removed" in browser.get(private).source


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": ""}, "Please choose what you hold to be illegal."),
        ({"kind": "boring"}, "Please choose what you hold to be illegal."),
        ({"words": " "}, "Please say why you hold it to be illegal."),
        ({"words": "x" * 5001}, "at most 5,000 characters"),
        ({"words": "bell \x07"}, "control characters"),
        ({"name": ""}, "Please enter your name."),
        ({"email": ""}, "Please enter your email address."),
        ({"email": "nora@@mail"}, "Please enter a valid email address"),
        ({"good_faith": None}, "Please confirm this to go on."),
        ({"kind": "children", "name": "", "email": "", "good_faith": None}, "Please confirm this to go on."),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    browser: PlainBrowser, page: Page, desk: Desk, wrong: dict, words: str
) -> None:
    again = browser.send(page, **(TOLD | {"name": HOSTILE[:70]} | wrong))
    assert again.status == 422
    assert words in again.source
    if "name" not in wrong:
        assert again.values()["name"] == HOSTILE[:70]
    assert "<script>alert" not in again.source
    assert waiting(desk) == []


def test_a_notice_of_abuse_of_children_may_come_from_nobody(browser: PlainBrowser, page: Page, desk: Desk) -> None:
    nobody = browser.send(page, **(TOLD | {"kind": "children", "name": "", "email": "", "words": HOSTILE}))
    assert nobody.status == 303
    at_desk = desk.open(REPORTS).text
    assert HOSTILE in unescape(at_desk)
    assert "<script>alert" not in at_desk
    shown = browser.follow(nobody).source
    assert HOSTILE in unescape(shown)
    assert "<img src=x" not in shown


def test_strangers_see_and_send_nothing(
    rita: Reader, comment: str, browser: PlainBrowser, page: Page, desk: Desk, omar: Moderator, app: Flask
) -> None:
    for asked in ({"comment": rita.say("Not public.")}, {"comment": "nonsense"}, {}):
        assert browser.get("/sites/gazette/notice", **asked).status == 404
    assert browser.get("/sites/herald/notice", comment=comment).status == 404
    assert browser.send(page, {"Origin": "https://evil.example"}, **TOLD).status == 403
    assert browser.send(page, **TOLD, csrf_token="6.x").status == 403
    other = browser.get(f"/sites/gazette/comments/{comment}/report")
    assert browser.send(page, **TOLD, csrf_token=other.values()["csrf_token"]).status == 403
    assert waiting(desk) == []
    private = browser.send(page, **TOLD).headers["Location"]
    secret = private.rpartition("/")[2]
    changed = secret[:-2] + ("AA" if not secret.endswith("AA") else "BA")
    for wrong in (changed, "nonsense", rita.receipts[comment]):
        assert browser.get(f"/r/gazette/notices/{wrong}").status == 404
    assert browser.get(f"/r/herald/notices/{secret}").status == 404
    assert browser.get(f"/r/gazette/{secret}").status in (403, 404), "it is the receipt of no comment"
    (number,) = waiting(desk)
    others = desk_of(app, "omar@herald.example", PASSWORD, "herald")
    answer = {"act": "delete", "ground": "law", "statement": "Ha!"}
    assert others.send(f"/moderate/herald/notices/{number}/answer", **answer).status_code == 404
    assert "Nora" not in others.open("/moderate/herald/reports").text
    assert rita.thread(ARTICLE)["thread"]["count"] == 1


def test_notices_are_limited(make_app: Callable, comment: str) -> None:
    browser = PlainBrowser(make_app(RATE_LIMITS="on").test_client())
    page = browser.get("/sites/gazette/notice", comment=comment)
    sent = [browser.send(page, **(TOLD | {"words": f"Reason {n}"})) for n in range(4)]
    assert [answer.status for answer in sent] == [303, 303, 303, 429]
    assert int(sent[-1].headers["Retry-After"]) > 0
    assert "Reason 3" in sent[-1].source


def test_who_sent_a_notice_is_forgotten_half_a_year_after_the_decision(
    comment: str, browser: PlainBrowser, page: Page, desk: Desk, app: Flask, clock: Clock
) -> None:
    private = browser.send(page, **TOLD).headers["Location"]
    (number,) = waiting(desk)
    answer = {"act": "keep", "ground": "none", "statement": "An opinion.", "seen": f"{comment}-1"}
    desk.send(f"/moderate/gazette/notices/{number}/answer", **answer)
    clock.advance(days=180)
    janitor = Janitor(app.app_context, clock)
    assert janitor.look() == 0
    clock.advance(days=5)
    assert janitor.look() == 1
    with app.app_context(), transaction() as session:
        assert session.execute(text("SELECT count(*) FROM notice_words")).scalar_one() == 0
        assert session.execute(text("SELECT count(fingerprint) FROM notice")).scalar_one() == 0
    after = browser.get(private).source
    assert "An opinion." in after
    assert TOLD["words"] not in after
