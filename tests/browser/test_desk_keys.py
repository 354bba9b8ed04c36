"""The desk by keyboard alone, in a real browser."""

import json
import urllib.request
from collections.abc import Callable
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.browser.test_newcomer import sign_in
from tests.rig.live import HostSite
from tests.rig.live import Live


@pytest.fixture
def desk(window: Callable, live: Live, owner: HostSite) -> Iterator[Page]:
    """Give the queue with five comments that wait, and whatever others left in it."""
    for n in range(5):
        said = {"url": f"{owner.origin}/keys", "name": f"Reader {n}", "body": f"Number {n}."}
        urllib.request.urlopen(
            urllib.request.Request(
                f"{live.base}/api/v1/sites/gazette/comments",
                json.dumps(said).encode(),
                {"Content-Type": "application/json", "Origin": owner.origin},
            )
        ).close()
    page = window(viewport={"width": 1280, "height": 900}).page
    sign_in(page, live)
    page.goto(f"{live.base}/moderate/gazette/queue?q=Number")
    expect(page.locator(".card")).to_have_count(5)
    yield page
    page.goto(f"{live.base}/moderate/gazette/queue?q=Number&all=1")
    if page.locator(".card").count():
        page.get_by_role("group", name="With the ticked comments").get_by_role("button", name="Delete").click()


def notice(page: Page) -> Locator:
    return page.locator(".toast").get_by_role("status")


def test_a_queue_is_emptied_by_keys(desk: Page) -> None:
    chosen = desk.locator(".chosen .author")
    expect(chosen).to_have_text("Reader 0")
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    expect(chosen).to_have_text("Reader 2")
    desk.keyboard.press("k")
    expect(chosen).to_have_text("Reader 1")
    desk.keyboard.press("s")
    expect(notice(desk)).to_have_text("Marked 1 comment as spam.")
    # The work goes on where it was.
    expect(chosen).to_have_text("Reader 2")
    for key, words in (("a", "Approved"), ("r", "Rejected"), ("d", "Deleted")):
        desk.keyboard.press(key)
        expect(notice(desk)).to_contain_text(words)
    expect(chosen).to_have_text("Reader 0")
    expect(desk.locator(".card")).to_have_count(1)
    desk.keyboard.press("z")
    expect(notice(desk)).to_have_text("Undone: 1 comment as before.")
    expect(desk.locator(".card")).to_have_count(2)


def test_ticked_comments_are_decided_together(desk: Page) -> None:
    bar = desk.get_by_role("group", name="With the ticked comments")
    expect(bar).to_be_hidden()
    desk.keyboard.press("x")
    desk.keyboard.press("j")
    desk.keyboard.press("x")
    expect(bar).to_contain_text("2 ticked")
    desk.get_by_role("link", name="Select all").click()
    expect(bar).to_contain_text("5 ticked")
    bar.get_by_role("button", name="Spam").click()
    expect(notice(desk)).to_have_text("Marked 5 comments as spam.")
    desk.get_by_role("button", name="Undo").click()
    expect(desk.locator(".card")).to_have_count(5)


def test_keys_mean_nothing_where_something_is_typed(desk: Page) -> None:
    desk.keyboard.press("/")
    search = desk.get_by_role("searchbox")
    expect(search).to_be_focused()
    desk.keyboard.press("End")
    desk.keyboard.type(" asrd?")
    expect(search).to_have_value("Number asrd?")
    expect(desk.get_by_role("dialog")).to_have_count(0)
    expect(desk.locator(".card")).to_have_count(5)


def test_keys_are_listed_and_can_be_switched_off(desk: Page) -> None:
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog", name="Keys")).to_be_visible()
    desk.get_by_label("Single keys act on comments in this browser").uncheck()
    desk.keyboard.press("Escape")
    for _ in range(2):
        desk.keyboard.press("j")
        expect(desk.locator(".chosen .author")).to_have_text("Reader 0")
        expect(desk.locator(".chosen kbd").first).to_be_hidden()
        # Also when the page is loaded again.
        desk.reload()


def test_enter_leads_to_a_reply_and_ticking_sends_nothing(desk: Page) -> None:
    desk.locator(".pick input").first.press("Enter")
    expect(desk.locator(".card")).to_have_count(5)
    desk.locator(".card").first.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Reply to Reader 0")
    desk.get_by_label("Your reply").fill("Thank you for counting.")
    desk.get_by_role("button", name="Approve and reply").click()
    expect(notice(desk)).to_have_text("Your reply is published.")
