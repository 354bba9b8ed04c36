"""Readers report comments: counted once a network, held when enough do, answered by moderators, forgotten in time."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from commentsvc.database import transaction
from commentsvc.models.ids import from_text
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moderators import reporting
from tests.conftest import GAZETTE
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice
from tests.rig.plain_browser import PlainBrowser

REPORTS = "/moderate/gazette/reports"
HOSTILE = """</blockquote><script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7*7 }}"""


@pytest.fixture
def comment(rita: Reader, decide: Callable) -> str:
    """Give a published comment."""
    said = rita.say("The bridge was never safe.")
    decide("approve", said)
    return said


@pytest.fixture
def desk(app: Flask, mona: Moderator) -> Desk:
    """Give Mona's browser."""
    return desk_of(app, "mona@gazette.example", PASSWORD)


@pytest.fixture
def report(client: FlaskClient) -> Callable[..., TestResponse]:
    """Give a function by which a reader in some network reports a comment."""

    def send(comment: str, network: int = 1, origin: str | None = GAZETTE, key: str = "gazette", **fields: Any):
        return client.post(
            f"/api/v1/sites/{key}/comments/{comment}/reports",
            json={"reason": "insult"} | fields,
            headers={"Origin": origin} if origin else {},
            environ_base={"REMOTE_ADDR": f"192.0.{network}.7"},
        )

    return send


def state(rita: Reader, comment: str) -> str:
    return rita.own("GET", comment).json["comment"]["state"]


def waiting(desk: Desk) -> int:
    return desk.open(REPORTS).text.count('<li class="report">')


def press(desk: Desk, act: str, comment: str, seen_in: str = "approved", revision: int = 1) -> TestResponse:
    return desk.send(f"{REPORTS}/answer", one=f"{act}:{comment}", seen=f"{comment}-{revision}", **{"in": seen_in})


def test_enough_readers_have_a_comment_held_at_once(
    rita: Reader, comment: str, report: Callable, desk: Desk, app: Flask, site: Site
) -> None:
    assert report(comment, 1).status_code == 202
    for _ in range(3):
        assert report(comment, 2, text="Again!").json == {"received": True}, "the same network counts once"
    assert state(rita, comment) == "approved"
    assert report(comment, 3, reason="hate").status_code == 202
    assert state(rita, comment) == "pending"
    assert rita.thread()["comments"] == [], "the page is right at once"
    assert rita.thread()["thread"]["count"] == 0
    assert report(comment, 4).status_code == 404, "it is public no more"
    assert "reported by readers" in desk.open("/moderate/gazette/queue").text
    page = unescape(desk.open(REPORTS).text)
    assert "Reported by 3 readers" in page
    assert "Insult or harassment, 2 times" in page
    own = rita.client.get(f"/r/gazette/{rita.receipts[comment]}").text
    assert "Several readers reported it" in own
    assert "No person has looked at it yet" in own
    with app.app_context(), transaction() as session:
        row = session.execute(text("SELECT act, actor, reasons FROM decision ORDER BY id DESC LIMIT 1")).one()
    assert (row[0], row[1]) == ("hold", "rule")
    assert "reported" in str(row[2])


def test_after_keep_only_as_many_new_readers_hold_it_again(
    rita: Reader, comment: str, report: Callable, desk: Desk
) -> None:
    for network in (1, 2, 3):
        report(comment, network)
    assert "Kept 1 comment" in notice(desk, press(desk, "keep", comment, "pending"))
    assert state(rita, comment) == "approved"
    assert waiting(desk) == 0
    for network in (1, 2, 3, 4, 5):
        assert report(comment, network).status_code == 202
    assert state(rita, comment) == "approved"
    kept = press(desk, "keep", comment)
    assert "Kept 1 comment" in notice(desk, kept)
    assert waiting(desk) == 0
    assert desk.undo(kept).status_code == 303
    assert waiting(desk) == 1, "what is undone waits again"
    report(comment, 6)
    assert state(rita, comment) == "pending"


