"""Numbers: of all processes, whichever answers; for those who may see them; none that a stranger could add."""

import json
import os
import re
import signal
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from commentsvc import tallies
from commentsvc.app import create_app
from commentsvc.database import db
from commentsvc.models.site import Site
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Reader
from tests.conftest import make_settings
from tests.rig.live import live_service
from tests.rig.outages import until

TOKEN = "sixteen letters!".replace(" ", "-") + "abc"
LINE = re.compile(r'^([a-z_]+)(\{[a-z]+="[^"\n]*"(?:,[a-z]+="[^"\n]*")*\})? (-?[0-9.e+-]+)$')


def read(text: str) -> dict[str, float]:
    """Return all samples by name with labels; every line is one of the format's."""
    found: dict[str, float] = {}
    told = set()
    for line in text.splitlines():
        if line.startswith("# "):
            kind, name, _ = line[2:].split(" ", 2)
            assert kind in ("HELP", "TYPE") and (kind, name) not in told, line
            told.add((kind, name))
            continue
        match = LINE.match(line)
        assert match, line
        name = match[1] + (match[2] or "")
        assert name not in found, line
        assert ("TYPE", re.sub(r"_(bucket|sum|count)$", "", match[1])) in told or ("TYPE", match[1]) in told, line
        found[name] = float(match[3])
    return found


