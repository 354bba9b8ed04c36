"""Programs moderate with a token: narrow, of one site, revoked at once; browsers have no part in it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from sqlalchemy import text
from werkzeug.test import TestResponse

from commentsvc.database import db
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.people import managing
from commentsvc.people import tokens
from commentsvc.people.tokens import Wanted
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of

MONA = "mona@gazette.example"
ACCOUNT = "/moderate/account"


class Program:
    """A program with a token; it keeps no cookies and reads no pages."""

    def __init__(self, app: Flask, secret: str, site: str = "gazette") -> None:
        self.client = app.test_client(use_cookies=False)
        self.secret = secret
        self.site = site
        contract = self.client.get("/api/v1/openapi.json").json
        assert contract is not None
        self.contract: dict[str, Any] = contract

    def ask(self, method: str, act: str, /, **request: Any) -> TestResponse:
        """Send a request, and see that its answer is one that the contract promises."""
        headers = {"Authorization": f"Bearer {self.secret}", "Origin": "https://gazette.example"}
        path = f"/api/v1/moderation/sites/{self.site}/{act}"
        answer = self.client.open(path, method=method, headers=headers | request.pop("headers", {}), **request)
        promised = self.contract["paths"][f"/api/v1/moderation/sites/{{site}}/{act}"][method.lower()]["responses"]
        content = promised[str(answer.status_code)]["content"][answer.mimetype]
        Draft202012Validator(content["schema"] | {"components": self.contract["components"]}).validate(answer.json)
        assert answer.mimetype == ("application/json" if answer.status_code == 200 else "application/problem+json")
        assert answer.headers["Cache-Control"] == "no-store"
        assert not [name for name, _ in answer.headers if name.startswith("Access-Control-") or name == "Set-Cookie"]
        return answer

    def get(self, act: str, **query: str) -> Any:
        answer = self.ask("GET", act, query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, act: str, status: int = 200, /, **sent: Any) -> Any:
        answer = self.ask("POST", act, json=sent)
        assert answer.status_code == status, answer.text
        return answer.json


@pytest.fixture
def make(app: Flask, mona: Moderator, clock: Clock) -> Callable[..., Program]:
    """Give a function that makes a program with a token of Mona's."""

    def issue(*scopes: str, site: str = "gazette", email: str = MONA, days: int | None = None) -> Program:
        with app.app_context():
            issued = tokens.issue(site, email, Wanted("A program", scopes or ("read", "decide"), days), clock())
        return Program(app, issued.secret)

    return issue


def test_a_program_reads_decides_and_takes_back(make: Callable[..., Program], rita: Reader, app: Flask) -> None:
    program = make()
    first, second = rita.say("With a [link](https://bridge.example)."), rita.say("Another.")
    page = program.get("comments")
    assert [comment["id"] for comment in page["comments"]] == [first, second]
    assert page["next"] is None
    told = page["comments"][0]
    assert told["author"] == {"name": "Rita", "email": "rita@mail.example", "website": None}
    assert (told["state"], told["body"], told["revision"]) == ("pending", "With a [link](https://bridge.example).", 1)
    assert '<a href="https://bridge.example/" rel=' in told["html"]
    assert program.get("counts")["counts"]["queue"] == 2
    assert [comment["id"] for comment in program.get("comments", q="Another")["comments"]] == [second]
    decided = program.post("decide", act="approve", ids=[first, first], seen={first: 1})
    assert (decided["done"], decided["overtaken"]) == (1, 0)
    assert rita.own("GET", first).json["comment"]["state"] == "approved"
    # A repeat, as after an answer that was lost, changes nothing and leaves no row.
    again = program.post("decide", act="approve", ids=[first])
    assert (again["done"], again["overtaken"]) == (0, 1)
    assert program.post("decide", act="spam", ids=[second], seen={second: 7})["edited"] == 1
    assert program.post("undo", batch=decided["batch"])["done"] == 1
    assert program.post("undo", batch=decided["batch"])["done"] == 0
    assert program.get("counts")["counts"]["queue"] == 2
    with app.app_context():
        assert managing.verify_decisions("gazette") == {"gazette": []}


