"""Owners keep the people and the settings of their site; nobody else does."""

import re

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from commentsvc.database import db
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.people import managing
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice

OLGA = "olga@gazette.example"
MONA = "mona@gazette.example"
INES = "ines@gazette.example"
PEOPLE = "/moderate/gazette/people"
SETTINGS = "/moderate/gazette/settings"
NEW = "another horse entirely"


@pytest.fixture
def olga(app: Flask, site: Site, clock: Clock) -> Desk:
    """Give the desk of the Gazette's owner."""
    with app.app_context():
        managing.add_moderator(OLGA, site.key, clock(), name="Olga", role="owner", password=PASSWORD)
    return desk_of(app, OLGA, PASSWORD)


def invite(desk: Desk, email: str, role: str = "moderator") -> str:
    """Invite somebody and return the path of the link."""
    answer = desk.send(f"{PEOPLE}/invite", email=email, role=role)
    assert answer.status_code == 200, answer.text
    return re.search(r"(/moderate/join/[\w-]{32})", answer.text)[1]


def acts(app: Flask, site: str = "gazette") -> list[tuple[str, str]]:
    """Return the acts on a site's own chain with their actors, and check that the chain holds."""
    with app.app_context():
        assert managing.verify_decisions(site)[site] == []
        with db.engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT act, actor FROM decision JOIN site ON site.id = decision.site_id"
                    " WHERE thread_id = 0 AND site.key = :key ORDER BY seq"
                ),
                {"key": site},
            )
            return [(row.act, row.actor) for row in rows]


def alert(answer: TestResponse) -> str:
    return re.search(r'role="alert"[^>]*>([^<]*)', answer.text)[1]


def test_an_invitation_makes_an_account_and_leaves_its_traces(app: Flask, olga: Desk) -> None:
    link = invite(olga, "INES@gazette.example", "viewer")
    page = olga.open(PEOPLE).text
    assert "invited as viewer" in page
    assert link.rpartition("/")[2] not in page
    guest = Desk(app.test_client())
    assert "The Gazette" in guest.open(link).text
    assert guest.send(link, token_from=link, name="Ines", password="short").status_code == 422
    assert guest.send(link, token_from=link, name="Ines", password=NEW).status_code == 303
    assert guest.open("/moderate/gazette/queue").status_code == 200
    assert "invited as" not in olga.open(PEOPLE).text
    assert app.test_client().get(link).status_code == 410
    assert acts(app)[-2:] == [("person-invite", "moderator"), ("person-join", "moderator")]
    assert desk_of(app, INES, NEW)


def test_an_invitation_is_withdrawn_and_a_new_one_ends_the_former(app: Flask, olga: Desk, clock: Clock) -> None:
    first, second = invite(olga, INES), invite(olga, INES, "owner")
    assert app.test_client().get(first).status_code == 410
    code = re.search(r"invitations/(\w{13})/withdraw", olga.open(PEOPLE).text)[1]
    assert "withdrawn" in notice(olga, olga.send(f"/moderate/gazette/invitations/{code}/withdraw"))
    assert app.test_client().get(second).status_code == 410
    assert olga.send(f"/moderate/gazette/invitations/{code}/withdraw").status_code == 410
    third = invite(olga, INES)
    clock.advance(days=7)
    assert app.test_client().get(third).status_code == 410


def test_who_has_an_account_takes_an_invitation_with_it(app: Flask, olga: Desk, omar: Moderator) -> None:
    link = invite(olga, "omar@herald.example")
    stranger = Desk(app.test_client())
    page = stranger.open(link).text
    assert 'name="password"' not in page
    assert "Sign in" in page
    # The link alone gives nobody the account, nor the role to another.
    assert stranger.send(link, token_from="/moderate/sign-in", password=NEW).status_code == 403
    desk_of(app, "omar@herald.example", PASSWORD)
    assert olga.send(link).status_code == 403
    omars = desk_of(app, "omar@herald.example", PASSWORD)
    assert omars.open("/moderate/gazette/queue").status_code == 404
    assert omars.send(link).headers["Location"] == "/moderate/gazette/queue?did=join"
    assert omars.open("/moderate/gazette/queue").status_code == 200


def test_an_owner_of_one_site_gets_no_hold_on_who_was_invited_to_another(
    app: Flask, olga: Desk, omar: Moderator, clock: Clock
) -> None:
    with app.app_context():
        managing.add_moderator(INES, "herald", clock(), role="owner")
    link = invite(olga, INES)
    thief = Desk(app.test_client())
    assert thief.send(link, token_from="/moderate/sign-in", name="Ines", password=NEW).status_code == 403
    assert Desk(app.test_client()).sign_in(INES, NEW).status_code == 422


