"""Feeds of a site and of a thread: valid, whole, and harmless whatever somebody wrote."""

import gzip
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from commentsvc.database import transaction
from commentsvc.models import ids
from commentsvc.models.comment import Revision
from commentsvc.models.site import Site
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.atom import Document
from tests.rig.atom import read
from tests.text.hostile import MARKUP

PATH = "/sites/gazette/feed.atom"


@pytest.fixture
def open_site(change_site: Callable) -> Site:
    """Give the Gazette when it holds nothing."""
    return change_site(hold="none")


def get(client: FlaskClient, headers: dict[str, str] | None = None, /, **query: str) -> TestResponse:
    return client.get(PATH, query_string=query, headers=headers)


def feed(client: FlaskClient, **query: str) -> Document:
    answer = get(client, **query)
    assert answer.status_code == 200, answer.text
    return read(answer.data)


def texts(document: Document) -> list[str]:
    """Return what the entries say, each a paragraph, without its markup."""
    return [entry.html.removeprefix('<p dir="auto">').removesuffix("</p>") for entry in document.entries]


def test_a_feed_tells_who_said_what_where_and_to_whom(
    rita: Reader, sam: Reader, open_site: Site, client: FlaskClient, clock: Clock
) -> None:
    first = rita.say("It was **wider**.", website="https://rita.example/")
    clock.advance(minutes=1)
    reply = sam.say("So it was.", parent=first)
    clock.advance(minutes=1)
    assert rita.own("PATCH", first, json={"body": "It was *far* wider."}).status_code == 200

    document = feed(client, url=ARTICLE)
    assert (document.title, document.page) == ("Comments on The old bridge", ARTICLE)
    assert document.address == f"http://localhost:8080{PATH}?url={ARTICLE}"
    assert document.updated == "2026-03-14T09:28:53Z"
    newest, oldest = document.entries
    assert (newest.author, newest.title, newest.uri) == ("Sam", "Sam on The old bridge", None)
    assert newest.html == '<p dir="auto">So it was.</p>'
    assert newest.link == f"{ARTICLE}#comment-{reply}"
    assert newest.published == newest.updated == "2026-03-14T09:27:53Z"
    assert newest.answers == oldest.id
    assert (oldest.author, oldest.uri) == ("Rita", "https://rita.example/")
    assert oldest.html == '<p dir="auto">It was <em>far</em> wider.</p>'
    assert (oldest.published, oldest.updated) == ("2026-03-14T09:26:53Z", "2026-03-14T09:28:53Z")
    assert oldest.answers == ARTICLE

    of_site = feed(client)
    assert (of_site.title, of_site.page) == ("Comments on The Gazette", GAZETTE + "/")
    assert of_site.address == f"http://localhost:8080{PATH}"
    assert of_site.entries == document.entries
    assert of_site.id != document.id


def test_a_site_has_the_comments_of_all_its_threads_and_a_thread_its_own(
    rita: Reader, open_site: Site, client: FlaskClient, clock: Clock
) -> None:
    for path, ref in (("/a", "one"), ("/b", "two"), ("/a", "one")):
        clock.advance(seconds=1)
        rita.say(f"On {path}.", url=GAZETTE + path, id=ref, title=...)
    assert texts(feed(client)) == ["On /a.", "On /b.", "On /a."]
    for query in ({"url": f"{GAZETTE}/b"}, {"id": "two"}, {"url": f"{GAZETTE}/elsewhere", "id": "two"}):
        document = feed(client, **query)
        assert texts(document) == ["On /b."]
        assert (document.title, document.page) == (f"Comments on {GAZETTE}/b", f"{GAZETTE}/b")
        assert document.entries[0].title == "Comment by Rita"


def test_only_what_is_approved_is_in_a_feed(
    rita: Reader, sam: Reader, site: Site, client: FlaskClient, decide: Callable, clock: Clock
) -> None:
    said = {}
    for verb in ("approve", "spam", "reject", "delete", None):
        clock.advance(seconds=1)
        said[verb] = rita.say(f"To {verb}.")
        if verb:
            decide(verb, said[verb])
    reply = sam.say("A reply.", parent=said["approve"])
    decide("approve", reply)
    for query in ({}, {"url": ARTICLE}):
        assert texts(feed(client, **query)) == ["A reply.", "To approve."]
        assert "mail.example" not in get(client, **query).text
    assert rita.own("DELETE", said["approve"]).status_code == 204
    # What it answered is gone; that it was an answer stays true.
    assert texts(feed(client, url=ARTICLE)) == ["A reply."]
    assert sam.thread()["comments"][0]["state"] == "deleted"


def test_a_feed_has_the_newest_50(rita: Reader, open_site: Site, client: FlaskClient, clock: Clock) -> None:
    for number in range(53):
        clock.advance(seconds=1)
        rita.say(f"{number}")
    for query in ({}, {"url": ARTICLE}):
        assert texts(feed(client, **query)) == [f"{number}" for number in range(52, 2, -1)]


