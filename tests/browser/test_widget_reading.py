"""A thread is read: its parts load when wanted, links lead to comments, and a thread that can't come says so."""

from collections.abc import Callable
from urllib.parse import quote

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.rig.articles import bring
from tests.rig.articles import publish
from tests.rig.articles import tag
from tests.rig.live import HostSite
from tests.rig.live import Live

# The colour of each picture, and which of its five by five cells are filled.
DRAWN = """paths => paths.map(path => {
    const edge = path.ownerSVGElement.viewBox.baseVal.x + 1.5;
    const cells = [...Array(25).keys()].map(n => new DOMPoint(n % 5 + edge, Math.floor(n / 5) + edge));
    return [getComputedStyle(path).fill, ...cells.map(cell => path.isPointInFill(cell))];
})"""
FAR = '<div class="far"></div>'


@pytest.fixture(scope="module")
def long(live: Live, owner: HostSite) -> str:
    """Publish an article with 250 comments under it, of which one has 120 replies, another a branch nine deep."""
    roots = [{"body": f"Root {number}."} for number in range(122)]
    replies = [{"body": f"Reply {number}.", "parent": 1} for number in range(120)]
    deep = [{"body": f"Level {level}.", "parent": 2 if level == 1 else 240 + level} for level in range(1, 9)]
    url = publish(live, owner, "/reading/long", head='<link rel="stylesheet" href="/far.css">', after=FAR)
    owner.pages["/far.css"] = ".far { height: 3000px }"
    bring(live, url, [*roots, *replies, *deep])
    return url


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    expect(page.locator(".title")).to_contain_text("comment")
    return page


def words(page: Page, selector: str) -> list[str]:
    return page.locator(f"{selector} > article > .body").all_inner_texts()


def test_more_is_loaded_when_it_is_wanted(window: Callable, long: str) -> None:
    page = opened(window().page, long)
    expect(page.get_by_role("heading", name="250 comments")).to_be_visible()
    first = words(page, ".list > .item")
    assert first[0] == "Root 0."
    assert len(first) < 122
    page.get_by_role("button", name="Load more comments").click()
    # The keyboard goes on where the new comments begin.
    expect(page.locator(".list > .item").nth(len(first)).locator("article").first).to_be_focused()
    expect(page.get_by_role("button", name="Load more comments")).to_be_hidden()
    assert words(page, ".list > .item") == [f"Root {number}." for number in range(122)]


def test_a_long_branch_goes_on_when_it_is_wanted(window: Callable, long: str) -> None:
    page = opened(window().page, long)
    branch = page.locator(".list > .item").nth(1)
    loaded = branch.locator(".replies article").count()
    assert 0 < loaded < 120
    while branch.get_by_role("button", name="Show more replies").is_visible():
        branch.get_by_role("button", name="Show more replies").click()
        expect(branch.locator(".replies article").nth(loaded)).to_be_focused()
        loaded = branch.locator(".replies article").count()
    assert branch.locator(".replies .body").all_inner_texts() == [f"Reply {number}." for number in range(120)]


def test_deep_replies_are_set_in_no_further_but_say_whom_they_answer(window: Callable, long: str) -> None:
    page = opened(window().page, long)
    branch = page.locator(".list > .item").nth(2)
    assert branch.locator("article .body").all_inner_texts() == ["Root 2.", *(f"Level {n}." for n in range(1, 9))]
    answers = branch.get_by_role("link", name="in reply to")
    expect(answers).to_have_count(4)
    answers.last.click()
    expect(page.locator(".target .body")).to_have_text("Level 7.")
    expect(page.locator(".target")).to_be_in_viewport()
    expect(page.locator(".target")).to_be_focused()


def test_the_newest_come_first_if_wanted(window: Callable, long: str) -> None:
    page = opened(window().page, long)
    page.get_by_label("Sort").select_option("Newest first")
    expect(page.locator("article .body").first).to_have_text("Root 121.")
    expect(page.locator("form")).to_have_count(1)
    page.get_by_role("button", name="Load more comments").click()
    expect(page.locator(".list > .item")).to_have_count(122)
    assert words(page, ".list > .item") == [f"Root {number}." for number in reversed(range(122))]


