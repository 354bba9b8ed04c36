"""The running service when its database hangs: readers go on, writers are told to come back, and it mends itself."""

import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from commentsvc.serving import free_port
from tests.rig.live import Live
from tests.rig.live import live_service
from tests.rig.postgres import Postgres

# A busy machine is slow; that it ends at all is what is tested.
PATIENCE = 40
GAZETTE = "https://gazette.example"


def read(live: Live, path: str = "/bridge") -> tuple[int, dict[str, str], Any]:
    """Read a thread; return status, headers and answer."""
    return ask(f"{live.base}/api/v1/sites/gazette/thread?url={quote(GAZETTE + path, safe='')}")


def post(live: Live, body: str, key: str | None = None) -> tuple[int, dict[str, str], Any]:
    """Post a comment; return status, headers and answer."""
    sent = json.dumps({"url": GAZETTE + "/bridge", "name": "Rita", "body": body}).encode()
    headers = {"Origin": GAZETTE, "Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
    return ask(urllib.request.Request(f"{live.base}/api/v1/sites/gazette/comments", sent, headers))


def ask(what: str | urllib.request.Request) -> tuple[int, dict[str, str], Any]:
    """Send a request; return status, headers and answer, whatever they are."""
    try:
        with urllib.request.urlopen(what, timeout=30) as answer:
            return answer.status, titled(answer.headers.items()), json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, titled(error.headers.items()), json.load(error)


def titled(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers under names as they are usually written."""
    return {name.title(): value for name, value in headers}


def until(holds: Callable[[], bool]) -> None:
    """Ask again until something holds."""
    pause = threading.Event()
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it never held"
        pause.wait(0.05)


def test_a_frozen_postgresql(tmp_path: Path) -> None:
    with Postgres() as postgres:
        url = postgres.create_database("outage")
        port = free_port(17_000)
        pages = str(tmp_path / "pages")
        Live(f"http://localhost:{port}", port, _environ(url)).command("migrate")
        with live_service(url, PAGE_FOLDER=pages, THREADS="4") as live:
            live.command("site", "add", "gazette", "--origin", GAZETTE, "--hold", "none")
            assert post(live, "Said before.")[0] == 201
            until(lambda: len(read(live)[2]["comments"]) == 1)
            until(lambda: any(Path(pages).glob("*.page")))
            postgres.freeze()
            try:
                status, headers, problem = post(live, "Said in between.", "0123456789abcdef")
                assert status == 503
                assert int(headers["Retry-After"]) > 0
                assert headers["Access-Control-Allow-Origin"]
                assert problem["status"] == 503
                status, headers, page = read(live)
                assert (status, len(page["comments"])) == (200, 1)
                assert headers["Cache-Status"] == "commentsvc; hit; detail=database-away"
                assert read(live, "/never-read")[0] == 503
            finally:
                postgres.thaw()
            until(lambda: post(live, "Said in between.", "0123456789abcdef")[0] == 201)
            until(lambda: len(read(live)[2]["comments"]) == 2)
            until(lambda: "Cache-Status" not in read(live)[1])

            live.stop()
            postgres.freeze()
            try:
                live.start(path="/healthz")
                status, headers, page = read(live)
                assert status == 200
                assert "Cache-Status" in headers
                assert len(page["comments"]) >= 1
            finally:
                postgres.thaw()
            until(lambda: post(live, "Said afterwards.")[0] == 201)


def _environ(url: str) -> dict[str, str]:
    return os.environ | {"COMMENTSVC_DATABASE_URL": url, "COMMENTSVC_SECRET_KEY": "x" * 40}


@pytest.mark.parametrize("threads", ["2", "8"])
def test_what_is_acknowledged_is_seen_in_every_process(empty_database: Callable[[], str], threads: str) -> None:
    url = empty_database()
    with live_service(url, THREADS=threads) as one, live_service(url, THREADS=threads) as other:
        one.command("site", "add", "gazette", "--origin", GAZETTE, "--hold", "none")
        for number in range(1, 6):
            assert post(one, f"Number {number}.")[0] == 201
            assert len(read(one)[2]["comments"]) == number, "at once where it was taken"
            until(lambda number=number: len(read(other)[2]["comments"]) == number)
