"""Threads are merged, moved and taken apart while readers post: nothing is lost, and what is kept stays true."""

import threading
from datetime import UTC
from datetime import datetime
from typing import Any

from flask import Flask

from commentsvc.database import reading
from commentsvc.models import ids
from commentsvc.models import soundness
from commentsvc.models.decision import OPERATOR
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moderators import arranging
from commentsvc.moderators import relocating
from commentsvc.people import managing
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Reader
from tests.rig.moved import faults
from tests.rig.talking import thread_of

OTHER = GAZETTE + "/news/the-old-bridge-again"
ROUNDS = 12
POSTS = 20


def test_a_merge_and_posts_at_the_same_time(app: Flask, site: Site, mona: Moderator, rita: Reader) -> None:
    with app.app_context():
        managing.edit_site(site.key, {"hold": "none"}, datetime.now(UTC))
    source, target = (_begin(rita, url, ref) for url, ref in ((OTHER, "again"), (ARTICLE, None)))
    answers: list[int] = []

    def post(place: dict[str, Any]) -> None:
        reader = Reader(app.test_client(), "Sam")
        answers.extend(reader.post(f"number {n}", **place).status_code for n in range(POSTS))

    places = [{"url": OTHER}, {"url": OTHER + "?p=1", "id": "again"}, {"url": ARTICLE}]
    writers = [threading.Thread(target=post, args=(place,)) for place in places]
    for writer in writers:
        writer.start()
    with app.app_context():
        for _ in range(ROUNDS):
            made = arranging.merge(site, mona, source, target, datetime.now(UTC))
            arranging.undo(site, mona, made.id, datetime.now(UTC))
        made = arranging.merge(site, mona, source, target, datetime.now(UTC))
        for writer in writers:
            writer.join()
        assert answers == [201] * (POSTS * len(places))
        assert rita.thread()["thread"]["count"] == len(answers) + 2
        assert rita.thread(OTHER, id="again")["thread"]["id"] == ids.to_text(target)
        with reading() as session:
            found = managing.site(site.key)
            for question in (
                soundness.wrong_counts,
                soundness.wrong_comments,
                soundness.misplaced,
                soundness.unreachable,
            ):
                assert list(question(session, found)) == []
        assert managing.verify_decisions(site.key) == {site.key: []}


def _begin(reader: Reader, url: str, ref: str | None) -> int:
    fields: dict[str, Any] = {"id": ref} if ref is not None else {}
    reader.say("The first.", url=url, **fields)
    return ids.from_text(thread_of(reader, url, **fields)) or 0


def test_a_site_that_moves_and_posts_at_the_same_time(app: Flask, site: Site, rita: Reader) -> None:
    new = "https://new.example"
    with app.app_context():
        managing.edit_site(site.key, {"hold": "none", "origins": [GAZETTE, new]}, datetime.now(UTC))
    answers: list[int] = []

    def post(origin: str) -> None:
        reader = Reader(app.test_client(), "Sam", origin=origin)
        # Threads that are there, and some that begin meanwhile on either side.
        answers.extend(reader.post(f"number {n}", url=f"{origin}/news/{n % 10}").status_code for n in range(POSTS))

    writers = [threading.Thread(target=post, args=(origin,)) for origin in (GAZETTE, new)]
    for writer in writers:
        writer.start()
    with app.app_context():
        for _ in range(ROUNDS // 3):
            made = relocating.move(site, OPERATOR, GAZETTE, new, lambda: datetime.now(UTC))
            if made is not None:
                undone, stuck = relocating.undo(site, OPERATOR, made.id, lambda: datetime.now(UTC))
                assert undone.undone is not None and stuck == 0
        for writer in writers:
            writer.join()
        relocating.move(site, OPERATOR, GAZETTE, new, lambda: datetime.now(UTC))
    assert answers == [201] * (POSTS * 2)
    counts = [rita.thread(f"{start}/news/{n}")["thread"]["count"] for start in (GAZETTE, new) for n in range(10)]
    assert sum(counts) == 2 * len(answers) and counts[:10] == counts[10:]
    assert faults(app) == {}
