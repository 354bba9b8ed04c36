"""Takes pictures of the demo: two for the README, all others into build/screenshots: `make screenshots`."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser
from playwright.sync_api import FloatRect
from playwright.sync_api import sync_playwright

from commentsvc.serving import free_port
from tests.rig.browser import launch

CHECKOUT = Path(__file__).resolve().parents[2]
ALL = CHECKOUT / "build" / "screenshots"
IN_README = CHECKOUT / "docs" / "images"
WIDTHS = (360, 768, 1440)
PAGES = (
    "threads", "threads/doubles", "moves", "rules", "filter", "reports", "log", "statistics", "people", "settings",
    "webhooks", "letters", "import", "export",
)  # fmt: skip


def main() -> None:
    """Start the demo, take the pictures, end it."""
    for folder in (ALL, IN_README):
        folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "commentsvc.cli", "demo", "--port", str(free_port(18_000))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo, sync_playwright() as playwright:
        try:
            told = ""
            while demo.stdout is not None and "Ctrl-C" not in told:
                told += demo.stdout.readline()
            browser = launch(playwright)
            take(browser, "light", told)
            take(browser, "dark", told)
            browser.close()
        finally:
            demo.terminate()


def take(browser: Browser, scheme: Literal["light", "dark"], told: str) -> None:
    """Take all pictures in one colour scheme."""
    found = re.search(
        r"Article\s+(\S+)\s+without JavaScript\s+(\S+)\s+Desk\s+(\S+).*?password\s+(\S+)", told, re.DOTALL
    )
    assert found, told
    article, plain, desk, password = found.groups()
    for width in WIDTHS:
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
        page = context.new_page()

        def shoot(name: str, page=page, width: int = width) -> None:
            page.screenshot(path=ALL / f"{name}-{scheme}-{width}.png", full_page=True)

        page.goto(article)
        page.get_by_role("heading", name="Leave a Reply").wait_for()
        shoot("widget")
        if (scheme, width) == ("light", 768):
            top: FloatRect = {"x": 0, "y": 0, "width": 768, "height": 1500}
            page.screenshot(path=IN_README / "widget.png", clip=top, full_page=True)
        page.goto(plain)
        shoot("plain")
        page.goto(desk)
        shoot("sign-in")
        page.get_by_label("Email").fill("mona@example.org")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("article").first.wait_for()
        shoot("queue")
        if (scheme, width) == ("light", 1440):
            page.screenshot(path=IN_README / "desk.png")
        for name in PAGES:
            page.goto(f"{desk}demo/{name}")
            shoot(name.replace("/", "-"))
        page.goto(f"{desk}account")
        shoot("account")
        context.close()


if __name__ == "__main__":
    main()
