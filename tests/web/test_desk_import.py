"""Owners bring comments in by upload: a dry run first, then the import, in a process of its own that may die."""

import io
import re
import signal
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask

from commentsvc.models.ids import from_text
from commentsvc.models.site import Site
from commentsvc.moving import jobs
from commentsvc.moving.starting import children
from commentsvc.moving.uploads import Uploads
from commentsvc.moving.uploads import uploads_of
from commentsvc.operators.retaining import Janitor
from commentsvc.people import managing
from commentsvc.web.service import service
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.rig.archives import assert_sound
from tests.rig.bringing import IMPORT
from tests.rig.bringing import SECONDS
from tests.rig.bringing import Endless
from tests.rig.bringing import archive
from tests.rig.bringing import awaited
from tests.rig.bringing import brought
from tests.rig.bringing import count
from tests.rig.bringing import laid
from tests.rig.bringing import send
from tests.rig.bringing import start
from tests.rig.bringing import until
from tests.rig.bringing import words
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.imports import gzipped
from tests.rig.imports import zipped
from tests.web.test_people import acts

OLGA = "olga@gazette.example"
SOME_XML = b'<?xml version="1.0"?>\n<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel>\n  <item></itme>\n'


@pytest.fixture
def at_real_time(clock: Clock) -> None:
    """Let the clock show the real time, which the process of a run goes by."""
    clock.now = datetime.now(UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give the folder in which uploads lie."""
    return tmp_path / "uploads"


@pytest.fixture
def app(make_app: Callable[..., Flask], folder: Path, at_real_time: None) -> Iterator[Flask]:
    """Give the application, whose runs have ended when its database goes."""
    yield make_app(UPLOAD_FOLDER=str(folder), UPLOAD_LIMIT="1")
    for child in list(children.values()):
        child.kill()
        child.wait()


@pytest.fixture
def olga(app: Flask, site: Site, clock: Clock) -> Desk:
    """Give the desk of the Gazette's owner."""
    with app.app_context():
        managing.add_moderator(OLGA, site.key, clock(), name="Olga", role="owner", password=PASSWORD)
    return desk_of(app, OLGA, PASSWORD)


def test_looked_at_first_then_imported_and_again(app: Flask, site: Site, olga: Desk, folder: Path) -> None:
    moment = '"created": "2024-05-01T00:00:00Z"'
    # What nobody here has proven: an owner could have written it, to have letters sent to somebody.
    mailbox = '{"kind": "mailbox", "id": "m1", "email": "victim@mail.example", "proven": "2024-05-01T00:00:00Z"}'
    lost = f'{{"kind": "comment", "id": "lost", "thread": "t9", "body": "x", {moment}}}'
    file = archive(20, lost, mailbox)
    path = brought(olga, gzipped(file))
    dry = words(olga, path)
    assert "What would come" in dry
    assert "21 read = 20 to import + 0 already there + 1 skipped" in dry
    assert "1 read = 1 new + 0 found here + 0 joined with another of the file + 0 skipped" in dry
    assert "17 approved" in dry or "16 approved" in dry
    assert "4 pending" in dry
    assert "thread: not in the file" in dry
    assert "Other lines 1 read = 0 to import + 0 already there + 1 skipped" in dry
    assert count(app, site) == 0
    (kept,) = [one for one in folder.iterdir() if not one.name.endswith(".jsonl")]
    assert re.fullmatch("[0-9a-f]{32}", kept.name)
    assert (kept.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)

    assert start(olga, path).headers["Location"] == path
    awaited(path)
    wet = words(olga, path)
    assert "The import is done" in wet
    assert "21 read = 20 imported + 0 already there + 1 skipped" in wet
    assert count(app, site) == 20
    assert not kept.exists()
    report = olga.open(f"{path}/report")
    assert "lost" in report.text
    assert report.headers["Content-Disposition"].startswith("attachment")
    # Pressed once more, nothing begins: it is done.
    assert start(olga, path).headers["Location"] == path
    assert acts(app)[-1] == ("import-file", "moderator")
    log = words(olga, "/moderate/gazette/log", act="import-file")
    assert "Olga brought comments in from a file" in log
    assert "20 comments" in log

    again = brought(olga, file)
    start(olga, again)
    assert "21 read = 0 imported + 20 already there + 1 skipped" in words(olga, awaited(again))
    assert count(app, site) == 20
    with app.app_context():
        assert_sound(site)


@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True)
def test_what_is_no_export_is_refused_and_erased(app: Flask, site: Site, olga: Desk, folder: Path) -> None:
    for form, data, told in (
        ("wordpress", SOME_XML, "Line 3, column"),
        ("archive", zipped(("a.jsonl", archive(1)), ("b.jsonl", b"")), "The zip holds 2 files"),
        ("archive", gzipped((b" " * 999_999 + b"\n") * 24), "unpacks to more than 250 times its size"),
        ("disqus", archive(1), "nothing was stored"),
    ):
        path = brought(olga, data, form)
        page = words(olga, path)
        assert "This file can't be taken" in page, form
        assert told in page
        assert str(folder) not in page
        assert list(folder.iterdir()) == []
        assert start(olga, path).headers["Location"].endswith("did=import-busy")
    assert count(app, site) == 0
    # A file of no comments is none of these.
    assert "0 read = 0 to import" in words(olga, brought(olga, archive(0)))


