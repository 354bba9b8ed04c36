"""Counts on a page that lists articles: one small script, one request, and no harm where there is no answer."""

import gzip
import json
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.rig.live import HostSite
from tests.rig.live import Live


@pytest.fixture
def say(live: Live, owner: HostSite) -> Callable[..., None]:
    """Give a function by which readers comment on an article, each comment shown at once."""
    live.command("site", "edit", "gazette", "--hold", "none")

    def post(path: str, times: int = 1, **fields: str) -> None:
        for number in range(times):
            sent = {"url": owner.origin + path, "name": "Rita", "body": f"Number {number}."} | fields
            request = urllib.request.Request(
                f"{live.base}/api/v1/sites/gazette/comments",
                json.dumps(sent).encode(),
                {"Content-Type": "application/json", "Origin": owner.origin},
            )
            with urllib.request.urlopen(request) as answer:
                assert answer.status == 201

    return post


def asked(page: Page) -> list[str]:
    """Note the requests for counts that a page makes from now on."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if "/counts?" in request.url else None)
    return found


def tag(live: Live, options: str = 'data-site="gazette"', wait: str = "async") -> str:
    return f'<script {wait} src="{live.base}/counts.js" {options}></script>'


def test_a_list_of_articles_says_how_many_comments_each_has(
    window: Callable, live: Live, owner: HostSite, say: Callable
) -> None:
    say("/counted/one")
    say("/counted/many", 12, id="many & more")
    index = owner.put(
        "/counted/",
        f"""<ul>
        <li><a class="one" href="/counted/one#comments" data-commentsvc-count>Comments</a>
        <li><a class="none" href="none?utm_source=index" data-commentsvc-count>Comments</a>
        <li><span class="by-address" data-commentsvc-count="{owner.origin}/counted/many">Comments</span>
        <li><b class="by-path" data-commentsvc-count="many#respond">Comments</b>
        <li><span class="by-id" data-commentsvc-id="many &amp; more">Comments</span>
        <li><span class="nothing" data-commentsvc-count>Comments</span>
        <li><span class="no-address" data-commentsvc-count="https://[">Comments</span>
        <li><a class="foreign" href="https://elsewhere.example/" data-commentsvc-count>Comments</a>
        <li><a class="mail" href="mailto:rita@mail.example" data-commentsvc-count>Comments</a>
        <li><a class="not-asked" href="/counted/one">Comments</a></ul>""",
        # Before the list, and not async: it must wait for what comes below.
        tag(live, wait=""),
    )
    page = window().page
    requests = asked(page)
    page.goto(index)
    for name, words in {
        "one": "1 comment",
        "none": "No comments",
        "by-address": "12 comments",
        "by-path": "12 comments",
        "by-id": "12 comments",
        "nothing": "Comments",
        "no-address": "Comments",
        # One link that is no article of the site keeps no number from the others.
        "foreign": "No comments",
        "mail": "No comments",
        "not-asked": "Comments",
    }.items():
        expect(page.locator(f".{name}")).to_have_text(words)
    assert len(requests) == 1
    assert requests[0].count("counted%2Fmany") == 1, "an article is asked for once, however often it is linked"
    assert page.context.cookies() == []


def test_words_are_the_owners(window: Callable, live: Live, owner: HostSite, say: Callable) -> None:
    say("/words/one")
    say("/words/two", 2)
    options = 'data-site="gazette" data-zero="Noch still" data-one="Ein <b>Wort</b>" data-other="{n} Stimmen"'
    links = "".join(f'<a href="/words/{path}" data-commentsvc-count>…</a>' for path in ("none", "one", "two"))
    page = window().page
    page.goto(owner.put("/words/", links + tag(live, options)))
    expect(page.locator("a")).to_have_text(["Noch still", "Ein <b>Wort</b>", "2 Stimmen"])


def test_a_long_list_is_asked_for_in_parts(window: Callable, live: Live, owner: HostSite, say: Callable) -> None:
    say("/long/149")
    links = "".join(f'<a href="/long/{number}" data-commentsvc-count>…</a>' for number in range(150))
    long = "".join(f'<a href="/long/{"x" * 900}/{number}" data-commentsvc-count>…</a>' for number in range(10))
    page = window().page
    requests = asked(page)
    page.goto(owner.put("/long/", links + long + tag(live)))
    expect(page.locator("a").filter(has_text="No comments")).to_have_count(159)
    expect(page.locator("a").nth(149)).to_have_text("1 comment")
    assert len(requests) == 3
    # What nginx reads as it comes is a line of 8 KB.
    assert all(len(url) < 7500 for url in requests)


@pytest.mark.parametrize("trouble", ["another site's article", "an unknown site", "no site", "no connection"])
def test_without_an_answer_the_page_stays_as_it_is(
    window: Callable, live: Live, owner: HostSite, say: Callable, trouble: str
) -> None:
    say("/trouble/one")
    href = "https://elsewhere.example/" if trouble == "another site's article" else "/trouble/one"
    options = {"an unknown site": 'data-site="nowhere"', "no site": ""}.get(trouble, 'data-site="gazette"')
    watched = window()
    if trouble == "no connection":
        watched.context.route("**/counts?*", lambda route: route.abort())
    path = f"/trouble/{trouble.replace(' ', '-')}"
    address = owner.put(path, f'<a href="{href}" data-commentsvc-count>Comments</a>{tag(live, options)}')
    with watched.page.expect_event("requestfinished" if trouble != "no connection" else "requestfailed", is_counts):
        watched.page.goto(address)
    # What the script does with the answer has been done once the page has drawn it.
    watched.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    expect(watched.page.locator("a")).to_have_text("Comments")


def is_counts(request) -> bool:
    """Tell whether a request asks for counts."""
    return "/counts?" in request.url


def test_the_script_is_small_and_the_same_for_everybody(live: Live) -> None:
    request = urllib.request.Request(f"{live.base}/counts.js", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        packed = answer.read()
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "max-age" in answer.headers["Cache-Control"]
        assert answer.headers["ETag"]
    assert len(packed) < 1024
    assert b"commentsvc" in gzip.decompress(packed)
