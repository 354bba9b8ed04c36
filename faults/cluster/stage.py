"""The cluster with its people: what a stage of one service is, with several of everything."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from faults.clients import API
from faults.clients import ARTICLE
from faults.clients import Acknowledged
from faults.clients import Crowd
from faults.clients import ask
from faults.cluster.servers import DOOR
from faults.cluster.servers import Backend
from faults.cluster.servers import Front
from faults.cluster.servers import Server
from faults.looking import Looker
from faults.service import Service
from faults.stage import POSTGRESQL
from faults.stage import Bout
from faults.stage import Stage
from tests.rig.smtp import MailHost


class Cluster(Stage):
    """Two services, nginx in front of them, and the database that takes writes beside the one that follows it."""

    def __init__(
        self,
        folder: Path,
        backends: list[Backend],
        front: Front,
        mail: MailHost,
        acknowledged: Acknowledged,
        looker: Looker,
        primary: Server,
        replica: Server,
    ) -> None:
        """Take what runs; nobody talks to a service but through nginx."""
        behind = _BehindNginx(folder, backends[0].database_url, backends[0].settings, port=DOOR)
        behind.backends = backends
        super().__init__(POSTGRESQL, folder, behind, mail, None, acknowledged, looker)  # type: ignore[arg-type]
        self.backends = backends
        self.front = front
        self.primary = primary
        self.replica = replica

    def start(self) -> None:
        """Start every host that does not run."""
        self.service.start()

    def turn(self) -> None:
        """Follow the database: the replica was promoted."""
        self.primary, self.replica = self.replica, self.primary
        self.looker = Looker(self.primary.url("faults"))

    @contextlib.contextmanager
    def watched(self, bout: Bout, crowd: Crowd) -> Iterator[None]:
        """Note where readers of a thread were not answered, or waited long; and how those fared whom no cache helps."""
        cold = _Cold()
        began = time.monotonic()
        with cold.at_work():
            yield
        bout.require_reads(crowd, began, time.monotonic())
        refused = [status for status in cold.statuses if status not in (200, 503)]
        if refused:
            bout.wrong(f"readers of a page that nobody had read were answered {sorted(set(refused))}")
        given = cold.statuses.count(200)
        bout.notes.append(
            f"pages made anew: {given:,} of {len(cold.statuses):,} given, longest wait {max(cold.waits):.1f} s"
        )


class _BehindNginx(Service):
    """The service as the world sees it: both hosts, behind nginx."""

    backends: list[Backend]

    @property
    def environ(self) -> dict[str, str]:
        return self.backends[0].environ

    def start(self, *_: object, **__: object) -> float:  # type: ignore[override]
        began = time.monotonic()
        for backend in self.backends:
            if backend.process is None:
                backend.start()
        return time.monotonic() - began

    def stop(self) -> None:
        for backend in self.backends:
            backend.stop()


@dataclass
class _Cold:
    """A reader who asks each time by an address that nobody asked for before, so that a page must be made."""

    statuses: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        over = threading.Event()

        def read() -> None:
            while not over.wait(0.05):
                began = time.monotonic()
                path = f"{API}/thread?url={ARTICLE}&sort=newest&n={time.monotonic_ns()}"
                try:
                    self.statuses.append(ask(DOOR, "GET", path).status)
                except OSError:
                    self.statuses.append(0)
                self.waits.append(time.monotonic() - began)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
