"""Whoever types an address asks for letters about new comments of an article or a site, without writing one."""

from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from commentsvc.authors.submission import article_address
from commentsvc.authors.submission import clean_ref
from commentsvc.database import transaction
from commentsvc.models.site import Site
from commentsvc.models.subscription import SITE
from commentsvc.models.subscription import THREAD
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import Subscription
from commentsvc.models.subscription import find_subscription
from commentsvc.models.subscription import mailbox_for
from commentsvc.models.subscription import subscription_for
from commentsvc.models.thread import find_thread
from commentsvc.models.thread import open_thread
from commentsvc.notifying.outbox import Outbox
from commentsvc.notifying.outbox import current
from commentsvc.notifying.telling import ask_to_confirm
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import LettersOff
from commentsvc.refusals import UnknownSite
from commentsvc.text.emails import clean_email
from commentsvc.text.refusal import TextRefused

# Whoever presses twice is asked once.
AGAIN_AFTER = timedelta(minutes=10)
RACES = 5


@dataclass(frozen=True)
class Wish:
    """What arrived, as typed: an address, and what it would like to hear of; an article by URL or stable id."""

    email: str
    kind: str
    url: str | None = None
    ref: str | None = None
    network: str | None = None
    language: str | None = None


def follow(site: Site, wish: Wish, now: datetime) -> None:
    """Ask an address whether it wants to hear of new comments; raise Invalid, ForeignOrigin, LettersOff, DatabaseAway.

    The answer is the same whoever the address is of, and whatever it hears of already.
    """
    outbox = current()
    if outbox is None:
        raise LettersOff
    email = _email(wish.email)
    if wish.kind not in (THREAD, SITE):
        raise Invalid(FieldError("kind", "invalid", "Choose this article or everything on this site."))
    for race in range(RACES):
        try:
            with transaction() as session:
                about_id = _thread_id(session, site, wish, now) if wish.kind == THREAD else 0
                mailbox = mailbox_for(session, site, email, now)
                _ask(session, outbox, site, mailbox, wish, about_id, now)
            return
        except IntegrityError as error:
            if race == RACES - 1:
                raise UnknownSite(site.key) from error


def _email(raw: str) -> str:
    if not raw.strip():
        raise Invalid(FieldError("email", "empty", "Please enter your email address."))
    try:
        return clean_email(raw)
    except TextRefused as refused:
        raise Invalid(FieldError("email", refused.code, refused.message)) from refused


def _thread_id(session: Session, site: Site, wish: Wish, now: datetime) -> int:
    ref = clean_ref(wish.ref)
    address = article_address(site, wish.url) if wish.url else None
    found = find_thread(session, site, address.canonical if address is not None else "", ref)
    if found is not None:
        return found.id
    if address is None:
        raise Invalid(FieldError("url", "missing", "The address of the article is missing."))
    # Nobody has written yet: the first comment is what such a reader waits for.
    return open_thread(session, site, address.canonical, address.raw, ref, now).id


def _ask(
    session: Session, outbox: Outbox, site: Site, mailbox: Mailbox, wish: Wish, about_id: int, now: datetime
) -> None:
    found = find_subscription(session, mailbox, wish.kind, about_id)
    if mailbox.silenced is not None or (found is not None and (found.is_active or _is_asked(found, now))):
        return
    # Who has stopped is asked like a stranger: anybody can type their address.
    if found is not None:
        found.confirmed = None
    one = subscription_for(session, site, mailbox, wish.kind, about_id, None, now, wish.language)
    ask_to_confirm(session, outbox, site, mailbox, one.id, wish.network, now, again=found is not None)


def _is_asked(found: Subscription, now: datetime) -> bool:
    return found.confirmed is None and found.ended is None and now < found.created + AGAIN_AFTER
