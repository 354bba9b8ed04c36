"""The service as a user runs it, `commentsvc serve` with several processes, in ways that faults want it to be run."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from commentsvc.serving import free_port

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a secret that only this harness knows, and long enough"  # noqa: S105 - of databases that are thrown away
START_SECONDS = 60
STOP_SECONDS = 20
# Somebody who starts it again where the port is still taken does so a moment later.
AGAIN_EVERY = 0.1


class DidNotStart(Exception):
    """Says what the service said instead of answering."""


@dataclass
class Service:
    """A service on a database: where it listens, its environment, its log, and the process while it runs."""

    folder: Path
    database_url: str
    settings: dict[str, str]
    port: int = 0
    width: int = 2
    # Where its code is: another version's may be elsewhere.
    root: Path = ROOT
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Choose a port."""
        self.port = self.port or free_port(21_000 + os.getpid() % 500 * 20)

    @property
    def environ(self) -> dict[str, str]:
        """The environment of the service and of its commands."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COMMENTSVC_")}
        wanted = {"DATABASE_URL": self.database_url, "SECRET_KEY": SECRET, "RATE_LIMITS": "off"} | self.settings
        wanted["BASE_URL"] = f"http://127.0.0.1:{self.port}"
        return kept | {f"COMMENTSVC_{name}": value for name, value in wanted.items()}

    @property
    def log(self) -> Path:
        """The file that the service writes its log to."""
        return self.folder / f"service-{self.port}.log"

    def command(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command on the service's database and return what came of it."""
        command = [sys.executable, "-m", "commentsvc.cli", *words]
        options = {"input": stdin, "capture_output": True, "text": True, "timeout": START_SECONDS}
        return subprocess.run(command, env=self.environ, cwd=self.root, check=False, **options)

    def begin(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command that goes on, beside the service, and return its process."""
        command = [sys.executable, "-m", "commentsvc.cli", *words]
        with self.log.open("ab") as out:
            return subprocess.Popen(
                command, env=self.environ, cwd=self.root, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )

    def start(
        self, before: Sequence[str] = (), output: Path | None = None, variables: Mapping[str, str] | None = None
    ) -> float:
        """Start it, by other programs if wanted, wait until it answers, and return the seconds that this took.

        Where the port is still taken it is tried again, as a supervisor does; raise DidNotStart.
        """
        began = time.monotonic()
        while True:
            self.spawn(before, output, variables or {})
            try:
                self._await(began + START_SECONDS)
            except DidNotStart as refused:
                if "Address already in use" not in str(refused) or time.monotonic() > began + START_SECONDS / 4:
                    raise
                time.sleep(AGAIN_EVERY)
            else:
                return time.monotonic() - began

    def stop(self) -> None:
        """Stop it as an operator does."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def restart(self, variables: Mapping[str, str] | None = None) -> float:
        """Stop it and start it, with more in its environment if wanted."""
        self.stop()
        return self.start(variables=variables)

    def kill(self) -> None:
        """Kill the process that watches over the workers, as the system does where memory is short."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def workers(self) -> list[int]:
        """Return the processes that answer."""
        assert self.process is not None
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return sorted(int(child) for thread in threads for child in thread.read_text().split())

    def answers(self, path: str) -> bool:
        """Tell whether it answers under a path with success."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5):
                return True
        except OSError:
            return False

    def spawn(
        self, before: Sequence[str] = (), output: Path | None = None, variables: Mapping[str, str] | None = None
    ) -> None:
        """Start it, and wait for nothing."""
        command = [*before, sys.executable, "-m", "commentsvc.cli", "serve", "--port", str(self.port)]
        command += ["--workers", str(self.width)]
        with (output or self.log).open("ab") as out:
            environ = {**self.environ, **(variables or {})}
            self.process = subprocess.Popen(
                command, env=environ, cwd=self.root, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip

    def _await(self, deadline: float) -> None:
        assert self.process is not None
        while not self.answers("/readyz"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace")[-400:] if self.log.exists() else ""
                raise DidNotStart(said)
            time.sleep(0.02)
