"""The letter to somebody who was made a moderator and has no password yet."""

from datetime import datetime
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from commentsvc.models import letter as letters
from commentsvc.models.letter import Letter
from commentsvc.models.letter import write_letter
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import hash_token
from commentsvc.models.moderator import role_on
from commentsvc.models.site import Site
from commentsvc.notifying import links
from commentsvc.notifying.outbox import Outbox


def tell(session: Session, site: Site, person: Moderator, number: int, now: datetime) -> None:
    """Write the letter with the link to choose a password, whose token must be `links.secret` of this number."""
    about = {"moderator_id": person.id}
    write_letter(session, site, letters.INVITATION, number, person.email, now, now, **about)


def facts(session: Session, outbox: Outbox, site: Site, letter: Letter, now: datetime) -> dict[str, Any] | None:
    """Return what the letter says; None where the invitation was taken, has ended, or was followed by another."""
    person = session.get(Moderator, letter.moderator_id)
    if person is None or person.email != letter.recipient or person.invitation_ends is None:
        return None
    role = role_on(session, site.id, person.id)
    token = links.secret(outbox.keys, site, links.INVITATION, letter.event_id)
    if role is None or person.invitation_hash != hash_token(token) or person.invitation_ends <= now:
        return None
    link = links.invitation_address(outbox, site, letter.event_id)
    return {
        "role": role,
        "days": max(1, round((person.invitation_ends - now) / timedelta(days=1))),
        "link": link,
        "stop": None,
    }
