"""What reading costs as a thread grows, and as all that is stored grows."""

from contextlib import ExitStack

from bench.asking import NUMBER
from bench.asking import Request
from bench.asking import WrongAnswer
from bench.asking import ask
from bench.asking import counts_of
from bench.asking import same_as
from bench.asking import thread_of
from bench.comments import COUNTED
from bench.comments import HUNDRED
from bench.comments import Sized
from bench.comments import counts_path
from bench.comments import hundreds
from bench.comments import of_size
from bench.comments import thread_path
from bench.loading import THOUSAND
from bench.report import Curve
from bench.report import Found
from bench.report import Line
from bench.stage import PACKED
from bench.stage import Bench
from bench.subjects import Server
from bench.subjects import running
from bench.subjects import service
from bench.wrk import Case

ALONE = 1
# A page of a long thread holds about so many comments.
PAGE = 100
TEN_THOUSAND = 10_000

# By number of comments: a server, and the threads that are read there.
Asked = dict[int, tuple[Server, list[Sized]]]

WARM, COLD = "kept ready", "made anew"


def sizes_of_threads(bench: Bench) -> Found:
    """W2: read threads of different sizes, the one of 10,000 over 32 connections; each also alone, warm and cold."""
    with running(service(bench.databases.with_threads(bench.threads)), bench.server_core) as ours:
        small, large = (
            Case(ours, (Request(thread_path(of_size(each)), headers=PACKED),), thread_of(each, min(each, PAGE)))
            for each in (HUNDRED.size, TEN_THOUSAND)
        )
        what, against = "a thread of 10,000 comments, its first page", "our own thread of 100"
        found = bench.load.measure({f"commentsvc, {what}": large, f"commentsvc, {against}": small})
        series, other = found.values()
        curves = _curves(bench, {number: (ours, [of_size(number)]) for number in bench.threads})
    return Found([Line("W2", what, series, against, other)], curves={"threads": curves})


def sizes_of_databases(bench: Bench) -> Found:
    """W7: read the same threads and counts alone, as all that is stored grows."""
    least, most = bench.totals[0], bench.totals[-1]
    request = Request(counts_path(COUNTED), headers=PACKED)
    with ExitStack() as stack:
        servers = {
            total: stack.enter_context(running(service(bench.databases.of(total)), bench.server_core))
            for total in bench.totals
        }
        asked: Asked = {total: (server, _some_hundreds(total)) for total, server in servers.items()}
        found = bench.load.measure(
            {
                f"commentsvc, {what}, {total:,} comments in all": Case(servers[total], asks, check, ALONE)
                for what, asks, check in (
                    ("thread", (Request(thread_path(HUNDRED), headers=PACKED),), thread_of(100, 100)),
                    ("counts", (request,), counts_of(30, 30)),
                )
                for total in (most, least)
            }
        )
        curves = _curves(bench, asked)
    many_read, few_read, many_counted, few_counted = found.values()
    against = f"the same among {least:,}"
    among = f"among {most:,} comments, one connection"
    lines = [
        Line("W7", f"a thread of 100 {among}", many_read, against, few_read),
        Line("W7", f"counts of 30 articles {among}", many_counted, against, few_counted),
    ]
    return Found(lines, curves={"database": curves})


def _curves(bench: Bench, asked: Asked) -> tuple[Curve, Curve]:
    # Warm: the same page again and again. Cold: by another address each time, as from readers of a campaign's letters,
    # which is none of those kept and names the same thread.
    cases: dict[str, Case] = {}
    for number, (server, threads) in asked.items():
        warm = Request(thread_path(threads[0]), headers=PACKED)
        cold = [Request(thread_path(each, f"?utm_campaign={NUMBER}"), headers=PACKED) for each in threads]
        body = ask(server.port, warm).body
        # Where several threads are read in turn, all are of the same size.
        check = same_as(body) if len(threads) == 1 else thread_of(threads[0].size, min(threads[0].size, PAGE))
        cases[f"{WARM}, {number:,}"] = Case(server, (warm,), same_as(body), ALONE)
        cases[f"{COLD}, {number:,}"] = Case(server, tuple(cold), check, ALONE, is_even=len(threads) == 1)
    # There are many of them, and a point of a curve needs no third digit.
    found = bench.load.measure(cases, share=0.5)
    warm_curve, cold_curve = (
        Curve(kind, tuple((number, found[f"{kind}, {number:,}"].per_request) for number in asked))
        for kind in (WARM, COLD)
    )
    for (number, warm_seconds), (_, cold_seconds) in zip(warm_curve.points, cold_curve.points, strict=True):
        if cold_seconds < 2 * warm_seconds:
            raise WrongAnswer(f"{number:,}: a page {COLD} is as fast as one {WARM}, so it was none")
    return warm_curve, cold_curve


def _some_hundreds(total: int) -> list[Sized]:
    # Threads of 100 from all over the database, so that not all of it is always at hand.
    others = hundreds(THOUSAND, total)
    return [HUNDRED, *others[:: max(1, len(others) // 999)]]
