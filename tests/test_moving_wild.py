"""Files as they are in the wild: any order, gaps, circles, hostile text; interrupted, rehearsed, brought in twice."""

import json
from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func
from sqlalchemy import select

from commentsvc.database import reading
from commentsvc.models.comment import Comment
from commentsvc.models.decision import Decision
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.moving import storing
from commentsvc.moving import threads
from commentsvc.people import managing
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.archives import Bringer
from tests.rig.archives import Interrupted
from tests.rig.archives import assert_sound
from tests.rig.archives import comment
from tests.rig.archives import content
from tests.rig.archives import exported
from tests.rig.archives import run
from tests.rig.archives import thread
from tests.rig.archives import wild
from tests.rig.archives import write


@pytest.fixture
def bring(app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Bringer:
    """Give what brings a file in, by small batches."""
    monkeypatch.setattr(storing, "BATCH", 9)
    monkeypatch.setattr(threads, "BATCH", 2)
    return Bringer(app, clock)


@pytest.fixture
def another_site(app: Flask, clock: Clock) -> Callable[[str], Site]:
    """Give a function that adds a site."""

    def add(key: str) -> Site:
        with app.app_context():
            return managing.add_site(key, {"origins": [GAZETTE]}, clock())

    return add


def test_the_order_of_lines_does_not_matter(
    app: Flask, site: Site, bring: Bringer, another_site, tmp_path: Path
) -> None:
    lines = wild(1)
    bring(site, write(tmp_path / "straight.jsonl", *lines))
    with app.app_context():
        expected = content(site)
        assert_sound(site)
    for seed in range(3):
        shuffled = Random(seed).sample(lines, len(lines))
        other = another_site(f"other{seed}")
        bring(other, write(tmp_path / "shuffled.jsonl.gz", *shuffled))
        with app.app_context():
            assert_sound(other)
            assert content(other) == expected


def test_an_interrupted_import_goes_on_to_the_same_end(
    app: Flask, site: Site, bring: Bringer, another_site, tmp_path: Path
) -> None:
    path = write(tmp_path / "wild.jsonl", *wild(2, 60))
    whole = bring(site, path)
    with app.app_context():
        expected = content(site)
    for batches in range(5):
        other = another_site(f"other{batches}")
        with pytest.raises(Interrupted):
            bring(other, path, interrupt_after=batches)
        with app.app_context():
            assert_sound(other)
            there = _count(Comment, other)
        assert (there > 0) == (batches > 0)
        report = bring(other, path)
        assert report.comments_there == there
        assert report.comments_imported + there == whole.comments_imported
        with app.app_context():
            assert_sound(other)
            assert content(other) == expected


def test_a_dry_run_stores_nothing_and_tells_what_would_happen(
    app: Flask, site: Site, rita: Reader, decide, bring: Bringer, database_url: str, tmp_path: Path
) -> None:
    decide("approve", rita.say("Here before.", url=f"{GAZETTE}/t1"))
    path = write(tmp_path / "wild.jsonl", *wild(3), comment("c1"), comment("m", moderator="new@gazette.example"))
    half = write(tmp_path / "half.jsonl", *wild(3)[:60])
    for brought in (path, half, path):
        with app.app_context():
            before = exported(site), _count(Comment, site), _people()
        dry = bring(site, brought, dry=True)
        with app.app_context():
            assert (exported(site), _count(Comment, site), _people()) == before
        wet = bring(site, brought)
        assert dry == wet
    # By the command, down to each line of the report's file.
    told = []
    for name, more in (("dry", ["--dry-run"]), ("wet", [])):
        assert run(database_url, "site", "add", name, "--origin", GAZETTE).exit_code == 0
        lines = tmp_path / f"{name}.txt"
        words = ("import", "--site", name, "archive", str(path), "--report", str(lines), *more)
        ran = run(database_url, *words)
        assert ran.exit_code == 0, ran.output
        told.append((ran.stdout.split("\n\n", 1)[-1] if more else ran.stdout, lines.read_text()))
    assert told[0] == told[1]
    written = [json.loads(line) for line in told[1][1].splitlines()]
    assert written[-1]["what"] == "totals"
    skipped = [line for line in written if line["what"] == "skipped"]
    assert len(skipped) == written[-1]["comments"]["skipped"] + written[-1]["others"]["skipped"]
    assert all(line["line"] > 1 and line["id"] and line["reason"] for line in skipped)


def test_twice_is_once(app: Flask, site: Site, bring: Bringer, tmp_path: Path) -> None:
    path = write(tmp_path / "wild.jsonl", *wild(4))
    first = bring(site, path)
    with app.app_context():
        before = exported(site), _count(Decision, site), _versions(site)
    again = bring(site, path)
    assert (again.comments_imported, again.comments_there) == (0, first.comments_imported)
    assert (again.threads_made, again.threads_found, again.threads_joined) == (0, 3, 1)
    with app.app_context():
        assert (exported(site), _count(Decision, site), _versions(site)) == before


def test_what_a_file_lacks_is_told_and_the_rest_is_kept(app: Flask, site: Site, bring: Bringer, tmp_path: Path) -> None:
    lines = [
        thread(),
        thread("t1"),
        comment("c1", parent="gone"),
        comment("c2", thread="t1", parent="c1"),
        comment("c3", parent="c4"),
        comment("c4", parent="c5"),
        comment("c5", parent="c3"),
        comment("c6", parent="c6"),
        comment("c7", parent="c5"),
        comment("c8", body="x" * 10_001),
        comment("c9", parent="c8"),
        comment("c10", thread="t9"),
        comment("c11", parent="c10"),
    ]
    report = bring(site, write(tmp_path / "a.jsonl", *lines))
    assert report.reasons == {
        "body: A comment has at most 10,000 characters; this one has 10,001.": 1,
        "thread: not in the file and not on the site, or skipped itself": 1,
    }
    assert report.notes == {
        "comment: parent: not to be found, or skipped itself; kept as a comment of its own": 2,
        "comment: parent: in another thread; kept as a comment of its own": 2,
        "comment: parent: answers this comment itself, which is kept as one of its own": 2,
    }
    with app.app_context():
        assert_sound(site)
        with reading() as session:
            found = session.scalars(select(Comment).where(Comment.site_id == site.id).order_by(Comment.created))
            depths = [one.depth for one in found]
    # Of the circle of three its earliest stands alone, and under it the one that answers it, and so on.
    assert depths == [0, 0, 0, 2, 1, 0, 2, 0, 0]


def test_deep_branches_and_long_circles_are_taken(app: Flask, site: Site, bring: Bringer, tmp_path: Path) -> None:
    chain = [comment(f"c{number}", parent=f"c{number - 1}" if number else None) for number in range(400)]
    chain[0]["state"] = chain[200]["state"] = "deleted"
    circle = [comment(f"d{number}", parent=f"d{(number + 1) % 300}") for number in range(300)]
    report = bring(site, write(tmp_path / "a.jsonl", thread(url=ARTICLE), *Random(1).sample(chain + circle, 700)))
    assert (report.comments_imported, report.notes.total()) == (700, 1)
    with app.app_context():
        assert_sound(site)
        with reading() as session:
            deepest = session.scalar(select(func.max(Comment.depth)).where(Comment.site_id == site.id))
    assert deepest == 399


def test_ids_are_in_the_order_of_time_and_made_now(
    app: Flask, site: Site, bring: Bringer, clock: Clock, tmp_path: Path
) -> None:
    lines = [comment(f"c{number}", thread=f"t{number % 3}") for number in range(100)]
    bring(site, write(tmp_path / "a.jsonl", thread(), thread("t1"), thread("t2"), *Random(5).sample(lines, 100)))
    with app.app_context(), reading() as session:
        found = session.scalars(select(Comment).where(Comment.site_id == site.id).order_by(Comment.id))
        times = [one.created for one in found]
        touched = {one.changed for one in session.scalars(select(Thread).where(Thread.site_id == site.id))}
    assert times == sorted(times)
    assert all(timedelta(0) <= one - clock.now < timedelta(seconds=1) for one in touched)
    assert max(times) < datetime.fromisoformat("2024-06-01T00:00:00Z")


def _count(table: type[Comment] | type[Decision], site: Site) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(table).where(table.site_id == site.id)) or 0


def _people() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(Moderator.email).order_by(Moderator.email)))


def _versions(site: Site) -> list[int]:
    with reading() as session:
        return list(session.scalars(select(Thread.version).where(Thread.site_id == site.id).order_by(Thread.id)))
