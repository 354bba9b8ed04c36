"""Links to one comment: the plain page opens where it is shown, however long the thread is and wherever it stands."""

import random
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy import event

from commentsvc.models.site import Site
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.plain_browser import Page
from tests.rig.plain_browser import PlainBrowser
from tests.rig.plain_browser import words_of

THREAD = "/sites/gazette/thread"
BEGINNING = "← To the beginning of the comments"


@pytest.fixture
def browser(client: FlaskClient) -> PlainBrowser:
    """Give a browser without scripts."""
    return PlainBrowser(client)


@pytest.fixture
def open_site(change_site: Callable) -> Site:
    """Give the Gazette when it holds nothing."""
    return change_site(hold="none")


@pytest.fixture
def long(rita: Reader, open_site: Site, clock: Clock) -> list[str]:
    """Give a thread of 200: many short branches, and one of 80 replies, 30 of them one under the other."""
    said: list[str] = []
    branch: list[str] = []
    chance = random.Random(5)
    for number in range(200):
        # Some in the same second, some at the very same moment.
        clock.advance(seconds=number % 2)
        if number == 30:
            parent = None
        elif branch and number % 2:
            parent = branch[-1] if len(branch) < 30 else chance.choice(branch)
        else:
            parent = chance.choice([None, None, *[one for one in said[-3:] if one not in branch]])
        said.append(rita.say(f"Number {number}.", parent=parent))
        if number == 30 or parent in branch:
            branch.append(said[-1])
    assert len(branch) > 80
    return said


def words(page: Page) -> list[str]:
    return [words_of(link) for link in page.all("a")]


@pytest.mark.parametrize("sort", ["oldest", "newest"])
def test_every_comment_of_a_long_thread_is_on_the_page_of_its_link(
    browser: PlainBrowser, long: list[str], sort: str
) -> None:
    first = browser.get(THREAD, url=ARTICLE, sort=sort)
    for comment in long[::11]:
        page = browser.get(THREAD, url=ARTICLE, sort=sort, comment=comment)
        shown = page.comments()
        assert comment in shown
        assert len(shown) <= 120
        if comment in first.comments():
            assert shown == first.comments()
            assert BEGINNING not in words(page)
        else:
            # It begins there, or with the comment under which it stands.
            assert comment in shown[:21]
            assert browser.get(page.link(BEGINNING)).comments() == first.comments()


@pytest.mark.parametrize("sort", ["oldest", "newest"])
def test_from_there_on_it_goes_on_as_everywhere(browser: PlainBrowser, long: list[str], sort: str) -> None:
    def read_on(page: Page) -> list[str]:
        found = page.comments()
        while "Load more comments" in words(page):
            page = browser.get(page.link("Load more comments"))
            found += page.comments()
        return found

    whole = read_on(browser.get(THREAD, url=ARTICLE, sort=sort))
    first = browser.get(THREAD, url=ARTICLE, sort=sort).comments()
    far = [comment for comment in whole if comment not in first]
    assert far
    for comment in far[::15]:
        rest = read_on(browser.get(THREAD, url=ARTICLE, sort=sort, comment=comment))
        # The end of the same reading, from the root of this comment on.
        assert rest == whole[-len(rest) :]


def test_a_receipt_leads_to_where_the_comment_is_shown(browser: PlainBrowser, rita: Reader, long: list[str]) -> None:
    for comment in (long[0], long[-1], long[101]):
        receipt = browser.get(f"/r/gazette/{rita.receipts[comment]}")
        link = receipt.link("See it on the plain page")
        assert link.endswith(f"&comment={comment}#comment-{comment}")
        page = browser.get(link)
        assert comment in page.comments()
        assert page.all("meta", name="robots") == []
        assert page.one("link", rel="canonical")["href"] == ARTICLE


