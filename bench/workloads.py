"""What is asked of whom, and what is set against it: reading, posting, counting, and what the embed weighs."""

import gzip
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import embed
from bench import limits
from bench.asking import NUMBER
from bench.asking import Request
from bench.asking import WrongAnswer
from bench.asking import ask
from bench.asking import counts_of
from bench.asking import same_as
from bench.asking import stored
from bench.asking import thread_of
from bench.comments import COUNTED
from bench.comments import HUNDRED
from bench.comments import ORIGIN
from bench.comments import SITE
from bench.comments import Sized
from bench.comments import counts_path
from bench.comments import thread_path
from bench.loading import THOUSAND
from bench.loading import run
from bench.report import Fact
from bench.report import Found
from bench.report import Line
from bench.report import size
from bench.stage import PACKED
from bench.stage import Bench
from bench.subjects import Server
from bench.subjects import bare
from bench.subjects import nginx
from bench.subjects import nginx_path
from bench.subjects import running
from bench.subjects import service
from bench.wrk import Case

WRITERS = 16

POST = """Remark NNNNNNNN with **bold** words, a [link](https://example.com/bridge?from=NNNNNNNN) and `code`.

<script>steal(document.cookie)</script> <img src=x onerror=steal()> <b>bold?</b> [click](javascript:steal())

> The old bridge leans.

- It leans to the east,
- and it has done so for twelve years.

Whoever has read the article to its end knows why, and will hardly wonder that nobody repairs it before the summer."""


def thread_of_hundred(bench: Bench) -> Found:
    """W1 and W6: read a thread of 100 over 32 connections, and what memory that takes."""
    request = Request(thread_path(HUNDRED), headers=PACKED)
    what = "a thread of 100 comments"
    with ExitStack() as stack:
        ours = stack.enter_context(running(service(bench.databases.of(THOUSAND)), bench.server_core))
        body = ask(ours.port, request).body
        folder = _limits_folder(bench, body)
        cases = {"commentsvc, " + what: Case(ours, (request,), thread_of(100, 100))}
        for name, server in _reading_limits(folder, request):
            stack.enter_context(running(server, bench.server_core))
            asked = Request("/thread.json", headers=PACKED) if server.name == "nginx" else request
            cases[name] = Case(server, (asked,), same_as(body))
        found = bench.load.measure(cases)
        memory = {name: case.server.memory() for name, case in cases.items()}
    (first, series), *others = found.items()
    lines = [Line("W1", what, series, name, other) for name, other in others]
    told = "; ".join([size(memory[first]), *(f"{name}: {size(memory[name])}" for name, _ in others)])
    facts = [
        Fact("W6", "memory of all its processes after W1 (PSS)", told),
        Fact("W1", "the page of 100 comments", f"{size(len(gzip.compress(body, 9)))} gzipped, {size(len(body))} plain"),
    ]
    return Found(lines, facts)


def posts(bench: Bench) -> Found:
    """W3: post comments over 16 connections to 30 threads, and look for each acknowledged one in an export."""
    database = bench.databases.copy(bench.databases.of(THOUSAND), "posts")
    requests = tuple(_post(thread) for thread in COUNTED)
    what = "post a comment: Markdown, sanitizer, on the disk"
    taken = database.with_name("taken")
    with ExitStack() as stack:
        ours = stack.enter_context(running(service(database), bench.server_core))
        cases = {"commentsvc, " + what: Case(ours, requests, stored, WRITERS, taken, is_even=False)}
        folder = _limits_folder(bench, b"{}")
        for application, name in (
            ("insert", "bare WSGI, one INSERT, synchronous=FULL"),
            ("render_and_insert", "the same after our Markdown and sanitizer"),
        ):
            server = bare(name, application, folder, Request("/"))
            stack.enter_context(running(server, bench.server_core))
            cases[name] = Case(server, requests, stored, WRITERS, is_even=False)
        (_, series), *others = bench.load.measure(cases).items()
    acknowledged = _require_all_there(database, taken, sum(each.requests for each in series.rounds))
    lines = [Line("W3", what, series, name, other) for name, other in others]
    told = f"{acknowledged:,} acknowledged, {acknowledged:,} found in an export"
    return Found(lines, [Fact("W3", "comments acknowledged under load, and found afterwards", told)])


def counts(bench: Bench) -> Found:
    """W4: ask for the counts of 30 articles over 32 connections."""
    request = Request(counts_path(COUNTED), headers=PACKED)
    check = counts_of(30, 30)
    what, name = "counts of 30 articles", "bare WSGI, one SELECT of 30 rows"
    with ExitStack() as stack:
        ours = stack.enter_context(running(service(bench.databases.of(THOUSAND)), bench.server_core))
        server = bare(name, "one_select", _limits_folder(bench, b"{}"), Request("/counts?url="))
        stack.enter_context(running(server, bench.server_core))
        found = bench.load.measure(
            {"commentsvc, " + what: Case(ours, (request,), check), name: Case(server, (request,), check)}
        )
    series, other = found.values()
    return Found([Line("W4", what, series, name, other)])


def weight(bench: Bench) -> Found:
    """W5: what the embed weighs, and how many requests it is."""
    with running(service(bench.databases.of(THOUSAND)), bench.server_core) as ours:
        weights = embed.weights(ours)
        asked = embed.requests(ours)
    first, *later = weights.items()
    told = f"{first[1]:,} bytes gzipped"
    told += f"; {asked.code} request, then {asked.data} for the thread" if asked else " (no browser to count requests)"
    facts = [Fact("W5", "the embed: script and style", told)]
    if later:
        told = ", ".join(f"{name} {weight:,}" for name, weight in later)
        facts.append(Fact("W5", "loaded when wanted, bytes gzipped", told))
    return Found(facts=facts)


def _reading_limits(folder: Path, request: Request) -> list[tuple[str, Server]]:
    limits_ = [
        ("bare WSGI, bytes in memory", bare("bytes in memory", "in_memory", folder, request)),
        ("bare WSGI, one SELECT", bare("one SELECT", "one_select", folder, request)),
    ]
    if nginx_path() is None:
        return limits_
    return [("nginx, the same bytes", nginx(folder, Request("/thread.json"))), *limits_]


def _limits_folder(bench: Bench, body: bytes) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="limits-", dir=bench.folder))
    limits.prepare(folder, body, HUNDRED.url, {thread.url: thread.size for thread in COUNTED})
    return folder


def _post(thread: Sized) -> Request:
    comment = {"url": thread.url, "name": f"Writer {NUMBER}", "email": "writer@mail.example", "body": POST}
    # As the widget sends it.
    headers = {"Origin": ORIGIN, "Content-Type": "application/json", "Idempotency-Key": f"bench-post-{NUMBER}"}
    return Request(f"/api/v1/sites/{SITE}/comments", "POST", headers, json.dumps(comment))


def _require_all_there(database: Path, taken: Path, measured: int) -> int:
    acknowledged = taken.read_text().split()
    archive = database.with_name("export.jsonl")
    run(database, "export", "--site", SITE, str(archive))
    with archive.open(encoding="utf-8") as lines:
        there = {line["id"] for line in map(json.loads, lines) if line.get("kind") == "comment"}
    if len(acknowledged) < measured or len(set(acknowledged)) != len(acknowledged):
        raise WrongAnswer(f"{measured:,} posts were answered, and {len(set(acknowledged)):,} ids told")
    lost = set(acknowledged) - there
    if lost:
        raise WrongAnswer(f"{len(lost):,} of {len(acknowledged):,} acknowledged comments are not in the database")
    return len(acknowledged)
