"""The cast and the stage: real databases, a clock that the tests hold, people who read and moderate."""

import shutil
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.test import TestResponse

from commentsvc import settings
from commentsvc.app import bare_app
from commentsvc.app import create_app
from commentsvc.database import db
from commentsvc.models import ids
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moderators import moderating
from commentsvc.operators.migrating import migrate
from commentsvc.people import managing
from commentsvc.settings import Settings
from tests.rig.postgres import Postgres
from tests.rig.recycled import Recycled

GAZETTE = "https://gazette.example"
ARTICLE = GAZETTE + "/news/the-old-bridge"
BASE_URL = "http://localhost:8080"
SECRET = "a secret that only the tests know and long enough"
PASSWORD = "correct horse battery"

_numbers = count(1)


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Give a function that makes a new, migrated SQLite database and returns its URL."""
    folder = tmp_path_factory.mktemp("sqlite")
    template = folder / "template.db"
    _migrate(f"sqlite:///{template}")

    def copy() -> str:
        path = folder / f"{next(_numbers)}.db"
        shutil.copy(template, path)
        return f"sqlite:///{path}"

    return copy


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[Recycled]:
    """Give what makes new, migrated PostgreSQL databases, on a server of this process."""
    with Postgres() as postgres:
        _migrate(postgres.create_database("template"))
        yield Recycled(postgres, "template")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest) -> Callable[[], str]:
    """Give a function that makes a new, migrated database and returns its URL; once for each kind of database.

    The kinds take turns from file to file; what makes them stays.
    """
    return request.getfixturevalue(f"{request.param}_databases")


def _migrate(url: str) -> None:
    chosen = make_settings(url)
    app = bare_app(chosen)
    with app.app_context():
        migrate(chosen)
        db.engine.dispose()


def make_settings(database_url: str, **others: str) -> Settings:
    """Return settings for a database, with limits off unless a test is about them."""
    environ = {
        "DATABASE_URL": database_url,
        "BASE_URL": BASE_URL,
        "SECRET_KEY": SECRET,
        "RATE_LIMITS": "off",
        "THREADS": "0",
    }
    return settings.load({f"COMMENTSVC_{name}": value for name, value in (environ | others).items()})


@dataclass
class Clock:
    """The time, which stands still until a test moves it."""

    now: datetime = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def advance(self, **duration: float) -> None:
        """Let time pass, as in `advance(minutes=15)`."""
        self.now += timedelta(**duration)


class CompiledTemplates(BytecodeCache):
    """Templates that an earlier application compiled: a quarter of the time of a test was spent on it."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a template's bucket, where it was compiled from the same source."""
        if bucket.key in self._compiled:
            bucket.load_bytecode(BytesIO(self._compiled[bucket.key]))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._compiled[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = CompiledTemplates()


@pytest.fixture
def clock() -> Clock:
    """Give the clock of the application."""
    return Clock()


@pytest.fixture
def database_url(empty_database: Callable[[], str]) -> Iterator[str]:
    """Give a new, migrated database."""
    url = empty_database()
    yield url
    if isinstance(empty_database, Recycled):
        empty_database.give_back(url)


@pytest.fixture
def make_app(database_url: str, clock: Clock) -> Iterator[Callable[..., Flask]]:
    """Give a function that makes the application on the test's database, with other settings if wanted."""
    made = []

    def make(**others: str) -> Flask:
        app = create_app(make_settings(database_url, **others), clock)
        app.testing = True
        app.jinja_env.bytecode_cache = TEMPLATES
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give the application."""
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Give a browser without cookies."""
    return app.test_client()


@pytest.fixture
def site(app: Flask, clock: Clock) -> Site:
    """Give the Gazette, which holds every comment."""
    with app.app_context():
        return managing.add_site("gazette", {"name": "The Gazette", "origins": [GAZETTE]}, clock())


@pytest.fixture
def change_site(app: Flask, site: Site, clock: Clock) -> Callable[..., Site]:
    """Give a function that changes settings of the Gazette."""

    def change(**settings: Any) -> Site:
        with app.app_context():
            return managing.edit_site(site.key, settings, clock())

    return change


@pytest.fixture
def mona(app: Flask, site: Site, clock: Clock) -> Moderator:
    """Give the Gazette's moderator."""
    with app.app_context():
        added = managing.add_moderator("mona@gazette.example", site.key, clock(), name="Mona Lind", password=PASSWORD)
        return added.moderator


@pytest.fixture
def omar(app: Flask, clock: Clock) -> Moderator:
    """Give the moderator of another site, the Herald."""
    with app.app_context():
        managing.add_site("herald", {"name": "The Herald", "origins": ["https://herald.example"]}, clock())
        added = managing.add_moderator("omar@herald.example", "herald", clock(), name="Omar", password=PASSWORD)
        return added.moderator


@dataclass
class Reader:
    """Somebody who reads and writes through the API, as the widget does."""

    client: FlaskClient
    name: str
    email: str | None = None
    key: str = "gazette"
    origin: str = GAZETTE
    receipts: dict[str, str] = field(default_factory=dict)

    def post(self, body: str = "Well said.", headers: dict[str, str] | None = None, **fields: Any) -> TestResponse:
        """Post a comment and keep its receipt."""
        sent = {"url": ARTICLE, "title": "The old bridge", "name": self.name, "email": self.email, "body": body}
        answer = self.client.post(
            f"/api/v1/sites/{self.key}/comments",
            json={name: value for name, value in (sent | fields).items() if value is not ...},
            headers={"Origin": self.origin} | (headers or {}),
        )
        if answer.status_code in (201, 202) and answer.json is not None:
            self.receipts[answer.json["comment"]["id"]] = answer.json["receipt"]
        return answer

    def say(self, body: str = "Well said.", **fields: Any) -> str:
        """Post a comment that must be taken, and return its id."""
        answer = self.post(body, **fields)
        assert answer.status_code in (201, 202), answer.text
        assert answer.json is not None
        return answer.json["comment"]["id"]

    def own(self, method: str, comment_id: str, receipt: str | None = None, **request: Any) -> TestResponse:
        """Ask for, edit or delete one of the reader's own comments."""
        headers = {"Origin": self.origin, "Authorization": f"Bearer {receipt or self.receipts.get(comment_id, '')}"}
        path = f"/api/v1/sites/{self.key}/comments/{comment_id}"
        return self.client.open(path, method=method, headers=headers, **request)

    def thread(self, url: str = ARTICLE, **query: str) -> dict[str, Any]:
        """Read a page of a thread."""
        answer = self.client.get(f"/api/v1/sites/{self.key}/thread", query_string={"url": url} | query)
        assert answer.status_code == 200, answer.text
        assert answer.json is not None
        return answer.json

    def bodies(self, url: str = ARTICLE) -> list[str | None]:
        """Read the HTML of all comments of a thread's first page, in order."""
        return [comment["html"] for comment in self.thread(url)["comments"]]


@pytest.fixture
def rita(client: FlaskClient, site: Site) -> Reader:
    """Give a reader of the Gazette."""
    return Reader(client, "Rita", "rita@mail.example")


@pytest.fixture
def sam(client: FlaskClient, site: Site) -> Reader:
    """Give another reader of the Gazette."""
    return Reader(client, "Sam")


@pytest.fixture
def decide(app: Flask, site: Site, mona: Moderator, clock: Clock) -> Callable[..., Any]:
    """Give a function by which Mona decides on comments by their ids."""

    def act(verb: str, *comment_ids: str) -> Any:
        numbers = [number for number in map(ids.from_text, comment_ids) if number is not None]
        with app.app_context():
            return moderating.decide(site, mona, numbers, verb, clock())

    return act


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Give the folder of the repository."""
    return Path(__file__).resolve().parent.parent
