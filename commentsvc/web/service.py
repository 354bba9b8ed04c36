"""What the doors share: settings, keys, limits and the clock of one application."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import current_app

from commentsvc.keys import Keyring
from commentsvc.notifying.outbox import Outbox
from commentsvc.operators.limiting import Limiter
from commentsvc.settings import Settings

EXTENSION = "commentsvc"


@dataclass(frozen=True)
class Service:
    """The parts that every door needs."""

    settings: Settings
    keys: Keyring
    limiter: Limiter
    clock: Callable[[], datetime]

    def now(self) -> datetime:
        """Return the time, aware and in UTC."""
        return self.clock()

    @property
    def outbox(self) -> Outbox:
        """Return the letters of the application."""
        return Outbox(self.keys, self.limiter, self.settings)


def service() -> Service:
    """Return the service of the current application."""
    return cast(Service, current_app.extensions[EXTENSION])
