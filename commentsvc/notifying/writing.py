"""A letter in words: made when it is sent, of what is true then; None where there is nothing to say any more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from typing import Any

import idna
from jinja2 import Environment
from jinja2 import FileSystemLoader
from jinja2 import StrictUndefined
from jinja2 import select_autoescape
from sqlalchemy.orm import Session

from commentsvc.models import comment as states
from commentsvc.models import desk
from commentsvc.models import letter as letters
from commentsvc.models.comment import Comment
from commentsvc.models.invitation import Invitation
from commentsvc.models.letter import Letter
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import role_on
from commentsvc.models.owned import comment_of
from commentsvc.models.owned import revision_of
from commentsvc.models.site import Site
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import Subscription
from commentsvc.models.subscription import subscription_by_id
from commentsvc.models.thread import Thread
from commentsvc.notifying import links
from commentsvc.notifying.outbox import Outbox
from commentsvc.resources import PACKAGE
from commentsvc.text.excerpts import plain_text

# Who asked for letters, confirms within a week or is forgotten.
CONFIRM_WITHIN = timedelta(days=7)
MAX_QUOTE = 1000
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
    facts |= {"site": site.name, "base_url": outbox.settings.base_url}
    subject, _, plain = _render(f"{letter.kind}.txt", facts).partition("\n")
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
    message.add_alternative(_render(f"{letter.kind}.html", facts), subtype="html", cte="quoted-printable")
    # Last, since what begins with Content- before that goes to the first part alone.
    message["Content-Language"] = "en"
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


def one_line(raw: str, limit: int) -> str:
    """Return a text as it is read on one line: printable, without line ends, at most `limit` characters."""
    printable = "".join(character if character.isprintable() else " " for character in raw)
    return plain_cut(" ".join(printable.split()), limit)


def plain_cut(text: str, limit: int) -> str:
    """Return a text cut to so many characters, which is then seen."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _display_name(raw: str) -> str:
    # Without what has a meaning in addresses (RFC 5322, 3.2.3): Python loses the quotes where it folds a long name.
    return one_line("".join(" " if character in '()<>[]:;@\\,."=?' else character for character in raw), MAX_NAME)


def _confirm(case: _Case) -> dict[str, Any] | None:
    found = _subscription(case)
    if found is None or found[0].confirmed is not None or found[0].created + CONFIRM_WITHIN <= case.now:
        return None
    # Nothing in it was typed by whoever typed the address: it might be sent to a stranger.
    return {"link": links.address(case.outbox, case.site, links.CONFIRM, found[0].id), "stop": None}


def _comment(case: _Case) -> dict[str, Any] | None:
    found, comment = _subscription(case), _about(case)
    if found is None or not found[0].is_active or comment is None or comment.state != states.APPROVED:
        return None
    thread = _thread(case, comment)
    return _footer(case, found) | {
        "why": found[0].kind,
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
    if (
        person is None
        or person.email != case.letter.recipient
        or role_on(case.session, case.site.id, person.id) is None
    ):
        return None
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
        "link": links.queue_address(case.outbox, case.site),
        "stop": None,
    }


def _invitation(case: _Case) -> dict[str, Any] | None:
    offer = case.session.get(Invitation, (case.site.id, case.letter.event_id))
    if offer is None or offer.ends <= case.now:
        return None
    link = links.invitation_address(case.outbox, case.site, offer.id)
    return {"role": offer.role, "days": max(1, (offer.ends - case.now).days), "link": link, "stop": None}


FACTS: dict[str, Callable[[_Case], dict[str, Any] | None]] = {
    letters.CONFIRM: _confirm,
    letters.COMMENT: _comment,
    letters.APPROVED: _outcome,
    letters.REJECTED: _outcome,
    letters.PENDING: _waiting,
    letters.DIGEST: _waiting,
    letters.INVITATION: _invitation,
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
        "stop": links.address(case.outbox, case.site, links.UNSUBSCRIBE, found[0].id),
        "all": links.address(case.outbox, case.site, links.MAILBOX, found[1].id),
    }


def _render(name: str, facts: dict[str, Any]) -> str:
    return _templates().get_template(name).render(facts)


@cache
def _templates() -> Environment:
    # Plain text is not escaped: it is read as text. In HTML everything is.
    environment = Environment(
        loader=FileSystemLoader(PACKAGE / "templates" / "letters"),
        autoescape=select_autoescape(["html"], default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["line"] = lambda text: one_line(text, MAX_QUOTE)
    return environment
