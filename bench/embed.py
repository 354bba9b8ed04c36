"""What an article's page loads: the scripts' bytes, and how many requests a reader's browser makes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer

from bench.asking import HOST
from bench.asking import Request
from bench.asking import ask
from bench.asking import require_packed
from bench.comments import HUNDRED
from bench.comments import SITE
from bench.subjects import Server

SCRIPTS = ("embed.js", "embed-form.js", "embed-refresh.js", "counts.js")

PAGE = """<!doctype html><html lang="en"><title>An article</title><link rel="canonical" href="{article}">
<p>An article.</p><script async src="{base}/embed.js" data-site="{site}"></script></html>"""


@dataclass(frozen=True)
class Asked:
    """What a browser asked of the service to show a thread: code and style, and data."""

    code: int
    data: int


def weights(server: Server) -> dict[str, int]:
    """Return the bytes of each script as they go over the wire, gzipped and without the head."""
    found = {}
    for name in SCRIPTS:
        answer = ask(server.port, Request(f"/{name}", headers={"Accept-Encoding": "gzip"}))
        require_packed(answer)
        found[name] = int(answer.headers["content-length"])
    return found


def requests(server: Server) -> Asked | None:
    """Show the thread of 100 in Chromium and count what it asks for; None where there is no browser."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415

        from tests.rig.browser import launch  # noqa: PLC0415
    except ImportError:
        return None
    asked: list[str] = []
    with _article(f"http://{HOST}:{server.port}") as url, sync_playwright() as playwright:
        try:
            browser = launch(playwright)
        except FileNotFoundError:
            return None
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url) if f":{server.port}/" in request.url else None)
        page.goto(url)
        page.get_by_role("heading", name="Leave a Reply").wait_for()
        page.get_by_text("100 comments").first.wait_for()
        browser.close()
    data = sum("/api/" in each for each in asked)
    return Asked(len(asked) - data, data)


@contextmanager
def _article(base: str) -> Iterator[str]:
    page = PAGE.format(article=HUNDRED.url, base=base, site=SITE).encode()

    class Article(BaseHTTPRequestHandler):
        """Gives an article whose address is on the site."""

        def do_GET(self) -> None:
            """Give it, whatever is asked for."""
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    owner = ThreadingHTTPServer((HOST, 0), Article)
    threading.Thread(target=owner.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{owner.server_port}/"
    finally:
        owner.shutdown()
        owner.server_close()