def test_a_link_to_a_comment_leads_there_wherever_it_is(window: Callable, long: str, live: Live) -> None:
    page = opened(window().page, long)
    page.get_by_role("button", name="Load more comments").click()
    expect(page.locator(".list > .item")).to_have_count(122)
    late = page.locator(".list > .item").last.locator("article").get_by_role("link").last
    address = late.get_attribute("href")
    assert address is not None
    assert address.startswith(f"{long}#comment-")
    # It stands on a later page, which is loaded for it.
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".target .body")).to_have_text("Root 121.")
    expect(page.locator(".target")).to_be_in_viewport()
    # Once more to the same place, from far away.
    page.evaluate("scrollTo(0, 0)")
    page.locator(".target .when").evaluate("(link) => link.click()")
    expect(page.locator(".target")).to_be_in_viewport()
    page.goto(f"{long}#comment-<img src=x onerror=alert(1)>")
    expect(page.get_by_role("heading", name="250 comments")).to_be_visible()


def test_the_address_of_the_comments_leads_to_them(window: Callable, live: Live, owner: HostSite) -> None:
    owner.pages["/far.css"] = ".far { height: 3000px }"
    head = '<link rel="stylesheet" href="/far.css">'
    url = owner.put("/reading/below", f"<title>Far below</title><main>{FAR}{tag(live)}{FAR}</main>", head)
    page = window().page
    page.goto(f"{url}#comments")
    expect(page.get_by_role("heading", name="No comments yet")).to_be_in_viewport()


def test_an_author_has_the_same_picture_on_every_page(window: Callable, long: str, live: Live) -> None:
    page = opened(window().page, long)
    drawn = page.locator(".avatar path").evaluate_all(DRAWN)
    page.goto(f"{live.base}/sites/gazette/thread?url={quote(long, safe='')}")
    assert page.locator(".avatar path").evaluate_all(DRAWN)[:10] == drawn[:10]


def test_a_closed_thread_is_read_and_not_answered(window: Callable, live: Live, owner: HostSite) -> None:
    url = publish(live, owner, "/reading/closed")
    bring(live, url, [{"body": "It leans.", "name": "Ida"}], closed="2026-03-02T08:00:00Z")
    page = opened(window().page, url)
    expect(page.get_by_text("Comments are closed.")).to_be_visible()
    expect(page.get_by_role("article", name="Ida")).to_be_visible()
    expect(page.get_by_role("button", name="Reply")).to_have_count(0)
    expect(page.locator("form")).to_have_count(0)


def test_a_thread_that_closes_meanwhile_keeps_what_was_typed(window: Callable, live: Live, owner: HostSite) -> None:
    live.command("site", "add", "brief", "--origin", owner.origin, "--hold", "none")
    url = publish(live, owner, "/reading/brief", site="brief")
    bring(live, url, [{"body": "It leans."}], site="brief")
    page = opened(window().page, url)
    page.get_by_label("Comment *").fill("So it does.")
    page.get_by_label("Name *").fill("Sam")
    live.command("site", "edit", "brief", "--close-after-days", "1")
    page.get_by_role("button", name="Post Comment").click()
    expect(page.locator(".trouble")).to_have_text("This article takes no more comments.")
    expect(page.get_by_label("Comment *")).to_have_value("So it does.")


def test_a_thread_out_of_reach_leads_to_the_plain_page(window: Callable, live: Live, owner: HostSite) -> None:
    page = window().page
    page.route("**/thread?*", lambda route: route.abort())
    page.goto(publish(live, owner, "/reading/away", thread="t 1"))
    expect(page.get_by_role("alert").filter(has_text="The comments can’t be reached right now.")).to_be_visible()
    link = page.get_by_role("link", name="Read them on their own page")
    address = link.get_attribute("href")
    assert address is not None
    page.unroute("**/thread?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="No comments yet")).to_be_visible()
    expect(link).to_be_hidden()
    page.goto(address)
    expect(page.get_by_role("heading", name="Leave a Reply")).to_be_visible()
    assert "id=t+1" in page.url
