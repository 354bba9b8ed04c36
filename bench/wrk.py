"""Makes load with wrk on a core of its own, and tells what came of it."""

import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.asking import HOST
from bench.asking import Answer
from bench.asking import Check
from bench.asking import Request
from bench.asking import WrongAnswer
from bench.asking import ask
from bench.subjects import Server
from bench.subjects import pinned

SCRIPT = Path(__file__).with_name("load.lua")
# Each by hand, before the first round: caches are filled, and Python has seen its code often enough to make it fast.
WARM_UP = 50
# Answers of the same request differ by a digit of a date at most; more means that some were cut or other ones.
SAME_SIZE = 0.02
# Seconds: how long it is waited until the servers rest, and how much of a tenth of one they may use then.
SETTLE_SECONDS = 10
QUIET = 0.02


@dataclass(frozen=True)
class Case:
    """What is asked of a server, over how many connections, and how an answer is checked beforehand."""

    server: Server
    requests: tuple[Request, ...]
    check: Check
    connections: int = 32
    # Where the ids of the comments go that were acknowledged.
    taken: Path | None = None
    # Answers grow as more is stored: their size can't be checked.
    is_even: bool = True


@dataclass(frozen=True)
class Measured:
    """What one run of wrk found; times in seconds, and which share of its core each side used."""

    requests: int
    seconds: float
    p50: float
    p99: float
    server_busy: float
    load_busy: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


@dataclass(frozen=True)
class Series:
    """One case in all rounds."""

    rounds: tuple[Measured, ...]

    @property
    def rate(self) -> float:
        """The median rate."""
        return median(each.rate for each in self.rounds)

    @property
    def p99(self) -> float:
        """The median of the times within which 99 of 100 answers came."""
        return median(each.p99 for each in self.rounds)

    @property
    def per_request(self) -> float:
        """Seconds for each request, one after the other: what it means over one connection."""
        return median(each.seconds / each.requests for each in self.rounds)

    @property
    def spread(self) -> float:
        """How far the rounds lie apart, as a share of the median."""
        rates = [each.rate for each in self.rounds]
        return (max(rates) - min(rates)) / self.rate

    @property
    def is_at_least(self) -> bool:
        """Whether the load's core was the limit, so that the server could have done more."""
        return median(each.load_busy - each.server_busy for each in self.rounds) > 0.05


def wrk_path() -> str | None:
    """Return where wrk is."""
    return shutil.which("wrk")


class Load:
    """Measures cases in turn, so that a noisy machine hits them alike."""

    def __init__(self, core: int, seconds: int, rounds: int, tell: Callable[[str], None]) -> None:
        """Take the core of the load, seconds of each measurement, their number, and who hears how it goes."""
        self._core = core
        self._seconds = seconds
        self._rounds = rounds
        self._tell = tell
        # No number is used twice, whatever is measured.
        self._number = 0

    def measure(self, cases: dict[str, Case], share: float = 1) -> dict[str, Series]:
        """Check and measure each case once a round, for a share of the usual time; raise WrongAnswer."""
        seconds = max(1, round(self._seconds * share))
        servers = {case.server.port: case.server for case in cases.values()}
        found: dict[str, list[Measured]] = {name: [] for name in cases}
        for case in cases.values():
            for _ in range(WARM_UP):
                self._answer(case)
        for turn in range(self._rounds):
            for name, case in cases.items():
                answer = self._answer(case)
                _settle(list(servers.values()))
                measured = self._run(case, answer, seconds)
                found[name].append(measured)
                self._tell(f"  {turn + 1}/{self._rounds}  {name:<58} {measured.rate:>9,.0f}/s")
        return {name: Series(tuple(rounds)) for name, rounds in found.items()}

    def _answer(self, case: Case) -> Answer:
        self._number += 1
        answer = ask(case.server.port, case.requests[self._number % len(case.requests)], self._number)
        case.check(answer)
        return answer

    def _run(self, case: Case, like: Answer, seconds: int) -> Measured:
        with tempfile.NamedTemporaryFile(dir=case.server.folder) as file:
            file.write(b"\0".join(request.raw() for request in case.requests))
            file.flush()
            environ = os.environ | {"BENCH_REQUESTS": file.name, "BENCH_FIRST": str(self._number)}
            if case.taken is not None:
                environ["BENCH_TAKEN"] = str(case.taken)
            where = f"http://{HOST}:{case.server.port}/"
            command = [wrk_path() or "wrk", "-t1", f"-c{case.connections}", f"-d{seconds}s", "--timeout", "10s"]
            said, server_seconds, load_seconds = self._timed(case.server, [*command, "-s", str(SCRIPT), where], environ)
        self._number += said["requests"] + case.connections
        if said["failed"] or said["refused"] or not said["requests"]:
            raise WrongAnswer(f"{case.server.name} under load: {said}")
        if case.is_even and abs(said["bytes"] / said["requests"] / like.size - 1) > SAME_SIZE:
            raise WrongAnswer(f"{case.server.name} under load: answers of another size than {like.size}: {said}")
        shares = (used / said["seconds"] for used in (server_seconds, load_seconds))
        return Measured(said["requests"], said["seconds"], said["p50"], said["p99"], *shares)

    def _timed(self, server: Server, command: list[str], environ: dict[str, str]) -> tuple[dict, float, float]:
        server_before, load_before = server.busy(), _children_busy()
        with pinned(self._core):
            ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        used = server.busy() - server_before, _children_busy() - load_before
        if ran.returncode != 0:
            raise WrongAnswer(f"wrk failed: {ran.stdout} {ran.stderr}")
        return json.loads(ran.stdout.splitlines()[-1]), *used


def _settle(servers: list[Server]) -> None:
    # What one has begun must not take the core from the next.
    deadline = time.monotonic() + SETTLE_SECONDS
    before = sum(server.busy() for server in servers)
    while time.monotonic() < deadline:
        time.sleep(0.1)
        now = sum(server.busy() for server in servers)
        if now - before < QUIET:
            return
        before = now


def _children_busy() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
