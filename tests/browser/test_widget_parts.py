"""The widget's parts come when they are wanted, and whatever becomes of them, nothing typed is lost."""

import gzip
import urllib.request
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Page
from playwright.sync_api import Route
from playwright.sync_api import expect

from tests.browser.test_newcomer import write
from tests.rig.articles import publish
from tests.rig.articles import said
from tests.rig.articles import say
from tests.rig.live import HostSite
from tests.rig.live import Live

PART = "**/embed-form.js*"

_paths = count(1)


@pytest.fixture
def page(window: Callable) -> Page:
    """Give a window."""
    return window().page


@pytest.fixture
def url(live: Live, owner: HostSite) -> str:
    """Publish a new article on a site that shows all at once."""
    return publish(live, owner, f"/parts/{next(_paths)}", site="open")


@pytest.fixture(scope="module", autouse=True)
def sites(live: Live, owner: HostSite) -> None:
    """Run one more site, which shows all at once."""
    live.command("site", "add", "open", "--origin", owner.origin, "--hold", "none")


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    expect(page.get_by_role("heading", name="Leave a Reply")).to_be_visible()
    return page


def asked(page: Page) -> list[str]:
    """Note what is asked of the service from now on."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if "/embed" in request.url else None)
    return found


def test_who_only_reads_loads_one_script(page: Page, url: str, live: Live) -> None:
    requests = asked(page)
    opened(page, url)
    assert requests == [f"{live.base}/embed.js"]
    with page.expect_response(PART):
        page.get_by_label("Name *").focus()
    page.get_by_label("Email").first.focus()
    page.get_by_label("Comment *").fill("It leans.")
    assert len(requests) == 2


def test_the_scripts_are_small(live: Live) -> None:
    sizes = {}
    for name in ("embed.js", "embed-form.js", "embed-refresh.js"):
        request = urllib.request.Request(f"{live.base}/{name}", headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request) as answer:
            packed = answer.read()
            assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert answer.headers["ETag"]
        sizes[name] = len(packed)
        assert b"/*" not in gzip.decompress(packed)
    assert sizes["embed.js"] <= 10 * 1024
    assert sizes["embed-form.js"] <= 3 * 1024
    assert sizes["embed-refresh.js"] <= 2 * 1024


def test_what_is_typed_while_a_part_is_on_its_way_is_sent(page: Page, url: str, live: Live) -> None:
    waiting: list[Route] = []
    page.route(PART, lambda route: waiting.append(route))
    opened(page, url)
    with page.expect_request(PART):
        page.get_by_label("Comment *").focus()
    page.keyboard.type("Typed early.")
    page.get_by_label("Name *").fill("Ida")
    page.get_by_role("button", name="Post Comment").click()
    page.get_by_role("button", name="Post Comment").click()
    page.get_by_label("Comment *").press("End")
    page.keyboard.type(" And late.")
    waiting.pop().continue_()
    expect(page.locator(".you")).to_have_count(1)
    expect(page.get_by_label("Comment *")).to_have_value("")
    assert said(live, url, "open") == ["Typed early. And late."]
    assert waiting == []


def test_a_part_that_does_not_come_is_told_and_asked_for_again(page: Page, url: str, live: Live) -> None:
    page.route(PART, lambda route: route.abort())
    opened(page, url)
    words = "A part of this form could not be loaded. Your text is safe; try again."
    write(page, "Kept.", "Ida")
    expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    expect(page.get_by_label("Comment *")).to_have_value("Kept.")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    page.reload()
    expect(page.get_by_label("Comment *")).to_have_value("Kept.")
    # Another part than the one that is expected is none.
    page.unroute(PART)
    page.route(PART, lambda route: route.fulfill(content_type="text/javascript", body="export const older = 1"))
    write(page, "Kept.", "Ida")
    expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    page.unroute(PART)
    page.get_by_role("button", name="Post Comment").click()
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    expect(page.get_by_text(words)).to_have_count(0)
    assert said(live, url, "open") == ["Kept."]
    # An own comment is edited by the same part.
    page.reload()
    page.route(PART, lambda route: route.abort())
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("article").get_by_role("alert")).to_have_text(words)
    page.unroute(PART)
    page.get_by_role("button", name="Edit").dblclick()
    expect(page.get_by_label("Your comment")).to_be_focused()
    expect(page.get_by_label("Your comment")).to_have_count(1)


@pytest.mark.parametrize("field", ["Name *", "Website"])
def test_enter_in_a_field_sends(page: Page, url: str, live: Live, field: str) -> None:
    say(live, url, "It leans.", "Sam", "open")
    opened(page, url)
    page.get_by_role("button", name="Reply to Sam").click()
    page.get_by_label("Comment *").fill("So it does.")
    page.get_by_label("Name *").fill("Ida")
    page.get_by_role("textbox", name=field).press("Enter")
    expect(page.get_by_role("heading", name="2 comments")).to_be_visible()
    assert said(live, url, "open") == ["It leans.", "So it does."]
