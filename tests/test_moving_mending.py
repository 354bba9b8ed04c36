"""What a file has wrong is mended and told, or skipped with its reason; hostile text goes through the same pipeline."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from commentsvc.models.site import Site
from tests.rig.archives import Bringer
from tests.rig.archives import assert_sound
from tests.rig.archives import comment
from tests.rig.archives import exported
from tests.rig.archives import lines_of
from tests.rig.archives import thread
from tests.rig.archives import write


@pytest.fixture
def bring(app: Flask, clock) -> Bringer:
    """Give what brings a file in."""
    return Bringer(app, clock)


MENDED: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
    ({"name": None}, {"name": "Anonymous"}, "name: missing, kept as Anonymous"),
    ({"name": "\u200b\ufeff"}, {"name": "Anonymous"}, "name: can't be used, kept as Anonymous"),
    ({"name": "A\x00d\ud800a"}, {"name": "Ada"}, "name: mended or shortened"),
    ({"name": "n" * 99}, {"name": "n" * 80}, "name: mended or shortened"),
    ({"name": 7}, {"name": "Anonymous"}, "name: no text, left out"),
    ({"email": "not an address"}, {"email": None}, "email: not valid, left out"),
    ({"email": "Ada@MAIL.example"}, {"email": "Ada@mail.example"}, None),
    ({"website": "javascript:alert(1)"}, {"website": None}, "website: not valid, left out"),
    ({"website": "ada.example"}, {"website": "https://ada.example/"}, None),
    ({"body": "a\x07b\ud800c\r\n"}, {"body": "ab\ufffdc"}, "body: characters that are no text were taken out"),
    ({"body": "", "state": "deleted"}, {"body": ""}, None),
    ({"body": "<img src=x onerror=alert(1)>", "markup": "html"}, {"markup": "html"}, "body: nothing of it can be seen"),
    ({"state": "hidden"}, {"state": "pending"}, "state: missing or unknown, held for a moderator"),
    ({"created": "2024-05-01T02:00:00.25+02:00"}, {"created": "2024-05-01T00:00:00.250000Z"}, None),
    ({"created": "2024-05-01 00:00"}, {"created": "2024-05-01T00:00:00Z"}, None),
    (
        {"created": "2999-01-01T00:00:00Z"},
        {"created": "2999-01-01T00:00:00Z"},
        "created: lies in the future, kept as it",
    ),
    ({"edited": "soon"}, {"edited": None}, "edited: no time that can be read, left out"),
    ({"avatar": "ffffffffff", "generation": 3}, {"avatar": "ffffffffff", "generation": 3}, None),
    ({"avatar": "<script>", "network": "?", "generation": -1, "held": 9}, {"network": None, "held": None}, None),
    ({"revisions": [{"n": 1}, "x"]}, {"revisions": None}, "revisions: one without number, body or time, left out"),
    ({"sources": [["isso", "5"], ["Isso!", 5], 3]}, {}, "sources: one that is no name and id, left out"),
    ({"id": 5}, {"sources": [["archive", "5"]]}, None),
]


@pytest.mark.parametrize(("given", "kept", "note"), MENDED)
def test_what_can_be_mended_is_mended_and_told(
    app: Flask,
    site: Site,
    bring: Bringer,
    tmp_path: Path,
    given: dict[str, Any],
    kept: dict[str, Any],
    note: str | None,
) -> None:
    report = bring(site, write(tmp_path / "a.jsonl", thread(), comment("c1", **given)))
    assert report.comments_imported == 1
    assert any((note or "") in words for words in report.notes) or note is None, report.notes
    assert note is not None or not report.notes
    with app.app_context():
        line = lines_of(exported(site))[1]
        assert {key: line.get(key) for key in kept} == kept
        assert_sound(site)


SKIPPED = [
    (comment("c1", id=None), "id: missing, or can't be used"),
    (comment("c1", id="c\n1"), "id: missing, or can't be used"),
    (comment("c1", thread=None), "thread: missing, or can't be used"),
    (comment("c1", created="yesterday"), "created: missing, or can't be used"),
    (comment("c1", created="0000-00-00 00:00:00"), "created: missing, or can't be used"),
    (comment("c1", created="1969-12-31T23:59:59Z"), "created: missing, or can't be used"),
    (comment("c1", created="9999-12-31T23:59:59-14:00"), "created: missing, or can't be used"),
    (comment("c1", body=None), "body: there is none"),
    (comment("c1", body=" \u200b\n"), "body: there is none"),
    (comment("c1", markup="bbcode"), "markup: it is markdown, html or plain"),
    ({"kind": "vote", "id": "v1"}, "kind: vote is unknown"),
    ({"id": "v1"}, "kind: None is unknown"),
    (thread("t1", url=None), "url: missing, or can't be used"),
    (thread("t1", url="javascript:alert(1)"), "url: "),
    (thread(title="The same again"), "id: came in an earlier line"),
]


@pytest.mark.parametrize(("line", "reason"), SKIPPED)
def test_what_cannot_be_taken_is_skipped_with_the_reason(
    app: Flask, site: Site, bring: Bringer, tmp_path: Path, line: dict[str, Any], reason: str
) -> None:
    report = bring(site, write(tmp_path / "a.jsonl", thread(), line, comment("c2")))
    assert report.first_skips[0].startswith("line 3, ")
    assert reason in report.first_skips[0]
    assert report.skipped.total() == report.comments_imported == 1


def test_unknown_keys_are_counted_and_not_read(site: Site, bring: Bringer, tmp_path: Path) -> None:
    many: dict[str, Any] = {f"key{number}": 1 for number in range(300)}
    report = bring(
        site, write(tmp_path / "a.jsonl", thread(likes=3), comment("c1", likes=1, **many), comment("c2", likes=2))
    )
    assert "unknown key, not read: thread: likes (1 times)" in report.remarks
    assert "unknown key, not read: comment: likes (2 times)" in report.remarks
    assert len(report.remarks) <= 102
