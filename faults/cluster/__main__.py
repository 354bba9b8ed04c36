"""`python -m faults.cluster`: two service hosts, a primary and its replica, nginx; one after the other is broken."""

import contextlib
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import click

from faults import report
from faults.clients import Acknowledged
from faults.cluster.bouts import BOUTS
from faults.cluster.network import HERE
from faults.cluster.network import Host
from faults.cluster.network import enter_own_network
from faults.cluster.servers import Backend
from faults.cluster.servers import Front
from faults.cluster.servers import Server
from faults.cluster.stage import Cluster
from faults.looking import Looker
from faults.stage import Bout
from tests.rig.smtp import MailHost


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--only", type=click.Choice(list(BOUTS)), multiple=True, metavar="NAME", help="This one; may be repeated."
)
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True, help="How often each.")
@click.option("--list", "only_list", is_flag=True, help="Name them, and end.")
def main(only: tuple[str, ...], rounds: int, only_list: bool) -> None:
    """Break one host after the other under load, and reconcile what was acknowledged with what is there."""
    if only_list:
        for name, act in BOUTS.items():
            click.echo(f"{name:<24} {(act.__doc__ or '').splitlines()[0]}")
        return
    enter_own_network(["-m", "faults.cluster", *sys.argv[1:]])
    # Whatever ends this, what it started ends too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    bouts: list[Bout] = []
    room = os.environ.get("TMPDIR", "/var/tmp")  # noqa: S108
    with tempfile.TemporaryDirectory(prefix="commentsvc-cluster-", dir=room) as name, _running(Path(name)) as cluster:
        for each in only or BOUTS:
            bouts.append(_through(each, cluster, rounds))
    click.echo(f"\n{report.table(bouts)}\n")
    failed = [bout for bout in bouts if not report.holds(bout)]
    click.echo(f"{len(bouts) - len(failed)} of {len(bouts)} hold.")
    sys.exit(1 if failed or not bouts else 0)


def _through(name: str, cluster: Cluster, rounds: int) -> Bout:
    bout = Bout(name, "postgresql")
    began, before = time.monotonic(), cluster.acknowledged.everything()
    try:
        for _ in range(rounds):
            BOUTS[name](cluster, bout)
            bout.rounds += 1
        bout.settle(cluster)
    except Exception as error:
        # One that goes wrong does not keep the others from being tried.
        where = traceback.extract_tb(error.__traceback__)[-1]
        bout.wrong(f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"[:400])
    after = cluster.acknowledged.everything()
    bout.acknowledged = len(after.comments) + len(after.decisions) - len(before.comments) - len(before.decisions)
    bout.letters = len(after.letters) - len(before.letters)
    click.echo(f"{name:<24}{time.monotonic() - began:6.1f} s  {report.verdict(bout)}", err=True)
    return bout


@contextlib.contextmanager
def _running(folder: Path) -> Iterator[Cluster]:
    hosts = {name: Host(name, number) for name, number in (("a", 11), ("b", 12), ("db1", 21), ("db2", 22))}
    with contextlib.ExitStack() as ends:
        mail = MailHost()
        mail._controller.hostname = HERE
        mail.start()
        ends.callback(mail.stop)
        first, second = ends.enter_context(Server(hosts["db1"])), ends.enter_context(Server(hosts["db2"]))
        first.create_database("faults")
        second.follow(first)
        both = f"{hosts['db1'].address},{hosts['db2'].address}"
        url = f"postgresql://postgres@/faults?host={both}&target_session_attrs=read-write"
        wanted = {"SMTP_URL": f"smtp://{HERE}:{mail.port}?starttls=off", "SMTP_TIMEOUT": "2", "TRUSTED_PROXIES": "1"}
        wanted["READ_URL"] = f"postgresql://postgres@{hosts['db2'].address}/faults"
        backends = []
        for name in ("a", "b"):
            pages = {"PAGE_FOLDER": str(folder / f"pages-{name}")}
            backends.append(Backend(folder, url, wanted | pages, port=8080, host=hosts[name]))
            ends.callback(backends[-1].stop)
        (folder / "nginx").mkdir()
        front = Front(folder / "nginx", backends)
        front.start()
        ends.callback(front.stop)
        acknowledged = Acknowledged(folder / "acknowledged.jsonl")
        ends.callback(acknowledged.close)
        cluster = Cluster(folder, backends, front, mail, acknowledged, Looker(first.url("faults")), first, second)
        cluster.prepare()
        yield cluster


if __name__ == "__main__":
    main()
