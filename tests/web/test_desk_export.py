"""Owners take all comments along from the desk: in every format, with what they ticked, and the log says so."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask

from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moving.exporters.known import EXPORTERS
from commentsvc.people import managing
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.archives import Bringer
from tests.rig.archives import exported
from tests.rig.desk import Desk
from tests.rig.desk import desk_of

EXPORT = "/moderate/gazette/export"


@pytest.fixture
def owner(app: Flask, site: Site, clock: Clock, rita: Reader) -> Desk:
    """Give the browser of an owner of the Gazette, which has a comment."""
    rita.say("The bridge stands.")
    with app.app_context():
        managing.add_moderator("olga@gazette.example", site.key, clock(), name="Olga", role="owner", password=PASSWORD)
    return desk_of(app, "olga@gazette.example", PASSWORD)


def test_every_format_is_a_file_that_nothing_runs_or_keeps(app: Flask, owner: Desk, site: Site) -> None:
    page = owner.open(EXPORT).text
    for form, exporter in EXPORTERS.items():
        assert f'name="format" value="{form}"' in page
        answer = owner.send(EXPORT, token_from=EXPORT, format=form)
        assert answer.status_code == 200, answer.text
        name = f"gazette-comments-2026-03-14.{exporter.suffix}"
        assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
        assert answer.mimetype == exporter.media_type
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        data = answer.data
        if form == "archive":
            with app.app_context():
                assert gzip.decompress(data) == exported(site)
        elif form == "html":
            assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
        elif form == "csv":
            assert "The bridge stands." in data.decode("utf-8-sig")
        else:
            assert "The bridge stands." in "".join(ElementTree.fromstring(data).itertext())  # noqa: S314
    log = owner.open("/moderate/gazette/log", act="site-export").text
    assert log.count("Olga took all comments along") == len(EXPORTERS)
    assert '<span class="chip">wordpress</span>' in log


def test_what_is_ticked_goes_along_with_an_archive_alone(app: Flask, owner: Desk, site: Site) -> None:
    ticked = {"with": ["decisions", "rules", "revisions", "passwords"]}
    answer = owner.send(EXPORT, token_from=EXPORT, format="archive", **ticked)
    kinds = [json.loads(line).get("kind") for line in gzip.decompress(answer.data).splitlines()]
    assert kinds == [None, "thread", "comment", "decision"]
    for fields, words in (
        ({"format": "csv"} | ticked, "Only an archive has a place for these"),
        ({"format": "word"}, "Please choose one of the formats."),
        ({}, "Please choose one of the formats."),
    ):
        refused = owner.send(EXPORT, token_from=EXPORT, **fields)
        assert refused.status_code == 422
        assert words in refused.text
    assert owner.open("/moderate/gazette/log", act="site-export").text.count("Olga took all comments along") == 1


def test_what_was_decided_elsewhere_is_history_on_the_desk(
    app: Flask, owner: Desk, site: Site, tmp_path: Path, clock: Clock, decide: Callable, rita: Reader
) -> None:
    (said,) = rita.receipts
    decide("approve", said)
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(owner.send(EXPORT, token_from=EXPORT, format="archive", **{"with": "decisions"}).data)
    with app.app_context():
        copy = managing.add_site("copy", {"name": "Copy", "origins": ["https://gazette.example"]}, clock())
        managing.add_moderator("olga@gazette.example", "copy", clock(), role="owner")
    Bringer(app, clock)(copy, path)
    log = owner.open("/moderate/copy/log", act="past").text
    assert log.count("The operator brought over an earlier decision on the comment by Rita") == 2
    for words in ("2026-03-14 09:26:53 UTC", "act approve", "state_to approved"):
        assert words in log, words
    page = owner.open(f"/moderate/copy/comments/{said}").text
    assert "brought over an earlier decision on it" in page
    assert "/undo" not in page.split("brought over an earlier decision on it")[1].split("</li>")[0]


def test_only_owners_and_only_by_a_form_of_ours(app: Flask, owner: Desk, mona: Moderator) -> None:
    moderator = desk_of(app, "mona@gazette.example", PASSWORD)
    assert moderator.open(EXPORT).status_code == 403
    assert moderator.send(EXPORT, format="archive").status_code == 403
    forged = owner.client.post(EXPORT, data={"format": "archive", "csrf_token": "x"})
    assert forged.status_code == 400
    assert "attachment" not in forged.headers.get("Content-Disposition", "")
    assert "Olga took all comments along" not in owner.open("/moderate/gazette/log").text
