"""The doctor looks at settings, secret, database and disk, says what is wrong in words, and makes nothing."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import make_url

from commentsvc.database import db
from commentsvc.examining.surroundings import POSTGRESQL
from commentsvc.examining.surroundings import SQLITE
from commentsvc.examining.surroundings import is_local
from commentsvc.examining.surroundings import lax
from commentsvc.examining.surroundings import page_folder
from commentsvc.keeping import Kept
from commentsvc.models.site import Site
from commentsvc.web.lanes import page_store
from tests.conftest import SECRET
from tests.conftest import make_settings
from tests.rig.archives import run
from tests.rig.doctor import Doctor


@pytest.fixture
def doctor(app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Give the doctor of the test's database."""
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", database_url)
    monkeypatch.setenv("COMMENTSVC_SECRET_KEY", SECRET)
    return Doctor.of(app, database_url)


@pytest.fixture
def file(tmp_path: Path, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an SQLite database as it is after its first start, with its own secret, and nothing else in its folder."""
    path = tmp_path / "own" / "comments.db"
    path.parent.mkdir()
    assert run(f"sqlite:///{path}", "site", "add", "blog", "--origin", "https://blog.example").exit_code == 0
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", f"sqlite:///{path}")
    monkeypatch.delenv("COMMENTSVC_SECRET_KEY", raising=False)
    secret = path.with_name("comments.db.secret")
    secret.touch(mode=0o600)
    secret.write_text("a secret of this database, long enough\n")
    return path


def names(folder: Path) -> set[str]:
    # SQLite may leave two files of its own behind, and removes them as it likes.
    return {path.name for path in folder.iterdir()} - {"comments.db-wal", "comments.db-shm"}


@pytest.fixture
def own(file: Path, app: Flask) -> Doctor:
    """Give the doctor of that database."""
    return Doctor(app, set())


def test_a_new_database_is_well_and_nothing_is_made(own: Doctor, file: Path) -> None:
    before = names(file.parent)
    ran = own.run()
    assert ran.exit_code == 0, ran.output
    assert f"{file}.secret is there, for its owner's eyes only (mode 0600)" in ran.output
    assert f"ok      Pages can be kept in {file}.pages." in ran.output
    assert "synchronous 2, journal_mode wal" in ran.output
    assert names(file.parent) == before
    folder = Path(f"{file}.pages")
    folder.mkdir()
    assert own.wrong() == set()
    assert names(folder) == set()


def test_a_database_that_is_not_there_is_not_made(
    doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", f"sqlite:///{tmp_path}/typo.db")
    monkeypatch.delenv("COMMENTSVC_SECRET_KEY")
    ran = doctor.run("--mend")
    assert ran.exit_code == 1
    assert f"wrong   Database: {tmp_path}/typo.db is not there." in ran.output.replace("WRONG", "wrong")
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_does_not_answer_is_told(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", "postgresql://nobody:hush-hush@/x?host=/nowhere")
    found = doctor.findings()
    assert found["database"]["state"] == "wrong"
    assert "can't be reached" in found["database"]["words"]
    assert "hush-hush" not in doctor.run().output
    assert list(found)[-1] == "database", "what rests on it is left out"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("BASE_URL", "comments.example", "COMMENTSVC_BASE_URL is 'comments.example'"),
        ("THREADS", "many", "COMMENTSVC_THREADS is 'many'"),
        ("SECRET_KEY", "hush", "at least 32 characters"),
        ("DATABASE_URL", "mysql://me:hush@db/x", "only sqlite and postgresql"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(f"COMMENTSVC_{name}", value)
    assert doctor.run().exit_code == 1
    found = doctor.findings()
    assert found.keys() == {"settings"}
    assert told in found["settings"]["words"]
    assert "hush" not in found["settings"]["words"]


def test_a_secret_is_there_whole_and_closed(own: Doctor, file: Path) -> None:
    secret = file.with_name("comments.db.secret")
    secret.chmod(0o640)
    assert own.wrong() == {"secret"}
    assert "open to others (mode 0640)" in own.findings()["secret"]["words"]
    secret.chmod(0o600)
    secret.write_text("short")
    assert own.wrong() == {"secret"}
    secret.unlink()
    assert own.wrong("--mend") == {"secret"}
    assert "can't be read" in own.findings()["secret"]["words"]
    assert not secret.exists(), "a new one would make every receipt worthless"


def test_postgresql_must_be_given_a_secret(doctor: Doctor, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMMENTSVC_SECRET_KEY")
    assert doctor.wrong() == {"secret"}
    if database_url.startswith("postgresql"):
        assert "Set COMMENTSVC_SECRET_KEY" in doctor.findings()["secret"]["words"]


@pytest.mark.parametrize(
    ("base_url", "state", "origins"),
    [
        ("https://comments.example", "ok", "ok"),
        ("http://comments.example", "note", "wrong"),
        ("http://localhost:8080", "ok", "ok"),
        ("http://127.0.0.1:8080", "ok", "ok"),
    ],
)
def test_pages_on_https_need_a_service_on_https(
    doctor: Doctor, site: Site, monkeypatch: pytest.MonkeyPatch, base_url: str, state: str, origins: str
) -> None:
    monkeypatch.setenv("COMMENTSVC_BASE_URL", base_url)
    found = doctor.findings()
    assert (found["settings"]["state"], found["origins"]["state"]) == (state, origins)
    assert base_url in found["settings"]["words"]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("[::1]:8080", True),
        ("me.localhost", True),
        ("localhost.example", False),
        ("127.example", False),
        ("127.0.0.2", True),
    ],
)
def test_what_browsers_trust_without_https(host: str, expected: bool) -> None:
    assert is_local(f"http://{host}/comments") is expected


def test_the_page_folder_can_be_written_or_it_is_told(
    doctor: Doctor, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_sqlite = database_url.startswith("sqlite")
    assert doctor.findings()["page-folder"]["state"] == ("ok" if is_sqlite else "note")
    blocked = tmp_path / "file"
    blocked.touch()
    for folder in (blocked, blocked / "within", tmp_path / "nowhere" / "within"):
        monkeypatch.setenv("COMMENTSVC_PAGE_FOLDER", str(folder))
        assert doctor.wrong() == {"page-folder"}, folder
        assert str(folder) in doctor.findings()["page-folder"]["words"]


def test_the_folder_that_is_looked_at_is_the_services(tmp_path: Path) -> None:
    for settings in (
        make_settings(f"sqlite:///{tmp_path}/comments.db"),
        make_settings("postgresql://db.example/comments", PAGE_FOLDER=f"{tmp_path}/pages"),
    ):
        kept = Kept(target="/a", headers=[], body=b"", packed=None, tag="", grounds=(), tick=0, made=time.time())
        page_store(settings).save(kept)
        folder = page_folder(settings)
        assert folder is not None and len(list(folder.glob("*.page"))) == 1
    assert page_folder(make_settings("postgresql://db.example/comments")) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE alembic_version SET version_num = '0001'", "`commentsvc migrate` brings it up to date"),
        ("DELETE FROM alembic_version", "`commentsvc migrate` brings it up to date"),
        ("DROP TABLE alembic_version", "`commentsvc migrate` brings it up to date"),
        ("UPDATE alembic_version SET version_num = '9999'", "used by a newer one"),
    ],
)
def test_a_schema_of_another_version_is_told_and_left(doctor: Doctor, app: Flask, change: str, told: str) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text(change))
    found = doctor.findings("--mend")
    assert found["schema"]["state"] == "wrong"
    assert told in found["schema"]["words"]
    assert list(found)[-1] == "schema"
    assert doctor.findings()["schema"]["state"] == "wrong", "it was not migrated"


@contextmanager
def unwritable(app: Flask, database_url: str) -> Iterator[None]:
    url = make_url(database_url)
    if url.drivername == "sqlite":
        with closing(sqlite3.connect(str(url.database))) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {url.database} SET default_transaction_read_only = on"))
    yield


def test_a_database_that_can_only_be_read_is_told(doctor: Doctor, app: Flask, site: Site, database_url: str) -> None:
    with unwritable(app, database_url):
        found = doctor.findings()
    assert found["writing"]["state"] == "wrong"
    assert "can't be written now" in found["writing"]["words"]
    assert found["counts"]["state"] == "ok", "it can be looked at"


def test_nothing_is_left_of_the_row_that_is_tried(doctor: Doctor) -> None:
    before = doctor.rows("rate")
    assert doctor.findings()["writing"]["state"] == "ok"
    assert doctor.rows("rate") == before


def test_commits_that_do_not_wait_for_the_disk_are_told(doctor: Doctor) -> None:
    found = doctor.findings()["commits"]
    if doctor.usual:
        assert found["state"] == "wrong"
        assert "fsync is off, not on and synchronous_commit is off, not on" in found["words"]
    else:
        assert found["state"] == "ok"


@pytest.mark.parametrize(
    ("wanted", "found", "told"),
    [
        (SQLITE, {"synchronous": 2, "journal_mode": "wal"}, []),
        (SQLITE, {"synchronous": 3, "journal_mode": "WAL"}, []),
        (SQLITE, {"synchronous": 1, "journal_mode": "wal"}, ["synchronous is 1, not 2"]),
        (SQLITE, {"synchronous": 2, "journal_mode": "delete"}, ["journal_mode is delete, not wal"]),
        (POSTGRESQL, {"fsync": "on", "synchronous_commit": "local"}, []),
        (POSTGRESQL, {"fsync": "on", "synchronous_commit": "off"}, ["synchronous_commit is off, not on"]),
    ],
)
def test_what_makes_a_commit_wait(
    wanted: dict[str, tuple[str, ...]], found: dict[str, object], told: list[str]
) -> None:
    assert lax(found, wanted) == told