def test_what_the_form_takes(app: Flask, site: Site, olga: Desk, folder: Path, clock: Clock) -> None:
    for length, most in ((5 << 20, 0), (None, 2 << 20)):
        endless = Endless()
        answer = olga.client.post(
            IMPORT,
            content_type="multipart/form-data; boundary=b",
            environ_overrides={
                "CONTENT_LENGTH": str(length or ""), "wsgi.input": endless, "wsgi.input_terminated": True,
            },
        )  # fmt: skip
        assert answer.status_code == 413
        assert "larger than the 1 MB" in answer.text
        assert endless.read_so_far <= most
    for answer in (
        send(olga, b"{}", "telepathy"),
        send(olga, b""),
        olga.send(IMPORT, format="archive"),
        send(olga, b"{}", moved="https://a.example"),
        send(olga, b"{}", source="Not A Name"),
    ):
        assert answer.status_code == 422
        assert "Nothing was stored" in answer.text
    stale = olga.client.post(IMPORT, data={"csrf_token": "old", "file": (io.BytesIO(b"{}"), "a")})
    assert stale.status_code == 400
    with app.app_context():
        for role in ("moderator", "viewer"):
            managing.add_moderator(f"{role}@gazette.example", site.key, clock(), role=role, password=PASSWORD)
    for role in ("moderator", "viewer"):
        desk = desk_of(app, f"{role}@gazette.example", PASSWORD)
        assert desk.open(IMPORT).status_code == 403
        assert send(desk, b"{}").status_code == 403
        # Not even read.
        assert send(desk, b"x" * (300 << 10)).status_code in (403, 413)
        assert "Import &amp; export" not in desk.open("/moderate/gazette/queue").text
    assert Desk(app.test_client()).client.post(IMPORT, data={"file": (io.BytesIO(b"{}"), "a")}).status_code == 403
    # Whatever was not taken is gone.
    assert list(folder.glob("*")) == []
    assert words(olga, IMPORT).count("Lately") == 0


def test_a_run_that_is_killed_goes_on_to_the_same_end(app: Flask, site: Site, olga: Desk) -> None:
    data = archive(1500)
    path = brought(olga, data)
    number = from_text(path.rpartition("/")[2])
    assert number is not None
    # Two people press at once, in two processes for all they know: one run is what they get.
    desks = [desk_of(app, OLGA, PASSWORD) for _ in range(2)]
    tokens = [desk.token() for desk in desks]
    with ThreadPoolExecutor(2) as pool:
        pressed = pool.map(
            lambda one: one[0].client.post(f"{path}/start", data={"csrf_token": one[1]}),
            zip(desks, tokens, strict=True),
        )
        assert [one.headers["Location"] for one in pressed] == [path, path]
    child = children[number]
    until(lambda: count(app, site) >= 500, child)
    child.send_signal(signal.SIGSTOP)
    other = send(olga, archive(1)).headers["Location"]
    page = olga.open(path).text
    assert "data-run" in page
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
    assert "The file is here" in words(olga, other)
    assert start(olga, other, dry="yes").headers["Location"].endswith("did=import-busy")
    child.kill()
    child.wait()
    assert 0 < count(app, site) < 1500
    stopped = words(olga, path)
    assert "The import was interrupted" in stopped
    assert "Go on" in stopped
    start(olga, path)
    # What stops the service ends what it began.
    child = children[number]
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(SECONDS) == 0
    assert "The service was stopped while it was at it" in words(olga, path)
    start(olga, path)
    done = words(olga, awaited(path))
    assert "The import is done" in done
    imported, there = map(int, re.findall(r"1500 read = (\d+) imported \+ (\d+) already", done.replace(",", ""))[0])
    assert imported + there == 1500 == count(app, site)
    assert there >= 500
    with app.app_context():
        assert_sound(site)


def test_owners_and_time_erase_files(app: Flask, site: Site, olga: Desk, folder: Path, clock: Clock) -> None:
    path = laid(app, site, clock)
    assert "Look what would come" in words(olga, path)
    assert olga.send(f"{path}/drop").status_code == 303
    assert list(folder.iterdir()) == []
    assert "This file is gone" in words(olga, path)
    left = laid(app, site, clock)
    with app.app_context():
        janitor = Janitor(app.app_context, clock, uploads_of(service().settings))
    janitor.look()
    assert "The file is here" in words(olga, left)
    clock.advance(hours=25)
    janitor.look()
    assert "This file is gone" in words(desk_of(app, OLGA, PASSWORD), left)
    assert list(folder.iterdir()) == []
    clock.advance(days=31)
    janitor.look()
    assert desk_of(app, OLGA, PASSWORD).open(left).status_code == 404


def test_a_file_of_another_host_is_left_to_it(app: Flask, site: Site, olga: Desk, folder: Path, clock: Clock) -> None:
    number = from_text(laid(app, site, clock).rpartition("/")[2])
    assert number is not None
    here, elsewhere = Uploads(folder), Uploads(folder.with_name("of-another-host"))
    with app.app_context():
        assert jobs.claim(site, number, True, elsewhere, clock()) is None
        token = jobs.claim(site, number, True, here, clock())
        assert token is not None
        assert jobs.claim(site, number, True, here, clock()) is None
        assert jobs.look(site, number, elsewhere, clock()).going
        clock.advance(seconds=91)
        view = jobs.look(site, number, elsewhere, clock())
        assert (view.dead, view.here) == (True, False)
        # Its own host sees that nobody holds the file, and lets it go on.
        assert jobs.claim(site, number, True, here, clock()) not in (None, token)
