"""A reader reports a comment, in the widget and on its own pages; nothing that axe can find is wrong there."""

from collections.abc import Callable

from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.browser.test_accessibility import violations
from tests.browser.test_newcomer import sign_in
from tests.rig.articles import bring
from tests.rig.live import Live

THANKS = "Thank you. A moderator will look at this comment."


def test_from_a_report_in_the_widget_to_the_desk(window: Callable, live: Live, article: str) -> None:
    bring(live, article, [{"body": "Buy my bridge, cheap.", "name": "Sal"}])
    reader: Page = window().page
    reader.goto(article)
    reader.get_by_role("button", name="Report").click()
    why = reader.get_by_label("What is wrong with it?")
    expect(why).to_be_focused()
    reader.get_by_role("button", name="Cancel").click()
    expect(reader.get_by_role("button", name="Report")).to_be_focused()
    reader.keyboard.press("Enter")
    reader.get_by_role("button", name="Send report").click()
    expect(reader.get_by_role("alert").filter(has_text="Please choose")).to_be_visible()
    assert violations(reader) == [], "the widget's form"
    law = reader.get_by_role("link", name="Is it against the law?").get_attribute("href")
    why.select_option("spam")
    reader.get_by_label("More about it").fill("<b>He</b> sells what he has not.")
    reader.get_by_role("button", name="Send report").click()
    expect(reader.get_by_text(THANKS).first).to_be_visible()
    expect(reader.get_by_role("button", name="Report")).to_have_count(0)

    notice = window(color_scheme="dark", viewport={"width": 360, "height": 900}).page
    assert law is not None
    notice.goto(law)
    assert violations(notice) == [], "notice"
    notice.get_by_role("button", name="Send notice").click()
    expect(notice.locator("[aria-invalid=true]").first).to_be_visible()
    assert violations(notice) == [], "notice with errors"
    notice.get_by_label("What is illegal about it?").select_option("fraud")
    notice.get_by_label("Why do you hold it to be illegal?").fill("The bridge is not his.")
    notice.get_by_label("Your name").fill("Nora")
    notice.get_by_label("Your email").fill("nora@mail.example")
    notice.get_by_label("I believe in good faith").check()
    notice.get_by_role("button", name="Send notice").click()
    expect(notice.get_by_text("We have received your notice.")).to_be_visible()
    assert violations(notice) == [], "notice sent"
    notice.goto(law.replace("/notice?comment=", "/comments/") + "/report")
    expect(notice.get_by_role("heading", name="Report this comment")).to_be_visible()
    assert violations(notice) == [], "report"

    mona: Page = window().page
    sign_in(mona, live)
    mona.get_by_role("link", name="Reports").first.click()
    expect(mona.get_by_text("<b>He</b> sells what he has not.")).to_be_visible()
    assert violations(mona) == [], "desk"
    group = mona.get_by_role("listitem").filter(has_text="Reported by 1 reader")
    group.get_by_role("button", name="Delete").click()
    expect(mona.get_by_role("status").first).to_contain_text("Deleted 1 comment")
