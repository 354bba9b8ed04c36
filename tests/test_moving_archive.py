"""An archive comes in and goes out by the command line: lossless, once, and with a report that adds up."""

import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from commentsvc.authors import posting
from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import ids
from commentsvc.models.comment import Comment
from commentsvc.models.site import Site
from commentsvc.models.thread import Address
from commentsvc.models.thread import Thread
from commentsvc.moderators import moderating
from commentsvc.people import managing
from commentsvc.web.service import EXTENSION
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import SECRET
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.archives import assert_sound
from tests.rig.archives import comment
from tests.rig.archives import exported
from tests.rig.archives import lines_of
from tests.rig.archives import run
from tests.rig.archives import thread
from tests.rig.archives import write


@pytest.fixture
def lively(app: Flask, site: Site, rita: Reader, sam: Reader, mona, decide, change_site, clock: Clock) -> Site:
    """Give the Gazette with everything that can happen to a comment."""
    change_site(hold="none", hold_links=0)
    parent = None
    for number in range(12):
        clock.advance(seconds=7, microseconds=number)
        parent = rita.say(f"Level {number} — **naïve** 日本語 \U0001f980 <b>שלום</b>\n\n    code", parent=parent)
    clock.advance(minutes=1)
    torn_down = sam.say("This one goes, and its replies stay.", website="sam.example/~me")
    under = rita.say("I answer what goes.", parent=torn_down)
    rita.say("And I answer that.", parent=under, headers={"User-Agent": "x"})
    decide("delete", torn_down)
    for verb in ("spam", "reject"):
        clock.advance(seconds=5)
        decide(verb, sam.say(f"To be decided: {verb}."))
    clock.advance(seconds=5)
    twice = rita.say("First thought.")
    clock.advance(seconds=30)
    assert rita.own("PATCH", twice, json={"body": "Second thought."}).status_code == 200
    gone = rita.say("I take this back.")
    assert rita.own("DELETE", gone).status_code == 204
    change_site(hold="all")
    clock.advance(seconds=5)
    sam.say("I wait.", url=GAZETTE + "/other", title=None, id="the-other")
    held = rita.say("Approved, then edited.")
    decide("approve", held)
    clock.advance(seconds=5)
    assert rita.own("PATCH", held, json={"body": "Edited, and waiting."}).status_code == 200
    with app.app_context():
        posting.reply(site, mona, ids.from_text(twice) or 0, "Thank **you**.", app.extensions[EXTENSION].keys, clock())
        with transaction() as session:
            threads = {one.url: one for one in session.scalars(select(Thread).where(Thread.site_id == site.id))}
            session.add(
                Address(
                    site_id=site.id,
                    canonical="https://www.gazette.example/old-bridge",
                    raw="https://www.gazette.example/old-bridge/",
                    thread_id=threads[ARTICLE].id,
                )
            )
        moderating.set_open(site, mona, threads[GAZETTE + "/other"].id, False, clock())
        assert_sound(site)
    return site


def test_what_is_exported_and_imported_into_an_empty_site_is_exported_the_same(
    app: Flask,
    lively: Site,
    empty_database: Callable[[], str],
    make_app,
    database_url: str,
    tmp_path: Path,
    clock: Clock,
) -> None:
    first = tmp_path / "first.jsonl"
    told = run(database_url, "export", "--site", "gazette", str(first))
    assert told.exit_code == 0, told.output
    assert "24 threads and comments" in told.output
    assert first.stat().st_mode & 0o777 == 0o600

    elsewhere = empty_database()
    for url, key in ((database_url, "copy"), (elsewhere, "gazette")):
        again = tmp_path / f"{key}.jsonl.gz"
        assert run(url, "site", "add", key, "--origin", GAZETTE).exit_code == 0
        brought = run(url, "import", "--site", key, "archive", str(first))
        assert brought.exit_code == 0, brought.output
        assert "22 read = 22 imported + 0 already there + 0 skipped" in brought.output
        assert run(url, "export", "--site", key, str(again)).exit_code == 0
        assert gzip.decompress(again.read_bytes()) == first.read_bytes()
        assert run(url, "decisions", "verify").exit_code == 0
    with app.app_context():
        assert_sound(managing.site("copy"))
        assert _rows(managing.site("copy")) == _rows(lively)


def _rows(site: Site) -> list[dict[str, Any]]:
    with reading() as session:
        found = session.scalars(select(Comment).where(Comment.site_id == site.id).order_by(Comment.id))
        return [
            {c.name: getattr(one, c.name) for c in Comment.__table__.columns if c.name != "site_id"} for one in found
        ]


