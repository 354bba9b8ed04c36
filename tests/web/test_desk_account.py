"""Invitations, the account page, and changing the password."""

from collections.abc import Callable

import pytest
from flask import Flask

from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.people import managing
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice

MONA = "mona@gazette.example"
INES = "ines@gazette.example"
NEW = "another horse entirely"


@pytest.fixture
def invitation(app: Flask, site: Site, clock: Clock) -> str:
    """Give the path of an invitation for Ines."""
    with app.app_context():
        added = managing.add_moderator(INES, site.key, clock(), name="Ines")
    return f"/moderate/join/{added.invitation}"


def test_an_invitation_is_accepted_with_a_password(app: Flask, invitation: str) -> None:
    desk = Desk(app.test_client())
    page = desk.open(invitation)
    assert page.status_code == 200
    assert INES in page.text
    answer = desk.send(invitation, token_from=invitation, password=NEW)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/moderate/")
    assert desk.open("/moderate/gazette/queue").status_code == 200
    assert desk_of(app, INES, NEW).open("/moderate/account").status_code == 200


def test_an_invitation_works_once(app: Flask, invitation: str) -> None:
    first, second = Desk(app.test_client()), Desk(app.test_client())
    token = second.token(invitation)
    first.send(invitation, token_from=invitation, password=NEW)
    assert second.open(invitation).status_code == 410
    answer = second.client.post(invitation, data={"csrf_token": token, "password": "a thief's own words"})
    assert answer.status_code == 410
    assert desk_of(app, INES, NEW)


def test_an_invitation_ends_after_seven_days(app: Flask, invitation: str, clock: Clock) -> None:
    clock.advance(days=7)
    assert app.test_client().get(invitation).status_code == 410


@pytest.mark.parametrize("token", ["x" * 32, "x" * 20, "%00" * 32, "🌱" * 20])
def test_what_was_never_an_invitation_is_over(app: Flask, site: Site, token: str) -> None:
    assert app.test_client().get(f"/moderate/join/{token}").status_code == 410


def test_a_short_password_is_refused_and_the_invitation_stays(app: Flask, invitation: str) -> None:
    desk = Desk(app.test_client())
    answer = desk.send(invitation, token_from=invitation, password="short")
    assert answer.status_code == 422
    assert "at least 10 characters" in answer.text
    assert desk.send(invitation, token_from=invitation, password=NEW).status_code == 303


def test_the_address_of_an_invitation_goes_into_no_referer_and_no_cache(app: Flask, invitation: str) -> None:
    answer = app.test_client().get(invitation)
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_invitation_is_accepted_over_https(make_app: Callable[..., Flask], invitation: str) -> None:
    desk = Desk(make_app(BASE_URL="https://comments.example").test_client())
    # What the page's policy lets a browser send.
    desk.client.environ_base["HTTP_REFERER"] = "https://comments.example/"
    assert desk.send(invitation, token_from=invitation, password=NEW).status_code == 303


def test_a_page_of_another_token_keeps_the_invitation(app: Flask, invitation: str) -> None:
    answer = app.test_client().post(invitation, data={"csrf_token": "forged", "password": NEW})
    assert answer.status_code == 400
    assert "out of date" in answer.text
    assert 'name="password"' in answer.text


def test_the_account_page_says_who_and_where(app: Flask, mona: Moderator, omar: Moderator, clock: Clock) -> None:
    with app.app_context():
        managing.add_moderator(MONA, "herald", clock(), role="viewer")
    page = desk_of(app, MONA, PASSWORD).open("/moderate/account").text
    for words in ("Mona Lind", MONA, "The Gazette", "The Herald", "moderator", "viewer"):
        assert words in page


def test_somebody_without_a_site_is_told_how_to_get_one(app: Flask, mona: Moderator) -> None:
    desk = desk_of(app, MONA, PASSWORD)
    with app.app_context():
        managing.remove_site("gazette")
    page = desk.open("/moderate/")
    assert page.status_code == 200
    assert f"moderator add {MONA}" in page.text
    assert desk.open("/moderate/account").status_code == 200


def test_a_new_password_ends_all_other_sessions(app: Flask, mona: Moderator) -> None:
    desk, elsewhere = desk_of(app, MONA, PASSWORD), desk_of(app, MONA, PASSWORD)
    before = desk.cookie()
    answer = desk.send("/moderate/account/password", old=PASSWORD, password=NEW)
    assert "password is changed" in notice(desk, answer)
    assert desk.cookie() != before
    assert elsewhere.open("/moderate/account").status_code == 303
    assert Desk(app.test_client()).sign_in(MONA, PASSWORD).status_code == 422
    assert Desk(app.test_client()).sign_in(MONA, NEW).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("wrong horse battery", NEW, "not your password so far"),
        (PASSWORD, "short", "at least 10 characters"),
        (PASSWORD, "x" * 1001, "at most 1000 characters"),
        ("", "", "not your password so far"),
    ],
)
def test_a_password_that_cannot_be_set_changes_nothing(
    app: Flask, mona: Moderator, old: str, new: str, words: str
) -> None:
    desk = desk_of(app, MONA, PASSWORD)
    answer = desk.send("/moderate/account/password", old=old, password=new)
    assert answer.status_code == 422
    assert words in answer.text
    assert desk.open("/moderate/account").status_code == 200
    assert desk_of(app, MONA, PASSWORD)


def test_the_password_so_far_is_not_guessed_at(make_app: Callable[..., Flask], mona: Moderator) -> None:
    desk = desk_of(make_app(RATE_LIMITS="on", SIGN_IN_LIMIT="3/minute"), MONA, PASSWORD)
    sent = [desk.send("/moderate/account/password", old=f"guess {n}", password=NEW).status_code for n in range(4)]
    assert sent == [422, 422, 422, 429]
