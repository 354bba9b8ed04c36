"""No accessibility violation that axe can find, on every page, in light and dark, narrow and wide."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.browser.test_newcomer import approve
from tests.browser.test_newcomer import sign_in
from tests.browser.test_newcomer import write
from tests.rig.live import HostSite
from tests.rig.live import Live


@dataclass
class Stage:
    """A page in one of the looks, and the addresses of an article with a conversation."""

    page: Page
    article: str
    plain: str
    live: Live


@pytest.fixture(params=[("light", 1280), ("dark", 1280), ("light", 360)], ids=lambda look: f"{look[0]}-{look[1]}")
def stage(request: pytest.FixtureRequest, window: Callable, live: Live, owner: HostSite, article: str) -> Stage:
    """Give a window in one look, and an article under which something was said."""
    scheme, width = request.param
    # A page that is dark by its own choice and tells nobody: the widget must see it.
    style = "<style>body{background:#17181c;color:#e9e7e1}</style>" if scheme == "dark" else ""
    path = article.removeprefix(owner.origin)
    tag = f'<script async src="{live.base}/embed.js" data-site="gazette"></script>'
    owner.policy = ""
    owner.put(path, f"<main><h1>The old bridge</h1>{tag}</main>", f"<title>The old bridge</title>{style}")
    page = window(color_scheme=scheme, viewport={"width": width, "height": 900}).page
    return Stage(page, article, f"{live.base}/sites/gazette/thread?url={article}", live)


def violations(page: Page) -> list[tuple[str, str]]:
    """Return what axe finds, with the place."""
    found = Axe().run(page).response["violations"]
    return [(each["id"], node["html"][:200]) for each in found for node in each["nodes"]]


def test_reader_pages(stage: Stage) -> None:
    page = stage.page
    page.goto(stage.article)
    expect(page.get_by_role("heading", name="Leave a Reply")).to_be_visible()
    assert violations(page) == [], "empty thread"
    page.get_by_role("button", name="Post Comment").click()
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert violations(page) == [], "errors"
    write(page, "With `code`, a [link](https://a.example) and\n\n> a quote", "Rita")
    expect(page.get_by_text("Your comment is awaiting moderation.").last).to_be_visible()
    assert violations(page) == [], "pending"
    page.get_by_role("button", name="Edit").click()
    assert violations(page) == [], "edit"
    page.goto(stage.plain)
    assert violations(page) == [], "plain page"
    page.get_by_role("button", name="Post Comment").click()
    page.get_by_label("Comment *").fill(" ")
    write(page, "\u200b", "Sam")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()
    assert violations(page) == [], "plain page with errors"
    write(page, "Said plainly.", "Sam")
    expect(page.get_by_text("Your comment is awaiting moderation.")).to_be_visible()
    assert violations(page) == [], "receipt"
    page.get_by_role("link", name="Edit").click()
    assert violations(page) == [], "receipt, edit"
    page.goto(f"{stage.live.base}/r/gazette/nonsense")
    assert violations(page) == [], "problem"


def test_desk_pages(stage: Stage) -> None:
    page = stage.page
    page.goto(stage.article)
    words = f"Number {stage.article.rpartition('/')[2]}: something to decide"
    write(page, f"{words}, with https://one.example and https://two.example", "Rita")
    expect(page.get_by_text("Your comment is awaiting moderation.").last).to_be_visible()
    page.goto(f"{stage.live.base}/moderate/")
    assert violations(page) == [], "sign-in"
    sign_in(page, stage.live)
    assert violations(page) == [], "queue"
    page.goto(f"{stage.live.base}/moderate/gazette/queue?q=Number&author=Rita&reason=links")
    page.get_by_role("link", name="Select all").click()
    assert violations(page) == [], "filtered queue"
    page.keyboard.press("s")
    expect(page.locator(".card")).to_have_count(0)
    page.get_by_text("Decided here (1)").click()
    assert violations(page) == [], "decided here"
    page.keyboard.press("u")
    page.get_by_role("link", name="Context").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    assert violations(page) == [], "context"
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Its text").fill("\u200b")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == [], "edit"
    approve(page, stage.live, words)
    assert violations(page) == [], "notice"
    for name in ("approved", "spam", "rejected", "deleted", "threads", "webhooks", "export"):
        page.goto(f"{stage.live.base}/moderate/gazette/{name}")
        assert violations(page) == [], name
    page.goto(f"{stage.live.base}/moderate/account")
    assert violations(page) == [], "account"
    page.goto(stage.article)
    expect(page.get_by_role("article").first).to_be_visible()
    assert violations(page) == [], "thread"
    page.get_by_role("button", name="Reply").first.click()
    assert violations(page) == [], "reply form"
