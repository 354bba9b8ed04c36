"""A backup is put in place whole or not at all: nothing that was there is lost, nothing that runs is pulled away."""

import contextlib
import json
import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import alembic.command
import pytest
from alembic.config import Config
from click.testing import CliRunner
from click.testing import Result

from commentsvc.app import bare_app
from commentsvc.cli import main
from commentsvc.database import db
from commentsvc.models import ids
from commentsvc.resources import folder
from tests.conftest import make_settings
from tests.rig.live import live_service
from tests.rig.outages import until
from tests.rig.wire import Wire

ORIGIN = "https://blog.example"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Give a function that runs a command on a database of its own, with the secret beside it."""
    for name in ("SECRET_KEY", "PAGE_FOLDER"):
        monkeypatch.delenv(f"COMMENTSVC_{name}", raising=False)
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", f"sqlite:///{tmp_path}/c.db")

    def invoke(*words: str, on: Path | None = None) -> Result:
        env = {"COMMENTSVC_DATABASE_URL": f"sqlite:///{on}"} if on else {}
        return CliRunner().invoke(main, words, env=env)

    return invoke


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a backup of a database with one site, to which another was added since."""
    home = tmp_path_factory.mktemp("template")
    env = {"COMMENTSVC_DATABASE_URL": f"sqlite:///{home}/c.db", "COMMENTSVC_SECRET_KEY": ""}
    for words in (
        ["site", "add", "blog", "--origin", ORIGIN],
        ["backup", f"{home}/b.db"],
        ["site", "add", "later", "--origin", ORIGIN],
    ):
        assert CliRunner().invoke(main, words, env=env).exit_code == 0
    return home


@pytest.fixture
def backup(template: Path, tmp_path: Path) -> Path:
    """Give the backup, beside a copy of the database."""
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    return tmp_path / "b.db"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith((".migrating", "-wal", "-shm"))}


def test_a_backup_takes_the_place_of_what_is_kept_aside(
    run: Callable[..., Result], backup: Path, tmp_path: Path
) -> None:
    pages = tmp_path / "c.db.pages"
    pages.mkdir()
    (pages / "of-later.page").write_bytes(b"{}")
    secret = (tmp_path / "c.db.secret").read_text()
    (tmp_path / "c.db.secret").write_text("another secret, made since then, long enough\n")
    before = names(tmp_path)
    refused = run("restore", str(backup))
    assert refused.exit_code == 1 and "--replace" in refused.output
    assert names(tmp_path) == before

    ran = run("restore", str(backup), "--replace")
    assert ran.exit_code == 0, ran.output
    assert "holds 0 comments" in ran.output and "is sound" in ran.output
    listed = run("site", "list").output
    assert "blog" in listed and "later" not in listed
    assert (tmp_path / "c.db.secret").read_text() == secret
    assert stat.S_IMODE((tmp_path / "c.db").stat().st_mode) == 0o600
    assert list(pages.iterdir()) == []
    (aside,) = (path for path in tmp_path.glob("c.db.before-*Z"))
    assert "later" in run("site", "list", on=aside).output
    assert "another secret" in aside.with_name(aside.name + ".secret").read_text()
    assert not list(tmp_path.glob("*restoring*"))
    assert run("doctor").exit_code == 0


def test_a_backup_makes_a_new_place(run: Callable[..., Result], backup: Path, tmp_path: Path) -> None:
    new = tmp_path / "new" / "c.db"
    assert "is not there" in run("restore", str(backup), on=new).output
    new.parent.mkdir()
    assert run("restore", str(backup), on=new).exit_code == 0
    assert run("doctor", on=new).exit_code == 0
    assert {"c.db", "c.db.secret"} <= names(new.parent)


def damaged(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[4096 * 3 : 4096 * 12] = bytes(4096 * 9)
    path.write_bytes(whole)


def newer(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as there:
        there.execute("UPDATE alembic_version SET version_num = '9999'")
        there.commit()


def foreign(path: Path) -> None:
    path.unlink()
    with contextlib.closing(sqlite3.connect(path)) as there:
        there.execute("CREATE TABLE letters (a)")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (damaged, "no sound backup"),
        (newer, "used by a newer one"),
        (foreign, "no sound backup"),
        (lambda path: path.write_text("my holidays"), "no sound backup"),
        (Path.unlink, "is not there"),
    ],
)
def test_what_is_no_backup_of_ours_changes_nothing(
    run: Callable[..., Result], backup: Path, tmp_path: Path, spoil: Callable[[Path], object], told: str
) -> None:
    spoil(backup)
    before, whole = names(tmp_path), (tmp_path / "c.db").read_bytes()
    ran = run("restore", str(backup), "--replace")
    assert ran.exit_code == 1
    assert told in ran.output and "Traceback" not in ran.output, ran.output
    assert names(tmp_path) == before and (tmp_path / "c.db").read_bytes() == whole


