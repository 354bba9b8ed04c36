"""The house keeps its order: who may import whom, read from the source without running it."""

from pathlib import Path

import pytest

import commentsvc
from tests.rig.layers import Reserved
from tests.rig.layers import Room
from tests.rig.layers import Rules
from tests.rig.layers import too_long
from tests.rig.layers import violations

# Top to bottom. A module may import from its own room (never in a circle) and from the rooms named under `uses`.
# Patterns are module names without `commentsvc.`; a name also stands for everything in its folder,
# and the first room that has a name keeps it.
ROOMS = {
    "front": Room(
        modules=("cli", "commands", "demo", "serving"),
        uses=("app", "doors", "verbs", "checks", "nouns", "screening", "text", "ground"),
        because="programs stand above everyone",
    ),
    "app": Room(
        modules=("app",),
        uses=("doors", "verbs", "checks", "nouns", "screening", "text", "ground"),
        because="the application knows everyone but the programs that start it",
    ),
    "doors": Room(
        modules=("web",),
        uses=("verbs", "checks", "nouns", "screening", "text", "ground"),
        because="doors are used by the application and call verbs",
    ),
    "checks": Room(
        modules=("authors.submission", "authors.receipts", "people.site_settings", "people.passwords"),
        uses=("nouns", "text", "ground"),
        because="what several verbs check does not know the verbs",
    ),
    "verbs": Room(
        modules=(
            "authors",
            "readers",
            "moderators",
            "people",
            "notifying",
            "moving",
            "examining",
            "operators",
            "schema",
        ),
        uses=("checks", "nouns", "screening", "text", "ground"),
        because="a verb does not know through which door it is called",
    ),
    "nouns": Room(
        modules=("models",),
        uses=("ground",),
        because="a noun does not know what is done with it",
    ),
    "screening": Room(
        modules=("screening",),
        uses=("text",),
        because="screening is pure: values in, a verdict out",
    ),
    "text": Room(
        modules=("text",),
        uses=(),
        because="text is pure: values in, values out",
    ),
    "ground": Room(
        modules=(
            "database",
            "rows",
            "group_commit",
            "settings",
            "keys",
            "resources",
            "refusals",
            "keeping",
            "page_store",
            "replica",
            "tallies",
            "background",
        ),
        uses=(),
        because="the ground carries everyone and knows nobody",
    ),
}

DOORS = ("cli", "commands", "demo", "serving", "app", "web")

RESERVED = (
    Reserved(
        what=(".app",),
        allowed=("cli", "commands", "demo", "serving"),
        because="only the programs that start the application import it",
    ),
    Reserved(
        what=("flask",),
        allowed=(*DOORS, "database", "replica"),
        because="Flask stays at the doors (these two bind engines to the application)",
    ),
    Reserved(
        what=("flask_wtf", "wtforms", "werkzeug", "flask_login", "flask_limiter"),
        allowed=DOORS,
        because="Flask stays at the doors",
    ),
    Reserved(
        what=("flask_sqlalchemy",),
        allowed=("database",),
        because="everyone else works with a Session of SQLAlchemy",
    ),
    Reserved(
        what=("alembic", "flask_migrate", "mako"),
        allowed=("operators.migrating",),
        because="a service that has nothing to migrate does not carry what migrates",
    ),
    Reserved(
        what=("sqlalchemy",),
        allowed=(*DOORS, *(name for room in ("verbs", "checks", "nouns", "ground") for name in ROOMS[room].modules)),
        because="text and screening are pure: no database",
    ),
    Reserved(
        what=("bleach",),
        allowed=("text.sanitizing",),
        because="the sanitizer must be replaceable by changing one file",
    ),
)

RULES = Rules(
    rooms=ROOMS,
    reserved=RESERVED,
    no_session=("web",),
    no_clock=("text", "screening", "models"),
    vague_names=("util", "utils", "helper", "helpers", "manager", "managers", "common", "misc"),
    max_lines=300,
)


def test_the_house_keeps_its_order() -> None:
    """Every breach is a sentence, and there is none."""
    assert violations(Path(commentsvc.__file__).parent, RULES) == []


def test_test_files_stay_short_too() -> None:
    """A test file that swells is split by the question it answers."""
    assert too_long(Path(__file__).parent, RULES.max_lines) == []


