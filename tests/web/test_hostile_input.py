"""Requests that no client of ours sends: they are refused plainly, in bounded time, by every route alike."""

import gzip
import json
import time
from collections.abc import Callable
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.people import managing
from commentsvc.people import signing_in
from commentsvc.people import tokens
from commentsvc.people.tokens import Wanted
from commentsvc.refusals import SignInRefused
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import desk_of
from tests.web.test_strangers import LOOKING
from tests.web.test_strangers import tries

MONA = "mona@gazette.example"
SECONDS = 3.0


@pytest.fixture
def token(app: Flask, mona: Moderator, clock: Clock) -> str:
    """Give a token of the Gazette that may do everything."""
    with app.app_context():
        return tokens.issue("gazette", MONA, Wanted("all", ("read", "decide"), None), clock()).secret


@pytest.fixture
def writes(client: FlaskClient, rita: Reader, token: str) -> list[tuple[str, str, dict[str, str]]]:
    """Give every call of the contract that takes JSON, with what opens it."""
    comment = rita.say()
    found = []
    contract = client.get("/api/v1/openapi.json").json
    assert contract is not None
    for path, acts in contract["paths"].items():
        for method, act in acts.items():
            if "requestBody" in act:
                opens = token if "/moderation/" in path else rita.receipts[comment]
                headers = {"Origin": GAZETTE, "Authorization": f"Bearer {opens}"}
                found.append((method.upper(), path.format(site="gazette", id=comment), headers))
    assert len(found) > 6
    return found


BODIES = {
    "a deep list": b"[" * 60_000,
    "a deep object": b'{"body":' * 8_000,
    "deep, and closed": b'{"body":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "a number of many digits": b'{"body": ' + b"9" * 5_000 + b', "act": 1}',
    "an endless fraction": b'{"body": 1e999999999}',
    "no number": b'{"body": NaN}',
    "minus nothing": b'{"body": -0, "act": -0}',
    "half a character": b'{"body": "\\ud800", "act": "\\udfff", "ids": ["\\ud800"], "batch": "\\ud800"}',
    "no UTF-8": b'{"body": "\xff\xfe"}',
    "two bytes a letter": '{"body": "x"}'.encode("utf-16"),
    "a mark before it": b'\xef\xbb\xbf{"body": "x"}',
    "a list": b"[]",
    "a word": b'"body"',
    "nothing": b"",
    "something behind it": b'{"body": "x"} {}',
    "NUL": b'{"body": "\\u0000", "act": "\\u0000", "url": "\\u0000", "email": "\\u0000", "reason": "\\u0000"}',
    "names of JavaScript": b'{"__proto__": {"body": "x"}, "constructor": 1}',
    "what nobody asked for": b'{"x": {}, "body": {"$ne": 1}, "act": ["approve"], "ids": {}, "batch": [1], "email": {}}',
}


def test_no_body_is_too_strange_to_be_refused(
    client: FlaskClient, writes: list[tuple[str, str, dict[str, str]]]
) -> None:
    for (method, path, headers), (name, body) in product(writes, BODIES.items()):
        began = time.monotonic()
        answer = client.open(path, method=method, data=body, content_type="application/json", headers=headers)
        assert answer.status_code in (400, 422), (path, name, answer.status_code, answer.text)
        assert answer.mimetype == "application/problem+json"
        assert time.monotonic() - began < SECONDS, (path, name)


def test_of_a_key_that_comes_twice_the_last_is_taken_and_checked(client: FlaskClient, site: Site) -> None:
    body = b'{"body": "safe", "body": "[x](javascript:alert\\u00281\\u0029)"}'
    path = "/api/v1/sites/gazette/preview"
    answer = client.post(path, data=body, content_type="application/json", headers={"Origin": GAZETTE})
    assert "href" not in answer.json["html"]


def test_nothing_compressed_is_unpacked(client: FlaskClient, writes: list[tuple[str, str, dict[str, str]]]) -> None:
    bomb = gzip.compress(bytes(1_000_000))
    for (method, path, headers), coding in product(writes, ("gzip", "deflate", "br", "identity, gzip", "GZIP")):
        more = headers | {"Content-Encoding": coding}
        answer = client.open(path, method=method, data=bomb, content_type="application/json", headers=more)
        assert answer.status_code == 415, path


def parts(number: int) -> bytes:
    one = b'--x\r\nContent-Disposition: form-data; name="%d"\r\n\r\n\r\n'
    return b"".join(one % each for each in range(number)) + b"--x--\r\n"


def test_forms_of_too_many_parts_are_refused(app: Flask, mona: Moderator, rita: Reader) -> None:
    comment = rita.say()
    desk = desk_of(app, MONA, PASSWORD)
    public = [f"/sites/gazette/thread?url={ARTICLE}", f"/r/gazette/{rita.receipts[comment]}/edit", "/moderate/sign-in"]
    private = [path for _, path, method in tries(app) if method not in LOOKING]
    for path in (*public, *private[::7]):
        for body, kind in (
            (parts(1_300), "multipart/form-data; boundary=x"),
            (b"--x\r\n" + b"\n" * 60_000, "multipart/form-data; boundary=x"),
            (parts(5), "multipart/form-data"),
            (parts(5), "multipart/form-data; boundary=" + "y" * 5_000),
            (b"&".join(b"a%d=1" % each for each in range(8_000)), "application/x-www-form-urlencoded"),
        ):
            began = time.monotonic()
            answer = desk.client.post(path, data=body, content_type=kind)
            assert 400 <= answer.status_code < 500, (path, kind, answer.status_code)
            assert time.monotonic() - began < SECONDS, path


