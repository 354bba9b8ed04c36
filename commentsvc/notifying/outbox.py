"""What whoever writes or sends letters needs: keys, limits, and the settings of mail."""

from dataclasses import dataclass
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from commentsvc.database import engine
from commentsvc.keys import Keyring
from commentsvc.operators.limiting import Limiter
from commentsvc.settings import Settings


@dataclass(frozen=True)
class Outbox:
    """The letters of one application: where they go out, if anywhere."""

    keys: Keyring
    limiter: Limiter
    settings: Settings

    @property
    def is_open(self) -> bool:
        """Whether letters are sent; where none are, none are written."""
        return self.settings.smtp_url is not None

    @property
    def sender(self) -> str:
        """The address that letters come from."""
        return self.settings.mail_from or f"comments@{urlsplit(self.settings.base_url).hostname}"

    @property
    def domain(self) -> str:
        """The domain of that address."""
        return self.sender.rpartition("@")[2]


def install(outbox: Outbox) -> None:
    """Have what is written in the current application's database go out by this outbox."""
    _outboxes[engine()] = outbox


def current() -> Outbox | None:
    """Return the current application's outbox where letters are sent; None where none are, so that none are written."""
    found = _outboxes.get(engine())
    return found if found is not None and found.is_open else None


def asks_akismet() -> bool:
    """Tell whether the current application asks Akismet about comments."""
    found = _outboxes.get(engine())
    return found is not None and bool(found.settings.akismet_url)


_outboxes: WeakKeyDictionary[Engine, Outbox] = WeakKeyDictionary()
