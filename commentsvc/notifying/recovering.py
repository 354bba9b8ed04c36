"""Who has lost the private links of their comments gets one link to all of them by mail.

It goes to an address alone whose owner has shown before that they read its mail. Whoever asks learns nothing about an
address: the answer is the same, the limits count the same, and what the letter says is seen by its reader only. The
link is made by key and holds its date, so that no table has it and it ends after a day.
"""

from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Any
from typing import Protocol

from sqlalchemy.orm import Session

from commentsvc.authors import receipts
from commentsvc.database import transaction
from commentsvc.keys import Keyring
from commentsvc.models import letter as letters
from commentsvc.models.ids import new_id
from commentsvc.models.letter import Letter
from commentsvc.models.letter import write_letter
from commentsvc.models.site import Site
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import find_mailbox
from commentsvc.models.subscription import fold
from commentsvc.notifying.outbox import Outbox
from commentsvc.notifying.outbox import current
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import LettersOff
from commentsvc.refusals import LinkOver
from commentsvc.text.emails import clean_email
from commentsvc.text.refusal import TextRefused

# The use of the link, and the part of its path that says so.
MINE = "mine"
GOOD_FOR = timedelta(days=1)
# The clocks of two hosts differ a little.
LEEWAY = timedelta(minutes=5)


class Case(Protocol):
    """What a letter is made of."""

    @property
    def session(self) -> Session:
        """The transaction in which it is written."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Where it goes out."""
        ...

    @property
    def site(self) -> Site:
        """Whose comments it is about."""
        ...

    @property
    def letter(self) -> Letter:
        """Its row."""
        ...

    @property
    def now(self) -> datetime:
        """When it is sent."""
        ...


def ask(site: Site, email: str, network: str | None, now: datetime) -> None:
    """Write the letter where the address is proven and was not asked for too often; say nothing of either.

    Raises Invalid where it is no address, LettersOff where no mail is sent, and DatabaseAway.
    """
    outbox = current()
    if outbox is None:
        raise LettersOff
    try:
        address = clean_email(email)
    except TextRefused as refused:
        raise Invalid(FieldError("email", refused.code, refused.message)) from refused
    settings, limiter = outbox.settings, outbox.limiter
    with transaction() as session:
        # Counted whether the address is known or not, each whatever the other says.
        by_address = limiter.allows(session, settings.confirm_limit, "recovery-address", site.key, fold(address))
        by_network = limiter.allows(session, settings.confirm_network_limit, "recovery-network", network or "unknown")
        mailbox = find_mailbox(session, site, address)
        if mailbox is not None and _may_be_written_to(mailbox) and by_address and by_network:
            write_letter(session, site, letters.RECOVERY, new_id(now), mailbox.email, now, now)


def facts(case: Case) -> dict[str, Any] | None:
    """Return what the letter says; None where nobody waits for it any more, or its address has been forgotten."""
    mailbox = find_mailbox(case.session, case.site, case.letter.recipient)
    if mailbox is None or not _may_be_written_to(mailbox) or case.letter.created + GOOD_FOR <= case.now:
        return None
    path = secret(case.outbox.keys, case.site, mailbox, case.now)
    return {"link": f"{case.outbox.settings.base_url}/r/{case.site.key}/{MINE}/{path}", "stop": None}


def secret(keys: Keyring, site: Site, mailbox: Mailbox, now: datetime) -> str:
    """Return the secret of a link that shows all comments of a mailbox, good for GOOD_FOR from now."""
    issued = int(now.timestamp())
    return f"{issued:x}-{receipts.make(keys, _purpose(site), mailbox.id, issued)}"


def mailbox_of(session: Session, site: Site, given: str, keys: Keyring, now: datetime) -> Mailbox:
    """Return the mailbox of a link; raise LinkOver where it is no link of this site, too old, or of one forgotten."""
    date, _, mark = given.partition("-")
    number = receipts.comment_id_of(mark)
    try:
        issued = int(date, 16)
        made = datetime.fromtimestamp(issued, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise LinkOver from error
    # Written again, so that one link has one spelling.
    if number is None or f"{issued:x}" != date or not receipts.is_right(mark, keys, _purpose(site), number, issued):
        raise LinkOver
    mailbox = session.get(Mailbox, (site.id, number))
    if mailbox is None or mailbox.proven is None or not made - LEEWAY <= now < made + GOOD_FOR:
        raise LinkOver
    return mailbox


def _may_be_written_to(mailbox: Mailbox) -> bool:
    return mailbox.proven is not None and mailbox.silenced is None


def _purpose(site: Site) -> str:
    # No site's key holds a line end.
    return f"{MINE}\n{site.key}"
