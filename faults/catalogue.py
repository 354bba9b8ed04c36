"""All faults, in the order in which they are told of."""

from collections.abc import Callable
from dataclasses import dataclass

from faults import clocks
from faults import disks
from faults import killing
from faults import letters
from faults import points
from faults import postgresql
from faults import racing
from faults import requests
from faults import restarting
from faults import versions
from faults import webhooks
from faults.stage import POSTGRESQL
from faults.stage import SQLITE
from faults.stage import Bout
from faults.stage import Stage

BOTH = (SQLITE, POSTGRESQL)
HERE = (SQLITE,)
THERE = (POSTGRESQL,)
# More than a round passes; it ends by itself.
ALL = 60


@dataclass(frozen=True)
class Fault:
    """A fault: how it happens on a stage, on which databases, how often, and how often in a quick run."""

    name: str
    run: Callable[[Stage, Bout, int], None]
    rounds: int
    quick: int
    databases: tuple[str, ...] = BOTH
    # What has little to do with the database is tried on one of them in a quick run, or not at all.
    quick_on: tuple[str, ...] = BOTH

    @property
    def about(self) -> str:
        """What happens, in a sentence."""
        return (self.run.__doc__ or "").strip().splitlines()[0]


FAULTS = (
    Fault("kill-worker", killing.worker, 200, 4),
    Fault("kill-master", killing.master, 50, 2),
    Fault("exit-before-commit", points.at("before-commit"), ALL, 1, quick_on=HERE),
    Fault("exit-after-commit", points.at("after-commit"), ALL, 1, quick_on=()),
    Fault("exit-at-claim", points.at("claim"), ALL, 1, quick_on=()),
    Fault("exit-before-send", points.at("before-send"), ALL, 1, quick_on=()),
    Fault("exit-after-send", points.at("after-send"), ALL, 1, quick_on=HERE),
    Fault("disk-full", disks.disk_full, 3, 1, databases=HERE, quick_on=HERE),
    Fault("file-limit", disks.file_limit, 5, 1, databases=HERE, quick_on=HERE),
    Fault("io-error", disks.input_output_error, 40, 4, databases=HERE, quick_on=HERE),
    Fault("read-only-disk", disks.read_only, 1, 1, databases=HERE, quick_on=HERE),
    Fault("locked", disks.locked, 3, 1, databases=HERE, quick_on=HERE),
    Fault("log-full", disks.log_full, 2, 1, databases=HERE, quick_on=HERE),
    Fault("postgresql-stopped", postgresql.stopped, 10, 1, databases=THERE, quick_on=THERE),
    Fault("postgresql-killed", postgresql.killed, 10, 1, databases=THERE, quick_on=THERE),
    Fault("backend-killed", postgresql.backend_killed, 20, 2, databases=THERE, quick_on=THERE),
    Fault("backends-ended", postgresql.backend_ended, 50, 2, databases=THERE, quick_on=THERE),
    Fault("network-hangs", postgresql.network_hangs, 10, 2, databases=THERE, quick_on=THERE),
    Fault("takes-no-writes", postgresql.only_read, 5, 1, databases=THERE, quick_on=THERE),
    Fault("mail-dead", letters.dead, 3, 1, quick_on=HERE),
    Fault("mail-hangs", letters.hanging, 3, 1, quick_on=()),
    Fault("mail-drops", letters.dropping, 3, 1, quick_on=HERE),
    Fault("mail-refuses", letters.refusing, 3, 1, quick_on=()),
    Fault("hooks-dead", webhooks.receiver_broken, 8, 1, quick_on=HERE),
    Fault("kill-messenger", webhooks.messenger_killed, 20, 2, quick_on=()),
    Fault("clock-jumps", clocks.jumps, 2, 1, quick_on=HERE),
    Fault("same-20-at-once", requests.same_at_once, 100, 5),
    Fault("cut-by-client", requests.cut_by_client, 200, 10, quick_on=HERE),
    Fault("answer-dropped", requests.answer_dropped, 200, 10, quick_on=HERE),
    Fault("half-a-body", requests.half_a_body, 10, 1, quick_on=HERE),
    Fault("race-first-comment", racing.first_comment, 250, 10),
    Fault("race-decision", racing.same_decision, 1000, 20),
    Fault("race-migration", racing.same_migration, 5, 1),
    Fault("versions-side-by-side", versions.side_by_side, 3, 1, quick_on=()),
    Fault("restart", restarting.term, 20, 1, quick_on=HERE),
    Fault("stop-while-starting", restarting.while_starting, 50, 2, quick_on=HERE),
    Fault("rolling-restart", restarting.rolling, 20, 2, quick_on=HERE),
    Fault("few-files", restarting.few_files, 5, 1, quick_on=HERE),
)
