"""A webhook in a test: what it was told, and a messenger who comes when called."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import select

from commentsvc.database import reading
from commentsvc.models.delivery import Delivery
from commentsvc.models.site import Site
from commentsvc.models.webhook import Webhook
from commentsvc.notifying.hook_delivering import Delivered
from commentsvc.notifying.hook_delivering import deliver_due
from commentsvc.notifying.outbox import Outbox
from commentsvc.people import hooking
from tests.conftest import Clock


@dataclass
class Hook:
    """The Gazette's webhook to the receiver."""

    app: Flask
    site: Site
    clock: Clock
    id: int

    @property
    def outbox(self) -> Outbox:
        """Keys and settings."""
        return self.app.extensions["commentsvc"].outbox

    @property
    def webhook(self) -> Webhook:
        """The webhook as it is now."""
        with self.app.app_context():
            return hooking.look_at(self.site, self.id).webhook

    @property
    def log(self) -> list[Delivery]:
        """What it was told or is to be told, in order."""
        with self.app.app_context(), reading() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.place)))

    def deliver(self, **duration: float) -> Delivered:
        """Let time pass, and deliver what is due then."""
        self.clock.advance(**duration)
        with self.app.app_context():
            return deliver_due(self.outbox, self.clock, within=0.4)

    def act(self, verb: Callable[..., Any], *arguments: Any) -> Any:
        """Do something with it."""
        with self.app.app_context():
            return verb(self.site, self.id, *arguments, self.clock())
