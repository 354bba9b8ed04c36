"""`python -m bench`: measures the service beside nginx and bare WSGI, and tells what it found.

A whole run writes the tables into docs/speed.md and the charts beside it; a part of one only prints.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from bench import growth
from bench import machine
from bench import moving
from bench import report
from bench import workloads
from bench.asking import WrongAnswer
from bench.chart import Chart
from bench.chart import draw
from bench.loading import CommandFailed
from bench.loading import Databases
from bench.loading import free_space
from bench.report import Found
from bench.stage import Bench
from bench.stage import Workload
from bench.subjects import ROOT
from bench.subjects import DidNotStart
from bench.subjects import nginx_path
from bench.wrk import Load
from bench.wrk import wrk_path

# What comes last writes most.
WORKLOADS: dict[str, Workload] = {
    "W1": workloads.thread_of_hundred,
    "W2": growth.sizes_of_threads,
    "W4": workloads.counts,
    "W5": workloads.weight,
    "W6": workloads.thread_of_hundred,
    "W7": growth.sizes_of_databases,
    "W8": moving.in_and_out,
    "W3": workloads.posts,
}
WITHOUT_LOAD = ("W5", "W8")
THREADS = (10, 100, 1_000, 10_000, 100_000)
TOTALS = (1_000, 10_000, 100_000, 1_000_000)
QUICK = 10_000
# What a comment takes on the way: the archive, what an import puts aside, the database, and the smaller ones.
ROOM_FOR_A_COMMENT = 8_000
ROOM_FOR_THE_REST = 1 << 30

DOCUMENT = "speed.md"
SUBTITLE = "The first page, over one connection. In proportion, each step would be tenfold."
CHARTS = {
    "threads": ("Time for one read, by the size of the thread", "comments in the thread"),
    "database": ("Time for one read, by all that is stored", "comments in the database"),
}


def _marks(_context: click.Context, _option: click.Parameter, typed: str | None) -> tuple[str, ...]:
    marks = tuple(sorted(mark.strip().upper() for mark in typed.split(","))) if typed else tuple(sorted(WORKLOADS))
    unknown = [mark for mark in marks if mark not in WORKLOADS]
    if unknown:
        raise click.BadParameter(f"there is no {unknown[0]}; it is some of {', '.join(sorted(WORKLOADS))}")
    return marks


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--quick", is_flag=True, help="One round of a second each, and sizes to 10,000: to see that all works.")
@click.option("--million", is_flag=True, help="A database of 1,000,000 comments as well, which takes long to load.")
@click.option("--only", callback=_marks, help="Some workloads, such as W1,W4.")
@click.option("--seconds", type=click.IntRange(1), help="Length of each measurement; 2 if not given.")
@click.option("--rounds", type=click.IntRange(1), help="How often each is repeated; 3 if not given.")
@click.option(
    "--into",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with a speed.md to write to, instead of docs/; also for a part of a run.",
)
def main(
    quick: bool, million: bool, only: tuple[str, ...], seconds: int | None, rounds: int | None, into: Path | None
) -> None:
    """Measure how fast the service is, beside what the machine could do at best."""
    impossible = machine.why_not()
    if impossible:
        raise click.ClickException(impossible)
    marks = _possible(only)
    seconds, rounds = seconds or (1 if quick else 2), rounds or (1 if quick else 3)
    largest = QUICK if quick else TOTALS[-1] if million else TOTALS[-2]
    is_whole = not quick and set(marks) == set(WORKLOADS) and nginx_path() is not None
    # A plain `kill` ends it as Ctrl-C does, also where a script runs it behind: everything that was started is stopped.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    try:
        # Where files survive a restart they are on a disk, which /tmp often is not.
        with tempfile.TemporaryDirectory(prefix="commentsvc-bench-", dir=os.environ.get("TMPDIR", "/var/tmp")) as name:  # noqa: S108
            folder = Path(name)
            _require_room(folder, largest)
            found = _measure(folder, marks, largest, seconds, rounds)
            told = machine.facts(folder, seconds, rounds)
    except KeyboardInterrupt:
        raise click.ClickException("stopped; nothing was written") from None
    except (WrongAnswer, DidNotStart, CommandFailed) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"\n{report.markdown(found, told)}\n")
    target = into or (ROOT / "docs" if is_whole else None)
    if target is None:
        click.echo("This was a part of a run: nothing was written (--into FOLDER writes it).")
    else:
        _write(target, found, told)


def _possible(marks: tuple[str, ...]) -> tuple[str, ...]:
    if wrk_path() is None or nginx_path() is None:
        missing = " and ".join(name for name, path in (("wrk", wrk_path()), ("nginx", nginx_path())) if path is None)
        skipped = "all but W5 and W8" if wrk_path() is None else "nginx's row"
        click.echo(f"Without {missing}, {skipped} is skipped; on Debian: apt-get install wrk nginx-light", err=True)
    possible = tuple(mark for mark in marks if wrk_path() is not None or mark in WITHOUT_LOAD)
    if not possible:
        raise click.ClickException("there is nothing left to measure")
    return possible


def _require_room(folder: Path, largest: int) -> None:
    needed = largest * ROOM_FOR_A_COMMENT + ROOM_FOR_THE_REST
    if free_space(folder) < needed:
        raise click.ClickException(
            f"{folder.parent} has no room for {largest:,} comments ({report.size(needed)}); TMPDIR names another folder"
        )
    if machine.file_system(folder) in machine.IN_MEMORY:
        _tell(f"{folder.parent} is in memory, so posts never wait for a disk; TMPDIR names another folder")


def _measure(folder: Path, marks: tuple[str, ...], largest: int, seconds: int, rounds: int) -> Found:
    server_core, load_core = sorted(os.sched_getaffinity(0))[:2]
    databases = Databases(folder, server_core, _tell)
    bench = Bench(
        folder=folder,
        server_core=server_core,
        load=Load(load_core, seconds, rounds, _tell),
        databases=databases,
        threads=tuple(number for number in THREADS if number <= min(largest, TOTALS[-2])),
        totals=tuple(number for number in TOTALS if number <= largest),
    )
    all_found = Found()
    done: set[Workload] = set()
    for mark, workload in WORKLOADS.items():
        if mark not in marks or workload in done:
            continue
        done.add(workload)
        _tell(f"{mark}: {(workload.__doc__ or '').partition(': ')[2]}")
        found = workload(bench).only(marks)
        all_found.lines += found.lines
        all_found.facts += found.facts
        all_found.curves |= found.curves
    if "W7" in marks:
        all_found.facts.append(databases.told())
    all_found.lines.sort(key=lambda line: line.mark)
    all_found.facts.sort(key=lambda fact: fact.mark)
    return all_found


def _write(folder: Path, found: Found, told: Sequence[str]) -> None:
    document = folder / DOCUMENT
    images = folder / "images"
    images.mkdir(exist_ok=True)
    text = report.put(document.read_text(), report.markdown(found, told))
    for against, curves in found.curves.items():
        title, across = CHARTS[against]
        picture = draw(Chart(title, SUBTITLE, across, curves))
        (images / f"speed-{against}.svg").write_text(picture)
    document.write_text(text)
    click.echo(f"Written to {document} and {images}.")


def _tell(words: str) -> None:
    click.echo(words, err=True)


if __name__ == "__main__":
    sys.exit(main())