def test_a_token_may_do_what_it_was_made_for(make: Callable[..., Program], rita: Reader, app: Flask) -> None:
    comment = rita.say()
    reads, decides = make("read"), make("decide")
    assert reads.get("comments")["comments"]
    reads.post("decide", 403, act="approve", ids=[comment])
    reads.post("undo", 403, batch=comment)
    assert decides.ask("GET", "comments").status_code == 403
    assert decides.ask("GET", "counts").status_code == 403
    assert decides.post("decide", act="reject", ids=[comment])["done"] == 1


def test_a_token_is_good_for_its_site_alone(
    make: Callable[..., Program], rita: Reader, omar: Moderator, app: Flask
) -> None:
    comment = rita.say("The secret plans of the bridge.")
    omars = make(site="herald", email="omar@herald.example")
    for site in ("gazette", "no-such-site"):
        omars.site = site
        for method, act in (("GET", "comments"), ("GET", "counts"), ("POST", "decide"), ("POST", "undo")):
            answer = omars.ask(method, act, json={"act": "approve", "ids": [comment]} if method == "POST" else None)
            assert answer.status_code == 404
            assert "secret plans" not in answer.text
    # Through one's own site another's comment is not reached either.
    omars.site = "herald"
    assert omars.post("decide", act="approve", ids=[comment])["done"] == 0
    assert rita.own("GET", comment).json["comment"]["state"] == "pending"


def test_what_is_no_good_token_is_refused(make: Callable[..., Program], rita: Reader, mona: Moderator) -> None:
    program = make()
    good = program.secret
    for secret in ("", "cst_", good[:-1], good + "x", good.removeprefix("cst_"), "cst_\x7f", rita.say()):
        program.secret = secret
        answer = program.ask("GET", "counts")
        assert answer.status_code == 401, secret
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    # A signed-in browser is not let in by its cookie.
    desk = desk_of(program.client.application, MONA, PASSWORD)
    assert desk.open("/api/v1/moderation/sites/gazette/counts").status_code == 401
    assert desk.client.options("/api/v1/moderation/sites/gazette/decide").status_code == 405
    program.secret = good
    assert program.get("counts")


def test_a_token_ends_and_is_revoked_at_once(
    make: Callable[..., Program], app: Flask, site: Site, mona: Moderator, clock: Clock
) -> None:
    short, long = make(days=1), make()
    clock.advance(days=1)
    assert short.ask("GET", "counts").status_code == 401
    assert long.get("counts")
    with app.app_context():
        token = next(token for token, _ in tokens.tokens_of_site("gazette") if token.ends is None)
        assert token.used == clock()
        tokens.revoke("gazette", token.id, clock())
    assert long.ask("GET", "counts").status_code == 401


def test_a_token_is_never_more_than_its_moderator(
    make: Callable[..., Program], app: Flask, site: Site, mona: Moderator, rita: Reader, clock: Clock
) -> None:
    comment = rita.say()
    program = make()
    with app.app_context():
        managing.add_moderator(MONA, site.key, clock(), role="viewer")
    assert program.get("comments")["comments"]
    program.post("decide", 403, act="approve", ids=[comment])
    with app.app_context():
        owner = managing.add_moderator("olga@gazette.example", site.key, clock(), role="owner", password=PASSWORD)
        managing.remove_member(site, owner.moderator, mona.id, clock())
    assert program.ask("GET", "counts").status_code == 401


