"""A letter in words: made when it is sent, of what is true then; None where there is nothing to say any more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import idna
from sqlalchemy.orm import Session

from commentsvc.models import comment as states
from commentsvc.models import desk
from commentsvc.models import letter as letters
from commentsvc.models.comment import Comment
from commentsvc.models.invitation import Invitation
from commentsvc.models.letter import Letter
from commentsvc.models.moderator import MAY_DECIDE
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import role_on
from commentsvc.models.owned import comment_of
from commentsvc.models.owned import revision_of
from commentsvc.models.second_factor import has_second_factor
from commentsvc.models.site import Site
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import Subscription
from commentsvc.models.subscription import find_mailbox
from commentsvc.models.subscription import language_of
from commentsvc.models.subscription import subscription_by_id
from commentsvc.models.thread import Thread
from commentsvc.notifying import joining
from commentsvc.notifying import links
from commentsvc.notifying import recovering
from commentsvc.notifying import weekly
from commentsvc.notifying.languages import known_language
from commentsvc.notifying.languages import words
from commentsvc.notifying.outbox import Outbox
from commentsvc.notifying.wording import MAX_QUOTE
from commentsvc.notifying.wording import one_line
from commentsvc.notifying.wording import render
from commentsvc.text.excerpts import plain_text

# Who asked for letters, confirms within a week or is forgotten.
CONFIRM_WITHIN = timedelta(days=7)
MAX_SUBJECT = 150
MAX_NAME = 60
SHOWN_WAITING = 10
ENCODED = "=?"


@dataclass(frozen=True)
class _Case:
    session: Session
    outbox: Outbox
    site: Site
    letter: Letter
    now: datetime


def write(session: Session, outbox: Outbox, letter: Letter, now: datetime) -> EmailMessage | None:
    """Return a letter as it is to be sent now, with plain text and HTML (RFC 5322, 8058); None where it is void."""
    site = session.get_one(Site, letter.site_id)
    facts = FACTS[letter.kind](_Case(session, outbox, site, letter, now))
    if facts is None:
        return None
    facts |= {"site": site.name, "base_url": outbox.settings.base_url} | words(_language(session, site, letter))
    subject, _, plain = render(f"{letter.kind}.txt", facts).lstrip().partition("\n")
    facts["subject"] = one_line(subject, MAX_SUBJECT)
    message = EmailMessage()
    message["Subject"] = header_line(subject, MAX_SUBJECT)
    message["From"] = Address(_display_name(site.name), addr_spec=outbox.sender)
    message["To"] = Address(addr_spec=wire_address(letter.recipient))
    message["Date"] = format_datetime(now)
    message["Message-ID"] = letter.message_id or message_id(outbox, (letter.site_id, letter.id))
    # RFC 3834: no machine is to answer.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if facts.get("stop"):
        message["List-Unsubscribe"] = f"<{facts['stop']}>"
        if outbox.settings.secure:
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(plain.strip() + "\n", cte="quoted-printable")
    message.add_alternative(render(f"{letter.kind}.html", facts), subtype="html", cte="quoted-printable")
    # Last, since what begins with Content- before that goes to the first part alone.
    message["Content-Language"] = facts["lang"]
    return message


def message_id(outbox: Outbox, key: tuple[int, int]) -> str:
    """Return the Message-ID of the letter with this key: the same whoever sends it."""
    return f"<{key[0]}.{key[1]:x}.commentsvc@{outbox.domain}>"


def wire_address(address: str) -> str:
    """Return an address with its domain as mail servers know it (RFC 5890); raise ValueError where it can't be sent."""
    if ENCODED in address:
        raise ValueError("the address holds an encoded word")
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"


def header_line(raw: str, limit: int) -> str:
    """Return a text as it may stand in a header, at most `limit` characters and one more for each encoded word."""
    # Python's headers decode what looks like an encoded word (RFC 2047), also where it holds a line end.
    return one_line(raw, limit).replace(ENCODED, "= ?")


def _display_name(raw: str) -> str:
    # Without what has a meaning in addresses (RFC 5322, 3.2.3): Python loses the quotes where it folds a long name.
    return one_line("".join(" " if character in '()<>[]:;@\\,."=?' else character for character in raw), MAX_NAME)


def _confirm(case: _Case) -> dict[str, Any] | None:
    found = _subscription(case)
    if found is None or found[0].confirmed is not None or found[0].created + CONFIRM_WITHIN <= case.now:
        return None
    # Nothing in it was typed by whoever typed the address: it might be sent to a stranger.
    link = links.address(case.outbox, case.site, links.CONFIRM, found[0].id)
    return {"why": found[0].kind, "link": link, "stop": None}


