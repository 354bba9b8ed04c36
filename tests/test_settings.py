"""Settings: each bad one is named; the secret is made once and kept."""

import stat
import threading
from pathlib import Path

import pytest

from commentsvc.keys import open_keyring
from commentsvc.settings import BadSetting
from commentsvc.settings import load


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "mysql://root@localhost/comments"),
        ("BASE_URL", "comments.example.org"),
        ("BASE_URL", "ftp://comments.example.org"),
        ("BASE_URL", "https://comments.example.org/?a=b"),
        ("SECRET_KEY", "too short"),
        ("OLD_SECRET_KEYS", "too short"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "all"),
        ("RATE_LIMITS", "perhaps"),
        ("POST_LIMIT", "many"),
        ("LOG_LEVEL", "LOUD"),
    ],
)
def test_a_bad_setting_is_named_with_the_reason(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as caught:
        load({f"COMMENTSVC_{name}": value})
    assert caught.value.name == f"COMMENTSVC_{name}"
    assert f"COMMENTSVC_{name}" in str(caught.value)
    if "SECRET" in name:
        assert value not in str(caught.value)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(BadSetting) as caught:
        load({"COMMENTSVC_DATABASE_URL": "mysql://root:hunter2secret@db/comments"})
    assert "hunter2secret" not in str(caught.value)


def test_everything_has_a_default_that_works_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load({})
    assert settings.sqlite_path == tmp_path / "commentsvc.db"
    assert settings.base_url == "http://localhost:8080"
    assert settings.rate_limits is True


@pytest.mark.parametrize(
    ("raw", "url", "path"),
    [
        ("https://me.example/comments/", "https://me.example/comments", "/comments"),
        ("https://ME.example", "https://me.example", ""),
        ("http://localhost:9000/", "http://localhost:9000", ""),
    ],
)
def test_the_base_url_may_have_a_path(raw: str, url: str, path: str) -> None:
    settings = load({"COMMENTSVC_BASE_URL": raw})
    assert (settings.base_url, settings.base_path) == (url, path)


@pytest.mark.parametrize("raw", ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg2://u@h/d"])
def test_postgresql_is_named_in_any_of_the_usual_ways(raw: str) -> None:
    assert load({"COMMENTSVC_DATABASE_URL": raw}).database_url.drivername == "postgresql+psycopg"


def test_the_secret_is_made_once_by_whoever_is_first_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    settings = load({"COMMENTSVC_DATABASE_URL": f"sqlite:///{tmp_path}/comments.db"})
    seen: list[tuple[str, ...]] = []
    threads = [threading.Thread(target=lambda: seen.append(open_keyring(settings).secrets)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8 and len(set(seen)) == 1
    kept = tmp_path / "comments.db.secret"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["comments.db.secret"]


def test_an_empty_secret_file_is_not_taken_for_a_secret(tmp_path: Path) -> None:
    (tmp_path / "comments.db.secret").write_text("\n")
    settings = load({"COMMENTSVC_DATABASE_URL": f"sqlite:///{tmp_path}/comments.db"})
    with pytest.raises(BadSetting, match="COMMENTSVC_SECRET_KEY"):
        open_keyring(settings)


def test_postgresql_needs_a_secret_that_all_hosts_share() -> None:
    with pytest.raises(BadSetting, match="COMMENTSVC_SECRET_KEY"):
        open_keyring(load({"COMMENTSVC_DATABASE_URL": "postgresql://u@h/d"}))


def test_keys_of_different_purposes_have_nothing_in_common(tmp_path: Path) -> None:
    keys = open_keyring(load({"COMMENTSVC_DATABASE_URL": f"sqlite:///{tmp_path}/c.db"}))
    assert len({keys.derive("receipt"), keys.derive("session"), keys.derive("avatar")}) == 3