def test_a_site_takes_its_own_archive_without_a_change(
    app: Flask, lively: Site, database_url: str, tmp_path: Path
) -> None:
    first = tmp_path / "first.jsonl"
    assert run(database_url, "export", "--site", "gazette", str(first)).exit_code == 0
    brought = run(database_url, "import", "--site", "gazette", "archive", str(first))
    assert "22 read = 0 imported + 22 already there + 0 skipped" in brought.output
    assert "2 read = 0 made + 2 found" in brought.output
    with app.app_context():
        assert exported(lively) == first.read_bytes()


def test_receipts_of_a_restored_site_still_open_their_comments(
    app: Flask, lively: Site, rita: Reader, database_url: str, tmp_path: Path
) -> None:
    archive = tmp_path / "all.jsonl.gz"
    assert run(database_url, "export", "--site", "gazette", str(archive)).exit_code == 0
    assert run(database_url, "site", "remove", "gazette", "--yes").exit_code == 0
    assert run(database_url, "site", "add", "gazette", "--origin", GAZETTE).exit_code == 0
    assert run(database_url, "import", "--site", "gazette", "archive", str(archive)).exit_code == 0
    for comment_id in rita.receipts:
        assert rita.own("GET", comment_id).status_code == 200


def test_foreign_ids_are_remembered_and_the_same_file_changes_nothing(
    app: Flask, site: Site, database_url: str, tmp_path: Path
) -> None:
    file = write(tmp_path / "a.jsonl", thread(), comment("t0c5", parent="t0c1"), comment("t0c1"))
    assert "2 imported" in run(database_url, "import", "--site", site.key, "archive", str(file)).output
    with app.app_context():
        before = exported(site)
        told = run(database_url, "import", "--site", site.key, "archive", str(file))
        assert "2 read = 0 imported + 2 already there + 0 skipped" in told.output
        assert exported(site) == before
        assert [line["sources"] for line in lines_of(before)] == [
            [["archive", name]] for name in ("t0", "t0c1", "t0c5")
        ]
        # A newer file of the same source adds what is new alone, under what came before.
        write(file, thread(title="Another title"), comment("t0c1", body="Other words"), comment("t0c9", parent="t0c5"))
        assert (
            "2 read = 1 imported + 1 already"
            in run(database_url, "import", "--site", site.key, "archive", str(file)).output
        )
        after = lines_of(exported(site))
        assert after[:3] == lines_of(before)
        assert after[3]["parent"] == after[2]["id"]
        assert_sound(site)


def test_files_of_two_sources_with_the_same_ids_are_kept_apart_or_told(
    app: Flask, site: Site, database_url: str, tmp_path: Path
) -> None:
    one = write(tmp_path / "one.jsonl", thread("1"), comment("1", thread="1"), comment("2", thread="1"))
    other = [thread("1", url=GAZETTE + "/elsewhere"), comment("1", thread="1", created="2020-01-01T00:00:00Z")]
    assert "2 imported" in run(database_url, "import", "--site", site.key, "archive", str(one)).output
    clash = run(database_url, "import", "--site", site.key, "archive", str(write(tmp_path / "two.jsonl", *other)))
    assert "0 imported + 0 already there + 1 skipped" in clash.output
    assert 'give the header a "source" of its own' in clash.output
    named = write(
        tmp_path / "three.jsonl", *other, header={"format": "commentsvc-archive", "version": 1, "source": "b"}
    )
    assert "1 imported" in run(database_url, "import", "--site", site.key, "archive", str(named)).output
    with app.app_context():
        assert [line["url"] for line in lines_of(exported(site))[:2]] == [GAZETTE + "/1", GAZETTE + "/elsewhere"]


def test_an_import_joins_the_thread_that_readers_have_begun(
    app: Flask, site: Site, rita: Reader, decide, database_url: str, tmp_path: Path
) -> None:
    mine = rita.say("I was here first.")
    decide("approve", mine)
    before = rita.thread()
    file = write(tmp_path / "a.jsonl", thread(url=ARTICLE + "/?utm_source=x", title="Not this"), comment("c1"))
    assert "0 made + 1 found" in run(database_url, "import", "--site", site.key, "archive", str(file)).output
    after = rita.thread()
    assert after["thread"] == before["thread"] | {"count": 2}
    assert after["comments"][1] == before["comments"][0]
    assert after["comments"][0]["html"] == '<p dir="auto">This is what <em>c1</em> says.</p>'
    with app.app_context():
        assert_sound(site)