@pytest.mark.parametrize(("act", "became"), [("hold", "pending"), ("spam", "spam"), ("delete", "deleted")])
def test_any_decision_answers_the_reports_and_can_be_undone(
    rita: Reader, comment: str, report: Callable, desk: Desk, act: str, became: str
) -> None:
    report(comment)
    answer = press(desk, act, comment)
    assert state(rita, comment) == became
    assert waiting(desk) == 0
    desk.undo(answer)
    assert state(rita, comment) == "approved"
    assert waiting(desk) == 1
    desk.decide("reject", comment, seen_in="approved")
    assert waiting(desk) == 0, "by the other pages, too"
    assert "decided by someone else" in notice(desk, press(desk, "keep", comment))


def test_of_many_the_oldest_are_shown_and_the_next_come_as_they_are_answered(
    rita: Reader, change_site: Callable, report: Callable, desk: Desk
) -> None:
    change_site(hold="none")
    comments = [rita.say(f"Remark {number}.") for number in range(21)]
    for comment in comments:
        report(comment)
    page = desk.open(REPORTS).text
    assert comments[0] in page
    assert comments[20] not in page
    assert "The 20 that wait longest are shown" in page
    press(desk, "keep", comments[0])
    page = desk.open(REPORTS).text
    assert comments[20] in page


def test_a_changed_text_is_looked_at_again_and_can_be_reported_again(
    rita: Reader, comment: str, report: Callable, desk: Desk, change_site: Callable
) -> None:
    report(comment)
    change_site(hold="none")
    rita.own("PATCH", comment, json={"body": "The bridge, and worse."})
    assert "should be looked at again" in notice(desk, press(desk, "delete", comment))
    report(comment, text="Now it is worse.")
    page = desk.open(REPORTS).text
    assert "Reported by 1 reader<" in page
    assert "Now it is worse." in page
    change_site(hold="all")
    rita.own("PATCH", comment, json={"body": "A third text that waits."})
    assert "third text" not in rita.client.get(f"/sites/gazette/comments/{comment}/report").text
    report(comment, 2)
    report(comment, 3)
    assert state(rita, comment) == "pending"
    press(desk, "keep", comment, "pending", 3)
    assert "A third text that waits." in str(rita.bodies())


def test_sites_choose_the_number_and_moderators_are_not_silenced(
    rita: Reader, comment: str, report: Callable, desk: Desk, change_site: Callable, app: Flask
) -> None:
    with app.app_context(), transaction() as session:
        session.execute(text("UPDATE site SET report_hold = 0"))
    desk.send(f"/moderate/gazette/comments/{comment}/reply", body="As a moderator: it was.")
    answer = next(one["id"] for one in rita.thread()["comments"] if one["parent"] == comment)
    for network in range(1, 6):
        report(comment, network)
    assert state(rita, comment) == "approved"
    with app.app_context(), transaction() as session:
        session.execute(text("UPDATE site SET report_hold = 1"))
    report(answer, 1)
    assert len(rita.thread()["comments"]) == 2
    assert waiting(desk) == 2
    report(comment, 9)
    assert state(rita, comment) == "pending"


