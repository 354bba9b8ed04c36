"""Every route, and the headers that keep what it answers in its place; new routes are found by themselves."""

from collections.abc import Callable
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.people import managing
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of

SECRET_LONG_ENOUGH = "0" * 32
PAGE = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "Strict-Transport-Security": None,
    "Access-Control-Allow-Origin": None,
    "Access-Control-Allow-Credentials": None,
}
# What a mail scanner may open has no script at all.
WITHOUT_SCRIPT = PAGE | {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )
}
DATA = PAGE | {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": None,
    "Cross-Origin-Opener-Policy": None,
    "Permissions-Policy": None,
}
FOR_ALL = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
FOR_THE_SITE = FOR_ALL | {"Access-Control-Allow-Origin": GAZETTE}
UNCACHED = {"Cache-Control": "no-store"}
SCRIPTS = ("/embed", "/counts.js")
PUBLIC = ("api.thread", "api.counts", "api.latest", "api.contract")


def expected(rule: Rule, answer: TestResponse) -> dict[str, str | None]:
    """Return the headers that an answer of a route must have; None where one must not be there."""
    kind = PAGE if answer.mimetype == "text/html" else DATA
    path = rule.rule
    if path.startswith("/api/v1/moderation/"):
        return DATA | UNCACHED
    if path.startswith("/api/"):
        return DATA | (FOR_ALL if rule.endpoint in PUBLIC else FOR_THE_SITE | UNCACHED)
    if path.startswith("/r/<site>/act/"):
        return WITHOUT_SCRIPT | UNCACHED
    if path.startswith(("/moderate", "/r/")):
        return kind | UNCACHED
    if path.startswith(SCRIPTS) or rule.endpoint == "feeds.feed":
        return DATA | FOR_ALL
    if path.startswith(("/sites/", "/static/", "/healthz", "/readyz", "/metrics")) or path == "/":
        return kind
    raise AssertionError(f"{path} is of no kind that is known here: say what it owes")


@pytest.fixture
def olga(app: Flask, site: Site, mona: Moderator, clock: Clock) -> Desk:
    """Give the browser of the Gazette's owner, who may see everything."""
    with app.app_context():
        managing.add_moderator("olga@gazette.example", site.key, clock(), name="Olga", role="owner", password=PASSWORD)
    return desk_of(app, "olga@gazette.example", PASSWORD)


@pytest.fixture
def paths(app: Flask, rita: Reader, decide: Callable) -> Iterator[tuple[Rule, str, str]]:
    """Give every route with a path on which there is something to see, and each method it takes."""
    comment = rita.say()
    decide("approve", comment)
    thread = rita.thread()["thread"]["id"]
    known = {"site": "gazette", "key": "gazette", "comment": comment, "comment_id": comment, "thread": thread}
    known |= {"receipt": rita.receipts[comment], "filename": "desk.css"}

    def found() -> Iterator[tuple[Rule, str, str]]:
        for rule in app.url_map.iter_rules():
            values = {}
            for name in rule.arguments:
                converter = rule._converters[name]
                one_of = sorted(converter.items)[0] if isinstance(converter, AnyConverter) else SECRET_LONG_ENOUGH
                values[name] = known.get(name, one_of)
            built = rule.build(values)
            assert built is not None
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, built[1], method

    return found()


def test_every_route_keeps_its_place(olga: Desk, paths: Iterator[tuple[Rule, str, str]]) -> None:
    seen = set()
    for rule, path, method in paths:
        query = {"url": ARTICLE} if rule.rule.startswith(("/sites/", "/api/")) else {}
        answer = olga.client.open(path, method=method, query_string=query, headers={"Origin": GAZETTE})
        wanted = expected(rule, answer)
        assert {name: answer.headers.get(name) for name in wanted} == wanted, (rule, method, answer.status)
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.status_code < 500, (rule, method)
        assert "Server" not in answer.headers
        seen.add((rule.endpoint, answer.status_code))
    # Most of the pages were really there, and not only what is said instead of them.
    assert len({endpoint for endpoint, status in seen if status == 200}) > 40


def test_over_https_browsers_are_told_to_stay_there(make_app: Callable[..., Flask], site: Site) -> None:
    client = make_app(BASE_URL="https://comments.example").test_client()
    for path in ("/moderate/sign-in", "/embed.js", "/healthz", f"/sites/gazette/thread?url={ARTICLE}", "/nowhere"):
        assert client.get(path).headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "Strict-Transport-Security" not in client.get(path).headers.get("Vary", "")


def test_errors_keep_their_place_too(app: Flask, site: Site) -> None:
    client = app.test_client()
    for path, kind in (("/nowhere", PAGE), ("/moderate/nowhere/at/all", PAGE), ("/api/v1/nowhere", DATA | FOR_ALL)):
        answer = client.get(path, headers={"Accept": "text/html", "Origin": "https://evil.example"})
        assert answer.status_code == 404
        assert {name: answer.headers.get(name) for name in kind} == kind, path
