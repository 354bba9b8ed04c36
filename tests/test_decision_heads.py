"""The decision log taken along: its head, by which a rewrite of the whole is found; the export; its page."""

import gzip
import json
from collections.abc import Callable
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result
from flask import Flask
from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.orm import Session

from commentsvc.cli import main
from commentsvc.database import db
from commentsvc.models import ids
from commentsvc.models.decision import SITE_CHAIN
from commentsvc.models.decision import Decision
from commentsvc.models.decision import link
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.moderators import moderating
from tests.conftest import PASSWORD
from tests.conftest import SECRET
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.decision_log import chains
from tests.rig.decision_log import fill_log
from tests.rig.decision_log import row_at
from tests.rig.desk import desk_of


@pytest.fixture
def log(app: Flask, mona: Moderator, rita: Reader, decide: Callable, clock: Clock) -> Iterator[Session]:
    """Give a session on a log of two threads and the site."""
    fill_log(app, rita, decide, clock)
    with app.app_context(), Session(db.engine) as session:
        yield session


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Give a function that runs a command on the test's database."""
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", database_url)
    monkeypatch.setenv("COMMENTSVC_SECRET_KEY", SECRET)
    return lambda *words: CliRunner().invoke(main, ["decisions", *words])


def rewrite(session: Session) -> int:
    """Make the longest chain of a thread anew with one act changed, all hashes and its end right; return its thread."""
    whole = {chain: many for chain, many in chains(session).items() if chain != SITE_CHAIN}
    chain = max(whole, key=lambda one: whole[one])
    head = b""
    question = select(*Decision.__table__.columns).where(Decision.thread_id == chain).order_by(Decision.seq)
    for row in session.execute(question).all():
        values = row._asdict() | ({"act": "reject"} if row.seq == 2 else {})
        head = link(head, values)
        session.execute(update(Decision).where(row_at((chain, row.seq))).values(act=values["act"], hash=head))
    session.execute(update(Thread).where(Thread.id == chain).values(log_head=head))
    session.commit()
    return chain


@pytest.mark.parametrize("form", ["value", "file", "chains"])
def test_a_rewrite_of_the_whole_is_found_by_the_head_that_was_kept(
    run: Callable, log: Session, clock: Clock, rita: Reader, decide: Callable, tmp_path: Path, form: str
) -> None:
    until = (clock() + timedelta(minutes=1)).isoformat()
    ran = run("head", "--site", "gazette", "--until", until, *(["--chains"] if form == "chains" else []))
    assert ran.exit_code == 0, ran.output
    many = sum(chains(log).values())
    assert ran.output.startswith(f"gazette 2026-03-14T09:29:53.000000Z {many} ")
    kept = ran.output.strip()
    if form != "value":
        (tmp_path / "head").write_text(ran.output)
        kept = str(tmp_path / "head")
    log.rollback()
    # What comes later goes on from it.
    clock.advance(hours=1)
    decide("approve", rita.say("later", url="https://gazette.example/one"))
    ran = run("verify", "--head", kept)
    assert (ran.exit_code, ran.output) == (0, "The decision log holds, and goes on from the head.\n")

    chain = rewrite(log)
    assert run("verify").output == "The decision log holds.\n"
    ran = run("verify", "--head", kept)
    assert (ran.exit_code, "rewritten" in ran.output) == (1, True), ran.output
    if form == "chains":
        assert f"gazette: chain {ids.to_text(chain)}, row " in ran.output
    log.execute(delete(Decision).where(Decision.thread_id == chain))
    log.execute(update(Thread).where(Thread.id == chain).values(log_seq=0, log_head=b""))
    log.commit()
    assert run("verify").exit_code == 0
    assert run("verify", "--head", kept).exit_code == 1


