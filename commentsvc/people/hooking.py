"""A site's webhooks: its owners and the operator add, change, pause and remove them, and see what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.decision import OPERATOR
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.delivery import Delivery
from commentsvc.models.delivery import Event
from commentsvc.models.delivery import deliveries_of
from commentsvc.models.delivery import queue_up
from commentsvc.models.delivery import tell_again
from commentsvc.models.ids import new_id
from commentsvc.models.site import Site
from commentsvc.models.site import site_by_key
from commentsvc.models.webhook import EVENTS
from commentsvc.models.webhook import MAX_WEBHOOKS
from commentsvc.models.webhook import SHAPES
from commentsvc.models.webhook import TELEGRAM
from commentsvc.models.webhook import TEST
from commentsvc.models.webhook import Webhook
from commentsvc.models.webhook import webhook_by_id
from commentsvc.models.webhook import webhooks_of
from commentsvc.notifying.hook_guard import Forbidden
from commentsvc.notifying.hook_guard import require_public
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownSite
from commentsvc.refusals import UnknownWebhook
from commentsvc.text.characters import CONTROL
from commentsvc.text.refusal import TextRefused
from commentsvc.text.urls import Url
from commentsvc.text.urls import parse_url

MAX_URL = 2048
MAX_CHAT = 100
# After a change of the secret the one before signs as long beside it.
BOTH_SIGN = timedelta(days=1)


@dataclass(frozen=True)
class Wanted:
    """What a webhook shall be, as typed: its address, shape, the events that it is told, and a chat for Telegram."""

    url: str
    shape: str
    events: tuple[str, ...]
    chat: str = ""


@dataclass(frozen=True)
class View:
    """A webhook with what it was told last."""

    webhook: Webhook
    deliveries: Sequence[Delivery]


def look(site: Site) -> Sequence[Webhook]:
    """Return the webhooks of a site, the oldest first; raise DatabaseAway."""
    with reading() as session:
        return webhooks_of(session, site)


def look_at(site: Site, webhook_id: int) -> View:
    """Return a webhook and what it was told last, the last first; raise UnknownWebhook or DatabaseAway."""
    with reading() as session:
        webhook = _webhook(session, site, webhook_id)
        return View(webhook, deliveries_of(session, webhook))


def site_of(key: str) -> Site:
    """Return the site of a key; raise UnknownSite or DatabaseAway."""
    with reading() as session:
        found = site_by_key(session, key)
    if found is None:
        raise UnknownSite(key)
    return found


def add(site: Site, wanted: Wanted, private: bool, now: datetime, by: Actor = OPERATOR) -> Webhook:
    """Add a webhook; raise Invalid, UnknownSite or DatabaseAway. `private` allows addresses of private networks."""
    values = _check(wanted, private)
    with transaction() as session:
        home = _locked(session, site)
        if len(webhooks_of(session, home)) >= MAX_WEBHOOKS:
            raise Invalid(FieldError("url", "too_many", f"{MAX_WEBHOOKS} webhooks are enough: remove some first."))
        made = Webhook(site_id=home.id, id=new_id(now), generation=1, gone=False, created=now, **values)
        session.add(made)
        _record(session, home, "webhook-add", made, by, now, made.shape)
        return made


def edit(site: Site, webhook_id: int, wanted: Wanted, private: bool, now: datetime, by: Actor = OPERATOR) -> Webhook:
    """Change a webhook, which is then tried at once; raise Invalid, UnknownWebhook or DatabaseAway."""
    values = _check(wanted, private)
    with transaction() as session:
        home = _locked(session, site)
        changed = _webhook(session, home, webhook_id)
        names = sorted(name for name, value in values.items() if getattr(changed, name) != value)
        for name in names:
            setattr(changed, name, values[name])
        changed.resting_until = None
        if names:
            _record(session, home, "webhook-edit", changed, by, now, *names)
        return changed


def set_paused(site: Site, webhook_id: int, paused: bool, now: datetime, by: Actor = OPERATOR) -> None:
    """Pause a webhook, which is then told nothing of what happens, or have it go on; raise UnknownWebhook."""
    with transaction() as session:
        home = _locked(session, site)
        webhook = _webhook(session, home, webhook_id)
        if (webhook.paused is not None) == paused:
            return
        webhook.paused = now if paused else None
        webhook.gone = False
        webhook.resting_until = None
        _record(session, home, "webhook-pause" if paused else "webhook-resume", webhook, by, now)


def rotate(site: Site, webhook_id: int, now: datetime, by: Actor = OPERATOR) -> None:
    """Give a webhook another secret; for BOTH_SIGN the former one signs as well; raise UnknownWebhook."""
    with transaction() as session:
        home = _locked(session, site)
        webhook = _webhook(session, home, webhook_id)
        webhook.generation += 1
        webhook.former_until = now + BOTH_SIGN
        _record(session, home, "webhook-rotate", webhook, by, now)


def remove(site: Site, webhook_id: int, now: datetime, by: Actor = OPERATOR) -> None:
    """Remove a webhook with all that it was told or is still to be told; raise UnknownWebhook."""
    with transaction() as session:
        home = _locked(session, site)
        webhook = _webhook(session, home, webhook_id)
        _record(session, home, "webhook-remove", webhook, by, now)
        session.delete(webhook)


def send_test(site: Site, webhook_id: int, now: datetime) -> None:
    """Have a webhook told that this is a test, and tried at once; raise UnknownWebhook."""
    with transaction() as session:
        webhook = _webhook(session, site, webhook_id)
        queue_up(session, site, webhook.id, Event(TEST, new_id(now), now, None, {}), now)
        webhook.resting_until = None


def redeliver(site: Site, webhook_id: int, delivery_id: int, now: datetime) -> bool:
    """Have a webhook told again what it was told or could not be told, under the same id; raise UnknownWebhook."""
    with transaction() as session:
        webhook = _webhook(session, site, webhook_id)
        webhook.resting_until = None
        return tell_again(session, webhook, delivery_id, now)


def _check(wanted: Wanted, private: bool) -> dict[str, object]:
    errors = []
    url = wanted.url.strip()
    try:
        _check_url(url, private)
    except TextRefused as refused:
        errors.append(FieldError("url", refused.code, refused.message))
    if wanted.shape not in SHAPES:
        errors.append(FieldError("shape", "invalid", f"Choose one of {', '.join(SHAPES)}."))
    if not wanted.events or not set(wanted.events) <= set(EVENTS):
        errors.append(FieldError("events", "invalid", f"Choose at least one of {', '.join(EVENTS)}."))
    chat = wanted.chat.strip()
    if wanted.shape == TELEGRAM and not chat:
        errors.append(FieldError("chat", "empty", "Telegram needs the id of a chat, such as -1001234567890."))
    if len(chat) > MAX_CHAT or CONTROL.search(chat):
        errors.append(FieldError("chat", "invalid", f"The id of a chat has at most {MAX_CHAT} characters."))
    if errors:
        raise Invalid(*errors)
    return {
        "url": url,
        "shape": wanted.shape,
        "events": [event for event in EVENTS if event in wanted.events],
        "chat": chat if wanted.shape == TELEGRAM else None,
    }


def _check_url(raw: str, private: bool) -> Url:
    if len(raw) > MAX_URL:
        raise TextRefused("too_long", f"An address has at most {MAX_URL:,} characters.")
    # A browser drops or encodes them; what is stored and sent is the address as typed.
    if CONTROL.search(raw):
        raise TextRefused("invalid", "This address holds characters that no address has.")
    url = parse_url(raw)
    if url.port is not None and not 0 < url.port < 65_536:
        raise TextRefused("invalid", "This address has no valid port.")
    host = url.host.removeprefix("[").removesuffix("]")
    # Names are asked for when something is sent; what is an address already is refused at once.
    if not private and (":" in host or host.replace(".", "").isdigit()):
        try:
            require_public(host)
        except Forbidden as error:
            raise TextRefused("private", "Webhooks go to the public Internet, not into a private network.") from error
    return url


def _webhook(session: Session, site: Site, webhook_id: int) -> Webhook:
    found = webhook_by_id(session, site, webhook_id)
    if found is None:
        raise UnknownWebhook
    return found


def _locked(session: Session, site: Site) -> Site:
    found = site_by_key(session, site.key)
    if found is None:
        raise UnknownSite(site.key)
    session.refresh(found, with_for_update=True)
    return found


def _record(session: Session, site: Site, act: str, webhook: Webhook, by: Actor, now: datetime, *more: str) -> None:
    # The address may hold a secret: the log names the webhook by its number.
    record(session, site, None, act=act, by=by, at=now, reasons=(f"webhook-{webhook.id}", *more))
