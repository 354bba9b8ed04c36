"""`python -m bench.soak`: far more connections than the service can serve, for ten minutes, and how it bears that.

It is asked as fast as 500 connections can: by most for pages of threads that change all the time, by the others to take
posts, of which it gets at least twice as many as it can store. Refusals must be honest, accepted reads quick, memory
bounded, every acknowledged comment stored; and a moment after the end it must be as fast as before.
"""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench.asking import HOST
from bench.subjects import Server
from bench.subjects import commentsvc
from bench.subjects import running
from bench.subjects import service
from bench.wrk import wrk_path
from commentsvc.models.ids import to_text

SCRIPT = Path(__file__).with_name("soak.lua")
ORIGIN = "https://soak.example"
ARTICLES = 50
MIB = 1 << 20
# What holds, however busy the machine: seconds for 99 of 100 accepted reads, growth of memory after the first third.
READ_WITHIN = 5.0
GROWTH = 1.3
HONEST = {"200", "201", "429", "503"}
# As fast as before, within the noise of a shared machine, so soon after the end.
RECOVERED = 0.6
REST_SECONDS = 3


@dataclass(frozen=True)
class Told:
    """What one kind of request was answered."""

    seconds: float
    p50: float
    p99: float
    most: float
    broken: int
    bare: int
    statuses: dict[str, int]

    def rate(self, *statuses: str) -> float:
        """Return answers a second, of all statuses or of these."""
        return sum(n for status, n in self.statuses.items() if not statuses or status in statuses) / self.seconds


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--seconds", type=click.IntRange(10), default=600, show_default=True, help="How long.")
@click.option("--connections", type=click.IntRange(20), default=500, show_default=True, help="How many at once.")
def main(seconds: int, connections: int) -> None:
    """Ask far more of the service than it can do, and tell how it bears that."""
    if wrk_path() is None:
        sys.exit("wrk is needed (on Debian: apt-get install wrk).")
    with tempfile.TemporaryDirectory(prefix="commentsvc-soak-", dir=os.environ.get("TMPDIR", "/var/tmp")) as name:  # noqa: S108
        folder = Path(name)
        server = service(folder / "comments.db")
        server.environ["COMMENTSVC_RATE_LIMITS"] = "off"
        words = ["site", "add", "soak", "--origin", ORIGIN, "--hold", "none", "--hold-links", "0"]
        subprocess.run([*commentsvc(), *words], env=server.environ, check=True, capture_output=True)
        cores = sorted(os.sched_getaffinity(0))
        with running(server, cores[0]):
            wrong = _soak(server, folder, seconds, connections)
    for each in wrong:
        click.echo(f"WRONG: {each}")
    click.echo("It holds." if not wrong else "It does not hold.")
    sys.exit(1 if wrong else 0)


def _soak(server: Server, folder: Path, seconds: int, connections: int) -> list[str]:
    taken = folder / "taken"
    began = _end(_begin(server, "post", 8, 5, taken, 0)), _end(_begin(server, "read", 32, 5, taken, 0))
    click.echo(f"alone: {began[0].rate('201'):,.0f} posts a second, then {began[1].rate('200'):,.0f} reads a second")
    # So many that they ask for twice what is stored beside the readers.
    posting = 3 * connections // 10
    loads = [
        _begin(server, "read", connections - posting, seconds, taken, 0),
        _begin(server, "post", posting, seconds, taken, 10_000_000),
    ]
    memory: list[int] = []
    while any(load.poll() is None for load in loads):
        memory.append(server.memory())
        time.sleep(1)
    reads, posts = _end(loads[0]), _end(loads[1])
    time.sleep(REST_SECONDS)
    ended = _end(_begin(server, "post", 8, 5, taken, 20_000_000)), _end(_begin(server, "read", 32, 5, taken, 0))
    settled = memory[len(memory) // 3 :]
    lost = _lost(taken, folder / "comments.db")
    rows = [
        ("reads, accepted and offered", f"{reads.rate('200'):,.0f} of {reads.rate():,.0f} a second"),
        ("reads, half and 99 of 100 within", f"{reads.p50 * 1000:,.0f} ms, {reads.p99 * 1000:,.0f} ms"),
        ("posts, accepted and offered", f"{posts.rate('201'):,.0f} of {posts.rate():,.0f} a second"),
        ("answers", f"reads {reads.statuses}, posts {posts.statuses}"),
        ("refusals without Retry-After", f"{reads.bare + posts.bare}"),
        ("broken connections, timeouts", f"{reads.broken + posts.broken}"),
        (
            "memory (PSS): first, a third on, most",
            f"{memory[0] // MIB} / {settled[0] // MIB} / {max(memory) // MIB} MiB",
        ),
        ("acknowledged comments that are not stored", f"{lost[0]} of {lost[1]:,}"),
        ("afterwards", f"{ended[0].rate('201'):,.0f} posts a second, {ended[1].rate('200'):,.0f} reads a second"),
    ]
    for row in rows:
        click.echo("| {} | {} |".format(*row))
    found = {
        "answers that are neither success nor an honest refusal": set(reads.statuses) | set(posts.statuses) <= HONEST,
        "refusals that do not say when to come back": reads.bare + posts.bare == 0,
        "connections broken": reads.broken + posts.broken == 0,
        "accepted reads wait too long": reads.p99 < READ_WITHIN,
        "memory grows": max(settled) < GROWTH * settled[0],
        "acknowledged comments are lost": lost[0] == 0,
        "it is not as fast afterwards": ended[0].rate("201") > RECOVERED * began[0].rate("201")
        and ended[1].rate("200") > RECOVERED * began[1].rate("200"),
        "it was not asked for twice what it can store": posts.rate() > 2 * posts.rate("201"),
    }
    return [words for words, holds in found.items() if not holds]


def _begin(
    server: Server, kind: str, connections: int, seconds: int, taken: Path, first: int
) -> "subprocess.Popen[str]":
    environ = os.environ | {"SOAK_KIND": kind, "SOAK_THREADS": str(ARTICLES), "SOAK_FIRST": str(first)}
    if kind == "post":
        environ["SOAK_TAKEN"] = str(taken)
    command = [wrk_path() or "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(SCRIPT)]
    return subprocess.Popen([*command, f"http://{HOST}:{server.port}/"], env=environ, stdout=subprocess.PIPE, text=True)


def _end(load: "subprocess.Popen[str]") -> Told:
    said, _ = load.communicate()
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return Told(**found)


def _lost(taken: Path, database: Path) -> tuple[int, int]:
    told = set(taken.read_text().split())
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        stored = {to_text(row[0]) for row in connection.execute("SELECT id FROM comment")}
    return len(told - stored), len(told)


if __name__ == "__main__":
    main()
