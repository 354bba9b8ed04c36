"""The command line as an operator uses it: words, exit codes, nothing lost."""

import re
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result
from sqlalchemy import text

from commentsvc.cli import main
from commentsvc.database import db
from tests.conftest import SECRET


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Give a function that runs a command on the test's database."""
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", database_url)
    monkeypatch.setenv("COMMENTSVC_SECRET_KEY", SECRET)

    def invoke(*words: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, words, input=stdin)

    return invoke


def test_a_site_is_added_listed_edited_and_removed(run: Callable[..., Result]) -> None:
    added = run("site", "add", "blog", "--origin", "https://Blog.example/", "--name", "My blog")
    assert added.exit_code == 0, added.output
    assert '<script async src="http://localhost:8080/embed.js" data-site="blog"></script>' in added.output
    assert "https://blog.example" in run("site", "list").output

    assert run("site", "edit", "blog", "--hold", "none", "--origin", "https://new.example").exit_code == 0
    listed = run("site", "list").output
    assert "none" in listed and "https://new.example" in listed and "https://blog.example" not in listed

    assert run("site", "remove", "blog", stdin="n\n").exit_code == 1
    assert "blog" in run("site", "list").output
    assert "with 0 comments" in run("site", "remove", "blog", "--yes").output
    assert "No site yet" in run("site", "list").output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["site", "add", "blog"], "at least one origin"),
        (["site", "add", "Blog!", "--origin", "https://a.example"], "lower-case"),
        (["site", "add", "blog", "--origin", "nonsense"], "nonsense"),
        (["site", "add", "blog", "--origin", "https://a.example/path"], "a.example/path"),
        (["site", "add", "blog", "--origin", "*"], "*"),
        (["site", "add", "blog", "--origin", "https://a.example", "--privacy-url", "javascript:1"], "javascript:1"),
        (["site", "edit", "blog"], "Nothing to change"),
        (["site", "add", "blog", "--origin", "https://a.example", "--hold", "some"], "'some'"),
    ],
)
def test_an_option_that_cannot_be_used_is_told(run: Callable[..., Result], words: list[str], told: str) -> None:
    ran = run(*words)
    assert ran.exit_code == 2
    assert told in ran.output
    assert "Traceback" not in ran.output


def test_what_is_not_there_is_told(run: Callable[..., Result]) -> None:
    for words in (
        ("site", "edit", "nowhere", "--hold", "none"),
        ("site", "remove", "nowhere", "--yes"),
        ("moderator", "add", "mona@gazette.example", "--site", "nowhere"),
        ("moderator", "passwd", "nobody@gazette.example", "--password-stdin"),
        ("rerender", "--site", "nowhere"),
    ):
        ran = run(*words, stdin="a long enough password\n")
        assert ran.exit_code == 1 and "Error: there is no" in ran.output, ran.output


def test_a_site_with_comments_is_removed_whole(run: Callable[..., Result], rita, change_site, clock) -> None:
    change_site(hold="none")
    parent = None
    for _ in range(5):
        clock.advance(seconds=1)
        parent = rita.say(parent=parent, headers={"Idempotency-Key": f"{clock.now.timestamp()}-abcdef"})
    ran = run("site", "remove", "gazette", "--yes")
    assert "with 5 comments" in ran.output, ran.output


def test_a_moderator_is_invited_or_given_a_password(run: Callable[..., Result], site) -> None:
    invited = run("moderator", "add", "Mona@Gazette.example", "--site", "gazette", "--role", "owner")
    assert re.search(r"http://localhost:8080/moderate/join/[\w-]{32}", invited.output), invited.output
    assert "invited" in run("moderator", "list").output
    given = run("moderator", "add", "sam@gazette.example", "--site", "gazette", "--password-stdin", stdin="short\n")
    assert given.exit_code == 2 and "at least 10 characters" in given.output
    given = run(
        "moderator",
        "add",
        "sam@gazette.example",
        "--site",
        "gazette",
        "--password-stdin",
        stdin="long enough for all\n",
    )
    assert given.exit_code == 0 and "join" not in given.output
    assert "comments wait" in given.output
    assert (
        run("moderator", "passwd", "sam@gazette.example", "--password-stdin", stdin="another one, long\n").exit_code
        == 0
    )
    wrong = run("moderator", "add", "not an address", "--site", "gazette")
    assert wrong.exit_code == 2


