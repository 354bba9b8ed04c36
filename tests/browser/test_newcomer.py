"""The whole way, in a real browser on two origins: a reader's post, a moderator's approval, a threaded reply."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.browser.conftest import MONA
from tests.browser.conftest import PASSWORD
from tests.rig.live import Live


def sign_in(page: Page, live: Live) -> None:
    """Sign Mona in."""
    page.goto(f"{live.base}/moderate/")
    page.get_by_label("Email").fill(MONA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("waiting")


def approve(page: Page, live: Live, words: str) -> None:
    """Approve the comment with these words at the desk."""
    page.goto(f"{live.base}/moderate/gazette/queue")
    card = page.get_by_role("article").filter(has_text=words)
    card.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").first).to_contain_text("Approved")


def write(page: Page, body: str, name: str) -> None:
    """Fill in and send the widget's form."""
    page.get_by_label("Comment *").fill(body)
    page.get_by_label("Name *").fill(name)
    page.get_by_role("button", name="Post Comment").click()


def test_from_a_post_to_a_threaded_reply(window: Callable, live: Live, article: str) -> None:
    rita, sam, mona = window().page, window().page, window().page

    rita.goto(article)
    expect(rita.get_by_role("heading", name="Leave a Reply")).to_be_visible()
    write(rita, "It was **wider** when I was young.", "Rita")
    expect(rita.get_by_text("Your comment is awaiting moderation.").last).to_be_visible()
    rita.reload()
    expect(rita.get_by_text("Your comment is awaiting moderation.").last).to_be_visible()
    sam.goto(article)
    expect(sam.get_by_role("heading", name="Leave a Reply")).to_be_visible()
    expect(sam.get_by_text("when I was young")).to_have_count(0)

    sign_in(mona, live)
    approve(mona, live, "when I was young")
    sam.reload()
    expect(sam.get_by_text("when I was young")).to_be_visible()
    expect(sam.locator("strong", has_text="wider")).to_be_visible()
    expect(sam.get_by_role("heading", name="1 comment")).to_be_visible()

    sam.get_by_role("button", name="Reply").first.click()
    expect(sam.get_by_role("heading", name="Leave a Reply to Rita")).to_be_visible()
    write(sam, "And the river was narrower.", "Sam")
    expect(sam.get_by_text("Your comment is awaiting moderation.").last).to_be_visible()
    approve(mona, live, "river was narrower")
    rita.reload()
    expect(rita.get_by_role("heading", name="2 comments")).to_be_visible()
    expect(rita.get_by_text("Your comment is awaiting moderation.")).to_have_count(0)

    edit = sam.get_by_role("button", name="Edit")
    sam.reload()
    edit.first.click()
    editor = sam.get_by_label("Your comment")
    editor.fill("And the river was a good deal narrower.")
    sam.get_by_role("button", name="Save").first.click()
    expect(sam.get_by_text("a good deal narrower").first).to_be_visible()
    approve(mona, live, "a good deal narrower")
    rita.reload()
    expect(rita.get_by_text("a good deal narrower")).to_be_visible()

    sam.reload()
    sam.get_by_role("button", name="Delete").first.click()
    sam.get_by_role("button", name="Delete").last.click()
    expect(sam.get_by_text("a good deal narrower")).to_have_count(0)
    rita.reload()
    expect(rita.get_by_role("heading", name="1 comment")).to_be_visible()
    assert rita.context.cookies() == []


def test_the_same_without_javascript(window: Callable, live: Live, article: str) -> None:
    sam, mona = window(java_script_enabled=False).page, window(java_script_enabled=False).page

    sam.goto(f"{live.base}/sites/gazette/thread?url={article}")
    write(sam, "No script was needed to say this.", "Sam")
    expect(sam.get_by_text("Your comment is awaiting moderation.").last).to_be_visible()
    receipt = sam.url
    assert "/r/gazette/" in receipt

    sign_in(mona, live)
    approve(mona, live, "No script was needed")
    sam.goto(f"{live.base}/sites/gazette/thread?url={article}")
    expect(sam.get_by_text("No script was needed")).to_be_visible()

    sam.get_by_role("link", name="Reply").first.click()
    expect(sam.get_by_role("heading", name="Leave a Reply to Sam")).to_be_visible()
    write(sam, "Nor for this.", "Sam")
    expect(sam.get_by_text("Your comment is awaiting moderation.").last).to_be_visible()
    approve(mona, live, "Nor for this.")

    sam.goto(receipt)
    sam.get_by_role("link", name="Edit").click()
    sam.get_by_role("textbox").fill("No script was needed to say that.")
    sam.get_by_role("button", name="Save").click()
    approve(mona, live, "needed to say that")
    sam.goto(f"{live.base}/sites/gazette/thread?url={article}")
    expect(sam.get_by_text("needed to say that")).to_be_visible()
    sam.goto(receipt)
    sam.get_by_role("link", name="Delete").click()
    sam.get_by_role("button", name="Delete").click()
    sam.goto(f"{live.base}/sites/gazette/thread?url={article}")
    expect(sam.get_by_text("needed to say that")).to_have_count(0)
    expect(sam.get_by_text("Nor for this.")).to_be_visible()
    assert sam.context.cookies() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_visitor_is_asked_for_nothing_but_words(window: Callable, article: str, scheme: str) -> None:
    page = window(color_scheme=scheme).page
    page.goto(article)
    expect(page.get_by_role("heading", name="Leave a Reply")).to_be_visible()
    assert page.context.cookies() == []
