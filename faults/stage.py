"""A service with its database, mail server and people, ready to be broken; and what one fault came to there."""

import contextlib
import re
import shutil
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from urllib.parse import urlencode
from urllib.parse import urlsplit

from faults import looking
from faults.clients import API
from faults.clients import LISTENER
from faults.clients import ORIGIN
from faults.clients import SITE
from faults.clients import Acknowledged
from faults.clients import Crowd
from faults.clients import ask
from faults.clients import submission
from faults.looking import Looker
from faults.reconciling import compare
from faults.reconciling import compare_letters
from faults.relay import Relay
from faults.service import ROOT
from faults.service import Service
from tests.rig.postgres import Postgres
from tests.rig.smtp import MailHost

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
MODERATOR = "mona@mail.example"
# What a production server has, and the tests' has not.
DURABLE = ("--fsync=on", "--synchronous_commit=on", "--full_page_writes=on")
MAIL_SECONDS = 20


@dataclass
class Stage:
    """The service, its database and its mail server; everything that was acknowledged."""

    kind: str
    folder: Path
    service: Service
    mail: MailHost
    # Between the service and the mail server.
    post_road: Relay
    acknowledged: Acknowledged
    looker: Looker
    sqlite: Path | None = None
    postgres: Postgres | None = None
    # Between the service and PostgreSQL.
    network: Relay | None = None
    root: str = ""
    token: str = ""

    def crowd(self, port: int | None = None, **more: object) -> Crowd:
        """Return people for the service, or for a port in front of it."""
        return Crowd(port or self.service.port, self.acknowledged, self.root, self.token, **more)  # type: ignore[arg-type]

    def prepare(self) -> None:
        """Make site, moderator and token, and a thread whose first author hears of every reply."""
        self._command("migrate")
        self._command("site", "add", SITE, "--origin", ORIGIN, "--hold", "none", "--hold-links", "0")
        self._command("moderator", "add", MODERATOR, "--site", SITE, "--password-stdin", stdin="a long password\n")
        words = ("--site", SITE, "--moderator", MODERATOR, "--scope", "read", "--scope", "decide")
        self.token = self._command("token", "add", "harness", *words).strip().splitlines()[-1]
        self.service.start()
        text = self.acknowledged.next_text()
        answer = ask(self.service.port, "POST", f"{API}/comments", submission(text, email=LISTENER, notify=True))
        self.root = answer.json["comment"]["id"]
        self.acknowledged.note("comment", self.root, text)
        self._confirm()

    def _confirm(self) -> None:
        deadline = time.monotonic() + MAIL_SECONDS
        while not self.mail.arrived:
            assert time.monotonic() < deadline, "no letter came"
            time.sleep(0.05)
        found = re.search(r"http://\S+/confirm/[\w-]+", self.mail.arrived[0].part("plain"))
        assert found is not None
        address = found[0]
        with urllib.request.urlopen(address) as answer:  # noqa: S310 - our own
            page = answer.read().decode()
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
        assert token is not None
        origin = f"http://{urlsplit(address).netloc}"
        request = urllib.request.Request(address, urlencode({"csrf_token": token[1]}).encode(), {"Origin": origin})  # noqa: S310
        with urllib.request.urlopen(request):  # noqa: S310
            pass

    def _command(self, *words: str, stdin: str = "") -> str:
        ran = self.service.command(*words, stdin=stdin)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


@dataclass
class Bout:
    """One fault on one database: how often, how long until all were acknowledged again, what is wrong."""

    fault: str
    database: str
    rounds: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    letters: int = 0
    letters_lost: int = 0
    letters_doubled: int = 0
    recoveries: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: str = ""

    def wrong(self, words: str) -> None:
        """Note what is wrong, once."""
        if words not in self.faults:
            self.faults.append(words)

    def require_busy(self, crowd: Crowd, more: tuple[str, ...] = ()) -> None:
        """Note every answer that is neither success nor an honest 503."""
        for outcome, number in crowd.outcomes.items():
            if outcome not in ("acknowledged", "decided", "cut", "503", *more):
                self.wrong(f"answered {outcome} {number} times")

    def require_reads(self, crowd: Crowd, since: float, until: float) -> None:
        """Note where what was read before could not be read meanwhile."""
        read = [status for moment, status in crowd.reads if since <= moment <= until]
        failed = [status for status in read if status != 200]
        if failed or not read:
            self.wrong(f"{len(failed)} of {len(read)} reads failed ({failed[:1]})")

    def look(self, stage: Stage) -> None:
        """Hold what was acknowledged against what is stored."""
        found = compare(stage.acknowledged.everything(), stage.looker.stored())
        self.lost, self.doubled = max(self.lost, found.lost), max(self.doubled, found.doubled)
        for words in found.faults:
            self.wrong(words)

    def settle(self, stage: Stage) -> None:
        """Have the letters delivered, and look for comments and letters."""
        failed = stage.looker.deliver_everything(stage.service)
        if failed:
            self.wrong(failed)
        told = stage.acknowledged.everything()
        self.look(stage)
        arrived = stage.looker.arrivals(stage.mail)
        found = compare_letters(told, stage.looker.stored(), arrived)
        self.letters_lost, self.letters_doubled = found.letters_lost, found.letters_doubled
        for words in found.faults:
            self.wrong(words)

    def examine(self, stage: Stage) -> None:
        """Have the operator's commands look at everything."""
        for words in looking.unsound(stage.service, stage.looker):
            self.wrong(words)


@contextlib.contextmanager
def opened(kind: str, folder: Path, root: Path = ROOT, notes: Path | None = None, **settings: str) -> Iterator[Stage]:
    """Run a service on a new database of a kind, with its mail server; everything is stopped at the end.

    `root` is where its code is, `notes` where it is noted what was acknowledged, if not in the same folder.
    """
    with contextlib.ExitStack() as ends:
        mail = MailHost()
        mail.start()
        ends.callback(mail.stop)
        post_road = ends.enter_context(Relay(mail.port))
        sqlite, postgres, network = None, None, None
        if kind == SQLITE:
            (folder / "disk").mkdir()
            sqlite = folder / "disk" / "comments.db"
            url = f"sqlite:///{sqlite}"
        else:
            postgres = ends.enter_context(Postgres(*DURABLE))
            direct = postgres.create_database("faults")
            socket = Path(direct.partition("host=")[2]) / ".s.PGSQL.5432"
            network = ends.enter_context(Relay(str(socket)))
            url = f"postgresql+psycopg://postgres@127.0.0.1:{network.port}/faults"
        pages = str(folder / "pages")
        wanted = {
            "SMTP_URL": f"smtp://127.0.0.1:{post_road.port}",
            "SMTP_TIMEOUT": "2",
            "PAGE_FOLDER": pages,
        } | settings
        service = Service(folder, url, wanted, root=root)
        acknowledged = Acknowledged((notes or folder) / "acknowledged.jsonl")
        ends.callback(acknowledged.close)
        looker = Looker(url if postgres is None else postgres.url("faults"))
        stage = Stage(kind, folder, service, mail, post_road, acknowledged, looker, sqlite, postgres, network)
        # Whichever serves then.
        ends.callback(lambda: stage.service.stop())
        stage.prepare()
        yield stage
    shutil.rmtree(folder, ignore_errors=True)
