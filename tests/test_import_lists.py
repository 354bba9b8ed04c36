"""Artalk's, Waline's, Cusdis's and Twikoo's comments come in, from flat lists and from databases."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask

from commentsvc.models.site import Site
from tests.rig.imports import brought
from tests.rig.imports import refused


def test_artalk(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "export.artrans"
    said = {"id": "1", "rid": "0", "content": "Well *said*.", "ip": "10.1.2.3", "nick": "Ada", "link": "ada.example"}
    said |= {"email": "ada@mail.example", "page_key": "/a/", "page_title": "A", "page_admin_only": "false"}
    said |= {"is_pending": "false", "is_pinned": "false", "is_collapsed": "false", "vote_up": "0", "vote_down": "0"}
    said |= {"created_at": "2021-08-23 17:10:20.5 +0800 CST", "updated_at": ""}
    comments = [
        said | {"id": "2", "rid": "1", "is_pending": "true", "vote_up": "3"},
        said | {"page_key": "http://gazette.example/a", "is_pinned": "true"},
        said | {"id": 3, "rid": 0, "created_at": "2021-08-24T00:00:00Z"},
        said | {"id": "4", "created_at": "long ago"},
        "no comment",
    ]
    path.write_text(json.dumps(comments))
    report, held = brought(app, database_url, site.key, "artalk", path)
    assert "5 read = 3 imported + 0 already there + 2 skipped" in report
    assert "2 read = 1 made + 0 found + 1 joined" in report
    assert "not taken: votes of a comment (1 times)" in report
    assert "not taken: a comment is pinned (1 times)" in report
    first = held["comment 1"]
    assert (first["created"], first["network"]) == ("2021-08-23T09:10:20.500000Z", "10.1.2.0/24")
    assert (first["name"], first["website"], first["body"]) == ("Ada", "https://ada.example/", "Well *said*.")
    assert (held["comment 2"]["parent"], held["comment 2"]["state"]) == ("1", "pending")
    assert held["comment 3"]["created"] == "2021-08-24T00:00:00Z"
    path.write_text('{"artrans": "[]"}')
    assert "an export of Artalk is a list of comments" in refused(database_url, site.key, "artalk", path)


WALINE_TABLE = """
CREATE TABLE wl_Comment (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER, comment TEXT, insertedAt DATETIME,
    ip TEXT, link TEXT, mail TEXT, nick TEXT, rid INTEGER, pid INTEGER, sticky NUMERIC, status TEXT NOT NULL,
    "like" INTEGER, ua TEXT, url TEXT, createdAt DATETIME, updatedAt DATETIME);
INSERT INTO wl_Comment (id, comment, insertedAt, ip, nick, mail, status, url) VALUES
    (1, 'Well *said*.', '2022-01-02 03:04:05', '10.1.2.3', 'Ada', 'ada@mail.example', 'approved', '/a/');
INSERT INTO wl_Comment (id, comment, insertedAt, nick, rid, pid, status, url, "like", sticky) VALUES
    (2, 'I wait.', '2022-01-02 03:04:06', 'Grace', 1, 1, 'waiting', '/a/', 4, 1),
    (3, 'Buy!', '2022-01-02 03:04:07', '', 1, 2, 'spam', '/a/', NULL, NULL),
    (4, 'Lost.', 'soon', 'Ada', NULL, NULL, 'approved', '/a/', NULL, NULL),
    (5, 'Odd.', '2022-01-02 03:04:08', 'Ada', NULL, NULL, 'odd', NULL, NULL, NULL);
"""


def test_waline(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "waline.sqlite"
    with closing(sqlite3.connect(path)) as made:
        made.executescript(WALINE_TABLE)
    report, held = brought(app, database_url, site.key, "waline", path)
    assert "5 read = 3 imported + 0 already there + 2 skipped" in report
    assert "not taken: likes of a comment (1 times)" in report
    first = held["comment 1"]
    assert (first["created"], first["network"]) == ("2022-01-02T03:04:05Z", "10.1.2.0/24")
    assert (held["comment 2"]["parent"], held["comment 3"]["parent"]) == ("1", "2")
    assert [held[f"comment {number}"]["state"] for number in (1, 2, 3)] == ["approved", "pending", "spam"]

    one = {"objectId": "61d1", "nick": "Ada", "comment": "From *JSON*.", "insertedAt": "2022-01-02T03:04:05.678Z"}
    one |= {"status": "approved", "url": "/b/", "pid": None, "rid": ""}
    export: dict[str, Any] = {"type": "waline", "version": 1, "tables": ["Comment"], "data": {"Comment": [one]}}
    for number, values in enumerate((export, {"errno": 0, "data": export})):
        json_file = tmp_path / f"{number}.json"
        json_file.write_text(json.dumps(values))
        report, held = brought(app, database_url, site.key, "waline", json_file)
        assert ("1 imported" if number == 0 else "1 already there") in report
    assert held["comment 61d1"]["created"] == "2022-01-02T03:04:05.678000Z"
    path.unlink()
    path.write_text('{"type": "valine"}')
    assert 'an export of Waline holds "type": "waline"' in refused(database_url, site.key, "waline", path)


CUSDIS_TABLES = """
CREATE TABLE pages (id TEXT PRIMARY KEY, slug TEXT, url TEXT, title TEXT, created_at DATETIME, projectId TEXT);
CREATE TABLE comments (id TEXT PRIMARY KEY, pageId TEXT, created_at DATETIME, deletedAt DATETIME, moderatorId TEXT,
    by_email TEXT, by_nickname TEXT, content TEXT, approved BOOLEAN, parentId TEXT);
