"""A whole site moves by the command line: what it says, what it does, and that its undo leaves no trace."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import insert

from commentsvc import cli
from commentsvc.database import transaction
from commentsvc.models import ids
from commentsvc.models.decision import OPERATOR
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.thread import Address
from commentsvc.models.thread import Thread
from commentsvc.moderators import arranging
from commentsvc.moderators import relocating
from commentsvc.people import managing
from commentsvc.refusals import Invalid
from tests.conftest import GAZETTE
from tests.conftest import SECRET
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.moved import faults
from tests.rig.moved import standing
from tests.rig.talking import shape
from tests.rig.talking import talk
from tests.rig.talking import thread_of

OLD = f"{GAZETTE}/blog"
NEW = "https://new.example"


@pytest.fixture
def command(database_url: str) -> Callable[..., tuple[int, str]]:
    """Give a function that runs a command on the test's database; it returns exit code and what was printed."""
    environ = {"COMMENTSVC_DATABASE_URL": database_url, "COMMENTSVC_SECRET_KEY": SECRET}

    def run(*words: str) -> tuple[int, str]:
        ran = CliRunner().invoke(cli.main, words, env=environ, prog_name="commentsvc")
        assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exc_info
        return ran.exit_code, ran.output

    return run


@pytest.fixture
def blog(rita: Reader, change_site: Callable, clock: Clock) -> Reader:
    """Give a reader of a blog with conversations, some of which have begun where it is going to be."""
    change_site(hold="none", origins=[GAZETTE, NEW])
    talk(rita, clock, "one", "two", url=f"{OLD}/a/?utm_source=x")
    talk(rita, clock, "old", "old answer", url=f"{OLD}/b", title="Bridges")
    rita.origin = NEW
    talk(rita, clock, "new", url=f"{NEW}/b", title="Bridges")
    talk(rita, clock, "another", url=f"{NEW}/c", id="two")
    rita.origin = GAZETTE
    talk(rita, clock, "one of two", url=f"{OLD}/c", id="one")
    # Known by stable ids alone: the address is another's.
    talk(rita, clock, "by id", url=f"{OLD}/c", id="three")
    talk(rita, clock, "stays", url=f"{GAZETTE}/blogs/a")
    return rita


def test_from_preview_to_undo(blog: Reader, app: Flask, command: Callable) -> None:
    before = standing(app)
    code, told = command("site", "move", OLD, NEW)
    assert code == 0, told
    for words in (
        "3 threads with 5 published",
        f"{OLD}/a/\n    -> {NEW}/a/",
        "1 would be merged",
        f"{OLD}/b\n    -> {NEW}/b",
        "another stable id",
        "add --yes",
    ):
        assert words in told, (words, told)
    assert standing(app) == before

    blog.thread(f"{NEW}/a")
    code, told = command("site", "move", "--site", "gazette", OLD, NEW, "--yes")
    assert code == 0, told
    assert faults(app) == {}
    for url in (f"{OLD}/a", f"{NEW}/a"):
        assert shape(blog, url) == [("one", 0), ("two", 1)]
        assert blog.thread(url)["thread"]["url"] == f"{NEW}/a/"
        assert shape(blog, url[:-1] + "b") == [("old", 0), ("old answer", 1), ("new", 0)]
    assert blog.thread(f"{OLD}/c", id="three")["thread"]["url"] == f"{NEW}/c"
    # Two stable ids are two articles.
    assert shape(blog, f"{NEW}/c") == [("another", 0)]
    assert shape(blog, f"{OLD}/c", id="one") == [("one of two", 0)]
    assert shape(blog, f"{GAZETTE}/blogs/a") == [("stays", 0)]
    asked = {"url": [f"{OLD}/a", f"{NEW}/a", f"{NEW}/b"]}
    counts = blog.client.get("/api/v1/sites/gazette/counts", query_string=asked).json
    assert counts is not None and list(counts["counts"].values()) == [2, 2, 3]
    feed = blog.client.get("/sites/gazette/feed.atom").text
    assert f"{NEW}/a/" in feed and f"{OLD}/a" not in feed
    assert blog.own("GET", next(iter(blog.receipts))).json["comment"]["url"] == f"{NEW}/a/"

    after = standing(app)
    assert "Nothing was left to move." in command("site", "move", OLD, NEW, "--yes")[1]
    assert standing(app) == after
    code, told = command("site", "move", "--undo")
    made = re.search(rf"(\w{{13}})  \S+ \S+  done +{OLD} -> {NEW}\n", told)
    assert made, told
    assert command("site", "move", "--undo", made[1])[0] == 0
    assert standing(app) == before
    assert faults(app) == {}
    assert shape(blog, f"{NEW}/b") == [("new", 0)] and shape(blog, f"{NEW}/a") == []
    # Twice is once; and moved again, it is as it was after the first time.
    assert command("site", "move", "--undo", made[1])[0] == 0
    assert standing(app) == before
    assert command("site", "move", OLD, NEW, "--yes")[0] == 0
    assert standing(app) == after