def test_bad_requests_are_told_by_their_field(make: Callable[..., Program], rita: Reader) -> None:
    program = make()
    comment = rita.say()
    for field, sent in (
        ("act", {"act": "publish", "ids": [comment]}),
        ("act", {"ids": [comment]}),
        ("ids", {"act": "approve", "ids": ["nonsense"]}),
        ("ids", {"act": "approve", "ids": comment}),
        ("seen", {"act": "approve", "ids": [comment], "seen": {"x": 1}}),
        ("list", {"act": "approve", "ids": [comment], "list": "everything"}),
    ):
        assert program.post("decide", 422, **sent)["errors"][0]["field"] == field, sent
    many = [f"{number:013d}" for number in range(501)]
    assert program.post("decide", 422, act="approve", ids=many)["errors"][0]["code"] == "too_many"
    assert program.post("undo", 422, batch="x")["errors"][0]["field"] == "batch"
    for query in ({"list": "everything"}, {"after": "x"}):
        assert program.ask("GET", "comments", query_string=query).status_code == 422
    assert program.ask("POST", "decide", data="{").status_code == 415
    assert program.ask("POST", "decide", data="{", headers={"Content-Type": "application/json"}).status_code == 400
    assert rita.own("GET", comment).json["comment"]["state"] == "pending"


def test_tokens_are_not_guessed_at(
    make_app: Callable[..., Flask], make: Callable[..., Program], mona: Moderator, clock: Clock
) -> None:
    good = make().secret
    program = Program(make_app(RATE_LIMITS="on", SIGN_IN_LIMIT="3/minute"), "cst_guess")
    assert [program.ask("GET", "counts").status_code for _ in range(5)] == [401, 401, 401, 429, 429]
    program.secret = good
    assert program.get("counts"), "who holds one goes on"
    clock.advance(seconds=62)
    program.secret = "cst_guess"
    assert program.ask("GET", "counts").status_code == 401


def test_a_token_is_made_shown_once_and_revoked_on_the_account_page(
    app: Flask, mona: Moderator, omar: Moderator, clock: Clock
) -> None:
    desk = desk_of(app, MONA, PASSWORD)
    fields = {"password": PASSWORD, "name": "Nightly <i>report", "site_key": "gazette", "scope": "read", "days": "30"}
    answer = desk.send(f"{ACCOUNT}/tokens", **fields)
    assert answer.status_code == 200
    program = Program(app, re.search(r"cst_[\w-]{43}", answer.text)[0])
    assert "never used" in desk.open(ACCOUNT).text
    assert program.get("counts")
    page = desk.open(ACCOUNT).text
    assert program.secret not in page
    assert "Nightly &lt;i&gt;report" in page
    assert "last used just now, ends 13 April 2026" in " ".join(page.split())
    with app.app_context(), db.engine.connect() as connection:
        for row in connection.execute(text("SELECT * FROM api_token")):
            assert program.secret not in str(tuple(row))
    for wrong in ({"site_key": "herald"}, {"scope": "everything"}, {"days": "soon"}, {"days": "0"}, {"name": ""}):
        assert desk.send(f"{ACCOUNT}/tokens", **fields | wrong).status_code == 422, wrong
    revoke = re.search(r"/moderate/account/tokens/gazette/\w{13}/revoke", page)[0]
    desk_of(app, "omar@herald.example", PASSWORD, "herald").send(revoke)
    assert program.get("counts"), "another's is not theirs to revoke"
    assert desk.send(revoke).status_code == 303
    assert program.ask("GET", "counts").status_code == 401
    assert desk.send(revoke).status_code == 303


def test_who_looks_on_makes_no_token_that_decides(app: Flask, site: Site, clock: Clock) -> None:
    with app.app_context():
        managing.add_moderator("vera@gazette.example", site.key, clock(), role="viewer", password=PASSWORD)
    desk: Desk = desk_of(app, "vera@gazette.example", PASSWORD)
    fields = {"password": PASSWORD, "name": "x", "site_key": "gazette", "days": ""}
    answer = desk.send(f"{ACCOUNT}/tokens", scope=["read", "decide"], **fields)
    assert answer.status_code == 422
    assert "look on" in answer.text
    assert desk.send(f"{ACCOUNT}/tokens", scope="read", **fields).status_code == 200
