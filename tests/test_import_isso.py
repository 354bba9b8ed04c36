"""Isso's database comes in, and the generic JSON that Isso reads itself."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask

from commentsvc.models.site import Site
from tests.rig.archives import exported
from tests.rig.imports import brought
from tests.rig.imports import gzipped
from tests.rig.imports import refused

TABLES = """
CREATE TABLE threads (id INTEGER PRIMARY KEY, uri VARCHAR(256) UNIQUE, title VARCHAR(256));
CREATE TABLE comments (tid REFERENCES threads(id), id INTEGER PRIMARY KEY, parent INTEGER, created FLOAT NOT NULL,
    modified FLOAT, mode INTEGER, remote_addr VARCHAR, text VARCHAR, author VARCHAR, email VARCHAR, website VARCHAR,
    likes INTEGER DEFAULT 0, dislikes INTEGER DEFAULT 0, voters BLOB NOT NULL, notification INTEGER DEFAULT 0);
INSERT INTO threads VALUES (1, '/news/the-old-bridge/', 'The old bridge'), (2, '/news/silent', 'Silent'),
    (3, 'http://gazette.example/news/the-old-bridge', NULL);
"""


def database(path: Path, *comments: dict[str, Any], tables: str = TABLES) -> Path:
    with closing(sqlite3.connect(path)) as made:
        made.executescript(tables)
        for number, values in enumerate(comments, 1):
            row = {"tid": 1, "id": number, "created": 1400000000.25 + number, "mode": 1, "text": "Well *said*."}
            row |= {"author": f"Reader {number}", "voters": b"\0" * 16} | values
            names = ", ".join(row)
            made.execute(f"INSERT INTO comments ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
        made.commit()
    return path


def test_everything_in_a_database_is_taken_or_told(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    path = database(
        tmp_path / "comments.db",
        {"parent": 2, "email": "ada@mail.example", "website": "ada.example", "remote_addr": "10.1.2.0", "likes": 2},
        {"modified": 1400000100.5},
        {"mode": 2, "author": None, "notification": 1},
        {"mode": 4, "text": "", "author": ""},
        {"parent": 4, "created": "soon"},
        {"parent": 4, "text": b"not \xff text", "author": b"\xff"},
        {"tid": 9},
        {"tid": 3, "parent": 1, "mode": 8},
    )
    held_before = path.read_bytes()
    report, held = brought(app, database_url, site.key, "isso", path)
    assert path.read_bytes() == held_before
    assert "8 read = 5 imported + 0 already there + 3 skipped" in report
    assert "3 read = 1 made + 0 found + 1 joined with another of the file + 1 skipped" in report
    for words in (
        "created: missing, or can't be used",
        "body: there is none",
        "thread: not in the file and not on the site, or skipped itself",
        "state: missing or unknown, held for a moderator",
        "not taken: likes of a comment (1 times)",
        "not taken: a wish to be told of replies, which its author has to renew (1 times)",
    ):
        assert words in report, words
    first = held["comment 1"]
    assert (first["parent"], first["body"], first.get("markup")) == ("2", "Well *said*.", None)
    assert (first["created"], first["network"]) == ("2014-05-13T16:53:21.250000Z", "10.1.2.0/24")
    assert held["comment 2"]["edited"] == "2014-05-13T16:55:00.500000Z"
    assert [held[f"comment {number}"]["state"] for number in (2, 3, 4, 8)] == [
        "approved",
        "pending",
        "deleted",
        "pending",
    ]
    assert held["thread 1"]["url"] == "https://gazette.example/news/the-old-bridge/"
    assert held["comment 8"]["parent"] == "1"

    packed = tmp_path / "comments.db.gz"
    packed.write_bytes(gzipped(held_before))
    assert "0 imported" in brought(app, database_url, site.key, "isso", packed)[0]


def test_what_was_written_last_may_lie_beside_the_database(
    app: Flask, site: Site, database_url: str, tmp_path: Path
) -> None:
    path = database(tmp_path / "comments.db", {})
    with closing(sqlite3.connect(path)) as running:
        running.execute("PRAGMA journal_mode = WAL")
        running.execute("INSERT INTO comments (tid, id, created, mode, text, voters) VALUES (1, 2, 1e9, 1, 'New', x'')")
        running.commit()
        report, _ = brought(app, database_url, site.key, "isso", path)
    assert "2 read = 2 imported" in report


def test_a_database_that_is_none_is_refused(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "comments.db"
    whole = database(path, *({"text": "word " * 900} for _ in range(40))).read_bytes()
    endless = (
        "CREATE VIEW comments AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i AS id FROM n"
    )
    viewed = database(tmp_path / "viewed.db", tables=f"CREATE TABLE threads (id, uri, title);{endless}").read_bytes()
    other = database(tmp_path / "other.db", tables="CREATE TABLE wp_posts (id);").read_bytes()
    cases = {
        "it has no table threads": other,
        "it has no table comments": viewed,
        "the database can't be read": whole[: len(whole) // 2],
        "the gzip is damaged or cut off": gzipped(whole)[:-20],
    }
    for words, data in cases.items():
        path.write_bytes(data)
        assert words in refused(database_url, site.key, "isso", path), words
    with app.app_context():
        assert exported(site).count(b"\n") == 1


def test_generic_json_is_taken_or_told(app: Flask, site: Site, database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "generic.json"
    said = {"author": "Ada", "email": "", "website": "", "remote_addr": "::", "created": "2005-05-08 06:50:26"}
    threads = [
        {
            "id": "/a/",
            "title": "Nat+%26+Miguel",
            "comments": [said | {"id": 0, "text": "One\x07."}, said | {"id": 1, "parent": 0, "text": "Two."}],
        },
        {"id": "/b/", "title": "B", "comments": [said | {"id": 0, "text": "Three."}, said | {"text": "Four."}, 5]},
        {"id": "/c/", "title": "C", "comments": []},
        {"title": "D", "comments": [said]},
        7,
    ]
    path.write_text(json.dumps(threads, indent=1), encoding="utf-8-sig")
    report, held = brought(app, database_url, site.key, "isso", path)
    assert "6 read = 4 imported + 0 already there + 2 skipped" in report
    assert "5 read = 2 made + 0 found + 0 joined with another of the file + 3 skipped" in report
    assert held["comment /a/ 1"]["parent"] == "/a/ 0"
    assert (held["comment /a/ 0"]["body"], held["comment /b/ place 1"]["body"]) == ("One.", "Four.")
    assert held["thread /a/"]["title"] == "Nat & Miguel"
    assert "network" not in held["comment /a/ 0"]

    for data, words in (
        (b'{"a": 1}', "line 1: the generic JSON of Isso is a list of threads"),
        (b'[{"id": "/a/"},\n {"id": ', "line 2, column 9: this is not JSON"),
        (b'[{"id": "/a/"}\n {}]', "line 2, column 2: , or ] is missing"),
        (b"[1]\n x", "line 2, column 2: there is something behind its end"),
        (b"[" * 90_000, "line 1, column 2: this is not JSON that can be read"),
        (b"[NaN]", "NaN is no number of JSON"),
        (b'["' + b"x" * (17 << 20), "an item is too long"),
        (b"", "it is cut off"),
    ):
        path.write_bytes(data)
        assert words in refused(database_url, site.key, "isso", path), words