def test_what_reporters_write_is_text_at_the_desk(comment: str, report: Callable, desk: Desk) -> None:
    report(comment, text=HOSTILE)
    page = desk.open(REPORTS).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert HOSTILE in unescape(page)
    assert '<span>Reports</span> <span class="size">1</span>' in desk.open("/moderate/gazette/queue").text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": "boring"}, "reason"),
        ({"reason": None}, "reason"),
        ({"text": "x" * 1001}, "text"),
        ({"text": "bell \x07"}, "text"),
        ({"text": 5}, "text"),
    ],
)
def test_a_wrong_field_is_named(comment: str, report: Callable, fields: dict, field: str) -> None:
    answer = report(comment, **fields)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_only_a_sites_own_public_comments_and_pages(
    rita: Reader, comment: str, report: Callable, omar: Moderator, desk: Desk, app: Flask, client: FlaskClient
) -> None:
    pending = rita.say("Not yet seen by anybody.")
    for unknown in (pending, "0123456789abc", "nonsense"):
        assert report(unknown).status_code == 404
        assert client.get(f"/sites/gazette/comments/{unknown}/report").status_code == 404
    assert report(comment, key="herald", origin="https://herald.example").status_code == 404
    assert client.get(f"/sites/herald/comments/{comment}/report").status_code == 404
    for origin in ("https://evil.example", "null", None):
        refused = report(comment, origin=origin)
        assert refused.status_code == 403
        assert "Access-Control-Allow-Origin" not in refused.headers
    taken = report(comment)
    assert taken.headers["Access-Control-Allow-Origin"] == GAZETTE
    assert taken.headers["Cache-Control"] == "no-store"
    others = desk_of(app, "omar@herald.example", PASSWORD, "herald")
    assert others.send("/moderate/herald/reports/answer", one=f"delete:{comment}").status_code == 303
    assert others.send("/moderate/herald/reports/answer", one=f"keep:{comment}").status_code == 404
    assert "never safe" not in others.open("/moderate/herald/reports").text
    assert waiting(desk) == 1
    assert state(rita, comment) == "approved"


def test_reports_are_limited_by_network_and_by_comment(
    make_app: Callable, rita: Reader, comment: str, mona: Moderator
) -> None:
    client = make_app(RATE_LIMITS="on").test_client()

    def send(address: str) -> TestResponse:
        path = f"/api/v1/sites/gazette/comments/{comment}/reports"
        return client.post(
            path, json={"reason": "spam"}, headers={"Origin": GAZETTE}, environ_base={"REMOTE_ADDR": address}
        )

    answers = [send("192.0.2.1") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    # All within one /24: they count as one reader, and still cannot fill the desk.
    many = [send(f"192.0.2.{number}").status_code for number in range(2, 60)]
    assert many.count(202) == 55
    assert many[-1] == 429
    assert state(rita, comment) == "approved"


def test_the_plain_form_reports_without_scripts(rita: Reader, comment: str, client: FlaskClient, desk: Desk) -> None:
    browser = PlainBrowser(client)
    thread = browser.get("/sites/gazette/thread", url="https://gazette.example/news/the-old-bridge")
    page = browser.get(thread.link("Report the comment by Rita"))
    assert "never safe" in page.source
    assert page.headers["Cache-Control"] == "no-store"
    assert waiting(desk) == 0, "looking changes nothing"
    again = browser.send(page, reason="", text=HOSTILE)
    assert again.status == 422
    assert "Please choose what is wrong" in again.source
    assert HOSTILE in unescape(again.source)
    assert "<script>alert" not in again.source
    assert browser.send(page, reason="spam", csrf_token="6.x").status == 403
    assert browser.send(page, {"Origin": "https://evil.example"}, reason="spam").status == 403
    assert waiting(desk) == 0
    thanks = browser.follow(browser.send(again, reason="spam", text="Buys and sells."))
    assert "Your report has arrived" in thanks.source
    assert "Buys and sells." in desk.open(REPORTS).text


def test_reporters_are_forgotten_a_month_after_the_decision(
    comment: str, report: Callable, desk: Desk, app: Flask, clock: Clock
) -> None:
    report(comment, text="I am Rudi, and this is about me.")

    def kept() -> tuple[int, int]:
        with app.app_context():
            reporting.forget(clock())
            with transaction() as session:
                row = session.execute(text("SELECT count(reporter), count(words) FROM report")).one()
                return row[0], row[1]

    clock.advance(days=40)
    assert kept() == (1, 1), "nobody has decided yet"
    assert from_text(comment) is not None
    press(desk_of(app, "mona@gazette.example", PASSWORD), "keep", comment)
    clock.advance(days=29)
    assert kept() == (1, 1)
    clock.advance(days=2)
    assert kept() == (0, 0)
