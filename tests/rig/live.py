"""The real service in a process of its own, and a site owner's pages on another origin."""

import contextlib
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path

from click.testing import CliRunner

from commentsvc import cli
from commentsvc.serving import free_port

SECRET = "a secret that only the tests know and long enough"
START_SECONDS = 60


@dataclass
class Live:
    """A running service: its address, how to give it commands, and how to stop and start it."""

    base: str
    port: int
    environ: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    # How many processes answer.
    width: int = 1

    def command(self, *words: str, stdin: str = "") -> str:
        """Run a command on the service's database and return what it printed.

        It runs in this process, since a new one would take a second only to import what is imported here.
        """
        gone = {name: None for name in os.environ if name.startswith("COMMENTSVC_") and name not in self.environ}
        ran = CliRunner().invoke(cli.main, words, input=stdin, env=gone | self.environ, prog_name="commentsvc")
        assert ran.exit_code == 0, ran.output
        return ran.stdout

    def start(self, path: str = "/readyz") -> None:
        """Start the service and wait until it answers under a path."""
        command = [sys.executable, "-m", "commentsvc.cli", "serve", "--port", str(self.port)]
        command += ["--workers", str(self.width)]
        self.process = subprocess.Popen(command, env=self.environ, stdout=subprocess.DEVNULL, start_new_session=True)
        await_answer(f"http://127.0.0.1:{self.port}{path}", self.process)
        self._await_all()

    def _await_all(self) -> None:
        # The first that is there has answered; the others may still be starting.
        deadline, pause = time.monotonic() + START_SECONDS, threading.Event()
        while self.width > 1 and time.monotonic() < deadline:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=20) as answer:
                if f"commentsvc_processes {self.width}\n" in answer.read().decode():
                    return
            pause.wait(0.05)

    def workers(self) -> list[int]:
        """Return the processes that answer."""
        assert self.process is not None
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return sorted(int(child) for thread in threads for child in thread.read_text().split())

    def stop(self) -> None:
        """Stop the service as an operator does."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.process = None


@contextlib.contextmanager
def live_service(database_url: str, base: str | None = None, width: int = 1, **settings: str) -> Iterator[Live]:
    """Run the service on a database; `base` is its public address where that is not its own port."""
    port = free_port(18_000 + os.getpid() % 1000 * 20)
    base = base or f"http://localhost:{port}"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COMMENTSVC_")}
    wanted = {"DATABASE_URL": database_url, "BASE_URL": base, "SECRET_KEY": SECRET, "RATE_LIMITS": "off"} | settings
    environ |= {f"COMMENTSVC_{name}": value for name, value in wanted.items()}
    live = Live(base, port, environ, width=width)
    try:
        live.start()
        yield live
    finally:
        live.stop()


@dataclass
class HostSite:
    """A site owner's pages; each has what `pages` holds for its path, and the policy of a careful owner."""

    origin: str
    policy: str = ""
    pages: dict[str, str] = field(default_factory=dict)

    def put(self, path: str, body: str, head: str = "") -> str:
        """Publish a page and return its address."""
        self.pages[path] = (
            "<!doctype html><html lang=en><head><meta charset=utf-8>"
            f'<meta name=viewport content="width=device-width, initial-scale=1">{head}</head>'
            f"<body>{body}</body></html>"
        )
        return self.origin + path


@contextlib.contextmanager
def host_site(policy: str = "", tls: ssl.SSLContext | None = None) -> Iterator[HostSite]:
    """Run a site of its own origin on this machine; 127.0.0.1 and localhost are two origins as well."""
    site = HostSite("", policy)

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = site.pages.get(self.path.partition("?")[0])
            if page is None:
                self.send_error(404)
                return
            body = page.encode()
            kinds = {".css": "text/css", ".js": "text/javascript"}
            self.send_response(200)
            self.send_header("Content-Type", kinds.get(Path(self.path).suffix, "text/html; charset=utf-8"))
            self.send_header("Content-Length", str(len(body)))
            if site.policy:
                self.send_header("Content-Security-Policy", site.policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    site.origin = f"{'https' if tls else 'http'}://localhost:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


def await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until an address answers; fail at once where the process has ended."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        assert process.poll() is None, "the process ended before it answered"
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    raise AssertionError(f"{url} does not answer")


@contextlib.contextmanager
def temporary_database() -> Iterator[str]:
    """Give the address of an SQLite database that does not exist yet."""
    with tempfile.TemporaryDirectory(prefix="commentsvc-test-") as folder:
        yield f"sqlite:///{folder}/comments.db"
