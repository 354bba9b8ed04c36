"""The running service when its database goes away: readers read on, writers come back later, and it mends itself."""

import contextlib
import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager

import psycopg
import pytest

from commentsvc.serving import free_port
from commentsvc.web.slow_lane import PATIENCE as PATIENCE_OF_SERVICE
from tests.rig.judging import WITHIN
from tests.rig.judging import Judge
from tests.rig.live import Live
from tests.rig.live import live_service
from tests.rig.load import Run
from tests.rig.load import Writer
from tests.rig.looking import API
from tests.rig.looking import Reader
from tests.rig.outages import BUSY
from tests.rig.outages import ON_POSTGRESQL
from tests.rig.outages import ON_SQLITE
from tests.rig.outages import Fault
from tests.rig.outages import Stage
from tests.rig.outages import crowd
from tests.rig.outages import stopped
from tests.rig.outages import unmounted
from tests.rig.outages import until
from tests.rig.postgres import Postgres
from tests.rig.wire import wires

GAZETTE = "https://gazette.example"
# The longest that anybody waits: for a turn to write, then for the lock, and a busy machine may be slow.
LONGEST = 4 * PATIENCE_OF_SERVICE
# Whoever reads what has just changed when the database goes finds that out for the others.
SLOW, SELDOM = 1.0, 0.03


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("outage")
    path, pages = folder / "disk" / "comments.db", folder / "pages"
    path.parent.mkdir()
    with live_service(f"sqlite:///{path}", width=2, PAGE_FOLDER=str(pages)) as live:
        live.command("site", "add", "gazette", "--origin", GAZETTE, "--hold", "none")
        yield Stage(live, Run(GAZETTE), pages, sqlite=path)


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Postgres() as postgres:
        url = postgres.create_database("outage")
        # What is acknowledged has left the server's own memory, or to kill it would prove nothing.
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("ALTER DATABASE outage SET synchronous_commit = on")
        port = free_port(17_000)
        environ = {"COMMENTSVC_DATABASE_URL": url, "COMMENTSVC_SECRET_KEY": "x" * 40}
        Live(f"http://localhost:{port}", port, os.environ | environ).command("migrate")
        pages = tmp_path_factory.mktemp("pages")
        with live_service(url, width=2, PAGE_FOLDER=str(pages)) as live:
            live.command("site", "add", "gazette", "--origin", GAZETTE, "--hold", "none")
            yield Stage(live, Run(GAZETTE), pages, postgres=postgres)


@pytest.mark.parametrize("name", ON_SQLITE)
def test_sqlite_goes_away_under_load(on_sqlite: Stage, name: str) -> None:
    through(on_sqlite, name, ON_SQLITE[name])
    with contextlib.closing(sqlite3.connect(str(on_sqlite.sqlite))) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("name", ON_POSTGRESQL)
def test_postgresql_goes_away_under_load(on_postgresql: Stage, name: str) -> None:
    through(on_postgresql, name, ON_POSTGRESQL[name])


def test_a_restart_while_sqlite_is_away(on_sqlite: Stage) -> None:
    restart(on_sqlite, unmounted)


def test_a_restart_while_postgresql_is_away(on_postgresql: Stage) -> None:
    restart(on_postgresql, stopped(signal.SIGINT))


def through(stage: Stage, name: str, fault: Fault) -> None:
    """Let a crowd work before a fault, under it and afterwards, and hold what everybody was told against the truth."""
    run, article = stage.run, f"/{name.replace(' ', '-')}"
    with crowd(stage, article) as people:
        with people.at_work():
            begun = len(run.acts)
            people.until(lambda: len(run.acts) >= begun + 4 and min(map(len, (people.cold, *people.shown()))) >= 15)
            with fault.lasting(stage):
                people.until(lambda: all(len(writer.refused) >= 2 for writer in people.writers))
                people.until(lambda: fault.is_readable or people.cold[-1].status == BUSY)
                # Long enough for an age of a second and more.
                people.until(lambda: fault.is_readable or all(shown[-1].age for shown in people.shown()))
                here = [len(shown) for shown in people.shown()]
                people.until(lambda: all(len(now) >= then + 15 for now, then in zip(people.shown(), here, strict=True)))
            begun = len(run.acts)
            people.until(lambda: len(run.acts) >= begun + 4 and people.cold[-1].status == 200)
            people.until(lambda: all(shown[-1].age is None for shown in people.shown()))
        # Once more when everything that was acknowledged binds.
        threading.Event().wait(WITHIN)
        for reader in people.readers:
            reader.walk(article)
    found = faults(run, people.readers)
    assert not found, found
    if fault.is_readable:
        assert not [answer for answer in people.answers if answer.age is not None], "nothing was out of date"
    waits = sorted(answer.ended - answer.began for answer in people.answers)
    assert waits[-1] < LONGEST
    assert waits[-1 - int(len(waits) * SELDOM)] < SLOW, "readers read on"
    assert {reply.status for reply in people.refusals} == {BUSY}
    assert all(int(reply.headers["retry-after"]) > 0 for reply in people.refusals)
    assert max(reply.ended - reply.began for reply in people.refusals) < LONGEST
    assert {reply.status for reply in people.alive} == {200}


def restart(stage: Stage, lasting: Callable[[Stage], AbstractContextManager[None]]) -> None:
    """Restart the service while its database is away: what was read before can be read, and it mends itself."""
    article = "/restarted"
    with wires(stage.live, 2) as lines:
        writer = Writer(stage.run, lines[0], 1)
        texts = [writer.post(article).text for _ in range(3)]
        readers = [Reader(wire, GAZETTE) for wire in lines]
        until(lambda: all(list(reader.walk(article)[0].texts) == texts for reader in readers))
        until(lambda: any(texts[-1].encode() in page.read_bytes() for page in stage.pages.glob("*.page")))
    stage.live.stop()
    with lasting(stage):
        stage.live.start(path="/healthz")
        with wires(stage.live, 2) as lines:
            readers = [Reader(wire, GAZETTE) for wire in lines]
            for reader in readers:
                assert list(reader.walk(article)[0].texts) == texts
                assert reader.answers[-1].age is not None
                assert reader.wire.ask("GET", "/embed.js").status == 200
                refused = reader.wire.ask("GET", f"{API}/thread?url={GAZETTE}/never-read")
                assert (refused.status, int(refused.headers["retry-after"]) > 0) == (BUSY, True)
    with wires(stage.live, 2) as lines:
        readers = [Reader(wire, GAZETTE) for wire in lines]
        Writer(stage.run, lines[0], 1).post(article)
        for reader in readers:
            until(lambda reader=reader: len(reader.walk(article)[0].texts) == 4 and reader.answers[-1].age is None)
        found = faults(stage.run, readers)
        assert not found, found


def faults(run: Run, readers: list[Reader]) -> str:
    """Return what is wrong with what readers were shown, as lines."""
    judge = Judge(run.acts)
    found = [fault for reader in readers for answer in reader.answers for fault in judge.faults(answer)]
    return "\n".join([*found, *(problem for reader in readers for problem in reader.problems)][:20])
