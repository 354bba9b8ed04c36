"""What a reader's own comment shows to its author: its state, after a reload too, its editing and its end."""

import re
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Locator
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.browser.test_newcomer import sign_in
from tests.browser.test_newcomer import write
from tests.rig.articles import publish
from tests.rig.articles import said
from tests.rig.articles import thread
from tests.rig.live import HostSite
from tests.rig.live import Live

PENDING = "Your comment is awaiting moderation. Only you can see it."

_paths = count(1)


@pytest.fixture(scope="module", autouse=True)
def sites(live: Live, owner: HostSite) -> None:
    """Run two more sites: one shows all at once, one lets nobody edit."""
    live.command("site", "add", "open", "--origin", owner.origin, "--hold", "none")
    live.command("site", "add", "final", "--origin", owner.origin, "--edit-seconds", "0")


@pytest.fixture
def posted(window: Callable, live: Live, owner: HostSite) -> Callable[..., Page]:
    """Give a function that opens a new article in a window of its own and posts under it."""

    def post(body: str, site: str = "gazette", page: Page | None = None) -> Page:
        page = page or window().page
        page.goto(publish(live, owner, f"/own/{next(_paths)}", site=site))
        write(page, body, "Ida")
        expect(mine(page)).to_be_visible()
        return page

    return post


def mine(page: Page) -> Locator:
    return page.get_by_role("article", name="Ida")


def press(within: Page | Locator, name: str) -> None:
    within.get_by_role("button", name=name, exact=True).click()


def decide(mona: Page, live: Live, words: str, act: str) -> None:
    mona.goto(f"{live.base}/moderate/gazette/queue?q={words}")
    mona.get_by_role("article").get_by_role("button", name=act).click()
    expect(mona.get_by_role("article")).to_have_count(0)
    # The card goes before the answer is there.
    expect(mona.get_by_text(re.compile(f"^{act}(e?d) ")).first).to_be_visible()


def test_a_pending_comment_is_shown_to_its_author_alone(posted: Callable, window: Callable) -> None:
    page, other = posted("It leans."), window().page
    expect(mine(page)).to_be_focused()
    expect(mine(page)).to_contain_text(PENDING)
    expect(page.get_by_role("status").first).to_have_text(PENDING)
    expect(page.get_by_label("Comment *")).to_have_value("")
    page.reload()
    expect(mine(page)).to_contain_text(PENDING)
    expect(mine(page)).to_contain_text("It leans.")
    expect(page.get_by_role("heading", name="No comments yet")).to_be_visible()
    other.goto(page.url)
    expect(other.get_by_role("heading", name="No comments yet")).to_be_visible()
    expect(mine(other)).to_have_count(0)
    # The link to the receipt leads to the same comment, without a script.
    page.goto(mine(page).get_by_role("link", name="Receipt").get_attribute("href"))
    expect(page.get_by_text("It leans.")).to_be_visible()


def test_edit_and_keep_and_delete(posted: Callable) -> None:
    page = posted("It *leans*.")
    editor = page.get_by_label("Your comment")
    press(mine(page), "Edit")
    expect(editor).to_be_focused()
    expect(editor).to_have_value("It *leans*.")
    press(page, "Cancel")
    expect(mine(page).get_by_role("button", name="Edit")).to_be_focused()
    press(mine(page), "Edit")
    editor.fill(" ")
    press(page, "Save")
    expect(mine(page).get_by_role("alert")).not_to_be_empty()
    editor.fill("It **leans**.")
    press(page, "Save")
    expect(mine(page).locator("strong")).to_have_text("leans")
    expect(mine(page).get_by_role("button", name="Edit")).to_be_focused()
    expect(page.get_by_role("status").first).to_have_text("Your change was saved.")
    press(mine(page), "Delete")
    expect(page.get_by_role("alert").filter(has_text="Delete this comment?")).to_be_visible()
    expect(page.get_by_role("button", name="Keep")).to_be_focused()
    press(page, "Keep")
    expect(mine(page).get_by_role("button", name="Delete")).to_be_focused()
    press(mine(page), "Delete")
    press(mine(page), "Delete")
    expect(mine(page)).to_have_count(0)
    expect(page.get_by_role("heading", name="No comments yet")).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", name="Leave a Reply")).to_be_visible()
    expect(mine(page)).to_have_count(0)


def test_edit_goes_when_its_time_is_over(posted: Callable, window: Callable) -> None:
    page = window().page
    page.clock.install()
    posted("It leans.", page=page)
    edit = mine(page).get_by_role("button", name="Edit")
    expect(edit).to_be_visible()
    page.clock.fast_forward("16:00")
    expect(edit).to_be_hidden()
    expect(mine(page).get_by_role("button", name="Delete")).to_be_visible()
    expect(mine(page).locator("time")).to_have_text("16 minutes ago")