def test_a_backup_is_made_while_the_service_runs_and_read_back(
    run: Callable[..., Result], rita, database_url: str, tmp_path: Path
) -> None:
    rita.say("Worth keeping.")
    target = tmp_path / "backup.db"
    ran = run("backup", str(target))
    if not database_url.startswith("sqlite"):
        assert ran.exit_code == 1 and "pg_dump" in ran.output
        return
    assert "holds 1 comments" in ran.output and "is sound" in ran.output
    with sqlite3.connect(target) as copy:
        assert copy.execute("SELECT source FROM revision").fetchall() == [("Worth keeping.",)]
    assert not list(tmp_path.glob("*.unfinished*"))
    again = run("backup", str(target))
    assert again.exit_code == 1 and "there already" in again.output
    assert run("backup", str(tmp_path / "nowhere" / "backup.db")).exit_code == 1


def test_a_backup_takes_the_secret_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", f"sqlite:///{tmp_path}/c.db")
    monkeypatch.delenv("COMMENTSVC_SECRET_KEY", raising=False)
    assert CliRunner().invoke(main, ["backup", str(tmp_path / "b.db")]).exit_code == 0
    copy = tmp_path / "b.db.secret"
    assert copy.read_text() == (tmp_path / "c.db.secret").read_text()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_comments_are_rendered_again_from_what_was_written(run: Callable[..., Result], rita, app, change_site) -> None:
    change_site(hold="none")
    rita.say("It *is* old.")
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("UPDATE revision SET html = '<p>from long ago</p>', renderer = 'md0'"))
    assert rita.bodies() == ["<p>from long ago</p>"]
    ran = run("rerender")
    assert "1 texts rendered, 1 came out different" in ran.output, ran.output
    assert rita.bodies() == ['<p dir="auto">It <em>is</em> old.</p>']
    assert "0 texts rendered" in run("rerender", "--site", "gazette").output
    assert "1 texts rendered, 0 came out different" in run("rerender", "--all").output


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE decision SET act = 'reject' WHERE act = 'approve'",
        "UPDATE decision SET reasons = '[]' WHERE act = 'submit'",
        "DELETE FROM decision WHERE act = 'approve'",
        "DELETE FROM decision WHERE seq = 1 AND thread_id <> 0",
        "UPDATE decision SET seq = 7 WHERE act = 'approve'",
        "DELETE FROM decision WHERE thread_id = 0",
    ],
)
def test_the_log_of_decisions_is_verified(run: Callable[..., Result], rita, app, decide, tampering: str) -> None:
    first = rita.say("One.")
    rita.say("Two.")
    decide("approve", first)
    assert run("decisions", "verify").output == "The decision log holds.\n"
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text(tampering))
    ran = run("decisions", "verify", "--site", "gazette")
    assert ran.exit_code == 1
    assert "gazette: chain" in ran.output and "does not hold" in ran.output


def test_routes_and_help_and_version(run: Callable[..., Result]) -> None:
    assert "/api/v1/sites/<site>/comments" in run("routes").output
    assert "serve" in run("--help").output
    assert "commentsvc" in run("--version").output


def test_a_bad_setting_ends_a_command_with_its_name(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMENTSVC_TRUSTED_PROXIES", "all")
    ran = run("site", "list")
    assert ran.exit_code == 2 and "COMMENTSVC_TRUSTED_PROXIES is 'all'" in ran.output


def test_migrate_says_whether_anything_was_to_do(run: Callable[..., Result]) -> None:
    assert run("migrate").output == "The database is up to date.\n"
