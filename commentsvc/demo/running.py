"""The demo: a sample article on one port, the service on another, a thread with comments, and a moderator."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import click
from jinja2 import Environment
from jinja2 import PackageLoader
from jinja2 import select_autoescape

from commentsvc.app import create_app
from commentsvc.database import engine
from commentsvc.demo import seeds
from commentsvc.people import managing
from commentsvc.refusals import Refusal
from commentsvc.serving import free_port
from commentsvc.serving import require_free
from commentsvc.settings import load

SITE = "demo"
PATH = "/the-clock-that-runs-fast"
MODERATOR = "mona@example.org"
READY_SECONDS = 30


class DemoFailed(Refusal):
    """Says that the service did not come up."""


def run(port: int | None, keep: Path | None) -> None:
    """Run the demo until Ctrl-C; raise PortTaken or DemoFailed."""
    if port is None:
        port = free_port(8080)
    else:
        require_free("127.0.0.1", port)
    article_port = free_port(port + 1)
    # A plain `kill` ends it as Ctrl-C does, which a shell that starts it in the background has switched off.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    with _folder(keep) as folder, contextlib.suppress(KeyboardInterrupt):
        base, article = f"http://localhost:{port}", f"http://localhost:{article_port}"
        os.environ["COMMENTSVC_DATABASE_URL"] = f"sqlite:///{folder}/demo.db"
        os.environ["COMMENTSVC_BASE_URL"] = base
        password = _prepare(article)
        with _service(port, base), _articles(article_port, base):
            _tell(base, article, password, keep)
            threading.Event().wait()
    click.echo("\nThe demo has ended.")


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="commentsvc-demo-") as folder:
        yield Path(folder)


def _prepare(article: str) -> str:
    password = "-".join(secrets.choice(seeds.WORDS) for _ in range(4))
    app = create_app(load())
    now = datetime.now(UTC)
    with app.app_context(), contextlib.ExitStack() as ends:
        # The service is another process: nothing stays open here.
        ends.callback(engine().dispose)
        if SITE in {line.site.key for line in managing.sites()}:
            # A kept demo comes back as it was left, on today's ports and with a new password.
            managing.edit_site(SITE, {"origins": [article]}, now)
            managing.set_password(MODERATOR, password)
        else:
            seeds.plant(app, SITE, MODERATOR, password, article, PATH, now)
    return password


@contextlib.contextmanager
def _service(port: int, base: str) -> Iterator[None]:
    command = [sys.executable, "-m", "commentsvc.cli", "serve", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        _await_ready(server, base)
        yield
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


def _await_ready(server: subprocess.Popen[bytes], base: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{base}/readyz", timeout=2):  # noqa: S310
            return
        time.sleep(0.05)
    raise DemoFailed("the service did not come up; what it said stands above")


@contextlib.contextmanager
def _articles(port: int, base: str) -> Iterator[None]:
    site = ThreadingHTTPServer(("127.0.0.1", port), _handler(base))
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        site.shutdown()
        site.server_close()


def _handler(base: str) -> type[BaseHTTPRequestHandler]:
    templates = Environment(loader=PackageLoader("commentsvc"), autoescape=select_autoescape())

    class Article(BaseHTTPRequestHandler):
        """A small site of its own, as strict as a careful owner's."""

        def do_GET(self) -> None:
            """Give the article, or its stylesheet."""
            path = self.path.partition("?")[0]
            if path == "/":
                self.send_response(302)
                self.send_header("Location", PATH)
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif path == PATH:
                url = f"http://{self.headers.get('Host', '')}{PATH}"
                plain = plain_page(base, url)
                page = templates.get_template("demo/article.html").render(
                    base=base, site=SITE, ref=seeds.REF, plain=plain
                )
                self._give("text/html; charset=utf-8", page)
            elif path == "/article.css":
                self._give("text/css; charset=utf-8", templates.get_template("demo/article.css").render())
            else:
                self.send_error(404)

        def _give(self, content_type: str, text: str) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            policy = f"default-src 'none'; style-src 'self'; script-src {base}; connect-src {base}"
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Article


def _tell(base: str, article: str, password: str, keep: Path | None) -> None:
    plain = plain_page(base, article + PATH)
    click.echo(f"""
  Article             {article}{PATH}
  without JavaScript  {plain}
  Desk                {base}/moderate/
  sign in as          {MODERATOR}   password   {password}

  Leave a reply under the article, approve it at the desk, reload the article.
  {f"Everything is kept in {keep}." if keep else "Everything is temporary."} Ctrl-C ends it.
""")


def plain_page(base: str, url: str) -> str:
    """Return the address of the article's comments without JavaScript."""
    return f"{base}/sites/{SITE}/thread?url={quote(url, safe='')}&id={seeds.REF}"