def test_roles_are_changed_and_people_removed(app: Flask, olga: Desk, mona: Moderator) -> None:
    desk = desk_of(app, MONA, PASSWORD)
    assert "changed" in notice(olga, olga.send(f"{PEOPLE}/{mona.id}/role", role="viewer"))
    assert desk.send("/moderate/gazette/decide", act="approve").status_code == 403
    assert olga.send(f"{PEOPLE}/{mona.id}/role", role="emperor").status_code == 422
    assert "no longer" in notice(olga, olga.send(f"{PEOPLE}/{mona.id}/remove"))
    assert desk.open("/moderate/gazette/queue").status_code == 404
    assert [act for act, _ in acts(app)[-2:]] == ["person-role", "person-remove"]
    for person in (mona.id, 999_999, "x", "9" * 30, "-1"):
        assert olga.send(f"{PEOPLE}/{person}/remove").status_code == 404


def test_the_last_owner_stays(app: Flask, olga: Desk, clock: Clock) -> None:
    with app.app_context():
        person = next(person for person, _ in managing.people(managing.site("gazette")))
        # Somebody who has never signed in keeps no site.
        managing.add_moderator(INES, "gazette", clock(), role="owner")
    before = acts(app)
    for path, fields in (("remove", {}), ("role", {"role": "viewer"})):
        answer = olga.send(f"{PEOPLE}/{person.id}/{path}", **fields)
        assert answer.status_code == 409
        assert "needs an owner" in alert(answer)
    assert acts(app) == before
    with app.app_context():
        managing.add_moderator(MONA, "gazette", clock(), role="owner", password=PASSWORD)
    assert olga.send(f"{PEOPLE}/{person.id}/role", role="moderator").headers["Location"].startswith("/moderate/account")
    assert olga.open(PEOPLE).status_code == 403


def test_moderators_are_told_that_this_is_the_owners(app: Flask, olga: Desk, mona: Moderator) -> None:
    desk = desk_of(app, MONA, PASSWORD)
    assert PEOPLE not in desk.open("/moderate/gazette/queue").text
    assert PEOPLE in olga.open("/moderate/gazette/queue").text
    before = acts(app)
    tries = [("GET", PEOPLE), ("GET", SETTINGS), ("POST", SETTINGS), ("POST", f"{PEOPLE}/invite")]
    tries += [("POST", f"{PEOPLE}/{mona.id}/role"), ("POST", f"{PEOPLE}/{mona.id}/remove")]
    for method, path in tries:
        data = {"csrf_token": desk.token(), "role": "owner", "email": INES, "name": "Mine now"}
        answer = desk.client.open(path, method=method, data=data if method == "POST" else None)
        assert answer.status_code == 403, path
        assert "for its owners" in answer.text
    assert acts(app) == before


def test_settings_are_checked_stored_and_logged_by_name(app: Flask, olga: Desk, rita: Reader) -> None:
    typed = dict(re.findall(r'<input [^>]*name="(\w+)" value="([^"]*)"', olga.open(SETTINGS).text))
    del typed["csrf_token"]
    typed |= {"hold": "none", "proof": "suspicious", "tell_moderators": "each", "website_field": "on"}
    typed |= {"origins": "https://gazette.example"}
    assert "are changed" in notice(olga, olga.send(SETTINGS, **typed | {"name": "The New Gazette"}))
    assert rita.post().status_code == 201, "binds for the next comment"
    with app.app_context(), db.engine.connect() as connection:
        reasons = connection.scalar(text("SELECT reasons FROM decision WHERE act = 'site-edit' ORDER BY seq DESC"))
    assert set(re.findall(r"\w+", str(reasons))) == {"hold", "name"}
    typed["name"] = "The New Gazette"
    assert notice(olga, olga.send(SETTINGS, **typed)) == "Nothing was changed."
    before = acts(app)
    for wrong in (
        {"origins": "gazette.example/page"},
        {"origins": " \n"},
        {"hold": "sometimes"},
        {"hold_links": "many"},
        {"edit_seconds": "-1"},
        {"close_after_days": "9" * 30},
        {"language": "English, please"},
        {"privacy_url": "javascript:alert(1)"},
        {"consent": "x" * 501},
        {"name": ""},
    ):
        answer = olga.send(SETTINGS, **typed | wrong)
        assert answer.status_code == 422, wrong
        assert f'id="s-{next(iter(wrong))}-problem"' in answer.text, wrong
    several = olga.send(SETTINGS, **typed | {"hold_links": "many", "privacy_url": "javascript:alert(1)"}).text
    assert re.findall(r'id="s-(\w+)-problem"', several) == ["hold_links", "privacy_url"]
    assert acts(app) == before
    # A box that is not ticked is not sent.
    del typed["website_field"]
    olga.send(SETTINGS, **typed | {"email_required": "on", "close_after_days": "30"})
    with app.app_context():
        found = managing.site("gazette")
    assert (found.website_field, found.email_required, found.close_after_days) == (False, True, 30)