@pytest.mark.parametrize("query", [{}, {"url": ARTICLE}, {"id": "unheard-of"}, {"url": ARTICLE, "id": "unheard-of"}])
def test_an_empty_feed_is_a_feed(client: FlaskClient, site: Site, clock: Clock, query: dict[str, Any]) -> None:
    clock.advance(days=3)
    document = feed(client, **query)
    assert document.entries == []
    assert document.updated == "2026-03-14T09:26:53Z"
    assert document.title.startswith("Comments on ")
    # It stays the same feed when there is something in it, and when it is asked for by another spelling.
    assert Reader(client, "Rita").post(**query).status_code == 202
    assert feed(client, **query).id == document.id
    if "url" in query:
        assert feed(client, **query | {"url": ARTICLE + "/?utm_source=x#top"}).id == document.id


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{PATH}?url=https://elsewhere.example/", 403),
        (f"{PATH}?url=nonsense", 422),
        (f"{PATH}?url=", 422),
        (f"{PATH}?id=", 422),
        (f"{PATH}?id={'x' * 201}", 422),
        ("/sites/nowhere/feed.atom", 404),
    ],
)
def test_what_is_no_feed_is_refused(client: FlaskClient, site: Site, path: str, status: int) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")


def test_one_site_never_tells_anothers(rita: Reader, open_site: Site, client: FlaskClient, omar) -> None:
    rita.say(id="shared")
    assert read(client.get("/sites/herald/feed.atom").data).entries == []
    assert read(client.get("/sites/herald/feed.atom?id=shared").data).entries == []
    assert client.get(f"/sites/herald/feed.atom?url={ARTICLE}").status_code == 403


def test_a_feed_is_a_public_answer(rita: Reader, open_site: Site, client: FlaskClient) -> None:
    rita.say("A text long enough that it pays to compress the feed. " * 20)
    plain, packed = get(client), get(client, {"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == plain.data
    for answer in (plain, packed):
        assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Set-Cookie" not in answer.headers
        encoding = answer.headers.get("Content-Encoding", "identity")
        again = get(client, {"If-None-Match": answer.headers["ETag"], "Accept-Encoding": encoding})
        assert (again.status_code, again.data) == (304, b"")
    head = client.head(PATH)
    assert (head.status_code, head.data) == (200, b"")
    rita.say("Another.")
    assert get(client, {"If-None-Match": plain.headers["ETag"]}).status_code == 200


def test_nothing_that_is_written_gets_out_of_its_place(
    rita: Reader, open_site: Site, client: FlaskClient, clock: Clock
) -> None:
    names = [
        "<script>alert(1)</script>",
        "]]>&lt;&amp;",
        "\"'><x y='",
        "\u202eadmin",
        "<!DOCTYPE x>",
        "R\u00e9n\U0001f331",
    ]
    shown = []
    for number, body in enumerate(MARKUP[:48]):
        clock.advance(seconds=1)
        title = f"{names[number % len(names)]} & more"
        answer = rita.post(body, name=names[-1 - number % len(names)], title=title, url=f"{GAZETTE}/<&'\">{number}")
        if answer.status_code == 201:
            shown.insert(0, answer.json["comment"])
    assert len(shown) > 25
    entries = feed(client).entries
    assert [entry.html for entry in entries] == [comment["html"] for comment in shown]
    assert [entry.author for entry in entries] == [comment["author"]["name"] for comment in shown]
    # Nothing but what the feed itself is made of.
    assert {element.tag.partition("}")[2] for element in fromstring(get(client).data).iter()} == {  # noqa: S314
        "feed", "id", "title", "updated", "link", "entry", "author", "name", "published", "in-reply-to", "content",
    }  # fmt: skip


def test_what_xml_cannot_hold_is_left_out(rita: Reader, open_site: Site, client: FlaskClient, app: Flask) -> None:
    comment = ids.from_text(rita.say())
    with app.app_context(), transaction() as session:
        text = "<p>a\x01b\x08c\x0bd\x1fe\ufffef\uffffg\rh\ti\nj\x85k\U0001ffffl</p>"
        session.execute(update(Revision).where(Revision.comment_id == comment).values(html=text))
    assert feed(client).entries[0].html == "<p>abcdefgh\ti\nj\x85k\U0001ffffl</p>"


@pytest.mark.parametrize(
    "path",
    [
        "/a b",
        "/ü?q=ß",
        "/%7euser",
        "/a|b",
        "/list?filter[tag]=a|b&c={d}",
        "/x?y=^`\\",
        "/~a/(b)/c;d=e,f",
        "/?a=b&&c=<>",
    ],
)
def test_every_article_can_be_told_of(
    rita: Reader, open_site: Site, client: FlaskClient, clock: Clock, path: str
) -> None:
    first = rita.say(url=GAZETTE + path, title=..., website="https://rita.example/ü?[x]=|")
    clock.advance(seconds=1)
    rita.say("So it is.", url=GAZETTE + path, parent=first)
    for query in ({"url": GAZETTE + path}, {}):
        document = feed(client, **query)
        address = rita.thread(GAZETTE + path)["thread"]["url"]
        assert [entry.link.partition("#")[0] for entry in document.entries] == [address] * 2
        assert document.entries[1].answers == address


def test_the_plain_page_links_its_feed(rita: Reader, open_site: Site, client: FlaskClient, make_app: Callable) -> None:
    rita.say(id="bridge & co")
    under_a_path = make_app(BASE_URL="https://me.example/comments").test_client()
    for browser, base in ((client, ""), (under_a_path, "/comments")):
        page = browser.get("/sites/gazette/thread", query_string={"url": ARTICLE, "id": "bridge & co"}).text
        link = page.split('type="application/atom+xml"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
        assert link.startswith(f"{base}{PATH}?")
        document = read(browser.get(link).data)
        assert len(document.entries) == 1
        assert document.address == {"": "http://localhost:8080", "/comments": "https://me.example"}[base] + link
