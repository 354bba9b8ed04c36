"""What a reader claims of an article changes nothing for others, and two at once do not get in each other's way."""

import base64
import threading
from collections.abc import Callable
from datetime import UTC
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from commentsvc.authors import posting
from commentsvc.database import db
from commentsvc.models.ids import from_text
from commentsvc.models.ids import new_id
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.web.service import service
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.plain_browser import PlainBrowser


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Do things at the same moment, each in a thread of its own, and return what they gave."""
    gate = threading.Barrier(len(acts))
    given: list[Any] = []

    def do(act: Callable[[], Any]) -> None:
        gate.wait()
        given.append(act())

    threads = [threading.Thread(target=do, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


def test_first_comments_that_race_share_one_thread(app: Flask, site: Site, change_site: Callable) -> None:
    change_site(hold="none")
    for number in range(6):
        url = f"{GAZETTE}/race/{number}"
        readers = [Reader(app.test_client(), f"Reader {each}") for each in range(8)]
        given = at_once([lambda reader=reader, url=url: reader.post(url=url).status_code for reader in readers])
        assert given == [201] * 8
        assert len(readers[0].thread(url)["comments"]) == 8, "each acknowledged comment is seen"
    with app.app_context(), db.engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM thread")) == 6


def test_one_key_at_once_from_many_sides_stores_one_comment(app: Flask, site: Site, change_site: Callable) -> None:
    change_site(hold="none")
    headers = {"Idempotency-Key": "0123456789abcdef"}
    readers = [Reader(app.test_client(), "Rita") for _ in range(8)]
    given = at_once([lambda reader=reader: reader.post("Once.", headers=headers).json for reader in readers])
    assert len({(answer["comment"]["id"], answer["receipt"]) for answer in given}) == 1
    assert readers[0].thread()["thread"]["count"] == 1


def test_replies_that_race_keep_the_shape_true(
    app: Flask, site: Site, mona: Moderator, rita: Reader, decide: Callable, clock: Clock
) -> None:
    comment = rita.say()
    decide("approve", comment)
    clock.advance(seconds=1)

    def reply() -> None:
        with app.app_context():
            posting.reply(site, mona, from_text(comment) or 0, "Indeed.", service().keys, clock())

    at_once([reply] * 6)
    assert rita.thread()["thread"]["count"] == 7
    with app.app_context(), db.engine.connect() as connection:
        assert connection.scalar(text("SELECT max(shown_replies) FROM comment")) == 6


def test_a_title_is_not_told_before_its_comment_is_approved(rita: Reader, sam: Reader, decide: Callable) -> None:
    bad = rita.say("Buy.", title="BUY NOW at evil.example", url=ARTICLE + "?utm_source=evil")
    assert sam.thread()["thread"]["title"] is None
    assert sam.thread()["thread"]["url"] == ARTICLE
    good = sam.say("Well said.", title="The old bridge")
    decide("spam", bad)
    decide("approve", good)
    assert rita.thread()["thread"]["title"] == "The old bridge"


def test_a_claimed_id_moves_no_article_into_another_thread(rita: Reader, sam: Reader, change_site: Callable) -> None:
    change_site(hold="none")
    rita.say(url=GAZETTE + "/x", id="evil")
    for path in ("/b", "/c"):
        rita.say(url=GAZETTE + path, id="evil")
        assert sam.thread(GAZETTE + path)["comments"] == []
    sam.say("Honest.", url=GAZETTE + "/b")
    assert len(sam.thread(GAZETTE + "/b")["comments"]) == 1


def test_a_claimed_id_hides_no_comments_from_their_owner(rita: Reader, sam: Reader, change_site: Callable) -> None:
    change_site(hold="none")
    sam.say("Honest.")
    rita.say("Sly.", id="junk")
    assert sam.thread(id="the-owners-own")["thread"]["count"] == 2


def test_ids_of_one_instant_are_unique_and_rise() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    made = [new_id(now) for _ in range(5000)]
    assert made == sorted(set(made))


@pytest.mark.parametrize(
    "path",
    [
        "/r/gazette/" + base64.urlsafe_b64encode(bytes(2) + b"\xff" * 8 + bytes(16)).decode().rstrip("="),
        "/api/v1/sites/a%00b/thread?url=" + ARTICLE,
        "/api/v1/sites/a%00b/counts",
        "/sites/a%00b/thread?url=" + ARTICLE,
        "/r/a%00b/x",
        "/api/v1/sites/gazette/counts?id=a%00b",
        "/api/v1/sites/gazette/counts?id=" + "x" * 300,
        "/sites/a%00b/feed.atom",
    ],
)
def test_nonsense_in_a_path_is_refused_plainly(client: FlaskClient, site: Site, path: str) -> None:
    assert client.get(path).status_code in (403, 404, 422)


def test_a_receipt_that_cannot_be_is_no_receipt(rita: Reader) -> None:
    impossible = base64.urlsafe_b64encode(bytes(2) + b"\xff" * 8 + bytes(16)).decode().rstrip("=")
    assert rita.post(receipts=[impossible]).status_code == 202


def test_a_form_with_a_nameless_part_is_refused_plainly(client: FlaskClient) -> None:
    body = b"--x\r\nContent-Disposition: form-data\r\n\r\nhello\r\n--x--\r\n"
    answer = client.post("/moderate/sign-in", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400


def test_repeating_somebodys_words_does_not_give_their_receipt(make_app: Callable, site: Site) -> None:
    client = make_app(TRUSTED_PROXIES="1").test_client()
    path = "/sites/gazette/thread"
    rita, eve = (PlainBrowser(client, {"X-Forwarded-For": address}) for address in ("203.0.113.7", "198.51.100.9"))
    page = rita.get(path, url=ARTICLE)
    mine = rita.send(page, name="Rita", body="My very own words.")
    assert rita.send(page, name="Rita", body="My very own words.").headers["Location"] == mine.headers["Location"]
    theirs = eve.send(page, name="Rita", body="My very own words.")
    assert theirs.headers["Location"] != mine.headers["Location"]
