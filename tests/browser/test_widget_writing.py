"""What a reader types: errors stand beside it, nothing of it is lost, and it arrives once."""

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
from tests.rig.articles import thread
from tests.rig.live import HostSite
from tests.rig.live import Live

PENDING = "Your comment is awaiting moderation."

_paths = count(1)


@pytest.fixture(scope="module", autouse=True)
def sites(live: Live, owner: HostSite) -> None:
    """Run two more sites: one shows all at once, one asks for much."""
    live.command("site", "add", "open", "--origin", owner.origin, "--hold", "none")
    live.command(
        "site", "add", "strict", "--origin", owner.origin, "--email-required", "--no-website",
        "--privacy-url", "https://gazette.example/privacy", "--consent", "I agree that my comment is kept.",
    )  # fmt: skip


@pytest.fixture
def opened(window: Callable, live: Live, owner: HostSite) -> Callable[..., Page]:
    """Give a function that opens a new article of a site in a window of its own."""

    def open_article(site: str = "open", **options: str) -> Page:
        page = window().page
        page.goto(publish(live, owner, f"/writing/{next(_paths)}", site=site, **options))
        expect(page.get_by_role("heading", name="Leave a Reply")).to_be_visible()
        return page

    return open_article


def post(page: Page, name: str = "Post Comment") -> None:
    page.get_by_role("button", name=name).click()


def test_errors_stand_beside_their_fields_and_are_heard(opened: Callable, live: Live) -> None:
    page = opened("gazette")
    comment, email = page.get_by_label("Comment *"), page.get_by_role("textbox", name="Email")
    post(page)
    expect(comment).to_be_focused()
    expect(comment).to_have_attribute("aria-invalid", "true")
    expect(comment).to_have_accessible_description("Markdown Please write a comment.")
    expect(page.get_by_label("Name *")).to_have_accessible_description("Please enter your name.")
    comment.fill("It leans.")
    expect(page.get_by_text("Please write a comment.")).to_have_count(0)
    # What only the service knows to be wrong stands in the same place.
    email.fill("ida@@mail.example")
    write(page, "It leans.", "Ida")
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#email-error")).not_to_be_empty()
    expect(comment).to_have_value("It leans.")
    email.fill("ida@mail.example")
    expect(page.locator("#email-error")).to_be_empty()
    post(page)
    expect(page.get_by_text(PENDING).last).to_be_visible()
    comment.fill("x" * 10_001)
    post(page)
    expect(comment).to_have_attribute("aria-invalid", "true")
    expect(comment).to_have_value("x" * 10_001)


def test_a_site_asks_for_what_it_wants(opened: Callable) -> None:
    page = opened("strict")
    expect(page.get_by_role("textbox", name="Website")).to_have_count(0)
    expect(page.get_by_role("link", name="Privacy policy")).to_have_attribute("href", "https://gazette.example/privacy")
    write(page, "It leans.", "Ida")
    expect(page.get_by_label("Email *")).to_be_focused()
    page.get_by_label("Email *").fill("ida@mail.example")
    post(page)
    expect(page.get_by_label("I agree that my comment is kept.")).to_be_focused()
    expect(page.get_by_text("Please tick this box.")).to_be_visible()
    page.get_by_label("I agree that my comment is kept.").check()
    post(page)
    expect(page.get_by_text(PENDING).last).to_be_visible()


def test_a_preview_is_what_publication_makes_of_it(opened: Callable) -> None:
    page = opened()
    post(page, "Preview")
    expect(page.get_by_text("Please write a comment.")).to_be_visible()
    page.get_by_label("Comment *").fill("Some **bold** <b>words</b>")
    post(page, "Preview")
    expect(page.locator(".sample strong")).to_have_text("bold")
    expect(page.locator(".sample")).to_have_text("Some bold <b>words</b>")
    expect(page.get_by_label("Comment *")).to_be_hidden()
    post(page, "Write")
    expect(page.get_by_label("Comment *")).to_be_focused()
    expect(page.get_by_label("Comment *")).to_have_value("Some **bold** <b>words</b>")


REFUSALS = {
    "too fast": (429, {"Retry-After": "120"}, "try again in 2 minutes"),
    "busy": (503, {"Retry-After": "7"}, "try again in 7 seconds"),
    "a proxy's page": (502, {}, "could not be sent"),
    "no connection": (0, {}, "could not be sent"),
}


@pytest.mark.parametrize("trouble", REFUSALS)
def test_what_could_not_be_sent_stays_over_a_reload_and_arrives_once(
    opened: Callable, live: Live, trouble: str
) -> None:
    status, headers, words = REFUSALS[trouble]
    page = opened()

    def refuse(route: Route) -> None:
        allowed = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
        route.fulfill(status=status, headers=allowed | headers, content_type="text/html", body="<h1>No</h1>")

    # The form is known to work before the connection goes.
    page.get_by_label("Comment *").fill("Precious.")
    post(page, "Preview")
    post(page, "Write")
    if status:
        page.route("**/comments", refuse)
    else:
        page.context.set_offline(True)
    write(page, "Precious.", "Ida")
    expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    expect(page.get_by_label("Comment *")).to_have_value("Precious.")
    page.unroute("**/comments")
    page.context.set_offline(False)
    page.reload()
    expect(page.get_by_label("Comment *")).to_have_value("Precious.")
    write(page, "Precious.", "Ida")
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    expect(page.get_by_label("Comment *")).to_have_value("")
    assert said(live, page.url, "open") == ["Precious."]