def _comment(case: _Case) -> dict[str, Any] | None:
    found, comment = _subscription(case), _about(case)
    if found is None or not found[0].is_active or comment is None or comment.state != states.APPROVED:
        return None
    thread = _thread(case, comment)
    return _footer(case, found) | {
        "name": comment.name,
        "title": thread.title,
        "quote": _text(case, comment),
        "link": links.comment_address(case.outbox, case.site, thread, comment.id),
    }


def _outcome(case: _Case) -> dict[str, Any] | None:
    found, comment = _subscription(case), _about(case)
    wanted = {
        letters.APPROVED: (states.APPROVED,), letters.REJECTED: (states.REJECTED, states.DELETED),
    }[case.letter.kind]  # fmt: skip
    if found is None or not found[0].is_active or comment is None or comment.state not in wanted:
        return None
    # Who took it back knows, and has no text any more that could be quoted.
    if comment.withdrawn is not None:
        return None
    return _footer(case, found) | {
        "title": _thread(case, comment).title,
        "quote": _text(case, comment),
        "is_removed": comment.state == states.DELETED,
        "link": links.receipt_address(case.outbox, case.site, comment.id, comment.generation),
    }


def _waiting(case: _Case) -> dict[str, Any] | None:
    person = case.session.get(Moderator, case.letter.moderator_id)
    role = role_on(case.session, case.site.id, person.id) if person is not None else None
    if person is None or person.email != case.letter.recipient or role is None:
        return None
    # A mailbox alone must not do what the password alone does not.
    may_act = role in MAY_DECIDE and not has_second_factor(case.session, person)
    listing = desk.listing(case.session, case.site, desk.QUEUE)
    if not listing.entries:
        return None
    waiting = [
        {"name": entry.comment.name, "title": entry.thread.title, "quote": plain_text(entry.revision.html, 300)}
        for entry in listing.entries[:SHOWN_WAITING]
    ]
    return {
        "count": desk.sizes(case.session, case.site)[desk.QUEUE],
        "many": desk.COUNTED,
        "waiting": waiting,
        "act": links.address(case.outbox, case.site, links.ACT, case.letter.id) if may_act else None,
        "link": links.queue_address(case.outbox, case.site),
        "stop": None,
    }


def _invitation(case: _Case) -> dict[str, Any] | None:
    if case.letter.moderator_id is not None:
        return joining.facts(case.session, case.outbox, case.site, case.letter, case.now)
    offer = case.session.get(Invitation, (case.site.id, case.letter.event_id))
    if offer is None or offer.ends <= case.now:
        return None
    link = links.invitation_address(case.outbox, case.site, offer.id)
    return {
        "role": offer.role,
        "days": max(1, round((offer.ends - case.now) / timedelta(days=1))),
        "link": link,
        "stop": None,
    }


FACTS: dict[str, Callable[[_Case], dict[str, Any] | None]] = {
    letters.CONFIRM: _confirm,
    letters.COMMENT: _comment,
    letters.APPROVED: _outcome,
    letters.REJECTED: _outcome,
    letters.PENDING: _waiting,
    letters.DIGEST: _waiting,
    letters.WEEKLY: lambda case: weekly.facts(case.session, case.outbox, case.site, case.letter, case.now),
    letters.INVITATION: _invitation,
    letters.RECOVERY: recovering.facts,
}


def _subscription(case: _Case) -> tuple[Subscription, Mailbox] | None:
    number = case.letter.subscription_id
    found = subscription_by_id(case.session, case.site, number) if number is not None else None
    if found is None or found[0].ended is not None or found[1].silenced is not None:
        return None
    return found


def _about(case: _Case) -> Comment | None:
    number = case.letter.comment_id
    return comment_of(case.session, case.site, number) if number is not None else None


def _thread(case: _Case, comment: Comment) -> Thread:
    return case.session.get_one(Thread, (case.site.id, comment.thread_id))


def _text(case: _Case, comment: Comment) -> str:
    return plain_text(revision_of(case.session, comment, comment.shown_revision).html, MAX_QUOTE)


def _footer(case: _Case, found: tuple[Subscription, Mailbox]) -> dict[str, Any]:
    return {
        "why": found[0].kind,
        "stop": links.address(case.outbox, case.site, links.UNSUBSCRIBE, found[0].id),
        "all": links.address(case.outbox, case.site, links.MAILBOX, found[1].id),
    }


def _language(session: Session, site: Site, letter: Letter) -> str:
    # A reader's, as they asked for it, or last asked for another; to moderators the site speaks in its own.
    found = subscription_by_id(session, site, letter.subscription_id) if letter.subscription_id is not None else None
    if found is not None:
        return known_language(found[0].language or site.language)
    mailbox = find_mailbox(session, site, letter.recipient) if letter.moderator_id is None else None
    return known_language((language_of(session, mailbox) if mailbox is not None else None) or site.language)