def test_what_is_no_head_is_refused(run: Callable, log: Session, tmp_path: Path) -> None:
    log.rollback()
    zeros = "0" * 64
    for head in (
        "nowhere",
        "gazette 2026 1 abc",
        f"herald 2026-03-14T09:29:53Z 3 {zeros}",
        f"gazette yesterdayZ 3 {zeros}",
    ):
        ran = run("verify", "--head", head)
        assert ran.exit_code in (1, 2) and ran.output, head
        assert not isinstance(ran.exception, Exception), head
    for words in ("gazette/site 3 " + zeros, f"gazette 2026-03-14T09:29:53Z 3 {zeros}\nherald/site 3 {zeros}", ""):
        (tmp_path / "head").write_text(words)
        assert run("verify", "--head", str(tmp_path / "head")).exit_code == 2


def test_a_head_whose_chains_were_changed_is_not_whole(run: Callable, log: Session, tmp_path: Path) -> None:
    log.rollback()
    lines = run("head", "--until", "2026-03-15T00:00:00Z", "--chains").output.splitlines()
    (tmp_path / "head").write_text("\n".join(lines[:-1]))
    assert "not whole" in run("verify", "--head", str(tmp_path / "head")).output


def test_the_log_is_exported_line_by_line_from_the_command_and_from_the_desk(
    run: Callable, log: Session, app: Flask, tmp_path: Path
) -> None:
    many = sum(chains(log).values())
    log.rollback()
    ran = run("export", "--site", "gazette", str(tmp_path / "log.jsonl.gz"))
    assert ran.output.endswith(f"holds {many} decisions.\n"), ran.output
    lines = [json.loads(line) for line in gzip.decompress((tmp_path / "log.jsonl.gz").read_bytes()).splitlines()]
    assert (lines[0]["format"], lines[0]["version"], lines[0]["site"]) == ("commentsvc-decisions", 1, "gazette")
    assert len(lines) == many + 1
    assert {line.get("note") for line in lines[1:]} == {None, "Because of the *rain*."}
    desk = desk_of(app, "mona@gazette.example", PASSWORD)
    answer = desk.open("/moderate/gazette/log/export")
    assert answer.headers["Content-Disposition"] == "attachment; filename=gazette-decisions-2026-03-14.jsonl"
    assert [json.loads(line) for line in answer.data.splitlines()][1:] == lines[1:]
    assert run("export", "--site", "gazette", "-").stdout.count("\n") == many + 1
    assert run("export", "--site", "nowhere", "-").exit_code == 1


def test_the_page_tells_in_words_and_filters(log: Session, app: Flask, mona: Moderator) -> None:
    log.rollback()
    desk = desk_of(app, "mona@gazette.example", PASSWORD)
    page = desk.open("/moderate/gazette/log").text
    for words in ("Mona Lind approved the comment by Rita", "Rita wrote a comment", "The operator set up the site",
                  "pending → spam", "Because of the *rain*."):  # fmt: skip
        assert words in page

    def shown(**query: str) -> tuple[int, str]:
        text = desk.open("/moderate/gazette/log", **query).text
        return text.count('<li class="card thread">'), text

    assert shown(act="spam")[0] == 2
    assert shown(who=f"m-{mona.id}")[0] == 6
    assert shown(who="author")[0] == 6
    assert shown(who="author", act="spam")[0] == 0
    assert shown(since="2026-03-15")[0] == 0
    everything = shown(since="2026-03-14", until="2026-03-14")[0]
    assert everything == shown()[0] > 12
    assert shown(who="m-x", since="soon", until="9999-99-99", after="?")[0] == everything


def test_a_decision_that_is_undone_leaves_both_rows(log: Session, app: Flask, site: Site, mona: Moderator) -> None:
    log.rollback()
    batch = log.scalars(select(Decision.batch).where(Decision.act == "spam")).first()
    log.rollback()
    assert batch is not None
    with app.app_context():
        moderating.undo(site, mona, batch, datetime(2026, 3, 14, 10, tzinfo=UTC))
    page = desk_of(app, "mona@gazette.example", PASSWORD).open("/moderate/gazette/log").text
    assert "took back a decision on the comment by Rita" in page and "spam → pending" in page
