"""Looks at what is stored and at what has arrived, past the service and through the operator's commands."""

import json
import re
import time
from contextlib import suppress
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from pathlib import Path
from typing import Any
from typing import cast

from sqlalchemy import Table
from sqlalchemy import create_engine
from sqlalchemy import text
from sqlalchemy import update
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.letter import Letter
from commentsvc.notifying.delivering import LEASE
from commentsvc.notifying.hook_signing import message_id
from faults.reconciling import Arrival
from faults.reconciling import Row
from faults.reconciling import Stored
from faults.service import Service
from tests.rig.smtp import MailHost

COMMENTS = text(
    "SELECT c.id, r.source, r.html, c.state FROM comment c LEFT JOIN revision r"
    " ON r.site_id = c.site_id AND r.comment_id = c.id AND r.n = c.shown_revision"
)
# What a moderator did to a comment: once for each that is acknowledged.
ACTS = text("SELECT comment_id, act FROM decision WHERE comment_id IS NOT NULL")
LETTERS = text("SELECT message_id, sent FROM letter WHERE kind <> 'digest'")
LEASES = text("SELECT DISTINCT leased_by FROM letter WHERE sent IS NULL AND leased_by IS NOT NULL")
END_LEASE = text("UPDATE letter SET leased_by = NULL, leased_until = NULL WHERE leased_by = :by AND sent IS NULL")
MAKE_DUE = text("UPDATE letter SET due = created WHERE sent IS NULL AND leased_by IS NULL AND kind <> 'digest'")
UNSENT = "SELECT count(*) FROM letter WHERE sent IS NULL AND kind <> 'digest'"
# Webhooks that are being told by someone dead, that rest, and what waits.
TELLING = text("SELECT DISTINCT leased_by FROM webhook WHERE leased_by IS NOT NULL")
END_TELLING = text("UPDATE webhook SET leased_by = NULL, leased_until = NULL WHERE leased_by = :by")
WAKE = text("UPDATE webhook SET resting_until = NULL WHERE resting_until IS NOT NULL AND leased_by IS NULL")
LEFT = "SELECT count(*) FROM delivery WHERE delivered IS NULL AND parked IS NULL"
LINE = text(
    "SELECT id FROM delivery WHERE webhook_id = :webhook AND delivered IS NULL AND parked IS NULL ORDER BY place"
)
LETTER = cast(Table, Letter.__table__)
END_OLD = update(LETTER).where(LETTER.c.sent.is_(None)).values(leased_by=None, leased_until=None)
# The mail server of the harness is given two seconds for each of a few answers.
LONGEST_SENDING = timedelta(seconds=12)
DELIVERY_SECONDS = 60


class Looker:
    """Reads one database."""

    def __init__(self, url: str) -> None:
        """Take its address."""
        wanted = make_url(url)
        # Able to write also where the service is kept from it.
        options: dict[str, Any] = {"options": "-c default_transaction_read_only=off"}
        if wanted.drivername == "sqlite":
            options = {"timeout": 20}
        self._engine = create_engine(wanted, poolclass=NullPool, connect_args=options)
        self._texts: dict[int, Arrival] = {}
        # The webhook whose line is looked at.
        self.webhook = ""

    def stored(self) -> Stored:
        """Return all comments, what was done to them, and the letters."""
        with self._engine.connect() as connection:
            comments = [Row(to_text(one.id), one.source, one.html, one.state) for one in connection.execute(COMMENTS)]
            acts = [(to_text(one.comment_id), one.act) for one in connection.execute(ACTS)]
            letters = list(connection.execute(LETTERS))
        sent = frozenset(one.message_id for one in letters if one.sent is not None)
        return Stored(comments, acts, sent, sum(one.sent is None for one in letters))

    def scalar(self, statement: str) -> Any:
        """Return the first value that a question has for an answer."""
        with self._engine.connect() as connection:
            return connection.scalar(text(statement))

    def run(self, statement: str) -> None:
        """Run a statement that can't be in a transaction."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))

    def deliver_everything(self, service: Service) -> str:
        """Let the time pass that letters rest, have them delivered, and return what went wrong, as a line.

        Leases are ended of dead workers, and those that are older than any sending takes; then rests.
        """
        deadline = time.monotonic() + DELIVERY_SECONDS
        said = ""
        while time.monotonic() < deadline:
            with self._engine.begin() as connection:
                for by in connection.scalars(LEASES).all():
                    if not Path(f"/proc/{by.partition('-')[0]}").exists():
                        connection.execute(END_LEASE, {"by": by})
                old = datetime.now(UTC) + LEASE - LONGEST_SENDING
                connection.execute(END_OLD.where(LETTER.c.leased_until < old))
                connection.execute(MAKE_DUE)
            if self.stored().unsent == 0:
                return ""
            ran = service.command("worker", "--once")
            said = (ran.stderr.strip().splitlines() or [""])[-1]
        return f"letters are not delivered: {said}"

    def letters_left(self) -> int:
        """Let the time pass that letters rest, but no lease, and return how many are still to be sent."""
        with self._engine.begin() as connection:
            connection.execute(MAKE_DUE)
        return self.scalar(UNSENT)

    def webhooks_left(self) -> int:
        """Return how much is still to be told to webhooks."""
        return self.scalar(LEFT)

    def waiting_webhooks(self) -> list[str]:
        """Return the ids under which one webhook is still to be told something, in line."""
        with self._engine.connect() as connection:
            found = connection.scalars(LINE, {"webhook": from_text(self.webhook)}).all()
        return [message_id(number) for number in found]

    def wake_webhooks(self) -> None:
        """Let the time pass that webhooks rest after a failure, and end what dead workers have leased."""
        with self._engine.begin() as connection:
            for by in connection.scalars(TELLING).all():
                if not Path(f"/proc/{by.partition('-')[0]}").exists():
                    connection.execute(END_TELLING, {"by": by})
            connection.execute(WAKE)

    def arrivals(self, mail: MailHost) -> list[Arrival]:
        """Return what has arrived by now."""
        for number in range(len(self._texts), len(mail.arrived)):
            one = mail.arrived[number]
            # Letters that ask to confirm an address quote nothing, and have a recipient each.
            told = re.search(r"text-\d+x", one.part("plain"))
            self._texts[number] = Arrival(one.recipient, told[0] if told else "", one.message["Message-ID"])
        return list(self._texts.values())


def unsound(service: Service, looker: Looker) -> list[str]:
    """Return what the operator's commands and the database itself find wrong."""
    wrong = []
    ran = service.command("doctor", "--json")
    for line in ran.stdout.splitlines():
        with suppress(ValueError):
            finding = json.loads(line)
            if finding["state"] == "wrong":
                wrong.append(f"doctor: {finding['words']}")
    if ran.returncode not in (0, 1) or not ran.stdout:
        wrong.append(f"doctor: {ran.stderr.strip()[-300:]}")
    ran = service.command("decisions", "verify")
    if ran.returncode != 0:
        wrong.append(f"decisions verify: {(ran.stdout + ran.stderr).strip()[-300:]}")
    if service.database_url.startswith("sqlite"):
        sound = looker.scalar("PRAGMA integrity_check")
        if sound != "ok":
            wrong.append(f"integrity_check: {sound}")
        foreign = looker.scalar("PRAGMA foreign_key_check")
        if foreign is not None:
            wrong.append(f"foreign_key_check: {foreign}")
    return wrong
