"""The desk by keyboard alone, in a real browser: nothing is loaded again, and all of it works without scripts."""

import json
import urllib.request
from collections.abc import Callable
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD
from tests.browser.test_newcomer import sign_in
from tests.rig.live import HostSite
from tests.rig.live import Live


@pytest.fixture
def say(live: Live, owner: HostSite) -> Callable[[int], None]:
    """Give a function that posts comments by Reader 0, Reader 1, ..."""

    def post(number: int) -> None:
        for n in range(number):
            said = {"url": f"{owner.origin}/keys", "name": f"Reader {n}", "body": f"Number {n}."}
            urllib.request.urlopen(
                urllib.request.Request(
                    f"{live.base}/api/v1/sites/gazette/comments",
                    json.dumps(said).encode(),
                    {"Content-Type": "application/json", "Origin": owner.origin},
                )
            ).close()

    return post


@pytest.fixture
def desk(window: Callable, live: Live, say: Callable[[int], None]) -> Iterator[Page]:
    """Give the queue with five comments that wait, and whatever others left in it."""
    say(5)
    page = window(viewport={"width": 1280, "height": 900}).page
    sign_in(page, live)
    page.goto(f"{live.base}/moderate/gazette/queue?q=Number")
    expect(page.locator(".card")).to_have_count(5)
    yield page
    clear(page, live)


def clear(page: Page, live: Live) -> None:
    """Leave nothing in the queue."""
    page.goto(f"{live.base}/moderate/gazette/queue?q=Number")
    found = page.locator(".found").get_by_role("button", name="Delete")
    while found.count():
        found.click()


def notice(page: Page) -> Locator:
    return page.locator(".toast").get_by_role("status")


def loads(page: Page) -> list[str]:
    """Return a list that grows with each page that is loaded."""
    found: list[str] = []
    page.on("framenavigated", lambda frame: found.append(frame.url))
    return found


def test_a_queue_of_fifty_is_emptied_by_keys_alone(window: Callable, live: Live, say: Callable[[int], None]) -> None:
    say(55)
    page = window(viewport={"width": 1280, "height": 900}).page
    sign_in(page, live)
    page.goto(f"{live.base}/moderate/gazette/queue?q=Number")
    loaded = loads(page)
    chosen = page.locator(".chosen .author")
    keys = {"a": "Approved", "s": "Marked", "r": "Rejected", "d": "Deleted"}
    for n in range(55):
        # The next card is chosen at once, though no answer has come yet; the page's end is fetched by itself.
        expect(chosen).to_have_text(f"Reader {n}")
        page.keyboard.press(list(keys)[n % 4])
    expect(page.locator(".card")).to_have_count(0)
    expect(page.locator(".menu ~ .frame [data-size=spam]").first).to_have_text("14")
    expect(page.locator("h1 [data-size=queue]")).to_have_text("0")
    expect(notice(page)).to_have_text("Rejected 1 comment.")
    # Any of them is undone: the last, the one before, and one from long ago.
    for reader in (54, 53):
        page.keyboard.press("u")
        expect(chosen).to_have_text(f"Reader {reader}")
        expect(notice(page)).to_have_text("Undone: 1 comment as before.")
    page.get_by_text("Decided here (53)").press("Enter")
    page.get_by_role("listitem").filter(has_text="Reader 7").get_by_role("button", name="Undo").press("Enter")
    expect(chosen).to_have_text("Reader 7")
    expect(page.locator(".card .author")).to_have_text(["Reader 7", "Reader 53", "Reader 54"])
    expect(page.locator("h1 [data-size=queue]")).to_have_text("3")
    assert loaded == []
    page.reload()
    expect(page.locator(".card .author")).to_have_text(["Reader 7", "Reader 53", "Reader 54"])
    clear(page, live)


def test_two_moderators_at_once(desk: Page, window: Callable, live: Live) -> None:
    live.command(
        "moderator", "add", "nora@gazette.example", "--site", "gazette", "--name", "Nora", "--password-stdin",
        stdin=PASSWORD,
    )  # fmt: skip
    other = window(viewport={"width": 1280, "height": 900}).page
    other.goto(f"{live.base}/moderate/sign-in")
    other.get_by_label("Email").fill("nora@gazette.example")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.goto(f"{live.base}/moderate/gazette/queue?q=Number")
    expect(other.locator(".card")).to_have_count(5)
    other.keyboard.press("s")
    expect(notice(other)).to_have_text("Marked 1 comment as spam.")
    desk.keyboard.press("a")
    words = "1 comment was decided by Nora in the meantime, and it was left as it is."
    expect(notice(desk)).to_have_text(words)
    expect(desk.locator(".chosen .author")).to_have_text("Reader 1")
    # The numbers are true for both, who never loaded the page again.
    expect(desk.locator("h1 [data-size=queue]")).to_have_text("4")
    desk.keyboard.press("a")
    expect(notice(desk)).to_have_text("Approved 1 comment.")
    expect(desk.locator("h1 [data-size=queue]")).to_have_text("3")
    other.keyboard.press("j")
    other.keyboard.press("d")
    expect(other.locator("h1 [data-size=queue]")).to_have_text("2")


