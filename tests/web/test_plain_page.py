"""The thread as a plain page: read, reply and preview without scripts and without a cookie."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from commentsvc.models.site import Site
from tests.conftest import ARTICLE
from tests.conftest import BASE_URL
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.plain_browser import Page
from tests.rig.plain_browser import PlainBrowser
from tests.rig.plain_browser import words_of

THREAD = "/sites/gazette/thread"


@pytest.fixture
def browser(client: FlaskClient, site: Site) -> PlainBrowser:
    """Give a browser without scripts, at home with the Gazette."""
    return PlainBrowser(client)


@pytest.fixture
def page(browser: PlainBrowser) -> Page:
    """Give the plain page of the article, before anybody wrote."""
    return browser.get(THREAD, url=ARTICLE)


def robots(page: Page) -> list[str]:
    return [meta["content"] for meta in page.all("meta", name="robots")]


def test_a_new_article_has_the_form_that_every_reader_knows(page: Page) -> None:
    assert page.status == 200
    assert words_of(page.one("h2", id="count")) == "No comments yet"
    assert words_of(page.one("h2", id="form-title")) == "Leave a Reply"
    assert "Your email address will not be published. Required fields are marked *" in words_of(page.one("form"))
    assert [words_of(label) for label in page.all("label")] == [
        "Comment *", "Name *", "Email", "Website", "Leave this empty",
    ]  # fmt: skip
    assert [words_of(button) for button in page.all("button")] == ["Post Comment", "Preview"]
    assert "Comments appear after approval." in page.source
    assert page.link("← Back to the article") == ARTICLE
    assert robots(page) == ["noindex"]


def test_a_comment_is_posted_and_shown_on_its_receipt_page(browser: PlainBrowser, page: Page, rita: Reader) -> None:
    sent = browser.send(page, name="Pia", body="Without any *script*.")
    assert sent.status == 303
    assert sent.headers["Location"].startswith("/r/gazette/")
    receipt = browser.follow(sent)
    assert "Your comment is awaiting moderation. Only you can see it." in receipt.source
    assert "<em>script</em>" in receipt.source
    assert browser.get(THREAD, url=ARTICLE).comments() == []
    assert rita.thread()["comments"] == []


def test_where_nothing_is_held_it_is_public_at_once(
    browser: PlainBrowser, change_site: Callable, clock: Clock, rita: Reader
) -> None:
    change_site(hold="none")
    page = browser.get(THREAD, url=ARTICLE)
    assert "Comments appear after approval." not in page.source
    receipt = browser.follow(browser.send(page, name="Pia", body="Now.", website="pia.example"))
    assert "Your comment is published." in receipt.source
    shown = browser.get(receipt.link("See it on the plain page"))
    assert shown.comments() == [comment["id"] for comment in rita.thread()["comments"]]
    assert words_of(shown.one("h2", id="count")) == "1 comment"
    author = shown.one("a", href="https://pia.example/")
    assert author["rel"] == "nofollow ugc noopener" and words_of(author) == "Pia"
    assert shown.one("time")["datetime"] == "2026-03-14T09:26:53Z"
    assert words_of(shown.one("time")) == "14 Mar 2026, 09:26 UTC"
    assert robots(shown) == []
    assert shown.one("link", rel="canonical")["href"] == ARTICLE


def test_the_page_is_the_same_for_everybody_and_may_be_cached(client: FlaskClient, site: Site) -> None:
    first, second = (client.get(THREAD, query_string={"url": ARTICLE}) for _ in range(2))
    assert first.data == second.data
    assert first.headers["Cache-Control"].startswith("public, no-cache,")
    tagged = {"If-None-Match": first.headers["ETag"]}
    assert client.get(THREAD, query_string={"url": ARTICLE}, headers=tagged).status_code == 304


def test_a_page_says_who_speaks_and_to_whom(browser: PlainBrowser, change_site: Callable, rita: Reader) -> None:
    change_site(hold="none")
    ids = [rita.say("0")]
    for depth in range(1, 10):
        ids.append(rita.say(str(depth), parent=ids[-1]))
    page = browser.get(THREAD, url=ARTICLE)
    assert page.comments() == ids
    depths = [sum(outer.tag == "ol" for outer in one.within) for one in page.all("article")]
    assert depths == [1, 2, 3, 4, 5, 6, 7, 7, 7, 7]
    flat = [words_of(link) for link in page.all("a") if words_of(link).startswith("in reply")]
    assert flat == ["in reply to Rita"] * 3


def test_the_form_comes_to_the_comment_that_is_answered(
    browser: PlainBrowser, change_site: Callable, rita: Reader
) -> None:
    change_site(hold="none")
    first, second = rita.say("One."), rita.say("Two.")
    page = browser.get(THREAD, url=ARTICLE)
    answer = page.one("article", id=f"comment-{first}")
    link = next(one for one in page.all("a", class_="act-main") if answer in one.within)
    assert words_of(link) == "Reply to Rita"
    assert link["href"].endswith("#respond")

    replying = browser.get(link["href"])
    form = replying.one("form")
    assert words_of(replying.one("h4", id="form-title")) == "Leave a Reply to Rita"
    assert [words_of(item)[:4] for item in form.within if item.tag == "li"] == ["Rita"]
    assert robots(replying) == ["noindex"]
    assert browser.get(replying.link("Cancel reply")).one("form").within[-1].tag == "main"

    browser.send(replying, name="Pia", body="Three.")
    comments = rita.thread()["comments"]
    assert [(comment["parent"], comment["depth"]) for comment in comments] == [(None, 0), (first, 1), (None, 0)]
    assert comments[2]["id"] == second


def test_a_comment_that_is_gone_cannot_be_answered_and_nothing_typed_is_lost(
    browser: PlainBrowser, rita: Reader, decide: Callable
) -> None:
    parent = rita.say("One.")
    decide("approve", parent)
    replying = browser.get(THREAD, url=ARTICLE, reply=parent)
    decide("delete", parent)
    again = browser.send(replying, name="Pia", body="Three.")
    assert again.status == 422
    assert "The comment you reply to is no longer there." in again.source
    assert again.values()["body"] == "Three."
    assert browser.send(again).status == 303


def test_a_removed_comment_keeps_its_place_above_replies(
    browser: PlainBrowser, rita: Reader, sam: Reader, decide: Callable
) -> None:
    parent = rita.say("Secret words.")
    decide("approve", parent)
    reply = sam.say("Answer.", parent=parent)
    decide("approve", reply)
    decide("delete", parent)
    page = browser.get(THREAD, url=ARTICLE)
    assert page.comments() == [parent, reply]
    assert words_of(page.one("article", id=f"comment-{parent}")) == "This comment was removed."
    assert "Secret" not in page.source
    assert "no longer there" in browser.get(THREAD, url=ARTICLE, reply=parent).source


def test_a_long_thread_is_read_to_its_end_by_links(
    browser: PlainBrowser, change_site: Callable, rita: Reader, clock: Clock
) -> None:
    change_site(hold="none")
    posted = [rita.say("Root.")]
    for number in range(115):
        clock.advance(seconds=1)
        posted.append(rita.say(f"Number {number}.", parent=posted[0] if number < 30 else None))
    page = browser.get(THREAD, url=ARTICLE)
    branch = browser.get(page.link("Show more replies"))
    assert len(page.comments()) < len(posted)
    assert words_of(branch.all("a", class_="quiet")[0]) == "in reply to an earlier comment"
    assert browser.get(branch.link("← To the beginning of the comments")).comments() == page.comments()
    found = page.comments() + branch.comments()
    while any(words_of(link) == "Load more comments" for link in page.all("a")):
        page = browser.get(page.link("Load more comments"))
        found += page.comments()
    assert sorted(found) == sorted(posted)


def test_sort_order_is_a_link_that_stays(browser: PlainBrowser, change_site: Callable, rita: Reader) -> None:
    change_site(hold="none")
    first, second = rita.say("One."), rita.say("Two.")
    page = browser.get(THREAD, url=ARTICLE)
    assert page.comments() == [first, second]
    newest = browser.get(page.link("Newest first"))
    assert newest.comments() == [second, first]
    assert words_of(newest.one("a", aria_current="true")) == "Newest first"
    assert "sort=newest" in newest.one("form")["action"]


def test_a_stable_id_names_the_thread(browser: PlainBrowser, change_site: Callable, rita: Reader) -> None:
    change_site(hold="none")
    page = browser.get(THREAD, url=ARTICLE, id="bridge")
    browser.send(page, name="Pia", body="By id.")
    moved = ARTICLE + "-moved"
    assert browser.get(THREAD, url=moved, id="bridge").comments() == [
        rita.thread(moved, id="bridge")["comments"][0]["id"]
    ]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 422),
        ({"url": ""}, 422),
        ({"url": "javascript:alert(1)"}, 422),
        ({"url": "https://elsewhere.example/"}, 403),
        ({"url": ARTICLE, "sort": "best"}, 422),
        ({"url": ARTICLE, "cursor": "x"}, 422),
        ({"url": ARTICLE, "id": "x" * 201}, 422),
        ({"url": ARTICLE, "reply": "nonsense"}, 200),
        ({"url": ARTICLE, "reply": "0" * 13}, 200),
    ],
)
def test_an_address_that_names_nothing_is_explained(browser: PlainBrowser, query: dict, status: int) -> None:
    page = browser.get(THREAD, **query)
    assert page.status == status
    assert robots(page) == ["noindex"]
    assert words_of(page.one("h1"))


def test_an_unknown_site_is_explained(browser: PlainBrowser) -> None:
    page = browser.get("/sites/nobody/thread", url=ARTICLE)
    assert (page.status, words_of(page.one("h1"))) == (404, "Unknown site")


def test_links_and_form_stay_under_the_base_path(make_app: Callable[..., Flask], site: Site) -> None:
    base = "https://me.example/comments"
    browser = PlainBrowser(make_app(BASE_URL=base).test_client(), {"Origin": "https://me.example"})
    page = browser.get("/comments" + THREAD, url=ARTICLE)
    assert page.one("form")["action"].startswith("/comments/sites/gazette/thread?")
    assert all(link["href"].startswith("/comments/static/") for link in page.all("link", rel="stylesheet"))
    receipt = browser.follow(browser.send(page, name="Pia", body="Hi."))
    assert receipt.status == 200
    assert receipt.link("Edit").startswith("/comments/r/gazette/")
    assert receipt.one("input", id="key")["value"].startswith(base + "/r/gazette/")
    assert BASE_URL not in receipt.source
