"""A real Chromium, the real service on one origin, and a site owner's pages on another."""

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from itertools import count

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import BrowserContext
from playwright.sync_api import Dialog
from playwright.sync_api import Page
from playwright.sync_api import expect
from playwright.sync_api import sync_playwright

from tests.rig.browser import launch
from tests.rig.live import HostSite
from tests.rig.live import Live
from tests.rig.live import host_site
from tests.rig.live import live_service
from tests.rig.smtp import MailHost

PASSWORD = "correct horse battery"
MONA = "mona@gazette.example"

_articles = count(1)

# A busy machine is slow, and a test that fails for it tells nothing.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give Chromium."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def owner() -> Iterator[HostSite]:
    """Give a site owner's pages."""
    with host_site() as site:
        yield site


@pytest.fixture(scope="module")
def host() -> Iterator[MailHost]:
    """Give a mail server that takes everything."""
    host = MailHost()
    host.start()
    yield host
    host.stop()


@pytest.fixture(scope="module")
def live(empty_database: Callable[[], str], owner: HostSite) -> Iterator[Live]:
    """Give the running service with the site `gazette` for the owner's pages, and its moderator Mona."""
    with live_service(empty_database()) as service:
        service.command("site", "add", "gazette", "--origin", owner.origin, "--name", "The Gazette")
        service.command(
            "moderator", "add", MONA, "--site", "gazette", "--name", "Mona Lind", "--password-stdin", stdin=PASSWORD
        )
        owner.policy = f"default-src 'none'; style-src 'self'; script-src {service.base}; connect-src {service.base}"
        yield service


@dataclass
class Watched:
    """A browser window, and what went wrong in it: dialogs, errors, requests to strangers, cookies."""

    context: BrowserContext
    page: Page
    allowed: tuple[str, ...]
    faults: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> Page:
        """Note what goes wrong in a page."""
        page.on("dialog", self._dialog)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)
        return page

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message) -> None:
        # An answer of 4xx is logged by the browser itself; it is the page's business, and tested as such.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"console: {message.text}")

    def _request(self, request) -> None:
        if not request.url.startswith((*self.allowed, "data:", "about:", "blob:")):
            self.faults.append(f"request to a stranger: {request.url}")


@pytest.fixture
def window(browser: Browser, live: Live, owner: HostSite) -> Iterator[Callable[..., Watched]]:
    """Give a function that opens a window of its own; at the end nothing must have gone wrong in any."""
    opened: list[Watched] = []

    def make(**options) -> Watched:
        context = browser.new_context(**options)
        context.set_default_timeout(20_000)
        watched = Watched(context, context.new_page(), (live.base, owner.origin))
        watched.watch(watched.page)
        opened.append(watched)
        return watched

    yield make
    for watched in opened:
        watched.context.close()
    assert [fault for watched in opened for fault in watched.faults] == []


@pytest.fixture
def article(live: Live, owner: HostSite) -> str:
    """Publish an article with the widget under it, and give its address."""
    path = f"/articles/{next(_articles)}"
    tag = f'<script async src="{live.base}/embed.js" data-site="gazette"></script>'
    return owner.put(
        path, f"<main><h1>The old bridge</h1><p>It is old.</p>{tag}</main>", "<title>The old bridge</title>"
    )