def test_a_site_may_allow_no_edits(posted: Callable) -> None:
    page = posted("It leans.", "final")
    expect(mine(page).get_by_role("button", name="Delete")).to_be_visible()
    expect(mine(page).get_by_role("button", name="Edit")).to_be_hidden()


def test_an_edit_that_comes_too_late_is_refused_and_its_text_stays(
    posted: Callable, live: Live, owner: HostSite
) -> None:
    live.command("site", "add", "hasty", "--origin", owner.origin)
    page = posted("It leans.", "hasty")
    press(mine(page), "Edit")
    live.command("site", "edit", "hasty", "--edit-seconds", "0")
    page.get_by_label("Your comment").fill("It leans a lot.")
    press(page, "Save")
    expect(mine(page).get_by_role("alert")).not_to_be_empty()
    expect(page.get_by_label("Your comment")).to_have_value("It leans a lot.")


def test_a_held_edit_leaves_the_shown_text_to_others(posted: Callable) -> None:
    page = posted("It leans.", "open")
    press(mine(page), "Edit")
    page.get_by_label("Your comment").fill("See https://one.example and https://two.example")
    press(page, "Save")
    notice = "Your change is awaiting moderation. Others see the earlier text."
    expect(mine(page).get_by_text(notice)).to_be_visible()
    page.reload()
    expect(mine(page).get_by_text(notice)).to_be_visible()
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()


def test_a_deleted_comment_with_a_reply_leaves_its_place(posted: Callable, live: Live) -> None:
    page = posted("It leans.", "open")
    page.get_by_role("button", name="Reply to Ida").click()
    write(page, "A lot.", "Sam")
    expect(page.get_by_role("heading", name="2 comments")).to_be_visible()
    press(mine(page), "Delete")
    press(mine(page), "Delete")
    for _ in range(2):
        expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
        expect(page.get_by_text("This comment was removed.")).to_be_visible()
        expect(page.locator(".replies").get_by_role("article", name="Sam")).to_be_visible()
        page.reload()
    assert said(live, page.url, "open") == ["", "A lot."]


def test_whoever_deletes_a_comment_stays_where_it_was(posted: Callable, live: Live) -> None:
    page = posted("It leans.", "open")
    page.get_by_role("button", name="Reply to Ida").click()
    write(page, "A lot.", "Sam")
    reply = page.get_by_role("article", name="Sam")
    press(reply, "Delete")
    press(reply, "Delete")
    expect(mine(page)).to_be_focused()
    write(page, "And it sways.", "Sam")
    press(reply, "Delete")
    press(reply, "Delete")
    expect(mine(page)).to_be_focused()


def test_what_the_moderator_decides_reaches_the_author(posted: Callable, window: Callable, live: Live) -> None:
    live.command("site", "edit", "gazette", "--hold", "first")
    mona = window().page
    sign_in(mona, live)
    page = posted("Refuse this one.")
    decide(mona, live, "Refuse this one.", "Reject")
    page.reload()
    expect(page.get_by_text("Your comment was not approved. Only you can see it.")).to_be_visible()

    # Who was approved once is known by the receipt, and waits no more.
    page = posted("Take this one.")
    decide(mona, live, "Take this one.", "Approve")
    page.reload()
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    write(page, "And one more.", "Ida")
    expect(page.get_by_role("heading", name="2 comments")).to_be_visible()
    expect(page.get_by_role("status").first).to_have_text("Your comment was posted.")
    assert thread(live, page.url)["thread"]["count"] == 2
    live.command("site", "edit", "gazette", "--hold", "all")


def test_what_was_approved_after_the_page_was_made_is_shown(posted: Callable, window: Callable, live: Live) -> None:
    mona = window().page
    sign_in(mona, live)
    page = posted("Just now.")
    with page.expect_response("**/api/v1/sites/gazette/thread?*") as answer:
        page.reload()
    before = {"body": answer.value.body(), "headers": answer.value.headers | {"content-encoding": "identity"}}
    expect(mine(page)).to_contain_text(PENDING)
    decide(mona, live, "Just now.", "Approve")
    page.route("**/api/v1/sites/gazette/thread?*", lambda route: route.fulfill(**before))
    page.reload()
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    expect(mine(page)).to_contain_text("Just now.")
    expect(page.get_by_text(PENDING)).to_have_count(0)


def test_without_storage_the_page_remembers_as_long_as_it_lives(posted: Callable, window: Callable) -> None:
    page = window().page
    blocked = "() => { throw new DOMException('blocked', 'SecurityError') }"
    page.add_init_script(f"Object.defineProperty(window, 'localStorage', {{ get: {blocked} }})")
    posted("It leans.", page=page)
    expect(mine(page)).to_contain_text(PENDING)
    press(mine(page), "Edit")
    page.get_by_label("Your comment").fill("It leans a lot.")
    press(page, "Save")
    expect(mine(page)).to_contain_text("It leans a lot.")
    page.get_by_label("Save my name").check()
    write(page, "And more.", "Ida")
    expect(mine(page)).to_have_count(2)
