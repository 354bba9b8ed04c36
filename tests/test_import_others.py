"""Backups of Remark42, Commento and Comentario come in; and hostile text of every source goes the same way."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from commentsvc.models.site import Site
from tests.conftest import Reader
from tests.rig.archives import run
from tests.rig.imports import brought
from tests.rig.imports import refused
from tests.rig.imports import zipped

HOSTILE = (
    '<script>alert(1)</script><img src=x onerror=alert(1)><a href="jav&#x09;ascript:alert(1)">[x](javascript:1)</a>!'
)
ZERO = "00000000-0000-0000-0000-000000000000"


def remark42(*comments: dict[str, Any], **header: Any) -> str:
    lines = [{"version": 1, "users": [], "posts": []} | header]
    for number, values in enumerate(comments, 1):
        user = {"name": f"Reader {number}", "id": f"u{number}", "picture": "", "ip": "293ec5b0", "admin": False}
        line = {"id": f"c{number}", "pid": "", "text": "<p>Well said.</p>", "user": user, "score": 0, "votes": {}}
        line |= {"locator": {"site": "gazette", "url": "https://gazette.example/a"}}
        lines.append(line | {"time": f"2017-12-20T15:18:{number:02}.123456789-06:00"} | values)
    return "\n".join(json.dumps(line) for line in lines)


def commento(*comments: dict[str, Any], **rest: Any) -> str:
    said = []
    for number, values in enumerate(comments, 1):
        one = {"commentHex": f"c{number}", "domain": "gazette.example", "url": "/a", "commenterHex": "p1", "score": 0}
        one |= {"markdown": "Well *said*.", "html": "", "parentHex": "root", "state": "approved", "deleted": False}
        said.append(one | {"creationDate": f"2021-03-12T11:21:{number:02}.123456789Z"} | values)
    people = [{"commenterHex": "p1", "email": "ada@mail.example", "name": "Ada", "link": "undefined", "photo": "x"}]
    return json.dumps({"version": 1, "comments": said, "commenters": people} | rest, indent=1)


def comentario(*comments: dict[str, Any], **rest: Any) -> str:
    said = []
    for number, values in enumerate(comments, 1):
        one = {
            "id": f"c{number}",
            "pageId": "p",
            "userCreated": "u",
            "html": "<p>Well.</p>",
            "markdown": "Well *said*.",
        }
        one |= {"isApproved": True, "isPending": False, "isDeleted": False, "isSticky": False, "score": 0}
        said.append(one | {"createdTime": f"2023-11-14T20:15:{number:02}.500Z"} | values)
    pages = [
        {"id": "p", "path": "/a", "title": "A", "isReadonly": True, "createdTime": "2023-10-25T14:51:49.371Z"},
        {"id": "silent", "path": "/b", "title": "B"},
        {"id": "pathless"},
    ]
    people = [{"id": "u", "email": "ada@mail.example", "name": "Ada", "websiteUrl": "https://ada.example"}]
    return json.dumps({"version": 3, "pages": pages, "comments": said, "commenters": people} | rest)


def test_a_backup_of_remark42(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "backup.jsonl"
    text = remark42(
        {"pid": "c2", "orig": "Well said.", "title": "About a", "score": 2, "votes": {"u9": True}},
        {"edit": {"time": "2017-12-21T00:00:00Z", "summary": ""}, "pin": True},
        {"delete": True, "text": "", "orig": "", "user": {"name": "deleted", "id": "deleted"}},
        {"pid": "c3"},
        {"pid": "nobody", "locator": {"site": "x", "url": "https://gazette.example/a/"}},
        {"text": "", "orig": "Only *this*."},
        {"time": "0001-01-01T00:00:00Z"},
        {"locator": None},
        users=[{"id": "u1", "blocked": {"status": True}, "verified": True}, 5],
        posts=[{"url": "https://gazette.example/a", "read_only": True}],
    )
    path.write_text(text)
    report, held = brought(app, database_url, site.key, "remark42", path)
    assert "8 read = 6 imported + 0 already there + 2 skipped" in report
    assert "2 read = 1 made + 0 found + 1 joined" in report
    for words in ("a comment is pinned (1", "votes of a comment (1", "a person is blocked (1", "a person is verified"):
        assert f"not taken: {words}" in report
    first = held["comment c1"]
    assert (first["parent"], first["markup"], first["created"]) == ("c2", "html", "2017-12-20T21:18:01.123456Z")
    assert held["comment c2"]["edited"] == "2017-12-21T00:00:00Z"
    assert (held["comment c3"]["state"], held["comment c4"]["parent"]) == ("deleted", "c3")
    assert held["comment c6"]["body"] == "Only *this*."
    assert held["thread https://gazette.example/a"]["closed"] == "2017-12-20T21:18:01.123456Z"
    path.write_text(text.split("\n", 1)[1])
    assert "line 1: a native backup of Remark42 begins with" in refused(database_url, site.key, "remark42", path)


def test_an_export_of_commento(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    comments = (
        {"parentHex": "c2", "score": 3},
        {"state": "unapproved", "commenterHex": "anonymous"},
        {"state": "flagged", "markdown": "", "html": "<p>Old.</p>"},
        {"deleted": True, "markdown": "[deleted]"},
        {"domain": "www.gazette.example", "url": "/a/"},
        {"url": None},
        {"creationDate": "soon"},
    )
    path.write_text(commento(*comments, configs=[1]))
    report, held = brought(app, database_url, site.key, "commento", path)
    assert "7 read = 5 imported + 0 already there + 2 skipped" in report
    assert "2 read = 1 made + 0 found + 1 joined" in report
    assert "not taken: what stands under configs (1 times)" in report
    assert [held[f"comment c{number}"]["state"] for number in (1, 2, 3, 4)] == [
        "approved",
        "pending",
        "spam",
        "deleted",
    ]
    first = held["comment c1"]
    assert (first["name"], first["email"], first.get("website")) == ("Ada", "ada@mail.example", None)
    assert (first["parent"], first["body"], held["comment c2"]["name"]) == ("c2", "Well *said*.", "Anonymous")
    assert held["comment c3"]["markup"] == "html"
    path.write_text('{"version": 2}')
    assert 'an export of Commento holds "version": 1' in refused(database_url, site.key, "commento", path)


def test_an_export_of_comentario(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    comments = (
        {"parentId": "c2", "authorIp": "2001:db8:1:2::3", "score": 5, "isSticky": True},
        {"userCreated": ZERO, "authorName": "Passer-by", "isApproved": False, "isPending": True},
        {"isApproved": False},
        {"isDeleted": True, "markdown": "", "html": "", "editedTime": "2023-11-15T00:00:00Z"},
        {"pageId": "lost"},
    )
    path.write_bytes(zipped(("export.json", comentario(*comments).encode())))
    report, held = brought(app, database_url, site.key, "comentario", path)
    assert "5 read = 4 imported + 0 already there + 1 skipped" in report
    assert "3 read = 1 made + 0 found + 0 joined with another of the file + 2 skipped" in report
    first = held["comment c1"]
    assert (first["name"], first["website"], first["network"]) == ("Ada", "https://ada.example/", "2001:db8:1::/48")
    assert (first["parent"], held["comment c2"]["name"]) == ("c2", "Passer-by")
    assert [held[f"comment c{number}"]["state"] for number in (2, 3, 4)] == ["pending", "rejected", "deleted"]
    assert (held["thread p"]["title"], held["thread p"]["closed"]) == ("A", "2023-10-25T14:51:49.371000Z")
    path.write_text(commento({}))
    assert "import it as commento" in refused(database_url, site.key, "comentario", path)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("remark42", remark42({"text": HOSTILE, "title": HOSTILE, "user": {"name": HOSTILE}})),
        ("commento", commento({"markdown": HOSTILE}, {"markdown": "", "html": HOSTILE})),
        ("comentario", comentario({"markdown": HOSTILE, "authorName": HOSTILE}, {"markdown": "", "html": HOSTILE})),
        (
            "isso",
            json.dumps([{"id": "/a", "title": HOSTILE, "comments": [{"text": HOSTILE, "created": "2020-01-01"}]}]),
        ),
    ],
)
def test_hostile_text_goes_the_way_of_every_text(
    site: Site, rita: Reader, database_url: str, tmp_path: Path, form: str, text: str
) -> None:
    path = tmp_path / "hostile"
    path.write_text(text)
    told = run(database_url, "import", "--site", site.key, form, str(path))
    assert told.exit_code == 0, told.output
    shown = [one["html"] for one in rita.thread(url="https://gazette.example/a")["comments"]]
    assert shown
    for html in shown:
        assert "<script" not in html
        assert "<img" not in html
        assert '<a href="jav' not in html