def test_what_cannot_be_stored_comes_back(desk: Page, live: Live) -> None:
    desk.route("**/decide", lambda route: route.abort())
    desk.keyboard.press("a")
    expect(notice(desk)).to_contain_text("The service was not reached.")
    expect(desk.locator(".card .author").first).to_have_text("Reader 0")
    desk.unroute("**/decide")
    desk.context.clear_cookies()
    desk.keyboard.press("k")
    desk.keyboard.press("a")
    expect(notice(desk)).to_contain_text("out of date")
    expect(desk.locator(".card")).to_have_count(5)
    sign_in(desk, live)


def test_the_context_of_the_chosen_comment_stands_beside(desk: Page) -> None:
    beside = desk.get_by_role("complementary", name="Context of the chosen comment")
    expect(beside.get_by_role("region", name="Its text")).to_contain_text("Reader 0")
    desk.keyboard.press("j")
    expect(beside.get_by_role("region", name="Its text")).to_contain_text("Reader 1")
    desk.set_viewport_size({"width": 900, "height": 900})
    expect(beside).to_be_hidden()


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
    expect(desk.locator(".card")).to_have_count(0)
    desk.get_by_role("button", name="Undo").first.click()
    expect(desk.locator(".card")).to_have_count(5)


def test_keys_mean_nothing_where_something_is_typed(desk: Page) -> None:
    desk.keyboard.press("/")
    search = desk.get_by_role("searchbox")
    expect(search).to_be_focused()
    desk.keyboard.press("End")
    desk.keyboard.type(" asrdu?")
    expect(search).to_have_value("Number asrdu?")
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


def test_a_comment_is_edited_and_answered_by_keys(desk: Page) -> None:
    desk.locator(".pick input").first.press("Enter")
    expect(desk.locator(".card")).to_have_count(5)
    desk.keyboard.press("e")
    desk.get_by_label("Its text").fill("Number none.")
    desk.get_by_role("button", name="Save").press("Enter")
    expect(notice(desk)).to_contain_text("What its author wrote is kept.")
    expect(desk.get_by_role("region", name="Its texts")).to_contain_text("Number 0.")
    desk.keyboard.press("u")
    expect(notice(desk)).to_have_text("Undone: 1 comment as before.")
    desk.locator(".card").first.press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Reply to Reader 0")
    desk.get_by_label("Your reply").fill("Thank you for counting.")
    desk.get_by_role("button", name="Approve and reply").click()
    expect(notice(desk)).to_have_text("Your reply is published.")


def test_all_of_it_without_scripts(window: Callable, live: Live, say: Callable[[int], None]) -> None:
    say(5)
    page = window(java_script_enabled=False, viewport={"width": 1280, "height": 900}).page
    sign_in(page, live)
    page.goto(f"{live.base}/moderate/gazette/queue?q=Number")
    for n, verb in enumerate(("Approve", "Spam", "Reject")):
        page.get_by_role("article", name=f"Reader {n}").get_by_role("button", name=verb).press("Enter")
        expect(notice(page)).to_contain_text("1 comment")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(notice(page)).to_have_text("Undone: 1 comment as before.")
    expect(page.locator(".card .author")).to_have_text(["Reader 2", "Reader 3", "Reader 4"])
    # An older one, from its history.
    page.goto(f"{live.base}/moderate/gazette/spam?q=Number")
    page.get_by_role("link", name="Context").first.press("Enter")
    page.get_by_role("region", name="History").get_by_role("button", name="Undo").press("Enter")
    expect(notice(page)).to_have_text("Undone: 1 comment as before.")
    page.goto(f"{live.base}/moderate/gazette/queue?q=Number")
    page.get_by_role("link", name="Select all").press("Enter")
    page.get_by_role("group", name="With the ticked comments").get_by_role("button", name="Delete").press("Enter")
    expect(notice(page)).to_have_text("Deleted 4 comments.")