def lose_the_answer(page: Page) -> None:
    """Let the next post reach the service, and drop what it answers."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/comments", lose, times=1)


@pytest.mark.parametrize("reloads", [False, True])
def test_a_post_whose_answer_was_lost_is_not_doubled_by_the_next_try(
    opened: Callable, live: Live, reloads: bool
) -> None:
    page = opened()
    lose_the_answer(page)
    write(page, "Once.", "Ida")
    expect(page.get_by_role("alert").filter(has_text="could not be sent")).to_be_visible()
    assert said(live, page.url, "open") == ["Once."]
    if reloads:
        page.reload()
        page.get_by_label("Name *").fill("Ida")
        post(page)
    else:
        post(page, "Try again")
    expect(page.get_by_label("Comment *")).to_have_value("")
    expect(page.locator(".you")).to_have_count(1)
    assert said(live, page.url, "open") == ["Once."]


def test_another_text_after_a_lost_answer_is_another_comment(opened: Callable, live: Live) -> None:
    page = opened()
    lose_the_answer(page)
    write(page, "First.", "Ida")
    expect(page.get_by_role("alert").filter(has_text="could not be sent")).to_be_visible()
    page.get_by_label("Comment *").fill("Second.")
    post(page, "Try again")
    expect(page.get_by_text("Your earlier text has arrived.")).to_be_visible()
    post(page)
    expect(page.locator(".you")).not_to_have_count(0)
    assert said(live, page.url, "open") == ["First.", "Second."]


def test_the_form_moves_under_the_comment_and_back_with_all_that_is_typed(
    opened: Callable, live: Live, owner: HostSite
) -> None:
    page = opened()
    say(live, page.url, "It leans.", "Ida", "open")
    page.reload()
    comment, reply = page.get_by_label("Comment *"), page.get_by_role("button", name="Reply to Ida")
    page.get_by_label("Name *").fill("Sam")
    for leave in (lambda: post(page, "Cancel reply"), lambda: page.keyboard.press("Escape")):
        reply.click()
        expect(page.get_by_role("heading", name="Leave a Reply to Ida")).to_be_visible()
        expect(page.locator(".item .form")).to_have_count(1)
        expect(comment).to_be_focused()
        page.keyboard.type("So it does. ")
        leave()
        expect(page.get_by_role("heading", name="Leave a Reply", exact=True)).to_be_visible()
        expect(page.locator(".item .form")).to_have_count(0)
        expect(reply).to_be_focused()
    expect(comment).to_have_value("So it does. So it does. ")
    expect(page.get_by_label("Name *")).to_have_value("Sam")
    reply.click()
    page.reload()
    expect(page.get_by_role("heading", name="Leave a Reply to Ida")).to_be_visible()
    expect(comment).to_have_value("So it does. So it does.")
    write(page, "So it does.", "Sam")
    expect(page.locator(".replies .you")).to_be_visible()
    assert [comment["depth"] for comment in thread(live, page.url, "open")["comments"]] == [0, 1]


def test_names_are_kept_if_the_reader_wants_it(opened: Callable, owner: HostSite) -> None:
    page = opened()
    keep = page.get_by_label("Save my name, email, and website in this browser")
    page.get_by_role("textbox", name="Website").fill("https://ida.example/")
    keep.check()
    write(page, "It leans.", "Ida")
    expect(page.locator(".you")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Name *")).to_have_value("Ida")
    expect(page.get_by_role("textbox", name="Website")).to_have_value("https://ida.example/")
    expect(page.get_by_label("Comment *")).to_have_value("")
    keep.uncheck()
    page.reload()
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    expect(page.get_by_label("Name *")).to_have_value("")


def test_by_keyboard_alone(opened: Callable, live: Live) -> None:
    page = opened()
    say(live, page.url, "It leans.", "Ida", "open")
    page.reload()
    expect(page.get_by_role("button", name="Reply to Ida")).to_be_visible()
    press_until(page, page.get_by_role("button", name="Reply to Ida"), "Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Comment *")).to_be_focused()
    page.keyboard.type("So it does.")
    for field, words in (("Name *", "Sam"), ("Email", "sam@mail.example"), ("Website", "https://sam.example")):
        page.keyboard.press("Tab")
        expect(page.get_by_role("textbox", name=field)).to_be_focused()
        page.keyboard.type(words)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("Save my name")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="Sam")).to_be_focused()
    expect(page.get_by_role("status").first).to_have_text("Your comment was posted.")


def press_until(page: Page, wanted, key: str) -> None:
    """Press a key until an element has the focus, as often as there may be stops on the way."""
    for _ in range(30):
        page.keyboard.press(key)
        if wanted.evaluate("(node) => node.getRootNode().activeElement === node"):
            return
    raise AssertionError("the focus never came there")
