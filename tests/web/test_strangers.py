"""Every route of the desk, tried by those who have no business there; new routes are found by themselves."""

from collections.abc import Iterator
from itertools import product

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter
from werkzeug.routing import Rule

from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.people import managing
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of

# What a stranger may ask for: to come in.
OPEN = {"desk.sign_in", "desk.join"}
LOOKING = {"GET", "HEAD", "OPTIONS"}
SOMETHING = "0" * 20
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


def desk_rules(app: Flask) -> list[Rule]:
    found = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("desk.")]
    assert len(found) > 10
    return found


def _values(rule: Rule, name: str, site: str) -> list[str]:
    if name == "site":
        return [site]
    converter = rule._converters[name]
    return sorted(converter.items) if isinstance(converter, AnyConverter) else [SOMETHING]


def tries(app: Flask, site: str = "gazette") -> Iterator[tuple[Rule, str, str]]:
    """Yield every route of the desk behind the guard, each address it can have, each method it takes."""
    for rule in desk_rules(app):
        if rule.endpoint in OPEN:
            continue
        names = sorted(rule.arguments)
        for values in product(*(_values(rule, name, site) for name in names)):
            built = rule.build(dict(zip(names, values, strict=True)))
            assert built is not None
            for method in sorted(rule.methods or ()):
                yield rule, built[1], method


def test_nothing_under_the_desk_stands_outside_its_guard(app: Flask) -> None:
    outside = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/moderate") and not rule.endpoint.startswith("desk.")
    ]
    assert outside == []
    assert {rule.endpoint for rule in desk_rules(app)} >= OPEN


def test_a_stranger_gets_nowhere(app: Flask, mona: Moderator, rita: Reader) -> None:
    rita.say("The secret plans of the bridge.")
    for rule, path, method in tries(app):
        answer = app.test_client().open(path, method=method)
        if method in LOOKING:
            assert answer.status_code == 303, (rule, method)
            assert answer.headers["Location"].startswith("/moderate/sign-in?next=/moderate/"), (rule, method)
        else:
            assert answer.status_code == 403, (rule, method)
            if method != "HEAD":
                assert "You are signed out" in answer.text
        assert "secret plans" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_token_alone_lets_no_stranger_act(app: Flask, mona: Moderator) -> None:
    stranger = Desk(app.test_client())
    token = stranger.token("/moderate/sign-in")
    for rule, path, method in tries(app):
        if method not in LOOKING:
            answer = stranger.client.open(path, method=method, data={"csrf_token": token})
            assert answer.status_code == 403, (rule, method)


def test_another_sites_moderator_finds_nothing(app: Flask, mona: Moderator, omar: Moderator, rita: Reader) -> None:
    rita.say("The secret plans of the bridge.")
    desk = desk_of(app, "omar@herald.example", PASSWORD, "herald")
    token = desk.token()
    for rule, path, method in tries(app):
        if "site" not in rule.arguments or method == "OPTIONS":
            continue
        there = desk.client.open(path, method=method, data={"csrf_token": token})
        assert there.status_code == 404, (rule, method)
        nowhere = path.replace("/gazette/", "/no-such-site/")
        assert desk.client.open(nowhere, method=method, data={"csrf_token": token}).text == there.text


def test_comments_and_threads_of_another_site_are_not_reached_through_ones_own(
    app: Flask, mona: Moderator, omar: Moderator, rita: Reader
) -> None:
    comment = rita.say("The secret plans of the bridge.")
    thread = rita.thread()["thread"]["id"]
    desk = desk_of(app, "omar@herald.example", PASSWORD, "herald")
    assert desk.open(f"/moderate/herald/comments/{comment}/reply").status_code == 404
    assert desk.send(f"/moderate/herald/comments/{comment}/reply", body="Ha!").status_code == 404
    assert desk.send(f"/moderate/herald/threads/{thread}/close").status_code == 404
    assert desk.decide("approve", comment).status_code == 303
    assert rita.own("GET", comment).json["comment"]["state"] == "pending"
    assert rita.thread()["thread"]["open"]


def test_a_viewer_looks_on(app: Flask, site: Site, mona: Moderator, rita: Reader, clock: Clock) -> None:
    comment = rita.say()
    with app.app_context():
        managing.add_moderator("vera@gazette.example", site.key, clock(), role="viewer", password=PASSWORD)
    desk = desk_of(app, "vera@gazette.example", PASSWORD)
    token = desk.token()
    assert desk.list() == [comment]
    page = desk.open("/moderate/gazette/queue").text
    assert 'value="approve"' not in page
    assert "/reply" not in page
    for rule, path, method in tries(app):
        if "site" in rule.arguments and method not in LOOKING:
            answer = desk.client.open(path, method=method, data={"csrf_token": token, "id": comment, "act": "approve"})
            assert answer.status_code == 403, (rule, method)
            assert "look on" in answer.text
    assert rita.own("GET", comment).json["comment"]["state"] == "pending"


def test_only_the_methods_of_a_route_are_answered(app: Flask, mona: Moderator) -> None:
    desk = desk_of(app, "mona@gazette.example", PASSWORD)
    token = desk.token()
    for path in sorted({path for _, path, _ in tries(app)}):
        allowed = set(app.url_map.bind("").allowed_methods(path))
        for method in set(METHODS) - allowed:
            answer = desk.client.open(path, method=method, data={"csrf_token": token})
            assert answer.status_code == 405, (path, method)
            assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/moderate", "/moderate/gazette", "/moderate/gazette/everything", "/moderate/x/y/z"])
def test_what_is_not_there_tells_strangers_nothing(app: Flask, mona: Moderator, path: str) -> None:
    answer = app.test_client().get(path)
    assert answer.status_code in (308, 404)
    assert "Gazette" not in answer.text