def numbers(client: FlaskClient) -> dict[str, float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return read(answer.text)


@pytest.mark.parametrize(
    ("allowed", "headers", "peer", "status"),
    [
        ("local", {}, "127.0.0.1", 200),
        ("local", {}, "::1", 200),
        ("local", {}, "192.0.2.7", 404),
        ("local", {"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1", 404),
        ("local", {"Forwarded": "for=127.0.0.1"}, "127.0.0.1", 404),
        ("local", {"X-Real-IP": "127.0.0.1"}, "127.0.0.1", 404),
        ("off", {"Authorization": "Bearer off"}, "127.0.0.1", 404),
        (TOKEN, {}, "127.0.0.1", 401),
        (TOKEN, {"Authorization": "Bearer nearly-the-token-"}, "127.0.0.1", 401),
        (TOKEN, {"Authorization": f"Basic {TOKEN}"}, "127.0.0.1", 401),
        (TOKEN, {"Authorization": f"Bearer {TOKEN}"}, "192.0.2.7", 200),
    ],
)
def test_numbers_are_for_those_who_may_see_them(
    make_app: Callable[..., Flask], allowed: str, headers: dict[str, str], peer: str, status: int
) -> None:
    client = make_app(METRICS=allowed, TRUSTED_PROXIES="1").test_client()
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": peer})
    assert answer.status_code == status
    assert ("commentsvc_queue" in answer.text or "commentsvc_build_info" in answer.text) == (status == 200)


def test_what_happens_is_counted(client: FlaskClient, rita: Reader, site: Site, mona, app: Flask) -> None:
    before = numbers(client)
    rita.say("Counted.")
    for _ in range(3):
        assert client.get(f"/api/v1/sites/gazette/thread?url={ARTICLE}").status_code == 200
    client.get(f"/api/v1/sites/gazette/thread?url={ARTICLE}&cursor=nonsense")
    after = numbers(client)

    def grown(name: str) -> float:
        return after[name] - before[name]

    assert grown('commentsvc_posts_total{verdict="hold"}') == 1
    assert grown('commentsvc_decisions_total{act="submit",by="author"}') == 1
    assert grown('commentsvc_requests_total{route="post",status="2xx"}') == 1
    assert grown('commentsvc_requests_total{route="thread",status="2xx"}') == 3
    assert grown('commentsvc_requests_total{route="thread",status="4xx"}') == 1
    assert grown('commentsvc_answer_seconds_count{lane="fast"}') == 2
    assert grown('commentsvc_answer_seconds_bucket{lane="slow",le="+Inf"}') == grown(
        'commentsvc_answer_seconds_count{lane="slow"}'
    )
    assert after['commentsvc_queue{site="gazette"}'] == 1
    assert after["commentsvc_pages"] >= 1 and after["commentsvc_page_bytes"] > 1000
    assert after["commentsvc_database_up"] == 1
    assert after["commentsvc_memory_bytes"] > 1 << 20
    assert any(name.startswith('commentsvc_build_info{version="') for name in after)


def test_strangers_add_no_series(client: FlaskClient, rita: Reader) -> None:
    before = numbers(client).keys()
    for path in ("/api/v1/sites/nowhere/thread?url=https://x.example/a", '/a"b\n', "/r/nowhere/secret", "/sites/x/y"):
        client.get(path)
    client.open("/healthz", method="BREW")
    assert numbers(client).keys() == before


def test_a_database_that_is_away_leaves_numbers_out(sqlite_databases: Callable[[], str], tmp_path: Path) -> None:
    app = create_app(make_settings(sqlite_databases(), METRICS=TOKEN))
    client = app.test_client()
    with app.app_context():
        db.engine.dispose()
        where = db.engine.url
    file = Path(str(where.database))
    away = file.rename(tmp_path / "away.db")
    try:
        found = read(client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text)
        assert found["commentsvc_database_up"] == 0
        assert not any(name.startswith("commentsvc_queue") for name in found)
        ready = client.get("/readyz", headers={"Accept": "application/json"})
        assert ready.status_code == 503 and ready.headers["Retry-After"]
        assert ready.json["parts"]["database"] == {"ok": False, "words": "the database does not answer"}
        assert client.get("/readyz").text == "not ready\ndatabase: the database does not answer\n"
        assert client.get("/healthz").text == "ok\n"
    finally:
        away.rename(file)


def test_readiness_tells_its_parts(client: FlaskClient, app: Flask) -> None:
    assert client.get("/readyz").text == "ready\n"
    told = client.get("/readyz", headers={"Accept": "application/json"}).json
    assert told["ready"] and all(part["ok"] for part in told["parts"].values())
    assert {"database", "schema", "commits"} <= told["parts"].keys()
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.text.startswith("not ready\nschema: it is not this version's")
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert client.get("/readyz").text == "ready\n", "it goes on while hosts are replaced one after the other"


def test_threads_lose_no_count() -> None:
    place = tallies.PLACES[(tallies.REQUESTS, "other", "2xx")]
    before = tallies.sums()[0]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [
            threading.Thread(target=lambda: [tallies.note(place, tallies.FAST, 0) for _ in range(20_000)])
            for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    after = tallies.sums()[0]
    assert after[place] - before[place] == 120_000
    assert sum(after[tallies.FAST : tallies.FAST + tallies.BUCKETS + 1]) >= 120_000


def test_all_processes_are_summed_and_a_killed_one_is_not_forgotten(tmp_path: Path) -> None:
    def ask(path: str) -> str:
        # A connection of its own each time: now one process answers, now the other.
        with urllib.request.urlopen(f"http://127.0.0.1:{live.port}{path}", timeout=20) as answer:
            return answer.read().decode()

    posted = 'commentsvc_requests_total{route="latest",status="2xx"}'
    with live_service(f"sqlite:///{tmp_path}/c.db", width=2) as live:
        live.command("site", "add", "blog", "--origin", GAZETTE)
        for _ in range(30):
            ask("/api/v1/sites/blog/latest")
        seen = [read(ask("/metrics")) for _ in range(12)]
        assert {found[posted] for found in seen} == {30}
        assert {found["commentsvc_processes"] for found in seen} == {2}
        victim = live.workers()[0]
        os.kill(victim, signal.SIGKILL)
        until(lambda: victim not in live.workers() and read(ask("/metrics"))["commentsvc_processes"] == 2)
        for _ in range(10):
            ask("/api/v1/sites/blog/latest")
        assert {read(ask("/metrics"))[posted] for _ in range(6)} == {40}
        assert "service-commits" in live.command("doctor", "--json", "--service", f"http://127.0.0.1:{live.port}")


def test_what_is_told_and_drawn_is_there(client: FlaskClient, site: Site, checkout: Path) -> None:
    there = {re.sub(r"_(bucket|sum|count)$", "", name.partition("{")[0]) for name in numbers(client)}
    told = (checkout / "docs" / "operating.md").read_text()
    assert set(re.findall(r"`(commentsvc_[a-z_]+)`", told)) == there
    board = json.loads((checkout / "docs" / "grafana.json").read_text())
    drawn = {
        re.sub(r"_(bucket|sum|count)$", "", name)
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"commentsvc_[a-z_]+", target["expr"])
    }
    assert drawn <= there and len(drawn) > 15
