"""Letters in a test: what the verbs cause, and the postman who comes when he is called."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.authors.submission import Submission
from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.comment import Comment
from commentsvc.models.ids import from_text
from commentsvc.models.letter import Letter
from commentsvc.models.site import Site
from commentsvc.notifying.delivering import Delivered
from commentsvc.notifying.delivering import deliver_due
from commentsvc.notifying.outbox import Outbox
from commentsvc.web.service import Service
from tests.conftest import ARTICLE
from tests.conftest import Clock
from tests.rig.smtp import Arrived
from tests.rig.smtp import MailHost

BASE = "http://localhost:8080"
RITA, SAM, MONA = "rita@mail.example", "sam@mail.example", "mona@gazette.example"


@dataclass
class Mail:
    """The mail of one application: its outbox, the server that it goes to, the clock."""

    app: Flask
    host: MailHost
    clock: Clock

    @property
    def outbox(self) -> Outbox:
        """The letters of the application."""
        service: Service = self.app.extensions["commentsvc"]
        return service.outbox

    def deliver(self) -> Delivered:
        """Send what is due now."""
        with self.app.app_context():
            return deliver_due(self.outbox, self.clock)

    def deliver_later(self, **duration: float) -> Delivered:
        """Let time pass, and send what is due then."""
        self.clock.advance(**duration)
        return self.deliver()

    def rows(self, **wanted: Any) -> list[Letter]:
        """Return the letters that are stored, in order."""
        with self.app.app_context(), reading() as session:
            return list(session.scalars(select(Letter).filter_by(**wanted).order_by(Letter.id)))

    def write(self, act: Any, *arguments: Any) -> Any:
        """Run an act that writes letters in a transaction of its own."""
        with self.app.app_context(), transaction() as session:
            return act(session, *arguments)

    def to(self, recipient: str) -> list[Arrived]:
        """Return what a recipient has got, in order."""
        return [one for one in self.host.arrived if one.recipient == recipient]


def link_in(letter: Arrived, use: str, base: str) -> str:
    """Return the path of the only link of this use in a letter's plain text."""
    found = set(re.findall(rf"{re.escape(base)}(/r/[a-z-]+/{use}/[\w-]+)", letter.part("plain")))
    assert len(found) == 1, letter.part("plain")
    return found.pop()


def stored(session: Session, site: Site, comment: str) -> Comment:
    """Return a comment by the id that its author was told."""
    return session.get_one(Comment, (site.id, from_text(comment)))


def asking(notify: bool = False, receipts: tuple[str, ...] = (), network: str | None = None) -> Submission:
    """Return what a reader sent, as far as letters go."""
    return Submission(ARTICLE, "Well said.", "Rita", receipts=receipts, network=network, notify=notify)
