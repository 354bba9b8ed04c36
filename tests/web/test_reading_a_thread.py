"""A thread as everybody reads it: whole, in pages, with tombstones, counted, tagged."""

import gzip
import hashlib
import random
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from commentsvc.authors import posting
from commentsvc.models import ids
from commentsvc.models.site import Site
from commentsvc.web.service import service
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader


@pytest.fixture
def open_site(change_site: Callable) -> Site:
    """Give the Gazette when it holds nothing."""
    return change_site(hold="none")


def all_pages(reader: Reader, sort: str = "oldest") -> list[dict[str, Any]]:
    """Read a thread to its end as the widget does: next pages, and the rest of each branch in its place."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = reader.thread(sort=sort, **({"cursor": cursor} if cursor else {}))
        for place, comment in enumerate(page["comments"]):
            found.append(comment)
            rest = None
            for earlier in reversed(page["comments"][: place + 1]):
                if earlier["depth"] == 0:
                    rest = earlier.get("more")
                    break
            ends = place + 1 == len(page["comments"]) or page["comments"][place + 1]["depth"] == 0
            while ends and rest:
                more = reader.thread(sort=sort, cursor=rest)
                found.extend(more["comments"])
                rest = more["next"]
        cursor = page["next"]
        if not cursor:
            return found


def test_an_unknown_thread_is_an_empty_one(rita: Reader) -> None:
    page = rita.thread()
    assert page["thread"] == {"id": None, "url": ARTICLE, "title": None, "open": True, "count": 0}
    assert page["comments"] == [] and page["next"] is None


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({}, 422, "url"),
        ({"url": ""}, 422, "url"),
        ({"url": "nonsense"}, 422, "url"),
        ({"url": "https://elsewhere.example/"}, 403, None),
        ({"url": ARTICLE, "sort": "best"}, 422, "sort"),
        ({"url": ARTICLE, "cursor": "nonsense"}, 422, "cursor"),
        ({"url": ARTICLE, "cursor": "cg"}, 422, "cursor"),
        ({"url": ARTICLE, "id": "x" * 201}, 422, "id"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_plainly(
    client: FlaskClient, site: Site, query: dict, status: int, field: str | None
) -> None:
    answer = client.get("/api/v1/sites/gazette/thread", query_string=query)
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert [error["field"] for error in answer.json.get("errors", [])] == ([field] if field else [])


def test_a_thread_of_100_is_one_page(rita: Reader, open_site: Site, clock: Clock) -> None:
    said = []
    for number in range(100):
        clock.advance(seconds=1)
        said.append(rita.say(f"Number {number}.", parent=random.Random(number).choice([None, *said])))
    page = rita.thread()
    assert page["next"] is None
    assert {comment["id"] for comment in page["comments"]} == set(said)
    assert page["thread"]["count"] == 100
    assert not any("more" in comment for comment in page["comments"])


@pytest.mark.parametrize("sort", ["oldest", "newest"])
def test_pages_of_a_long_thread_hold_each_comment_once_and_in_order(
    rita: Reader, open_site: Site, clock: Clock, sort: str
) -> None:
    chance = random.Random(7)
    roots: list[str] = []
    said: list[str] = []
    for number in range(260):
        clock.advance(seconds=1)
        # One root with a branch that must be cut, many others beside it.
        under = roots[0] if roots and number % 3 == 0 else chance.choice([None, None, None, *said[-3:]])
        made = rita.say(f"Number {number}.", parent=under)
        said.append(made)
        if under is None:
            roots.append(made)

    found = all_pages(rita, sort)
    assert len(found) == 260
    assert {comment["id"] for comment in found} == set(said)
    expected_roots = roots if sort == "oldest" else roots[::-1]
    assert [comment["id"] for comment in found if comment["depth"] == 0] == expected_roots
    place = {comment["id"]: index for index, comment in enumerate(found)}
    assert all(place[comment["parent"]] < place[comment["id"]] for comment in found if comment["parent"])
    first = rita.thread(sort=sort)
    assert 100 <= len(first["comments"]) <= 120
    assert rita.thread(sort=sort, cursor=first["next"]).get("form") is None


def test_a_very_deep_thread_keeps_its_true_parents(rita: Reader, open_site: Site, clock: Clock) -> None:
    parent = None
    chain = []
    for number in range(40):
        clock.advance(seconds=1)
        parent = rita.say(f"Level {number}.", parent=parent)
        chain.append(parent)
    comments = rita.thread()["comments"]
    assert [comment["id"] for comment in comments] == chain
    assert [comment["parent"] for comment in comments] == [None, *chain[:-1]]
    assert [comment["depth"] for comment in comments] == list(range(40))


def test_a_removed_comment_with_replies_leaves_a_tombstone(
    rita: Reader, sam: Reader, open_site: Site, decide: Callable, clock: Clock
) -> None:
    first = rita.say("Something rash.")
    clock.advance(seconds=1)
    reply = sam.say("A kind answer.", parent=first)
    clock.advance(seconds=1)
    deeper = rita.say("Thank you.", parent=reply)
    decide("delete", first)

    page = sam.thread()
    assert page["thread"]["count"] == 2
    assert page["comments"][0] == {
        "id": first,
        "parent": None,
        "depth": 0,
        "state": "deleted",
        "author": None,
        "html": None,
        "created": "2026-03-14T09:26:53Z",
        "edited": None,
    }
    decide("spam", reply)
    assert [comment["id"] for comment in sam.thread()["comments"]] == [first, reply, deeper]
    decide("reject", deeper)
    assert sam.thread()["comments"] == [], "tombstones that hold up nothing vanish"
    decide("approve", deeper)
    assert [comment.get("state") for comment in sam.thread()["comments"]] == ["deleted", "deleted", None]
    decide("approve", first)
    assert sam.thread()["thread"]["count"] == 2


def test_counts_of_many_articles_come_at_once(
    rita: Reader, open_site: Site, client: FlaskClient, decide: Callable
) -> None:
    urls = [f"{GAZETTE}/{number}" for number in range(3)]
    for number, url in enumerate(urls):
        for _ in range(number):
            rita.say(url=url, id=f"article-{number}")
    decide("spam", rita.say(url=urls[2], id="article-2"))
    ask = {"url": [urls[0], urls[2] + "/?utm_source=x"], "id": ["article-1", "unheard-of"]}
    answer = client.get("/api/v1/sites/gazette/counts", query_string=ask)
    assert answer.json == {"counts": {"article-1": 1, "unheard-of": 0, urls[0]: 0, urls[2] + "/?utm_source=x": 2}}
    many = client.get("/api/v1/sites/gazette/counts", query_string={"url": [f"{GAZETTE}/{n}" for n in range(101)]})
    assert many.status_code == 422
    assert client.get("/api/v1/sites/gazette/counts").json == {"counts": {}}


def test_an_answer_has_a_tag_that_saves_the_next_one(
    rita: Reader, open_site: Site, client: FlaskClient, clock: Clock
) -> None:
    rita.say("A text long enough that it pays to compress the page. " * 20)
    path = "/api/v1/sites/gazette/thread"
    plain = client.get(path, query_string={"url": ARTICLE})
    packed = client.get(path, query_string={"url": ARTICLE}, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    for answer in (plain, packed):
        encoding = answer.headers.get("Content-Encoding", "identity")
        again = client.get(
            path,
            query_string={"url": ARTICLE},
            headers={"If-None-Match": answer.headers["ETag"], "Accept-Encoding": encoding},
        )
        assert again.status_code == 304 and again.data == b""
        assert again.headers["Access-Control-Allow-Origin"] == "*"
    rita.say("Another.")
    changed = client.get(path, query_string={"url": ARTICLE}, headers={"If-None-Match": plain.headers["ETag"]})
    assert changed.status_code == 200
    for method in ("HEAD", "GET", "HEAD"):
        first = client.open(path, method=method, query_string={"url": ARTICLE, "id": "asked-by-head-first"})
        assert int(first.headers["Content-Length"]) > 0
        assert bool(first.data) == (method == "GET")
    head = client.head(path, query_string={"url": ARTICLE})
    assert head.status_code == 200 and head.data == b""


def test_nothing_private_is_public(rita: Reader, open_site: Site, client: FlaskClient) -> None:
    rita.say()
    text = client.get("/api/v1/sites/gazette/thread", query_string={"url": ARTICLE}).text
    address = b"rita@mail.example"
    for secret in ("rita@", "127.0.0", hashlib.md5(address).hexdigest()[:10], hashlib.sha256(address).hexdigest()[:10]):
        assert secret not in text


def test_one_site_never_shows_anothers(rita: Reader, open_site: Site, client: FlaskClient, omar) -> None:
    comment = rita.say()
    at_herald = Reader(client, "Rita", key="herald", origin="https://herald.example", receipts=rita.receipts)
    assert client.get("/api/v1/sites/herald/thread", query_string={"url": ARTICLE}).status_code == 403
    for method, body in (("GET", None), ("PATCH", {"body": "Mine."}), ("DELETE", None)):
        assert at_herald.own(method, comment, json=body).status_code == 404
    answer = at_herald.post("Hello.", url="https://herald.example/", parent=comment)
    assert answer.json["errors"][0]["field"] == "parent"


def test_a_moderators_reply_carries_a_badge(rita: Reader, app, site: Site, mona, clock: Clock, decide) -> None:
    comment = rita.say("Is it old?")
    decide("approve", comment)
    clock.advance(seconds=5)
    with app.app_context():
        posting.reply(site, mona, ids.from_text(comment) or 0, "Very.", service().keys, clock())
    reply = rita.thread()["comments"][1]
    assert reply["author"]["badge"] == "moderator"
    assert reply["author"]["name"] == "Mona Lind"
    assert reply["parent"] == comment
