"""A suspicious reader's browser does some work, under a strict policy, and the reader notices nothing of it."""

import json
from collections.abc import Callable
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.browser.test_newcomer import write
from tests.rig.articles import publish
from tests.rig.live import HostSite
from tests.rig.live import Live
from tests.rig.live import live_service

PENDING = "Your comment is awaiting moderation."
ON = {"RATE_LIMITS": "on", "POST_LIMIT": "99/minute", "THREAD_LIMIT": "1/hour"}


@pytest.fixture(scope="module")
def live(sqlite_databases: Callable[[], str], owner: HostSite) -> Iterator[Live]:
    """Give a service that finds more than one comment an hour on an article suspicious."""
    with live_service(sqlite_databases(), None, 1, **ON) as service:
        service.command("site", "add", "open", "--origin", owner.origin, "--hold", "none")
        owner.policy = f"default-src 'none'; style-src 'self'; script-src {service.base}; connect-src {service.base}"
        yield service


def sent_by(page: Page) -> list[dict]:
    """Return the comments that a page has sent, as they grow in number."""
    sent: list[dict] = []
    page.on("request", lambda one: sent.append(json.loads(one.post_data or "")) if one.method == "POST" else None)
    return sent


def test_the_work_is_done_where_it_is_wanted(window: Callable, live: Live, owner: HostSite) -> None:
    address = publish(live, owner, "/proof", site="open")
    page = window().page
    sent = sent_by(page)
    page.goto(address)
    write(page, "The first, typed faster than a person does.", "Ida")
    expect(page.get_by_text("Your comment was posted.")).to_be_attached()
    trap = page.locator("input[name=subject]")
    expect(trap).to_have_attribute("tabindex", "-1")
    assert trap.evaluate("(field) => field.getBoundingClientRect().width") <= 10
    # Another reader: the article is busy by now. The form is touched, and then there is time.
    other = window().page
    told = sent_by(other)
    other.goto(address)
    with other.expect_response("**/form?*") as answered:
        other.get_by_label("Comment *").focus()
    assert answered.value.json()["needed"]
    write(other, "The second.", "Jon")
    expect(other.get_by_text("Your comment was posted.")).to_be_attached()
    for one in (sent[0], told[0]):
        assert one["token"]
        assert one["proof"]
        assert not one["subject"]


def test_a_browser_that_can_not_work_is_held_and_not_refused(window: Callable, live: Live, owner: HostSite) -> None:
    page = window().page
    # As it is on a page without https.
    page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    page.goto(publish(live, owner, "/no-proof", site="open"))
    write(page, "Typed at once.", "Kim")
    expect(page.get_by_text(PENDING).last).to_be_visible()
