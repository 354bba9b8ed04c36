"""New comments without a reload: offered when there are some, shown when wanted, and nothing moves for it."""

from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Locator
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.browser.test_accessibility import violations
from tests.rig.articles import bring
from tests.rig.articles import publish
from tests.rig.articles import say
from tests.rig.articles import thread
from tests.rig.live import HostSite
from tests.rig.live import Live

SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => entry.value)))
    .observe({ type: "layout-shift", buffered: true });
}"""
HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
ASKED = "**/thread?*"

_paths = count(1)


@pytest.fixture(scope="module", autouse=True)
def sites(live: Live, owner: HostSite) -> None:
    """Run one more site, which shows all at once."""
    live.command("site", "add", "open", "--origin", owner.origin, "--hold", "none")


@pytest.fixture
def url(live: Live, owner: HostSite) -> str:
    """Publish a new article whose thread is looked after every ninety seconds."""
    return publish(live, owner, f"/refresh/{next(_paths)}", site="open", refresh="90")


@pytest.fixture
def page(window: Callable) -> Page:
    """Give a window whose time is the test's."""
    page = window().page
    page.clock.install()
    return page


def opened(page: Page, url: str) -> Page:
    with page.expect_response("**/embed-refresh.js*") as answer:
        page.goto(url)
    answer.value.finished()
    expect(page.locator(".offer")).to_be_attached()
    return page


def look(page: Page, seconds: int = 90) -> None:
    """Let so much time pass that it looks, and wait for what it sees."""
    with page.expect_response(ASKED) as answer:
        page.clock.run_for(seconds * 1000)
    answer.value.finished()
    page.evaluate(DRAWN)


def offer(page: Page) -> Locator:
    return page.get_by_role("status").get_by_role("button")


def words(page: Page) -> list[str]:
    return page.locator("article .body").all_inner_texts()


def test_new_comments_are_offered_and_shown_in_their_place(page: Page, url: str, live: Live) -> None:
    first = say(live, url, "First.", "Ida", "open")
    say(live, url, "Second.", "Sam", "open")
    opened(page, url)
    page.get_by_label("Comment *").fill("Half a")
    look(page)
    expect(offer(page)).to_have_count(0)
    say(live, url, "Under the first.", "Uma", "open", parent=first)
    look(page)
    expect(offer(page)).to_have_text("Show 1 new comment")
    say(live, url, "Third.", "Uma", "open")
    look(page)
    expect(offer(page)).to_have_text("Show 2 new comments")
    assert words(page) == ["First.", "Second."]
    offer(page).click()
    expect(page.get_by_role("heading", name="4 comments")).to_be_visible()
    assert words(page) == ["First.", "Under the first.", "Second.", "Third."]
    expect(page.locator(".new")).to_have_count(2)
    expect(page.get_by_role("article", name="Uma").first).to_be_focused()
    expect(offer(page)).to_have_count(0)
    expect(page.get_by_label("Comment *")).to_have_value("Half a")
    look(page)
    expect(offer(page)).to_have_count(0)


def test_nothing_moves_when_they_are_offered(window: Callable, url: str, live: Live) -> None:
    page = window(viewport={"width": 400, "height": 500}).page
    page.clock.install()
    page.add_init_script(f"({SHIFTS})()")
    bring(live, url, [{"body": f"Number {number}."} for number in range(20)], "open")
    opened(page, url)
    for place in (0, 900):
        page.evaluate("(place) => scrollTo(0, place)", place)
        page.evaluate(DRAWN)
        page.evaluate("() => { shifts.length = 0 }")
        before = page.locator("article").nth(8).bounding_box()
        say(live, url, f"News at {place}.", "Ida", "open")
        look(page)
        expect(offer(page)).to_be_in_viewport()
        page.evaluate(DRAWN)
        assert page.locator("article").nth(8).bounding_box() == before
        assert page.evaluate("shifts") == []