def test_what_is_said_since_stays_and_a_later_merge_stands_in_the_way(
    blog: Reader, app: Flask, site: Site, mona: Moderator, clock: Clock
) -> None:
    with app.app_context():
        made = relocating.move(site, OPERATOR, OLD, NEW, clock)
        assert made is not None
        clock.advance(minutes=1)
        blog.origin = NEW
        blog.say("late", url=f"{NEW}/a")
        target, other = (ids.from_text(thread_of(blog, url)) or 0 for url in (f"{NEW}/b", f"{GAZETTE}/blogs/a"))
        later = arranging.merge(site, mona, target, other, clock())
        undone, stuck = relocating.undo(site, OPERATOR, made.id, clock)
        assert (undone.undone, stuck) == (None, 1)
        assert shape(blog, f"{OLD}/a") == [("one", 0), ("two", 1), ("late", 0)]
        assert shape(blog, f"{NEW}/a") == []
        with pytest.raises(Invalid, match="taken back"):
            relocating.move(site, OPERATOR, OLD, NEW, clock)
        arranging.undo(site, mona, later.id, clock())
        undone, stuck = relocating.undo(site, OPERATOR, made.id, clock)
        assert undone.undone is not None and stuck == 0
        assert shape(blog, f"{OLD}/b") == [("old", 0), ("old answer", 1)]
    assert faults(app) == {}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((OLD, OLD + "/"), "is the old one"),
        ((OLD + "?p=1", NEW), "without ? and #"),
        (("ftp://x", NEW), "http:// or https://"),
        ((OLD,), "OLD and NEW"),
        ((OLD, "https://third.example", "--yes"), "none of the site's origins"),
        (("--undo", "nothing"), "no such move"),
        ((OLD, NEW, "--site", "herald"), "no site 'herald'"),
    ],
)
def test_what_cannot_be_moved_is_refused(
    blog: Reader, app: Flask, command: Callable, words: tuple[str, ...], sentence: str
) -> None:
    before = standing(app)
    code, told = command("site", "move", *words)
    assert code != 0 and sentence in told, told
    assert standing(app) == before


def test_the_new_origin_is_added_where_it_is_asked_for(blog: Reader, app: Flask, command: Callable) -> None:
    assert "--add-origin adds it" in command("site", "move", OLD, "https://third.example")[1]
    assert command("site", "move", OLD, "https://third.example", "--add-origin", "--yes")[0] == 0
    with app.app_context():
        assert managing.site("gazette").origins == [GAZETTE, NEW, "https://third.example"]