INSERT INTO pages VALUES ('p1', 'a', 'https://gazette.example/a', 'A', 1640995200000, 'x'),
    ('p2', 'news/b', NULL, NULL, 1640995200000, 'x'), ('p3', 'c', 'https://other.example/c', 'C', 1640995200000, 'y'),
    ('p4', 'silent', NULL, NULL, 1640995200000, 'x');
INSERT INTO comments VALUES
    ('c1', 'p1', 1641000000123, NULL, NULL, 'ada@mail.example', 'Ada', 'Well *said*.', 1, NULL),
    ('c2', 'p1', '2022-01-01 03:00:00', NULL, 'u1', NULL, 'The owner', 'Thanks.', 0, 'c1'),
    ('c3', 'p2', 1641000002000, 1641000003000, NULL, NULL, 'Ada', 'Gone.', 1, NULL),
    ('c4', 'p3', 1641000003000, NULL, NULL, NULL, 'Ada', 'Elsewhere.', 1, NULL),
    ('c5', 'p9', 1641000004000, NULL, NULL, NULL, 'Ada', 'Nowhere.', 1, NULL);
"""


def test_cusdis(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    with closing(sqlite3.connect(path)) as made:
        made.executescript(CUSDIS_TABLES)
    report, held = brought(app, database_url, site.key, "cusdis", path)
    assert "5 read = 4 imported + 0 already there + 1 skipped" in report
    assert "4 read = 3 made + 0 found + 0 joined with another of the file + 1 skipped" in report
    assert "1  thread: url: not on one of the site's origins" in report
    assert held["comment c1"]["created"] == "2022-01-01T01:20:00.123000Z"
    assert (held["comment c2"]["parent"], held["comment c2"]["state"]) == ("c1", "pending")
    assert held["comment c3"]["state"] == "deleted"
    assert held["thread p2"]["url"] == "https://gazette.example/news/b"
    path.write_text("[]")
    assert "this is no SQLite file" in refused(database_url, site.key, "cusdis", path)


def test_twikoo(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "twikoo-comment.json"
    said = {"_id": "a1", "nick": "Ada", "mail": "ada@mail.example", "link": "https://ada.example", "ip": "10.1.2.3"}
    said |= {"url": "/a/", "href": "https://gazette.example/a/", "comment": "<p>Well <em>said</em>.</p>\n", "ua": ""}
    said |= {"isSpam": False, "master": False, "created": 1641000000123, "updated": 1641000000123}
    comments = [
        said
        | {"_id": {"$oid": "b2"}, "pid": "a1", "rid": "a1", "like": ["u"], "created": {"$numberLong": "1641000001000"}},
        said | {"pid": None, "rid": None},
        said | {"_id": "c3", "pid": "b2", "rid": "a1", "isSpam": True, "top": True},
        said | {"_id": "d4", "created": None},
        said | {"_id": "e5", "url": "", "created": 1e300},
    ]
    path.write_text(json.dumps({"results": comments}))
    report, held = brought(app, database_url, site.key, "twikoo", path)
    assert "5 read = 3 imported + 0 already there + 2 skipped" in report
    assert "not taken: a comment is pinned (1 times)" in report
    first = held["comment a1"]
    assert (first["created"], first["markup"]) == ("2022-01-01T01:20:00.123000Z", "html")
    assert (held["comment b2"]["parent"], held["comment c3"]["parent"]) == ("a1", "b2")
    assert held["comment c3"]["state"] == "spam"
    path.write_text(json.dumps(comments))
    assert "0 imported" in brought(app, database_url, site.key, "twikoo", path)[0]
    path.write_text('{"comments": [1]}')
    assert "an export of Twikoo is a list of comments" in refused(database_url, site.key, "twikoo", path)
