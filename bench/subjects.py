"""What is measured: the service, nginx and the bare applications, each in processes of its own on the server's core."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from bench.asking import HOST
from bench.asking import Request
from bench.asking import ask
from commentsvc.serving import free_port

ROOT = Path(__file__).resolve().parent.parent
FIRST_PORT = 18_080
START_SECONDS = 60
STOP_SECONDS = 20
TICKS = os.sysconf("SC_CLK_TCK")


class DidNotStart(Exception):
    """Says which server did not come up, and what it said."""


@dataclass
class Server:
    """A server: how it is started, where it listens, and what it takes."""

    name: str
    port: int
    command: list[str]
    environ: dict[str, str]
    folder: Path
    # Asked until it is answered, however.
    first: Request
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def memory(self) -> int:
        """Return the bytes that its processes take, what they share counted once (PSS)."""
        total = 0
        for pid in self._pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total

    def busy(self) -> float:
        """Return the seconds of a core that it has used."""
        total = 0
        for pid in self._pids():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def _pids(self) -> list[int]:
        assert self.process is not None
        found, left = [], [self.process.pid]
        while left:
            pid = left.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                with contextlib.suppress(OSError):
                    left += map(int, children.read_text().split())
        return found


@contextmanager
def running(server: Server, core: int) -> Iterator[Server]:
    """Run a server on a core; raise DidNotStart."""
    log = server.folder / f"{server.port}.log"
    with log.open("wb") as out, pinned(core):
        server.process = subprocess.Popen(
            server.command,
            env=server.environ, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    try:
        _await(server, log)
        yield server
    finally:
        _stop(server.process)
        server.process = None


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Start processes on one core: they inherit it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def service(database: Path) -> Server:
    """Return the service on a database, one process, as `commentsvc serve` runs it."""
    port = _port()
    return Server(
        name="commentsvc",
        port=port,
        command=[*commentsvc(), "serve", "--port", str(port)],
        environ=service_environ(database) | {"COMMENTSVC_BASE_URL": f"http://{HOST}:{port}"},
        folder=database.parent,
        first=Request("/readyz"),
    )


def commentsvc() -> list[str]:
    """Return how a command of ours begins."""
    return [sys.executable, "-m", "commentsvc.cli"]


def service_environ(database: Path) -> dict[str, str]:
    """Return the environment of the service and its commands on a database; whatever else is set has no part in it."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COMMENTSVC_")}
    return environ | {
        "COMMENTSVC_DATABASE_URL": f"sqlite:///{database}",
        "COMMENTSVC_RATE_LIMITS": "off",
        "COMMENTSVC_LOG_LEVEL": "WARNING",
        # An import needs room for as much as it reads: on the same disk.
        "TMPDIR": str(database.parent),
    }


def bare(name: str, application: str, folder: Path, first: Request) -> Server:
    """Return one of the bare applications under granian, which is what runs the service."""
    port = _port()
    options = {
        "interface": "wsgi",
        "host": HOST,
        "port": str(port),
        "workers": "1",
        "runtime-threads": "1",
        # One does what there is to do: more of them only stand in each other's way.
        "blocking-threads": "1",
        "log-level": "warning",
    }
    words = [word for option, value in options.items() for word in (f"--{option}", value)]
    command = [sys.executable, "-m", "granian", *words, f"bench.limits:{application}"]
    return Server(name, port, command, os.environ | {"BENCH_FOLDER": str(folder)}, folder, first)


NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx-errors.log;
{user}
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  gzip_static on;
  gzip_vary on;
  types {{ application/json json; }}
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  server {{ listen {host}:{port}; root {folder}; }}
}}
"""


def nginx(folder: Path, first: Request) -> Server:
    """Return nginx giving the files of a folder, the gzipped one where it may."""
    port = _port()
    file = folder / "nginx.conf"
    # Started by root it would read the files as somebody else, who may not.
    user = "user root;" if os.geteuid() == 0 else ""
    file.write_text(NGINX.format(folder=folder, host=HOST, port=port, user=user))
    command = [nginx_path() or "nginx", "-c", str(file), "-e", str(folder / "nginx-errors.log"), "-p", str(folder)]
    return Server("nginx", port, command, dict(os.environ), folder, first)


def nginx_path() -> str | None:
    """Return where nginx is: not on everybody's path."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/sbin")


_next_port = FIRST_PORT


def _port() -> int:
    # Each server has its own: connections that linger from the last one stand in nobody's way.
    global _next_port
    port = free_port(_next_port)
    _next_port = port + 1
    return port


def _await(server: Server, log: Path) -> None:
    assert server.process is not None
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        with contextlib.suppress(OSError):
            ask(server.port, server.first)
            return
        time.sleep(0.05)
    raise DidNotStart(f"{server.name} did not come up; it said:\n{log.read_text(errors='replace')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        pass
    finally:
        # Whatever of it is still there, also where a second Ctrl-C cut the waiting short.
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
