"""Signing in and out, sessions that end, invitations, passwords."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.people import managing
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import SIGN_IN
from tests.rig.desk import Desk
from tests.rig.desk import desk_of

MONA = "mona@gazette.example"
WRONG = "do not belong together"


@pytest.fixture
def stranger(client: FlaskClient) -> Desk:
    return Desk(client)


def test_the_form_has_exactly_these_fields(stranger: Desk) -> None:
    form = stranger.open(SIGN_IN).text
    assert sorted(re.findall(r'name="(\w[^"]*)"', form.split("<form", 1)[1])) == ["csrf_token", "email", "password"]


@pytest.mark.parametrize("email", [MONA, "MONA@gazette.example", f"  {MONA} "])
def test_signing_in_leads_to_the_queue(stranger: Desk, mona: Moderator, email: str) -> None:
    answer = stranger.sign_in(email, PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/moderate/")
    assert stranger.open("/moderate/").headers["Location"] == "/moderate/gazette/queue"
    assert "The Gazette" in stranger.open("/moderate/gazette/queue").text


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (MONA, "wrong horse battery"),
        (MONA, ""),
        (MONA, "x" * 20_000),
        ("nobody@gazette.example", PASSWORD),
        ("", PASSWORD),
        (f"{MONA}\0", "wrong horse battery"),
        ("' OR 1=1 --", PASSWORD),
    ],
)
def test_what_is_wrong_is_never_told(stranger: Desk, mona: Moderator, email: str, password: str) -> None:
    answer = stranger.sign_in(email, password)
    assert answer.status_code == 422
    told = re.search(r'role="alert"[^>]*>([^<]*)', answer.text)
    assert told is not None
    assert told[1] == "That address and password do not belong together. Please try again."
    assert stranger.open("/moderate/account").status_code == 303


def test_the_address_is_kept_and_the_password_is_not(stranger: Desk, mona: Moderator) -> None:
    answer = stranger.sign_in('"><script>', "my wrong secret")
    assert 'value="&#34;&gt;&lt;script&gt;"' in answer.text
    assert "my wrong secret" not in answer.text


def test_an_invited_moderator_cannot_sign_in_without_a_password(
    app: Flask, stranger: Desk, site: Site, clock: Clock
) -> None:
    with app.app_context():
        managing.add_moderator("ines@gazette.example", site.key, clock())
    assert stranger.sign_in("ines@gazette.example", "").status_code == 422


def test_the_session_changes_when_somebody_signs_in(stranger: Desk, mona: Moderator) -> None:
    old_token = stranger.token(SIGN_IN)
    before = stranger.cookie()
    stranger.sign_in(MONA, PASSWORD)
    assert before is not None
    assert stranger.cookie() not in (before, None)
    # The form token of the time before is not good any more.
    assert stranger.client.post("/moderate/sign-out", data={"csrf_token": old_token}).status_code == 400


def test_a_session_from_before_signing_in_stays_a_strangers(app: Flask, stranger: Desk, mona: Moderator) -> None:
    stranger.open(SIGN_IN)
    fixed = stranger.cookie()
    stranger.sign_in(MONA, PASSWORD)
    other = app.test_client()
    other.set_cookie("commentsvc", fixed or "")
    assert other.get("/moderate/account").status_code == 303


def test_the_old_cookie_is_useless_after_signing_out(app: Flask, mona: Moderator) -> None:
    desk = desk_of(app, MONA, PASSWORD)
    stolen = app.test_client()
    stolen.set_cookie("commentsvc", desk.cookie() or "")
    assert stolen.get("/moderate/account").status_code == 200
    answer = desk.send("/moderate/sign-out")
    assert (answer.status_code, answer.headers["Location"]) == (303, SIGN_IN)
    assert desk.open("/moderate/account").status_code == 303
    assert stolen.get("/moderate/account").status_code == 303


def test_signing_in_again_ends_the_session_before(app: Flask, mona: Moderator) -> None:
    desk = desk_of(app, MONA, PASSWORD)
    stolen = app.test_client()
    stolen.set_cookie("commentsvc", desk.cookie() or "")
    desk.client.post(SIGN_IN, data={"csrf_token": desk.token(), "email": MONA, "password": PASSWORD})
    assert desk.open("/moderate/account").status_code == 200
    assert stolen.get("/moderate/account").status_code == 303


def test_who_is_signed_in_is_sent_on(app: Flask, mona: Moderator) -> None:
    assert desk_of(app, MONA, PASSWORD).open(SIGN_IN).headers["Location"] == "/moderate/"


def test_a_session_ends_after_twelve_idle_hours(app: Flask, mona: Moderator, clock: Clock) -> None:
    desk = desk_of(app, MONA, PASSWORD)
    clock.advance(hours=11, minutes=59)
    assert desk.open("/moderate/account").status_code == 200
    clock.advance(hours=12)
    assert desk.open("/moderate/account").status_code == 303


def test_a_session_ends_after_seven_days_however_busy(app: Flask, mona: Moderator, clock: Clock) -> None:
    desk = desk_of(app, MONA, PASSWORD)
    for _ in range(15):
        clock.advance(hours=11)
        assert desk.open("/moderate/account").status_code == 200
    clock.advance(hours=3)
    assert desk.open("/moderate/account").status_code == 303


def test_the_cookie_is_kept_as_strictly_as_can_be(make_app: Callable[..., Flask], site: Site, mona: Moderator) -> None:
    for base, name, path in (
        ("https://comments.example", "__Host-commentsvc", "/"),
        ("https://me.example/comments", "__Secure-commentsvc", "/comments/"),
    ):
        desk = Desk(make_app(BASE_URL=base).test_client())
        cookie = desk.open(SIGN_IN).headers["Set-Cookie"]
        assert cookie.startswith(f"{name}=")
        assert {"Secure", "HttpOnly", f"Path={path}", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


def test_a_moderators_cookie_never_goes_out_with_a_public_answer(app: Flask, mona: Moderator) -> None:
    desk = desk_of(app, MONA, PASSWORD)
    for path in ("/embed.js", "/static/desk.css", "/api/v1/sites/gazette/counts?url=https://gazette.example/a"):
        with desk.client.get(path) as answer:
            assert answer.status_code == 200
            assert "Set-Cookie" not in answer.headers


def test_readers_get_no_cookie(app: Flask, rita: Reader) -> None:
    assert rita.post().headers.getlist("Set-Cookie") == []
    assert "Set-Cookie" not in rita.client.get("/moderate/account", follow_redirects=False).headers


def test_one_network_is_slowed_down_and_another_is_not(
    make_app: Callable[..., Flask], mona: Moderator, clock: Clock
) -> None:
    app = make_app(RATE_LIMITS="on", SIGN_IN_LIMIT="3/minute", TRUSTED_PROXIES="1")
    near = Desk(app.test_client())
    near.client.environ_base["HTTP_X_FORWARDED_FOR"] = "192.0.2.1"
    for _ in range(3):
        assert near.sign_in(MONA, "wrong horse battery").status_code == 422
    answer = near.sign_in(MONA, PASSWORD)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert "Please wait" in answer.text
    assert f'value="{MONA}"' in answer.text
    far = Desk(app.test_client())
    far.client.environ_base["HTTP_X_FORWARDED_FOR"] = "198.51.100.7"
    assert far.sign_in(MONA, PASSWORD).status_code == 303
    clock.advance(seconds=62)
    assert near.sign_in(MONA, PASSWORD).status_code == 303


def test_one_address_is_not_guessed_at_from_many_networks(make_app: Callable[..., Flask], mona: Moderator) -> None:
    app = make_app(RATE_LIMITS="on", SIGN_IN_LIMIT="1/minute", TRUSTED_PROXIES="1")
    statuses = []
    for number, email in enumerate((MONA, MONA.upper(), f" {MONA}", MONA, MONA, MONA), 1):
        desk = Desk(app.test_client())
        desk.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"192.0.2.{number}"
        statuses.append(desk.sign_in(email, "wrong horse battery").status_code)
    assert statuses == [422] * 5 + [429]


@pytest.mark.parametrize(
    "goal", ["/moderate/gazette/spam", "/moderate/gazette/queue?q=a%26b", "/moderate/account", "/moderate/"]
)
def test_next_leads_on_within_the_desk(stranger: Desk, mona: Moderator, goal: str) -> None:
    assert stranger.sign_in(MONA, PASSWORD, next=goal).headers["Location"] == goal


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example/moderate/",
        "//evil.example/moderate/",
        "///evil.example",
        "/\\evil.example/moderate/",
        "\\\\evil.example",
        "/moderate\\@evil.example",
        "/\t/evil.example/moderate/",
        "/\n/evil.example",
        "https:evil.example",
        "http://localhost:8080/moderate/account",
        "javascript:alert(1)",
        "data:text/html,x",
        "moderate/",
        "?x",
        "/moderate/../embed.js",
        "/moderation",
        "/",
        "//[",
        "/moderate/\u202e",
        "",
    ],
)
def test_next_never_leads_away(stranger: Desk, mona: Moderator, goal: str) -> None:
    assert "evil" not in stranger.open(SIGN_IN, next=goal).text
    assert stranger.sign_in(MONA, PASSWORD, next=goal).headers["Location"] == "/moderate/"
    assert stranger.open(SIGN_IN, next=goal).headers["Location"] == "/moderate/"


def test_the_services_own_address_leads_to_the_desk(client: FlaskClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.location) == (302, "/moderate/")