@pytest.mark.parametrize(
    ("module", "source", "sentence"),
    [
        ("web.api", "from house.app import create_app", "web.api (doors) imports app (app): not allowed because doors"),
        (
            "authors.posting",
            "import house.web.api",
            "authors.posting (verbs) imports web.api (doors): not allowed because a verb",
        ),
        ("moving.archive", "from house.web import api", "moving.archive (verbs) imports web.api (doors)"),
        (
            "models.site",
            "from house.authors.posting import post",
            "models.site (nouns) imports authors.posting (verbs)",
        ),
        (
            "models.site",
            "def late():\n    from ..authors.posting import post",
            "models.site (nouns) imports authors.posting (verbs)",
        ),
        ("keys", "from house.models import ids", "keys (ground) imports models.ids (nouns)"),
        ("text.names", "from house import settings", "text.names (text) imports settings (ground)"),
        ("text.names", "from house.screening.policy import judge", "text.names (text) imports screening.policy"),
        ("screening.policy", "from house.models import ids", "screening.policy (screening) imports models.ids"),
        ("app", "from house.cli import main", "app (app) imports cli (front)"),
        ("web.forms", "import house.app", "web.forms imports app: not allowed because only the programs"),
        ("authors.posting", "import flask", "authors.posting imports flask: not allowed because Flask stays"),
        (
            "authors.posting",
            "from flask.views import View",
            "authors.posting imports flask.views: not allowed because Flask stays",
        ),
        (
            "moderators.moderating",
            "from werkzeug.http import dump_cookie",
            "moderators.moderating imports werkzeug.http: not allowed",
        ),
        ("database", "import flask_wtf", "database imports flask_wtf: not allowed"),
        ("web.api", "import flask_sqlalchemy", "web.api imports flask_sqlalchemy: not allowed because everyone"),
        ("web.api", "from flask_migrate import upgrade", "web.api imports flask_migrate: not allowed"),
        ("screening.policy", "import sqlalchemy.orm", "screening.policy imports sqlalchemy.orm: not allowed"),
        ("text.names", "import bleach", "text.names imports bleach: not allowed because the sanitizer"),
        ("web.api", "from house.database import db\ndb.session.add(1)", "web.api, line 2, uses db.session: not"),
        ("web.api", "import house.database as d\nd.db.session", "web.api, line 2, uses d.db.session: not allowed"),
        ("screening.policy", "import datetime\ndatetime.datetime.now()", "screening.policy, line 2, reads the clock"),
        ("models.ids", "import time\nnow = time.time()", "models.ids, line 2, reads the clock with time.time"),
        ("gossip", "", "gossip stands in no room"),
        ("web.utils", "", "web.utils is called utils: not allowed because a name says"),
        ("models.__init__", "from house.models import ids", "models.__init__ is not empty: not allowed"),
        ("__init__", "x = 1", "__init__ is not empty: not allowed"),
        ("authors.posting", "\n" * 301, "house/authors/posting.py has 301 lines: not allowed because over 300"),
        ("models.ids", "import house.models.site", "models.site -> models.ids -> models.site: not allowed because"),
        ("models.ids", "from house.models import ids", "models.ids -> models.ids: not allowed because"),
    ],
)
def test_a_breach_is_told_in_a_sentence(tmp_path: Path, module: str, source: str, sentence: str) -> None:
    """One wrong line in an orderly house is found, named and explained."""
    house = build(tmp_path / "house", {**ORDERLY, module: source})
    told = violations(house, RULES)
    assert [words for words in told if words.startswith(sentence)], told


def test_an_orderly_house_is_left_in_peace(tmp_path: Path) -> None:
    """What the rules allow is not reported."""
    assert violations(build(tmp_path / "house", ORDERLY), RULES) == []


ORDERLY = {
    "__init__": "",
    "cli": "import click\nfrom house.app import create_app\nfrom house.people import managing",
    "app": "import flask\nfrom house.web import api\nfrom house.database import db\nfrom house.settings import load",
    "web.__init__": "",
    "web.api": "from flask import session\nimport flask\nfrom house.authors import posting\nsession[1] = flask.session",
    "web.forms": "import flask_wtf",
    "authors.posting": "from house.models import site\nfrom house.screening.policy import judge\nimport sqlalchemy",
    "people.managing": "from house.models.site import Site",
    "moderators.moderating": "",
    "models.__init__": "",
    "models.site": "from house.models import ids\nfrom house.database import db",
    "models.ids": "",
    "screening.__init__": "",
    "screening.policy": "from house.text.names import clean",
    "text.__init__": "",
    "text.names": "from house.text.sanitizing import sanitize",
    "text.sanitizing": "import bleach",
    "database": "import flask_sqlalchemy\nfrom flask import Flask\nfrom house.settings import load",
    "keys": "",
    "settings": "",
}


def build(house: Path, modules: dict[str, str]) -> Path:
    """Write a made-up package."""
    for name, source in modules.items():
        path = house.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return house