def test_a_backup_of_an_older_version_is_migrated(run: Callable[..., Result], backup: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")))
    with bare_app(make_settings(f"sqlite:///{backup}")).app_context():
        with db.engine.begin() as connection:
            config.attributes["connection"] = connection
            alembic.command.downgrade(config, "0008")
        db.engine.dispose()
    ran = run("restore", str(backup), "--replace")
    assert ran.exit_code == 0, ran.output
    with contextlib.closing(sqlite3.connect(backup)) as there:
        assert there.execute("SELECT version_num FROM alembic_version").fetchone() == ("0008",), "the backup stays"
    assert "blog" in run("site", "list").output
    assert run("doctor").exit_code == 0


def test_a_database_of_a_newer_version_is_refused_by_every_command_in_a_line(
    run: Callable[..., Result], backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    newer(tmp_path / "c.db")
    whole = (tmp_path / "c.db").read_bytes()
    for words in (
        "serve", "worker --once", "migrate", "backup x.db", "site list", "moderator list", "decisions verify",
        "rerender", "export --site blog x.jsonl", "filter status --site blog", "doctor",
    ):  # fmt: skip
        ran = run(*words.split())
        assert ran.exit_code == 1, (words, ran.output)
        told = [line for line in ran.output.splitlines() if "used by a newer one" in line]
        assert len(told) == 1 and "Traceback" not in ran.output, (words, ran.output)
        assert (tmp_path / "c.db").read_bytes() == whole, words


def test_postgresql_is_told_its_own_way(run: Callable[..., Result], backup: Path, monkeypatch) -> None:
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", "postgresql://nobody@/x?host=/nowhere")
    ran = run("restore", str(backup))
    assert ran.exit_code == 1
    assert "pg_dump" in ran.output and "pg_restore" in ran.output


def test_backups_made_under_load_are_well_and_hold_what_was_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    acknowledged: list[str] = []
    ending = threading.Event()

    def post(n: int) -> None:
        wire = Wire(live)
        while True:
            if ending.is_set():
                wire.close()
                return
            comment = {"url": f"{ORIGIN}/{n}", "name": "Rita", "body": f"Number {len(acknowledged)} of {n}."}
            headers = {"Origin": ORIGIN, "Content-Type": "application/json"}
            reply = wire.ask("POST", "/api/v1/sites/blog/comments", headers, json.dumps(comment).encode())
            if reply.status in (201, 202):
                acknowledged.append(json.loads(reply.body)["comment"]["id"])

    with live_service(f"sqlite:///{tmp_path}/c.db") as live:
        live.command("site", "add", "blog", "--origin", ORIGIN, "--hold", "none")
        writers = [threading.Thread(target=post, args=(n,)) for n in range(3)]
        for writer in writers:
            writer.start()
        try:
            for number in range(3):
                so_far = len(acknowledged)
                until(lambda so_far=so_far: len(acknowledged) > so_far + 20)
                owed = list(acknowledged)
                live.command("backup", f"{tmp_path}/{number}.db")
                (tmp_path / f"r{number}").mkdir()
                env = live.environ | {"COMMENTSVC_DATABASE_URL": f"sqlite:///{tmp_path}/r{number}/c.db"}
                ran = CliRunner().invoke(main, ["restore", f"{tmp_path}/{number}.db"], env=env)
                assert ran.exit_code == 0, ran.output
                ran = CliRunner().invoke(main, ["doctor"], env=env)
                assert ran.exit_code == 0, ran.output
                with contextlib.closing(sqlite3.connect(f"{tmp_path}/r{number}/c.db")) as there:
                    held = {number for (number,) in there.execute("SELECT id FROM comment")}
                assert held >= {ids.from_text(each) for each in owed} and len(owed) > so_far
            env = live.environ
            taken = CliRunner().invoke(main, ["restore", f"{tmp_path}/0.db", "--replace"], env=env)
            assert taken.exit_code == 1 and "stop it first" in taken.output
        finally:
            ending.set()
            for writer in writers:
                writer.join()
