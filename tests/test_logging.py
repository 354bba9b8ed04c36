"""The log: a line for each thing that is told, whatever somebody sent, without receipts and without who asked."""

import io
import json
import logging
from collections.abc import Callable
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from commentsvc.database import db
from commentsvc.operators.journal import JsonLines
from commentsvc.operators.journal import OneLine
from commentsvc.operators.retaining import Janitor
from commentsvc.web.access_log import shown_path
from tests.conftest import ARTICLE
from tests.conftest import Clock
from tests.conftest import Reader

FORGED = "nice\r\n2026-01-01 ERROR all is lost\x1b[2J\u2028\x85end"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict]]]:
    """Give what the log said, as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


def record(words: str, fault: BaseException | None = None) -> logging.LogRecord:
    told = (type(fault), fault, fault.__traceback__) if fault else None
    return logging.LogRecord("commentsvc.x", logging.WARNING, "x.py", 1, "told: %s", (words,), told)


@pytest.mark.parametrize("formatter", [JsonLines(), OneLine("%(levelname)s %(message)s")])
def test_nobody_forges_a_line_or_steers_a_terminal(formatter: logging.Formatter) -> None:
    line = formatter.format(record(FORGED))
    assert len(line.splitlines()) == 1
    assert all(character.isprintable() for character in line)
    assert "all is lost" in line
    secret = formatter.format(record("GET /comments/r/blog/04cs0gb93zhyd.Zm9v?x=1 'r/r/blog/abc'"))
    assert "/r/-" in secret and "04cs" not in secret and "abc" not in secret


def test_a_fault_keeps_its_traceback() -> None:
    try:
        raise ValueError(FORGED)
    except ValueError as fault:
        found = record("it broke", fault)
    told = json.loads(JsonLines().format(found))
    assert told["message"] == "told: it broke" and told["level"] == "warning" and told["logger"] == "commentsvc.x"
    assert "Traceback" in told["fault"] and "all is lost" in told["fault"]
    first, *more = OneLine("%(message)s").format(found).splitlines()
    assert first == "told: it broke"
    assert more and all(line.startswith("    ") for line in more), "nothing in it looks like a line of its own"


def test_each_request_is_a_line_where_that_is_wanted(
    make_app: Callable[..., Flask], rita: Reader, lines: Callable[[], list[dict]]
) -> None:
    rita.say("Hello.")
    ((number, receipt),) = rita.receipts.items()
    client = make_app(ACCESS_LOG="on", LOG_FORMAT="json").test_client()
    client.get(f"/api/v1/sites/gazette/thread?url={ARTICLE}")
    client.get(f"/r/gazette/{number}.{receipt}")
    client.get("/moderate/join/secret-invitation")
    client.get("/a%0D%0Ab%1B" + "c" * 2000, headers={"User-Agent": "Snoop", "X-Forwarded-For": "198.51.100.7"})
    client.post("/moderate/sign-in?next=/moderate/rita@mail.example", data={"email": "mona@gazette.example"})
    told = [line for line in lines() if line["logger"] == "commentsvc.access"]
    assert [(line["method"], line["route"], line["status"]) for line in told] == [
        ("GET", "thread", 200),
        ("GET", "receipt", told[1]["status"]),
        ("GET", "desk", 404),
        ("GET", "other", 404),
        ("POST", "desk", told[-1]["status"]),
    ]
    assert [line["path"] for line in told[1:3]] == ["/r/-", "/moderate/join/-"]
    assert all(line["milliseconds"] >= 0 and len(line["path"]) <= 300 for line in told)
    whole = json.dumps(told)
    for private in (
        receipt,
        number,
        "secret-invitation",
        "Snoop",
        "198.51.100",
        "127.0.0.1",
        "mail.example",
        "gazette.example",
    ):
        assert private not in whole, private


def test_no_line_is_written_where_it_is_not_wanted(
    make_app: Callable[..., Flask], lines: Callable[[], list[dict]]
) -> None:
    make_app().test_client().get("/healthz")
    assert [line for line in lines() if line["logger"] == "commentsvc.access"] == []


@pytest.mark.parametrize(
    ("path", "shown"),
    [("/sites/a/thread", "/sites/a/thread"), ("/r/a/b/c", "/r/-"), ("/x/r/b", "/x/r/-"), ("/\xc3\xa9", "/é")],
)
def test_a_path_is_shown_without_its_secret(path: str, shown: str) -> None:
    assert shown_path(path) == shown


def test_networks_are_erased_in_time(app: Flask, clock: Clock, rita: Reader) -> None:
    def networks() -> list[str | None]:
        with app.app_context(), db.engine.connect() as connection:
            return list(connection.scalars(text("SELECT network FROM comment ORDER BY id")))

    janitor = Janitor(app.app_context, clock, networks=timedelta(days=30))
    rita.say("The first of them.")
    clock.advance(days=20)
    rita.say("Another one, later.")
    assert networks() == ["127.0.0.0/24"] * 2
    before = rita.bodies()
    clock.advance(days=9, hours=23)
    janitor.look()
    assert networks() == ["127.0.0.0/24"] * 2
    clock.advance(hours=2)
    assert janitor.look() >= 1
    assert networks() == [None, "127.0.0.0/24"]
    assert rita.bodies() == before
    Janitor(app.app_context, clock).look()
    assert networks() == [None, "127.0.0.0/24"], "without a time they stay"
