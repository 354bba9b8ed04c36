"""The thread doctor in a browser: a group is joined and taken apart again; nothing that axe can find is wrong there."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import MONA
from tests.browser.test_accessibility import violations
from tests.browser.test_newcomer import sign_in
from tests.rig.articles import bring
from tests.rig.live import HostSite
from tests.rig.live import Live


def test_a_group_is_joined_and_taken_apart(window: Callable, live: Live, owner: HostSite) -> None:
    live.command("moderator", "add", MONA, "--site", "gazette", "--role", "owner")
    first, second = f"{owner.origin}/blog/old-bridge", f"{owner.origin}/blog/Old-Bridge?ref=front"
    bring(live, first, [{"body": "It is old."}, {"body": "And narrow."}])
    bring(live, second, [{"body": "It creaks."}])

    page = window(viewport={"width": 1280, "height": 900}).page
    sign_in(page, live)
    page.get_by_role("link", name="Threads").first.click()
    page.get_by_role("link", name="Find doubles").click()
    group = page.get_by_role("listitem").filter(has_text="Likely the same")
    expect(group).to_contain_text("3 comments (3 approved)")
    expect(group.get_by_role("radio", name=f"Keep {first}", exact=True)).to_be_checked()
    assert violations(page) == [], "a group"
    group.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Joined.")
    expect(page.get_by_text("No two threads look like one article.")).to_be_visible()
    assert violations(page) == [], "joined"
    page.get_by_role("listitem").filter(has_text="1 thread with 1 comment").get_by_role("button").click()
    expect(page.get_by_role("status").first).to_contain_text("Undone")

    narrow = window(viewport={"width": 360, "height": 800}, color_scheme="dark").page
    sign_in(narrow, live)
    narrow.goto(f"{live.base}/moderate/gazette/threads/doubles")
    expect(narrow.get_by_text("undone", exact=True)).to_be_visible()
    assert violations(narrow) == [], "narrow and dark"
    assert narrow.evaluate("document.documentElement.scrollWidth <= innerWidth")
    narrow.get_by_role("button", name="Not the same").click()
    expect(narrow.get_by_role("status").first).to_contain_text("Remembered")

    narrow.goto(f"{live.base}/moderate/gazette/moves")
    narrow.get_by_label("Addresses began with").fill(f"{owner.origin}/blog")
    narrow.get_by_label("They begin now with").fill("https://new.example")
    narrow.get_by_role("button", name="Show what would happen").click()
    expect(narrow.get_by_role("heading", name="What would happen")).to_be_visible()
    assert violations(narrow) == [], "what a move would do"
    narrow.get_by_label("Add https://new.example").check()
    narrow.get_by_role("button", name="Move", exact=True).click()
    expect(narrow.get_by_role("status").first).to_contain_text("Moved.")
    assert violations(narrow) == [], "moves so far"
    assert narrow.evaluate("document.documentElement.scrollWidth <= innerWidth")