def test_a_broken_file_is_refused_with_its_line_and_nothing_is_stored(
    app: Flask, site: Site, database_url: str, tmp_path: Path
) -> None:
    good = write(tmp_path / "good.jsonl", thread(), comment("c1")).read_bytes()
    packed = gzip.compress(good)
    deep = b"[" * 100_000
    bomb = gzip.compress(b'{"format": "commentsvc-archive", "version": 1}\n' + (b" " * 999_999 + b"\n") * 30)
    cases = {
        "empty.jsonl": (b"", "line 1: an archive begins with"),
        "headless.jsonl": (good.split(b"\n", 1)[1], "line 1: an archive begins with"),
        "newer.jsonl": (b'{"format": "commentsvc-archive", "version": 2}', "needs a newer commentsvc"),
        "strange.jsonl": (b'{"format": "commentsvc-archive", "version": true}', "no version"),
        "cut.jsonl": (good[:-9], "line 3, column"),
        "list.jsonl": (good + b"[1]\n", "line 4: a line must hold a JSON object"),
        "nan.jsonl": (good + b'{"kind": NaN}\n', "line 4: this is not JSON that can be read: NaN"),
        "digits.jsonl": (good + b'{"kind": ' + b"9" * 5000 + b"}\n", "line 4: this is not JSON"),
        "deep.jsonl": (good + deep + b"\n", "line 4: this is not JSON"),
        "latin.jsonl": (good + '{"kind": "é"}'.encode("latin-1"), "line 4, column 11: this is not UTF-8"),
        "long.jsonl": (good + b'{"body": "' + b"x" * (1 << 20) + b'"}', "line 4: a line has at most 1,048,576 bytes"),
        "cut.jsonl.gz": (packed[:-12], "the gzip is damaged or cut off"),
        "flipped.jsonl.gz": (packed[:-6] + bytes([packed[-6] ^ 1]) + packed[-5:], "the gzip is damaged or cut off"),
        "bomb.jsonl.gz": (bomb, "it unpacks to more than 250 times its size"),
    }
    with app.app_context():
        before = exported(site)
        for name, (data, words) in cases.items():
            path = tmp_path / name
            path.write_bytes(data)
            for more in ([], ["--dry-run"]):
                told = run(database_url, "import", "--site", site.key, "archive", str(path), *more)
                assert told.exit_code == 1, name
                assert f"Error: {path}" in told.output, told.output
                assert words in told.output, (name, told.output)
            assert exported(site) == before, name


def test_an_archive_without_comments_is_a_success(site: Site, database_url: str, tmp_path: Path) -> None:
    told = run(database_url, "import", "--site", site.key, "archive", str(write(tmp_path / "none.jsonl")))
    assert told.exit_code == 0
    assert "Comments: 0 read = 0 imported + 0 already there + 0 skipped." in told.output


def test_an_export_goes_to_the_screen_or_stays_what_it_was(
    app: Flask, lively: Site, database_url: str, tmp_path: Path
) -> None:
    with app.app_context():
        whole = exported(lively)
    assert run(database_url, "export", "--site", "gazette", "-").stdout_bytes == whole
    missing = run(database_url, "export", "--site", "gazette", str(tmp_path / "nowhere" / "x.jsonl"))
    assert missing.exit_code == 1
    assert "can't be written: No such file" in missing.output
    target = tmp_path / "x.jsonl"
    target.write_text("what was there")
    assert run(database_url, "export", "--site", "nowhere", str(target)).exit_code == 1
    assert target.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [target]


def test_on_a_terminal_a_bar_tells_how_far_it_is(site: Site, database_url: str, tmp_path: Path) -> None:
    lines = (comment(f"c{number}") for number in range(1200))
    command = Path(sys.executable).with_name("commentsvc")
    words = (command, "import", "--site", site.key, "archive", write(tmp_path / "a.jsonl", thread(), *lines))
    environ = {"COMMENTSVC_DATABASE_URL": database_url, "COMMENTSVC_SECRET_KEY": SECRET, "TERM": "xterm"}
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb") as terminal:
        ran = subprocess.run(words, env=environ, stdout=subprocess.PIPE, stderr=theirs, text=True, check=True)
        os.close(theirs)
        seen = terminal.read1(1 << 16).decode()
    assert "1,200 imported" in ran.stdout
    assert "Storing" in seen
    assert "500/1200" in seen
    assert "/s" in seen


def test_the_header_tells_where_a_file_was_cut(site: Site, database_url: str, tmp_path: Path) -> None:
    header = {"format": "commentsvc-archive", "version": 1, "threads": 1, "comments": 2}
    file = write(tmp_path / "a.jsonl", thread(), comment("c1"), header=header)
    told = run(database_url, "import", "--site", site.key, "archive", str(file))
    assert "the header speaks of 2 comments, the file holds 1: it may be cut off" in told.output
