"""The schema: migrations make what the models say and take it back; a schema from the future is left alone."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import alembic.command
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect
from sqlalchemy import text

from commentsvc.app import bare_app
from commentsvc.app import create_app
from commentsvc.database import Base
from commentsvc.database import db
from commentsvc.operators.migrating import migrate
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import SchemaMismatch
from commentsvc.resources import folder
from tests.conftest import make_settings
from tests.rig.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """Give an application on a database that holds nothing at all."""
    if request.param == "sqlite":
        yield from _app(f"sqlite:///{tmp_path}/blank.db")
        return
    with Postgres() as postgres:
        yield from _app(postgres.create_database("blank"))


def _app(url: str) -> Iterator[Flask]:
    app = bare_app(make_settings(url))
    with app.app_context():
        yield app
        db.engine.dispose()


def test_an_empty_database_becomes_what_the_models_say_and_goes_back(blank_app: Flask) -> None:
    settings = make_settings(blank_app.config["SQLALCHEMY_DATABASE_URI"].render_as_string(hide_password=False))
    assert migrate(settings) is True
    assert migrate(settings) is False
    with db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        names = set(inspect(connection).get_table_names())
        assert names == {*Base.metadata.tables, "alembic_version"}
    config = Config()
    config.set_main_option("script_location", str(folder("migrations")))
    with db.engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.downgrade(config, "base")
    with db.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]


def test_every_table_of_a_site_is_keyed_by_the_site_first() -> None:
    shared = {"moderator", "sign_in", "recovery_code", "passkey", "rate"}
    for name, table in Base.metadata.tables.items():
        if name in shared or name == "site":
            continue
        assert next(iter(table.primary_key.columns)).name == "site_id", name
        for index in table.indexes:
            assert next(iter(index.columns)).name in ("site_id", "at", "changed"), index.name


def test_a_schema_from_a_newer_version_is_refused_and_left_as_it_is(database_url: str) -> None:
    settings = make_settings(database_url)
    app = bare_app(settings)
    with app.app_context():
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        for act in (lambda: create_app(settings), lambda: migrate(settings)):
            with pytest.raises(SchemaMismatch, match="newer"):
                act()
        with db.engine.connect() as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"
        db.engine.dispose()


def test_postgresql_is_not_migrated_by_merely_starting() -> None:
    with Postgres() as postgres:
        settings = make_settings(postgres.create_database("blank"))
        with pytest.raises(SchemaMismatch, match="commentsvc migrate"):
            create_app(settings)


def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    environ = os.environ | {"COMMENTSVC_DATABASE_URL": f"sqlite:///{tmp_path}/together.db"}
    command = [sys.executable, "-c", "from commentsvc.app import create_app; create_app()"]
    started = [subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    said = [process.communicate(timeout=120)[1] for process in started]
    assert [process.returncode for process in started] == [0] * 4, said


@pytest.mark.parametrize("place", ["missing-folder/comments.db", "a-file/comments.db", "."])
def test_a_database_that_cannot_be_made_is_said_plainly(tmp_path: Path, place: str) -> None:
    (tmp_path / "a-file").write_text("")
    with pytest.raises(DatabaseAway) as caught:
        create_app(make_settings(f"sqlite:///{tmp_path}/{place}"))
    assert str(caught.value)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Dear Sir or Madam, this is a letter and not a database. " * 40)
    before = path.read_bytes()
    with pytest.raises(DatabaseAway, match="not a database"):
        create_app(make_settings(f"sqlite:///{path}"))
    assert path.read_bytes() == before


def test_commits_reach_the_disk_before_they_are_acknowledged(make_app: Callable[..., Flask], database_url: str) -> None:
    app = make_app()
    with app.app_context(), db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            assert connection.scalar(text("PRAGMA synchronous")) == 2
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
            assert connection.scalar(text("PRAGMA foreign_keys")) == 1
            assert connection.scalar(text("PRAGMA busy_timeout")) == 2000
        else:
            assert connection.scalar(text("SHOW timezone")) == "UTC"


def test_a_locked_database_is_answered_with_503_and_comes_back(make_app: Callable, rita, database_url: str) -> None:
    if not database_url.startswith("sqlite"):
        return
    other = sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = rita.post()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json["title"] == "Not possible right now"
    assert rita.thread()["comments"] == [], "readers go on"
    other.execute("ROLLBACK")
    other.close()
    assert rita.post().status_code == 202


def test_a_database_file_is_its_owners_alone_and_is_never_made_by_serving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commentsvc.database.LOOK_EVERY", 0)
    path = tmp_path / "comments.db"
    app = create_app(make_settings(f"sqlite:///{path}"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    away = path.rename(tmp_path / "elsewhere.db")
    assert client.get("/readyz").status_code == 503
    assert not path.exists()
    away.rename(path)
    assert client.get("/readyz").status_code == 200
    with app.app_context():
        db.engine.dispose()


def test_wsgi_py_serves_under_any_server(tmp_path: Path, checkout: Path) -> None:
    code = (
        "from wsgi import app, application; c = app.test_client();"
        "print(c.get('/healthz').text, c.get('/readyz').text, app is application)"
    )
    environ = {"COMMENTSVC_DATABASE_URL": f"sqlite:///{tmp_path}/wsgi.db", "PATH": "", "PYTHONPATH": str(checkout)}
    ran = subprocess.run([sys.executable, "-c", code], cwd=checkout, env=environ, capture_output=True, text=True)
    assert ran.stdout.split() == ["ok", "ready", "True"], ran.stderr