def test_a_reply_leads_to_what_it_answers(browser: PlainBrowser, rita: Reader, long: list[str]) -> None:
    page = browser.get(browser.get(THREAD, url=ARTICLE).link("Show more replies"))
    elsewhere = [one for one in page.all("a", class_="quiet") if words_of(one) == "in reply to an earlier comment"]
    assert elsewhere
    for link in elsewhere[:5]:
        parent = link["href"].partition("#comment-")[2]
        assert parent not in page.comments()
        assert parent in browser.get(link["href"]).comments()


def test_one_can_answer_there_and_nothing_typed_is_lost(browser: PlainBrowser, rita: Reader, long: list[str]) -> None:
    comment = long[-1]
    page = browser.get(THREAD, url=ARTICLE, comment=comment)
    answer = next(link for link in page.all("a", class_="act-main") if f"reply={comment}" in link["href"])
    form = browser.get(answer["href"])
    assert words_of(form.one("h4", id="form-title")) == "Leave a Reply to Rita"
    again = browser.send(form, name="", body="An answer.")
    assert (again.status, again.values()["body"]) == (422, "An answer.")
    assert comment in again.comments()
    sent = browser.send(again, name="Pia")
    shown = browser.get(browser.follow(sent).link("See it on the plain page"))
    assert rita.thread()["thread"]["count"] == len(long) + 1
    assert not {*shown.comments()} <= {*long}


@pytest.mark.parametrize("verb", ["delete", "spam"])
def test_a_comment_that_is_gone_is_said_to_be_gone(
    browser: PlainBrowser, long: list[str], decide: Callable, verb: str
) -> None:
    alone = next(comment for comment in reversed(long) if not has_replies(browser, comment))
    decide(verb, alone)
    page = browser.get(THREAD, url=ARTICLE, comment=alone)
    assert page.one("meta", name="robots")["content"] == "noindex"
    assert "is not shown here any more" in page.source
    assert page.comments() == browser.get(THREAD, url=ARTICLE).comments()


def has_replies(browser: PlainBrowser, comment: str) -> bool:
    found = browser.client.get("/api/v1/sites/gazette/thread", query_string={"url": ARTICLE, "sort": "newest"}).json
    return any(one["parent"] == comment for one in found["comments"])


def test_what_waits_or_stands_elsewhere_is_not_told(
    browser: PlainBrowser, rita: Reader, open_site: Site, change_site: Callable, omar
) -> None:
    rita.say("Here.")
    elsewhere = rita.say("There.", url=GAZETTE + "/other")
    change_site(hold="all")
    waiting = rita.say("Not yet.")
    plain = browser.get(THREAD, url=ARTICLE)
    for comment in (elsewhere, waiting, "0" * 13):
        page = browser.get(THREAD, url=ARTICLE, comment=comment)
        assert page.comments() == plain.comments()
        assert "is not shown here any more" in page.source
        assert "Not yet" not in page.source
        assert "There" not in page.source
    for nonsense in ("", "x", "comment-1"):
        assert "any more" not in browser.get(THREAD, url=ARTICLE, comment=nonsense).source
    at_herald = browser.get("/sites/herald/thread", url="https://herald.example/", comment=waiting)
    assert at_herald.comments() == []


def test_it_follows_what_happens_to_the_comment(
    browser: PlainBrowser, rita: Reader, long: list[str], decide: Callable
) -> None:
    comment = next(one for one in reversed(long) if not has_replies(browser, one))
    assert comment in browser.get(THREAD, url=ARTICLE, comment=comment).comments()
    decide("spam", comment)
    assert comment not in browser.get(THREAD, url=ARTICLE, comment=comment).comments()
    decide("approve", comment)
    assert comment in browser.get(THREAD, url=ARTICLE, comment=comment).comments()


@contextmanager
def counted() -> Iterator[list[str]]:
    """Count the questions about comments to the database."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM comment" in statement:
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_it_takes_few_questions_wherever_the_comment_is(browser: PlainBrowser, long: list[str]) -> None:
    for comment in long[::40]:
        with counted() as asked:
            browser.get(THREAD, url=ARTICLE, comment=comment)
        assert 1 <= len(asked) <= 6
        assert all("LIMIT" in statement or "comment.id = " in statement for statement in asked)
