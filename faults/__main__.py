"""`python -m faults`: breaks the running service in every way at hand, and tells what is lost or doubled."""

import os
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

import click

from faults import report
from faults.catalogue import FAULTS
from faults.catalogue import Fault
from faults.service import ROOT
from faults.stage import POSTGRESQL
from faults.stage import SQLITE
from faults.stage import Bout
from faults.stage import Stage
from faults.stage import opened

NAMES = {fault.name: fault for fault in FAULTS}
TABLE = ROOT / "docs" / "faults.md"
RECORD = ROOT / "build" / "faults.json"
BOTH = "both"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--only", type=click.Choice(list(NAMES)), multiple=True, metavar="NAME", help="This fault; may be repeated."
)
@click.option(
    "--rounds", type=click.IntRange(1), help="How often each fault happens; else each has a number of its own."
)
@click.option("--quick", is_flag=True, help="A few rounds each, in under four minutes.")
@click.option("--database", type=click.Choice((SQLITE, POSTGRESQL, BOTH)), default=BOTH, show_default=True)
@click.option("--write", is_flag=True, help="Put what was found into the table of docs/faults.md.")
@click.option("--list", "only_list", is_flag=True, help="Name the faults, and end.")
def main(only: tuple[str, ...], rounds: int | None, quick: bool, database: str, write: bool, only_list: bool) -> None:
    """Break the running service, and reconcile what it acknowledged with what is there."""
    if only_list:
        for fault in FAULTS:
            click.echo(f"{fault.name:<22} {fault.about}")
        return
    chosen = [fault for fault in FAULTS if not only or fault.name in only]
    kinds = [kind for kind in (SQLITE, POSTGRESQL) if database in (kind, BOTH)]
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    bouts: list[Bout] = []
    try:
        # Where files survive a restart they are on a disk, which /tmp often is not.
        with tempfile.TemporaryDirectory(prefix="commentsvc-faults-", dir=os.environ.get("TMPDIR", "/var/tmp")) as name:  # noqa: S108
            for kind in kinds:
                faults = [
                    fault for fault in chosen if kind in (fault.quick_on if quick and not only else fault.databases)
                ]
                _on(kind, faults, Path(name), rounds, quick, bouts)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)
    order = list(NAMES)
    bouts.sort(key=lambda bout: order.index(bout.fault))
    click.echo(f"\n{report.table(bouts)}\n")
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(report.as_json(bouts))
    if write:
        TABLE.write_text(report.put(TABLE.read_text(), bouts, order))
    failed = [bout for bout in bouts if not bout.skipped and not report.holds(bout)]
    click.echo(f"{len(bouts) - len(failed)} of {len(bouts)} hold. All of it: {RECORD}")
    sys.exit(1 if failed or not bouts else 0)


def _on(kind: str, faults: list[Fault], folder: Path, rounds: int | None, quick: bool, bouts: list[Bout]) -> None:
    if not faults:
        return
    home = folder / kind
    home.mkdir()
    with opened(kind, home) as stage:
        for fault in faults:
            bout = Bout(fault.name, kind)
            began = time.monotonic()
            # Each look at everything takes seconds: a quick run has one, after the last fault.
            is_examined = not quick or fault is faults[-1]
            _go_through(fault, stage, bout, rounds or (fault.quick if quick else fault.rounds), is_examined)
            # One that was stopped in the middle proves nothing.
            bouts.append(bout)
            click.echo(f"{kind:<11}{fault.name:<22}{time.monotonic() - began:6.1f} s  {report.verdict(bout)}", err=True)


def _go_through(fault: Fault, stage: Stage, bout: Bout, rounds: int, is_examined: bool) -> None:
    before = stage.acknowledged.everything()
    try:
        if stage.service.process is None:
            stage.service.start()
        fault.run(stage, bout, rounds)
        if bout.skipped:
            return
        bout.settle(stage)
        if is_examined:
            bout.examine(stage)
    except Exception as error:
        # One fault that goes wrong does not keep the others from being tried.
        where = traceback.extract_tb(error.__traceback__)[-1]
        bout.wrong(f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"[:400])
        stage.service.stop()
    after = stage.acknowledged.everything()
    bout.acknowledged += len(after.comments) - len(before.comments)
    bout.acknowledged += len(after.decisions) - len(before.decisions)
    bout.letters += len(after.letters) - len(before.letters)


if __name__ == "__main__":
    main()
