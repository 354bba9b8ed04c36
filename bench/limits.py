"""What a Python service can hope for: bare WSGI applications that do one thing each, under the same server as ours.

They answer the very requests that the service is asked. BENCH_FOLDER holds thread.json, thread.json.gz and limits.db,
which `prepare` writes.
"""

import gzip
import json
import os
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any
from urllib.parse import parse_qsl

from commentsvc.text.rendering import render

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIEnvironment

TAG = '"a-tag-as-long-as-ours-gzip"'
_connections = threading.local()
_memory: dict[str, bytes] = {}


def prepare(folder: Path, body: bytes, url: str, counts: dict[str, int]) -> None:
    """Write the files that a folder must hold: a thread's page, and a database with it and with threads' counts."""
    packed = gzip.compress(body, 9, mtime=0)
    (folder / "thread.json").write_bytes(body)
    (folder / "thread.json.gz").write_bytes(packed)
    connection = sqlite3.connect(folder / "limits.db")
    connection.executescript("""
        PRAGMA journal_mode = WAL;
        CREATE TABLE page (url TEXT PRIMARY KEY, tag TEXT, packed BLOB) WITHOUT ROWID;
        CREATE TABLE thread (url TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID;
        CREATE TABLE comment (id INTEGER PRIMARY KEY, url TEXT, name TEXT, email TEXT, source TEXT, html TEXT);
    """)
    with connection:
        connection.execute("INSERT INTO page VALUES (?, ?, ?)", (url, TAG, packed))
        connection.executemany("INSERT INTO thread VALUES (?, ?)", counts.items())
    connection.close()


def in_memory(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer with bytes that are there."""
    packed = _memory.get("thread")
    if packed is None:
        packed = _memory["thread"] = (_folder() / "thread.json.gz").read_bytes()
    return _packed(start_response, TAG, packed)


def one_select(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer with bytes from the database; counts by one question for all of them."""
    asked = parse_qsl(environ["QUERY_STRING"])
    if environ["PATH_INFO"].endswith("/counts"):
        urls = [value for _, value in asked]
        marks = ", ".join("?" * len(urls))
        question = f"SELECT url, count FROM thread WHERE url IN ({marks})"  # noqa: S608
        return _json(start_response, "200 OK", {"counts": dict(_database().execute(question, urls).fetchall())})
    row = _database().execute("SELECT tag, packed FROM page WHERE url = ?", (dict(asked)["url"],)).fetchone()
    return _packed(start_response, *row)


def insert(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Store a comment as it came, on the disk when it is acknowledged."""
    return _insert(environ, start_response, lambda source: None)


def render_and_insert(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Do the same after making HTML of the comment by the service's own Markdown and sanitizer."""
    return _insert(environ, start_response, lambda source: render(source, "markdown").html)


def _insert(environ: "WSGIEnvironment", start_response: "StartResponse", make: Any) -> Iterable[bytes]:
    sent = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    row = (sent["url"], sent["name"], sent["email"], sent["body"], make(sent["body"]))
    database = _database()
    database.execute("BEGIN IMMEDIATE")
    number = database.execute(
        "INSERT INTO comment (url, name, email, source, html) VALUES (?, ?, ?, ?, ?)", row
    ).lastrowid
    database.execute("UPDATE thread SET count = count + 1 WHERE url = ?", (sent["url"],))
    database.execute("COMMIT")
    return _json(start_response, "201 Created", {"comment": {"id": f"{number}", "html": row[-1]}})


def _packed(start_response: "StartResponse", tag: str, packed: bytes) -> list[bytes]:
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Encoding", "gzip"),
        ("Content-Length", str(len(packed))),
        ("Vary", "Accept-Encoding"),
        ("ETag", tag),
    ]
    start_response("200 OK", headers)
    return [packed]


def _json(start_response: "StartResponse", status: str, answer: dict[str, Any]) -> list[bytes]:
    body = json.dumps(answer).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _database() -> sqlite3.Connection:
    connection = getattr(_connections, "mine", None)
    if connection is None:
        connection = _connections.mine = sqlite3.connect(_folder() / "limits.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
    return connection


def _folder() -> Path:
    return Path(os.environ["BENCH_FOLDER"])
