"""A thread of ten thousand comments: there at once, all of it if wanted, and then found by the browser's own search."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.rig.articles import bring
from tests.rig.articles import publish
from tests.rig.live import HostSite
from tests.rig.live import Live

MANY = 10_000
# A branch that is cut, somewhere in the middle.
BUSY = 5_000
REPLIES = 60


@pytest.fixture(scope="module")
def url(live: Live, owner: HostSite) -> str:
    """Publish an article with ten thousand comments."""
    url = publish(live, owner, "/long")
    roots = [{"body": f"Comment number {number} of this thread."} for number in range(MANY - REPLIES)]
    bring(live, url, [*roots, *({"body": f"Reply {number}.", "parent": BUSY} for number in range(REPLIES))])
    return url


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    expect(page.get_by_role("heading", name="10,000 comments")).to_be_visible()
    return page


def test_the_first_page_is_there_with_little_work(window: Callable, url: str) -> None:
    page = window().page
    devtools = page.context.new_cdp_session(page)
    # Counted in the thread's own time, which does not pass while others have the processor.
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    opened(page, url)
    expect(page.get_by_role("heading", name="Leave a Reply")).to_be_visible()
    metrics = {each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]}
    assert 0 < metrics["TaskDuration"] < 1
    expect(page.locator("article")).to_have_count(100)


def test_all_of_it_is_shown_and_found_in_the_page(window: Callable, url: str) -> None:
    page = opened(window().page, url)
    button = page.locator("button.all")
    expect(button).to_have_text("Show all")
    button.click()
    expect(button).to_have_text(re.compile(r"Loading… [\d,]+ of 10,000"))
    expect(page.locator(".status").first).to_have_text("All comments are shown.", timeout=60_000)
    expect(button).to_be_hidden()
    expect(page.locator(".rest .more")).to_be_hidden()
    items = page.locator(".list > .item")
    assert items.count() == MANY - REPLIES
    assert items.nth(BUSY).locator(".replies article").count() == REPLIES
    # The keyboard goes on where the new ones begin.
    expect(page.locator("article").nth(100)).to_be_focused()
    expect(items.last).not_to_be_in_viewport()
    assert page.evaluate("(words) => find(words)", f"Comment number {MANY - REPLIES - 1} of")
    expect(items.last).to_be_in_viewport()
    # Only what is near the view costs the browser work.
    expect(page.locator(".list > .item").first).to_have_css("content-visibility", "auto")


def test_what_could_not_be_loaded_is_loaded_by_the_next_press(window: Callable, live: Live, owner: HostSite) -> None:
    url = publish(live, owner, "/interrupted")
    bring(live, url, [{"body": f"Number {number}."} for number in range(350)])
    page = window().page
    page.goto(url)
    asked = 0

    def refuse_the_second(route) -> None:
        nonlocal asked
        asked += 1
        route.abort() if asked == 2 else route.continue_()

    page.route("**/thread?*cursor*", refuse_the_second)
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_role("status").first).to_have_text("There was no answer; try again.")
    expect(page.locator("article")).to_have_count(200)
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("article")).to_have_count(350)
    words = page.locator("article .body").all_text_contents()
    assert words == [f"Number {number}." for number in range(350)]
