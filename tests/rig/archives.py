"""Archives of our own writing, what a site holds after them, and whether that holds together."""

import gzip
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from click.testing import CliRunner
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from commentsvc.cli import main
from commentsvc.database import reading
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.comment import place
from commentsvc.models.decision import Decision
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.moving.exporting import archive_of
from commentsvc.moving.importers.declared import Choices
from commentsvc.moving.importers.known import IMPORTERS
from commentsvc.moving.report import Report
from commentsvc.moving.storing import STORING
from commentsvc.moving.storing import bring_in
from commentsvc.people import managing
from commentsvc.text.rendering import RENDERER
from commentsvc.text.rendering import render
from commentsvc.web.service import EXTENSION
from tests.conftest import Clock

HEADER = {"format": "commentsvc-archive", "version": 1}
ORIGIN = "https://gazette.example"
STATES = ("approved", "approved", "approved", "pending", "spam", "rejected", "deleted")


class Interrupted(Exception):
    """Stands for whatever ends an import."""


@dataclass(frozen=True)
class Bringer:
    """Brings files in by the verb itself, a minute after the last one."""

    app: Flask
    clock: Clock
    # As whoever runs the service brings them in; at the desk nobody may bring mailboxes.
    mailboxes: bool = True

    def __call__(
        self, site: Site, path: Path, form: str = "archive", *, dry: bool = False, interrupt_after: int | None = None
    ) -> Report:
        """Bring a file in, or raise Interrupted after so many batches of comments."""
        begun = 0

        def progress(what: str, _done: int, _total: int) -> None:
            nonlocal begun
            begun += what == STORING
            if interrupt_after is not None and begun > interrupt_after:
                raise Interrupted

        report = Report()
        self.clock.advance(minutes=1)
        with self.app.app_context():
            keys = self.app.extensions[EXTENSION].keys
            brought = IMPORTERS[form].read(path, progress, Choices(ORIGIN))
            bring_in(site, brought, keys, self.clock, report, progress, dry=dry, mailboxes=self.mailboxes)
        assert report.adds_up()
        return report


def thread(name: str = "t0", /, **values: Any) -> dict[str, Any]:
    """Return a thread's line."""
    return {"kind": "thread", "id": name, "url": f"{ORIGIN}/{name}", "title": f"About {name}"} | values


def comment(name: str, /, parent: str | None = None, **values: Any) -> dict[str, Any]:
    """Return a comment's line, in thread t0 and a minute after midnight for each one in its number."""
    number = int("".join(letter for letter in name if letter.isdigit()) or 0)
    line = {
        "kind": "comment",
        "id": name,
        "thread": "t0",
        "parent": parent,
        "name": f"Reader {number % 7}",
        "email": f"reader{number % 7}@mail.example",
        "body": f"This is what *{name}* says.",
        "created": f"2024-05-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z",
        "state": "approved",
    }
    return line | values


def write(path: Path, *lines: dict[str, Any], header: dict[str, Any] | None = None) -> Path:
    """Write an archive; gzip by name."""
    text = "".join(json.dumps(line) + "\n" for line in (header or HEADER, *lines)).encode()
    path.write_bytes(gzip.compress(text) if path.name.endswith(".gz") else text)
    return path


def wild(seed: int, size: int = 120) -> list[dict[str, Any]]:
    """Return threads and comments as wild files hold them: missing parents, circles, strange states, equal times."""
    random = Random(seed)
    threads = [thread(f"t{number}") for number in range(4)]
    threads[3]["url"] = threads[2]["url"] + "/?utm_source=feed"
    comments = []
    for number in range(size):
        markup = random.choice(("markdown", "markdown", "html", "plain"))
        made = comment(
            f"c{number}",
            parent=random.choice((None, f"c{random.randrange(size)}", f"c{max(number - 1, 0)}")),
            thread=random.choice(("t0", "t0", "t1", "t2", "t3")),
            state=random.choice((*STATES, "strange")),
            markup=markup,
            body=random.choice((f"<b>{number}</b> & more", "*so* <script>alert(1)</script>", "日本 שלום \u202e !", "")),
            created=f"2024-05-01T00:00:{random.randrange(60):02}.{random.randrange(3)}Z",
        )
        comments.append(made)
    comments += [comment("c900", thread="nowhere"), comment("c901", parent="c902"), comment("c902", parent="c901")]
    comments += [comment("c903", parent="c903"), comment("c904", parent="gone"), {"kind": "poll", "id": "p1"}]
    return threads + comments


def run(database_url: str, *words: str) -> Result:
    """Run a command on a database."""
    environ = {"COMMENTSVC_DATABASE_URL": database_url, "COMMENTSVC_SECRET_KEY": "a secret of these tests, long enough"}
    return CliRunner().invoke(main, words, env=environ)


def exported(site: Site) -> bytes:
    """Return a site's archive."""
    return b"".join(archive_of(site, lambda *_: None))


def lines_of(archive: bytes) -> list[dict[str, Any]]:
    """Return an archive's lines without its header."""
    return [json.loads(line) for line in archive.splitlines()[1:]]


def content(site: Site) -> list[dict[str, Any]]:
    """Return what a site holds, in order, with the ids of the file it came from in place of ours."""
    lines = lines_of(exported(site))
    names = {line["id"]: line["sources"][0][1] for line in lines}
    for line in lines:
        line |= {key: names[line[key]] for key in ("id", "thread", "parent") if key in line}
        # The same person has another one on each site.
        line.pop("avatar", None)
    # Threads by name, then the comments of each in their order.
    return sorted(lines, key=lambda line: (line["kind"] != "thread", line.get("thread", line["id"])))


def assert_sound(site: Site) -> None:
    """Make everything that is kept of a site again from its rows, and compare."""
    with reading() as session:
        threads = {one.id: one for one in session.scalars(select(Thread).where(Thread.site_id == site.id))}
        comments = {one.id: one for one in session.scalars(select(Comment).where(Comment.site_id == site.id))}
        revisions = list(session.scalars(select(Revision).where(Revision.site_id == site.id)))
        decisions = list(session.scalars(select(Decision).where(Decision.site_id == site.id)))
    by_depth = sorted(comments.values(), key=lambda one: one.depth)
    approved = Counter(one.thread_id for one in by_depth if one.state == APPROVED)
    held_up: Counter[int] = Counter()
    numbers = {(one.comment_id, one.n): one for one in revisions}
    for one in by_depth:
        parent = comments[one.parent_id] if one.parent_id is not None else None
        assert (one.depth, one.path) == place(one.id, one.created, parent)
        assert parent is None or parent.thread_id == one.thread_id
        assert (one.id, one.shown_revision) in numbers
        waits = numbers[one.id, one.held_revision].at if one.held_revision is not None else None
        assert one.queued == (waits or (one.created if one.state == PENDING else None))
    for one in reversed(by_depth):
        assert one.shown == (one.state == APPROVED or held_up[one.id] > 0), one.id
        assert one.shown_replies == held_up[one.id]
        if one.shown and one.parent_id is not None:
            held_up[one.parent_id] += 1
    for one in threads.values():
        assert one.count == approved[one.id]
    for one in revisions:
        assert (one.html, one.renderer) == (render(one.source, one.markup).html, RENDERER)
    imports = Counter(one.comment_id for one in decisions if one.act == "import")
    assert set(imports.values()) <= {1}
    for one in decisions:
        if one.act == "import":
            assert (one.actor, one.thread_id) == ("operator", comments[one.comment_id or 0].thread_id)
    assert managing.verify_decisions(site.key) == {site.key: []}