# Dies as by kill -9 in the middle of its second batch: at a statement after the second commit, the first says it began.
DIES = """
import os, signal, sys
from datetime import UTC, datetime
from sqlalchemy import event
from commentsvc.app import create_app
from commentsvc.database import engine
from commentsvc.models.decision import OPERATOR
from commentsvc.moderators import relocating
from commentsvc.people import managing
commits, statements = 0, 0
def committed(*_):
    global commits
    commits += 1
def count(*_):
    global statements
    statements += commits == 2
    if statements == 60:
        os.kill(os.getpid(), signal.SIGKILL)
with create_app().app_context():
    site = managing.site("gazette")
    event.listen(engine(), "before_cursor_execute", count)
    event.listen(engine(), "commit", committed)
    if len(sys.argv) == 3:
        relocating.move(site, OPERATOR, *sys.argv[1:], lambda: datetime.now(UTC))
    else:
        relocating.undo(site, OPERATOR, int(sys.argv[1]), lambda: datetime.now(UTC))
"""


def test_killed_it_goes_on(app: Flask, site: Site, database_url: str, checkout: Path, clock: Clock) -> None:
    threads, addresses = [], []
    for n in range(220):
        now, url = datetime.now(UTC), f"{OLD}/{n:03}"
        key: dict[str, Any] = {"site_id": site.id}
        threads.append(key | {"id": n + 1, "url": url, "title": "T", "created": now, "changed": now})
        addresses.append(key | {"canonical": url, "raw": url, "thread_id": n + 1})
        # More in a row than one batch takes.
        if n < 45:
            threads.append(key | {"id": n + 1001, "url": f"{NEW}/{n:03}", "title": "T", "created": now, "changed": now})
            addresses.append(key | {"canonical": f"{NEW}/{n:03}", "raw": f"{NEW}/{n:03}", "thread_id": n + 1001})
    with app.app_context():
        managing.edit_site("gazette", {"origins": [GAZETTE, NEW]}, clock())
        with transaction() as session:
            session.execute(insert(Thread), threads)
            session.execute(insert(Address), addresses)
        before = standing(app)
        home = managing.site("gazette")
        environ = {"COMMENTSVC_DATABASE_URL": database_url, "COMMENTSVC_SECRET_KEY": SECRET, "PATH": "/usr/bin:/bin"}

        def die(*words: str) -> None:
            ran = [sys.executable, "-c", DIES, *words]
            ended = subprocess.run(ran, env=environ, cwd=checkout, capture_output=True, text=True)
            assert ended.returncode == -signal.SIGKILL, ended.stderr

        die(OLD, NEW)
        midway = standing(app)
        assert before != midway
        made = relocating.move(home, OPERATOR, OLD, NEW, clock)
        assert made is not None and (made.threads, made.merges) == (220, 45)
        assert len(relocating.look_at_moves(home).moves) == 1
        assert {row[1].startswith(NEW) for row in standing(app)["threads"] if row[4] is None} == {True}
        die(str(made.id))
        assert standing(app) not in (before, midway)
        assert relocating.undo(home, OPERATOR, made.id, clock)[0].undone is not None
        assert standing(app) == before
    assert faults(app) == {}


def test_the_doctor_tells_and_joins_what_is_certain(
    rita: Reader, app: Flask, change_site: Callable, clock: Clock, command: Callable
) -> None:
    assert "No two threads" in command("threads", "doctor")[1]
    change_site(hold="none", origins=[GAZETTE, "http://gazette.example"])
    talk(rita, clock, "secure", url=f"{OLD}/a")
    talk(rita, clock, "likely", url=f"{OLD}/x?ref=y", title="X")
    talk(rita, clock, "plain", url=f"{OLD}/x", title="X")
    rita.origin = "http://gazette.example"
    talk(rita, clock, "not", "secure", url="http://gazette.example/blog/a")
    told = command("threads", "doctor", "--site", "gazette")[1]
    first = (
        f"Surely the same: http and https\n  stays       1  {OLD}/a\n  joins       2  http://gazette.example/blog/a\n"
    )
    assert told.startswith(first) and "Likely the same" in told
    told = command("threads", "doctor", "--join-certain")[1]
    assert told.startswith("Joined 1 groups") and "Surely" not in told and "Likely the same" in told
    assert len(shape(rita, f"{OLD}/a")) == 3 and len(shape(rita, f"{OLD}/x")) == 1
    assert faults(app) == {}
