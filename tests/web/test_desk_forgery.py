"""What another site, an old page or another session sends in a moderator's name changes nothing."""

from collections.abc import Callable

import pytest
from flask import Flask

from commentsvc.models.moderator import Moderator
from tests.conftest import PASSWORD
from tests.conftest import Reader
from tests.rig.desk import SIGN_IN
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.web.test_strangers import LOOKING
from tests.web.test_strangers import tries

MONA = "mona@gazette.example"


def posts(app: Flask) -> list[str]:
    found = [path for _, path, method in tries(app) if method not in LOOKING]
    assert len(found) >= 7
    return [path for path in found if "/comments/" not in path]


@pytest.mark.parametrize("token", ["none", "empty", "another session's", "made up", "in the address"])
def test_every_form_needs_the_token_of_its_session(app: Flask, mona: Moderator, token: str) -> None:
    desk, other = desk_of(app, MONA, PASSWORD), desk_of(app, MONA, PASSWORD)
    sent = {"empty": "", "another session's": other.token(), "made up": "a.b.c"}.get(token)
    query = {"csrf_token": desk.token()} if token == "in the address" else {}
    for path in posts(app):
        answer = desk.client.post(path, data={} if sent is None else {"csrf_token": sent}, query_string=query)
        assert answer.status_code == 400, path
        assert "out of date" in answer.text
        assert "Nothing was changed" in answer.text
    assert desk.open("/moderate/account").status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data", ""])
def test_no_other_kind_of_body_carries_a_token(app: Flask, mona: Moderator, kind: str) -> None:
    desk = desk_of(app, MONA, PASSWORD)
    body = f"csrf_token={desk.token()}"
    for path in posts(app):
        assert desk.client.post(path, data=body, content_type=kind).status_code == 400, path


def test_signing_in_needs_the_token_and_keeps_the_address(app: Flask, mona: Moderator) -> None:
    desk = Desk(app.test_client())
    desk.open(SIGN_IN)
    answer = desk.client.post(SIGN_IN, data={"email": MONA, "password": PASSWORD})
    assert answer.status_code == 400
    assert f'value="{MONA}"' in answer.text
    assert PASSWORD not in answer.text
    assert desk.open("/moderate/account").status_code == 303


def test_a_reply_is_not_lost_to_an_old_page(app: Flask, mona: Moderator, rita: Reader) -> None:
    comment = rita.say()
    desk = desk_of(app, MONA, PASSWORD)
    path = f"/moderate/gazette/comments/{comment}/reply"
    answer = desk.client.post(path, data={"csrf_token": "old", "body": "A long & careful answer."})
    assert answer.status_code == 400
    assert "A long &amp; careful answer.</textarea>" in answer.text
    assert rita.own("GET", comment).json["comment"]["state"] == "pending"
    # Sent again from that page, it is taken.
    assert desk.send(path, body="A long & careful answer.").status_code == 303


def test_a_reply_is_not_lost_to_a_session_that_ended(app: Flask, mona: Moderator, rita: Reader) -> None:
    comment = rita.say()
    desk = desk_of(app, MONA, PASSWORD)
    token = desk.token()
    desk.send("/moderate/sign-out")
    path = f"/moderate/gazette/comments/{comment}/reply"
    answer = desk.client.post(path, data={"csrf_token": token, "body": "A long & careful answer."})
    assert answer.status_code == 403
    assert "A long &amp; careful answer.</textarea>" in answer.text


@pytest.mark.parametrize("root", ["", "/comments"])
def test_over_https_behind_a_proxy(make_app: Callable[..., Flask], mona: Moderator, rita: Reader, root: str) -> None:
    comment = rita.say()
    # The proxy speaks http to us and names its own host; what counts is the base URL.
    desk = Desk(make_app(BASE_URL=f"https://me.example{root}").test_client(), root=root)
    desk.client.environ_base["HTTP_REFERER"] = f"https://me.example{root}/moderate/sign-in"
    asked = desk.open("/moderate/gazette/spam", q="x").headers["Location"]
    assert asked == f"{root}/moderate/sign-in?next={root}/moderate/gazette/spam?q%3Dx"
    goal = f"{root}/moderate/gazette/spam?q=x"
    assert desk.sign_in(MONA, PASSWORD, next=goal).headers["Location"] == goal
    answer = desk.decide("approve", comment)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(f"{root}/moderate/gazette/queue?")
    assert "Approved 1 comment." in desk.client.get(answer.headers["Location"]).text
    assert answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize("referer", [None, "https://evil.example/", "http://comments.example/", "null"])
def test_over_https_the_form_must_come_from_us(
    make_app: Callable[..., Flask], mona: Moderator, referer: str | None
) -> None:
    desk = Desk(make_app(BASE_URL="https://comments.example").test_client())
    if referer is not None:
        desk.client.environ_base["HTTP_REFERER"] = referer
    assert desk.sign_in(MONA, PASSWORD).status_code == 400


def test_looking_changes_nothing(app: Flask, mona: Moderator, rita: Reader) -> None:
    comment = rita.say()
    desk = desk_of(app, MONA, PASSWORD)
    for query in ({"one": f"approve:{comment}"}, {"act": "approve", "id": comment}, {"did": "approve", "n": "1"}):
        desk.open("/moderate/gazette/queue", **query)
        assert desk.open("/moderate/gazette/decide", **query).status_code == 405
    assert desk.list() == [comment]


def test_no_page_of_the_desk_is_framed_cached_or_sent_on(app: Flask, mona: Moderator) -> None:
    desk = desk_of(app, MONA, PASSWORD)
    for path in ("/moderate/sign-in", "/moderate/gazette/queue", "/moderate/gazette/threads", "/moderate/account"):
        answer = desk.open(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cookie" in answer.headers["Vary"]
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "Location" in answer.headers or "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