FIELDS = (
    "batch", "body", "chat", "email", "format", "id", "list", "name", "note", "old", "one", "origins", "query",
    "reason", "revision", "role", "seen", "site_key", "target", "text", "title", "to", "words",
)  # fmt: skip


def test_no_form_of_the_desk_stores_what_the_database_refuses(app: Flask, mona: Moderator, clock: Clock) -> None:
    with app.app_context():
        managing.add_moderator("olga@gazette.example", "gazette", clock(), role="owner", password=PASSWORD)
    desk = desk_of(app, "olga@gazette.example", PASSWORD)
    sent = dict.fromkeys(FIELDS, "a\x00b") | {"url": "https://a.example/\x00", "csrf_token": desk.token()}
    sent |= {"shape": "json", "event": "comment.pending", "kind": "words", "where": "text", "action": "hold"}
    sent |= {"scope": "read", "days": "1", "act": "save"}
    for _, path, method in tries(app):
        if method not in LOOKING and not path.endswith(("/sign-out", "/password", "/end-others")):
            assert desk.client.open(path, method=method, data=sent).status_code < 500, path


def test_a_body_without_a_length_is_bounded_all_the_same(client: FlaskClient, site: Site) -> None:
    class Endless:
        given = 0

        def read(self, size: int = -1) -> bytes:
            assert size > 0, "it would be read to its end, which it has not"
            self.given += size
            return b"x" * size

    endless: Any = Endless()
    environ = {"wsgi.input": endless, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        for path in ("/api/v1/sites/gazette/preview", f"/sites/gazette/thread?url={ARTICLE}", "/moderate/sign-in"):
            answer = client.post(path, content_type=kind, headers={"Origin": GAZETTE}, environ_overrides=environ)
            assert answer.status_code in (400, 403, 413, 415), (path, kind, answer.status_code)
            assert endless.given < 2_000_000, path


ADDRESSES = [
    ("::ffff:203.0.113.9", "203.0.113.9"),
    ("2001:db8::1%eth0", "2001:db8::2"),
    ("[2001:db8::1]", "2001:db8::2"),
    ("192.0.2.1, 203.0.113.9", "203.0.113.9"),
    ("203.0.113.9' OR 1=1--", "unknown"),
    ("\u0662\u0660\u0663.0.113.9", "unknown"),
    ("0313.0.113.9", "unknown"),
    ("x" * 5_000, "unknown"),
    ("", ""),
]


def test_every_spelling_of_an_address_counts_as_the_same(
    make_app: Callable[..., Flask], site: Site, clock: Clock
) -> None:
    client = make_app(RATE_LIMITS="on", PREVIEW_LIMIT="1/minute", TRUSTED_PROXIES="1").test_client()

    def ask(address: str) -> int:
        headers = {"Origin": GAZETTE, "X-Forwarded-For": address.encode().decode("latin-1")}
        return client.post("/api/v1/sites/gazette/preview", json={"body": "x"}, headers=headers).status_code

    for forwarded, like in ADDRESSES:
        clock.advance(minutes=5)
        assert ask(forwarded) == 200, forwarded
        assert ask(like) == 429, forwarded
        assert ask("198.51.100.77") == 200


def calls(client: FlaskClient, comment: str, thread_url: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    contract = client.get("/api/v1/openapi.json").json
    assert contract is not None
    body = {"body": "x", "reason": "spam", "act": "approve", "ids": [comment], "batch": comment, "name": "Eve"}
    body |= {"parent": comment, "url": thread_url, "kind": "thread", "email": "eve@mail.example"}
    for path, acts in contract["paths"].items():
        for method, act in acts.items():
            yield method.upper(), path.replace("{id}", comment), {"json": body} if "requestBody" in act else {}


def test_no_call_of_one_site_reaches_what_is_anothers(
    app: Flask, client: FlaskClient, rita: Reader, omar: Moderator, token: str, clock: Clock, decide: Callable
) -> None:
    comment = rita.say("The secret plans of the bridge.")
    waiting = rita.say("The other secret plans.")
    decide("approve", comment)
    before = rita.own("GET", waiting).json
    with app.app_context():
        theirs = tokens.issue("herald", omar.email, Wanted("all", ("read", "decide"), None), clock()).secret
        managing.edit_site("herald", {"hold": "none"}, clock())
    for key, one_token in (("herald", theirs), ("herald", token), ("gazette", theirs), ("nowhere", token)):
        for asked in (comment, waiting):
            for method, path, sent in calls(client, asked, ARTICLE):
                opens = one_token if "/moderation/" in path else rita.receipts[asked]
                if key == "gazette" and "/moderation/" not in path:
                    continue
                headers = {"Origin": "https://herald.example", "Authorization": f"Bearer {opens}"}
                answer = client.open(path.format(site=key), method=method, headers=headers, **sent)
                assert "secret plans" not in answer.text, (key, path)
                if path.endswith(("/decide", "/undo")) and answer.status_code == 200:
                    assert answer.json["done"] == 0
                elif "{site}/comments/" in path:
                    assert answer.status_code in (403, 404), (key, method, path)
    assert rita.own("GET", waiting).json == before
    assert json.dumps(rita.thread()).count("secret plans of the bridge") == 1


def test_somebody_unknown_takes_as_long(app: Flask, mona: Moderator) -> None:
    def fastest(email: str) -> float:
        taken = []
        for _ in range(4):
            began = time.perf_counter()
            with app.app_context(), pytest.raises(SignInRefused):
                signing_in.sign_in(email, "wrong horse battery", Clock()(), "a browser")
            taken.append(time.perf_counter() - began)
        return min(taken)

    known, unknown = fastest(MONA), fastest("nobody@gazette.example")
    # Without a hash it would take a tenth.
    assert 0.4 < unknown / known < 2.5
