"""One page for all that a mailbox hears of: whoever has its link stops things, and takes that back."""

from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.site import Site
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import Subscription
from commentsvc.models.subscription import language_of
from commentsvc.models.subscription import subscriptions_of
from commentsvc.notifying import links
from commentsvc.notifying.languages import known_language
from commentsvc.notifying.outbox import Outbox
from commentsvc.notifying.subscribing import Line
from commentsvc.notifying.subscribing import end_all
from commentsvc.notifying.subscribing import line_of
from commentsvc.notifying.subscribing import silence_mailbox
from commentsvc.refusals import LinkOver

# So long what was stopped can be taken back; later it is asked for anew.
BACK_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class Heard:
    """All that a mailbox hears of, what was stopped just now, and the language of its page."""

    mailbox: Mailbox
    lines: list[Line]
    stopped: list[Line]
    language: str


def read_heard(outbox: Outbox, site: Site, secret: str, now: datetime) -> Heard:
    """Return all that the mailbox of a link hears of; raise LinkOver or DatabaseAway."""
    with reading() as session:
        mailbox = _mailbox(session, outbox, site, secret)
        lines = [line_of(session, site, one) for one in subscriptions_of(session, mailbox, now - BACK_WITHIN)]
        language = known_language(language_of(session, mailbox) or site.language)
    return Heard(mailbox, [one for one in lines if not one.is_over], [one for one in lines if one.is_over], language)


def stop(outbox: Outbox, site: Site, secret: str, subscription_id: int, now: datetime) -> None:
    """Stop one of the things that a mailbox hears of; raise LinkOver or DatabaseAway."""
    with transaction() as session:
        one = _one(session, _mailbox(session, outbox, site, secret), subscription_id)
        if one is not None:
            one.ended = one.ended or now


def take_back(outbox: Outbox, site: Site, secret: str, subscription_id: int, now: datetime) -> None:
    """Begin again what was stopped within BACK_WITHIN; raise LinkOver or DatabaseAway."""
    with transaction() as session:
        mailbox = _mailbox(session, outbox, site, secret)
        one = _one(session, mailbox, subscription_id)
        # What nobody has confirmed is not begun by this.
        if one is None or one.confirmed is None or mailbox.silenced is not None:
            return
        if one.ended is not None and one.ended > now - BACK_WITHIN:
            one.ended = None


def stop_all(outbox: Outbox, site: Site, secret: str, now: datetime) -> None:
    """Stop all that a mailbox hears of; raise LinkOver or DatabaseAway."""
    with transaction() as session:
        end_all(session, _mailbox(session, outbox, site, secret), now)


def silence(outbox: Outbox, site: Site, secret: str, now: datetime) -> None:
    """Never write to a mailbox again, not even to ask; raise LinkOver or DatabaseAway."""
    with transaction() as session:
        silence_mailbox(session, _mailbox(session, outbox, site, secret), now)


def allow(outbox: Outbox, site: Site, secret: str) -> None:
    """Let a mailbox be written to again once that is asked for; raise LinkOver or DatabaseAway."""
    with transaction() as session:
        _mailbox(session, outbox, site, secret).silenced = None


def _mailbox(session: Session, outbox: Outbox, site: Site, secret: str) -> Mailbox:
    number = links.number_of(outbox.keys, site, links.MAILBOX, secret)
    mailbox = session.get(Mailbox, (site.id, number)) if number is not None else None
    if mailbox is None:
        raise LinkOver
    return mailbox


def _one(session: Session, mailbox: Mailbox, subscription_id: int) -> Subscription | None:
    one = session.get(Subscription, (mailbox.site_id, subscription_id))
    return one if one is not None and one.mailbox_id == mailbox.id else None
