"""Over https behind a proxy, at the root and under a path: cookies, origins and links are right in a real browser."""

import os
from collections.abc import Callable
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import expect

from commentsvc.serving import free_port
from tests.browser.conftest import MONA
from tests.browser.conftest import PASSWORD
from tests.browser.test_newcomer import approve
from tests.browser.test_newcomer import sign_in
from tests.browser.test_newcomer import write
from tests.rig.live import Live
from tests.rig.live import host_site
from tests.rig.live import live_service
from tests.rig.proxy import tls_context
from tests.rig.proxy import tls_proxy


@pytest.fixture(params=["", "/comments"])
def proxied(request: pytest.FixtureRequest, empty_database: Callable[[], str]) -> Iterator[Live]:
    """Give the service behind a proxy that ends TLS, at the root or under a path."""
    port = free_port(28_000 + os.getpid() % 1000 * 10)
    with (
        live_service(empty_database(), f"https://localhost:{port}{request.param}") as live,
        tls_proxy(port, live.port),
    ):
        yield live


def test_everything_works_over_https(proxied: Live, browser: Browser) -> None:
    path = proxied.base.partition("localhost")[2].partition("/")[2]
    with host_site(tls=tls_context()) as owner:
        proxied.command("site", "add", "gazette", "--origin", owner.origin)
        proxied.command("moderator", "add", MONA, "--site", "gazette", "--password-stdin", stdin=PASSWORD)
        tag = f'<script async src="{proxied.base}/embed.js" data-site="gazette"></script>'
        owner.policy = f"default-src 'none'; script-src {proxied.base}/; connect-src {proxied.base}/"
        article = owner.put("/bridge", f"<h1>The old bridge</h1>{tag}", "<title>The old bridge</title>")
        context = browser.new_context(ignore_https_errors=True)
        errors: list[str] = []
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))

        page.goto(article)
        write(page, "Said by the widget.", "Rita")
        expect(page.get_by_text("Your comment is awaiting moderation.").last).to_be_visible()
        page.goto(f"{proxied.base}/sites/gazette/thread?url={article}")
        write(page, "Said on the plain page.", "Sam")
        expect(page.get_by_text("Your comment is awaiting moderation.")).to_be_visible()
        assert page.url.startswith(f"{proxied.base}/r/gazette/")
        assert context.cookies() == []

        sign_in(page, proxied)
        assert page.url.startswith(f"{proxied.base}/moderate/")
        approve(page, proxied, "Said by the widget.")
        approve(page, proxied, "Said on the plain page.")
        cookies = [
            {name: cookie.get(name) for name in ("name", "path", "secure", "httpOnly", "sameSite")}
            for cookie in context.cookies()
        ]
        assert cookies == [
            {
                "name": "__Secure-commentsvc" if path else "__Host-commentsvc",
                "path": f"/{path}/" if path else "/",
                "secure": True,
                "httpOnly": True,
                "sameSite": "Lax",
            }
        ]
        page.goto(article)
        expect(page.get_by_role("heading", name="2 comments")).to_be_visible()
        page.goto(f"{proxied.base}/moderate/account")
        page.get_by_role("button", name="Sign out").first.click()
        page.goto(f"{proxied.base}/moderate/")
        expect(page.get_by_label("Password")).to_be_visible()
        assert errors == []
        context.close()