@pytest.mark.parametrize(("colours", "width"), [("", 360), ("background:#17181c;color:#e9e7e1", 1280)])
def test_the_offer_is_accessible(
    window: Callable, live: Live, owner: HostSite, monkeypatch: pytest.MonkeyPatch, colours: str, width: int
) -> None:
    monkeypatch.setattr(owner, "policy", "")
    style = f"<style>body{{{colours}}}</style>"
    url = publish(live, owner, f"/refresh/{next(_paths)}", style, site="open", refresh="90")
    page = window(viewport={"width": width, "height": 900}).page
    page.clock.install()
    bring(live, url, [{"body": f"Number {number}."} for number in range(120)], "open")
    target = thread(live, url, "open")["comments"][0]["id"]
    opened(page, url)
    say(live, url, "News.", "Ida", "open", parent=target)
    look(page)
    expect(offer(page)).to_be_visible()
    assert violations(page) == [], "offer"
    offer(page).press("Enter")
    expect(page.locator(".new")).to_be_focused()
    page.get_by_role("button", name="Show all").click()
    expect(page.locator("article")).to_have_count(121)
    assert violations(page) == [], "all"


def test_own_and_deleted_comments_are_no_news(page: Page, url: str, live: Live) -> None:
    say(live, url, "First.", "Sam", "open")
    opened(page, url)
    page.get_by_label("Comment *").fill("Mine.")
    page.get_by_label("Name *").fill("Ida")
    page.get_by_role("button", name="Post Comment").click()
    expect(page.get_by_role("heading", name="2 comments")).to_be_visible()
    look(page)
    expect(offer(page)).to_have_count(0)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("article", name="Ida").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    look(page)
    expect(offer(page)).to_have_count(0)


def test_a_long_thread_shows_what_is_new_among_what_is_shown(page: Page, url: str, live: Live) -> None:
    bring(live, url, [{"body": f"Number {number}."} for number in range(150)], "open")
    target = thread(live, url, "open")["comments"][3]["id"]
    opened(page, url)
    shown = len(words(page))
    assert shown < 150
    say(live, url, "A reply above.", "Ida", "open", parent=target)
    say(live, url, "At the very end.", "Ida", "open")
    look(page)
    expect(offer(page)).to_have_text("Show 1 new comment")
    offer(page).click()
    expect(page.locator("article .body").nth(4)).to_have_text("A reply above.")
    page.get_by_role("button", name="Load more comments").click()
    expect(page.locator("article .body").last).to_have_text("At the very end.")
    assert len(words(page)) == len(set(words(page))) == 152
    say(live, url, "Later.", "Ida", "open")
    look(page)
    offer(page).click()
    expect(page.locator("article .body").last).to_have_text("Later.")


def test_it_asks_gently(page: Page, url: str, live: Live, owner: HostSite) -> None:
    asked = []
    page.on("request", lambda request: asked.append(request) if "/thread?" in request.url else None)
    opened(page, url)
    assert len(asked) == 1
    page.clock.run_for(60_000)
    assert len(asked) == 1
    # What did not change is not sent again.
    look(page, 31)
    assert len(asked) == 2
    assert asked[0].all_headers().get("if-none-match") is None
    assert asked[1].all_headers()["if-none-match"] == asked[0].response().all_headers()["etag"]
    # The browser adds that by itself: a header of the script's own would cost a preflight.
    assert not {"if-none-match", "authorization", "content-type"} & asked[1].headers.keys()
    # Whoever does not look at the page asks for nothing, and looks at once when back.
    page.evaluate(HIDE, True)
    page.clock.run_for(900_000)
    assert len(asked) == 2
    with page.expect_response(ASKED):
        page.evaluate(HIDE, False)
    # Where there is no answer, twice as long.
    page.evaluate(DRAWN)
    page.route(ASKED, lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.clock.run_for(90_000)
    page.evaluate(DRAWN)
    page.clock.run_for(120_000)
    assert len(asked) == 4
    page.unroute(ASKED)
    look(page, 61)
    assert len(asked) == 5


@pytest.mark.parametrize(("refresh", "seconds"), [("5", 60), ("0", 0), ("", 0), ("-3", 0), ("often", 0)])
def test_it_is_off_unless_asked_for_and_never_below_a_minute(
    page: Page, live: Live, owner: HostSite, refresh: str, seconds: int
) -> None:
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/thread?" in request.url else None)
    page.goto(publish(live, owner, f"/refresh/{next(_paths)}", site="open", refresh=refresh))
    expect(page.get_by_role("heading", name="Leave a Reply")).to_be_visible()
    if seconds:
        expect(page.locator(".offer")).to_be_attached()
        page.clock.run_for((seconds - 30) * 1000)
        assert len(asked) == 1
        look(page, 31)
    else:
        expect(page.locator(".offer")).to_have_count(0)
        page.clock.run_for(600_000)
        assert len(asked) == 1
