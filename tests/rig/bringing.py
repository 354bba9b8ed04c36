"""Owners who bring files to the desk, and the runs that go through them in processes of their own."""

import io
import re
import subprocess
from collections.abc import Callable
from contextlib import suppress
from html import unescape
from time import monotonic
from typing import Any

from flask import Flask
from sqlalchemy import func
from sqlalchemy import select
from werkzeug.test import TestResponse

from commentsvc.database import reading
from commentsvc.models.comment import Comment
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.site import Site
from commentsvc.moving import jobs
from commentsvc.moving.jobs import Wish
from commentsvc.moving.starting import children
from commentsvc.moving.uploads import uploads_of
from commentsvc.people import managing
from commentsvc.web.service import service
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.rig.desk import Desk

IMPORT = "/moderate/gazette/import"
SECONDS = 60


def archive(count: int, *more: str) -> bytes:
    """Return an archive of so many comments on one article, some of them pending, and lines of another kind."""
    lines = ['{"format": "commentsvc-archive", "version": 1, "source": "elsewhere"}']
    lines.append(f'{{"kind": "thread", "id": "t1", "url": "{GAZETTE}/news/the-old-bridge", "title": "The old bridge"}}')
    for number in range(count):
        state, moment = (
            "pending" if number % 5 == 0 else "approved",
            f"2024-05-01T{number // 3600:02}:{number // 60 % 60:02}",
        )
        lines.append(
            f'{{"kind": "comment", "id": "c{number}", "thread": "t1", "name": "Rita", "body": "Number *{number}*.",'
            f' "state": "{state}", "created": "{moment}:{number % 60:02}Z"}}'
        )
    return "\n".join((*lines, *more)).encode()


class Endless(io.RawIOBase):
    """A form whose file never ends, and how much of it was read."""

    read_so_far = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        head = (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' if not self.read_so_far else b""
        )
        buffer[:] = head.ljust(len(buffer), b"x")
        self.read_so_far += len(buffer)
        return len(buffer)


def send(desk: Desk, data: bytes, form: str = "archive", **fields: Any) -> TestResponse:
    """Send the form with a file, by a name that nobody should believe."""
    file = (io.BytesIO(data), "../../evil.html")
    return desk.send(IMPORT, format=form, file=file, **fields)


def brought(desk: Desk, data: bytes, form: str = "archive", **fields: Any) -> str:
    """Bring a file, wait for its dry run, and return the path of its page."""
    answer = send(desk, data, form, **fields)
    assert answer.status_code == 303, answer.text
    return awaited(answer.headers["Location"])


def awaited(path: str) -> str:
    """Wait until the run of an import has ended."""
    child = children.get(from_text(path.partition("?")[0].rpartition("/")[2]) or 0)
    if child is not None:
        assert child.wait(SECONDS) == 0
    return path


def start(desk: Desk, path: str, **fields: str) -> TestResponse:
    """Press Import, or Go on."""
    return desk.send(f"{path}/start", **fields)


def words(desk: Desk, path: str, **query: str) -> str:
    """Return the text of a page."""
    main = desk.open(path, **query).text.partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", "", main.partition(">")[2])).split())


def count(app: Flask, site: Site) -> int:
    with app.app_context(), reading() as session:
        return session.scalar(select(func.count()).select_from(Comment).where(Comment.site_id == site.id)) or 0


def until(condition: Callable[[], bool], child: subprocess.Popen[bytes]) -> None:
    """Wait for a condition while a process is at work."""
    deadline = monotonic() + SECONDS
    while not condition():
        assert child.poll() is None, "it ended before"
        assert monotonic() < deadline
        with suppress(subprocess.TimeoutExpired):
            child.wait(0.02)


def laid(app: Flask, site: Site, clock: Clock) -> str:
    """Lay a file where uploads lie, without any run, and return the path of its page."""
    with app.app_context():
        arriving = uploads_of(service().settings).begin(0)
        arriving.write(archive(3))
        arriving.close()
        owner = next(person for person, role in managing.people(site) if role == "owner")
        number = jobs.add(site, owner, Wish("archive"), arriving.path.name, arriving.size, clock())
    return f"{IMPORT}/{to_text(number)}"
