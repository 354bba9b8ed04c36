"""Moderators sign in and out; what is kept of a session is the hash of its token."""

import contextlib
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import SignIn
from commentsvc.models.moderator import moderator_by_email
from commentsvc.models.moderator import sites_of
from commentsvc.models.site import Site
from commentsvc.passwords import hash_password
from commentsvc.passwords import is_password
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import InvitationOver
from commentsvc.refusals import SignInRefused

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
# A session's last use is written at most this often, so that reading the queue is seldom a write.
SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, and their sites with their role on each."""

    moderator: Moderator
    sites: list[tuple[Site, str]]


def sign_in(email: str, password: str, now: datetime) -> str:
    """Begin a session and return its token of 256 bits; raise SignInRefused or DatabaseAway."""
    with reading() as session:
        person = moderator_by_email(session, email.strip())
    if not is_password(password, person.password_hash if person is not None else None) or person is None:
        raise SignInRefused
    with transaction() as session:
        return _begin(session, person, now)


def accept_invitation(token: str, password: str, now: datetime) -> str:
    """Set the first password of an invited moderator and begin a session; raise Invalid or InvitationOver."""
    password_hash = hash_password(password)
    with transaction() as session:
        person = _invited(session, token, now)
        person.password_hash = password_hash
        person.invitation_hash = person.invitation_ends = None
        return _begin(session, person, now)


def invited(token: str, now: datetime) -> Moderator:
    """Return whom an invitation is for; raise InvitationOver."""
    with reading() as session:
        return _invited(session, token, now)


def signed_in(token: str, now: datetime) -> SignedIn | None:
    """Return who holds this token; None where the session has ended, was idle for 12 hours, or is 7 days old."""
    with reading() as session:
        found = session.get(SignIn, _hash(token))
        if found is None or found.seen + IDLE <= now or found.created + LONGEST <= now:
            return None
        person = session.get_one(Moderator, found.moderator_id)
        holder = SignedIn(person, sites_of(session, person))
    if found.seen + SEEN_EVERY <= now:
        # Looking at the queue must not fail for a database that can only be read right now.
        with contextlib.suppress(DatabaseAway), transaction() as session:
            used = session.get(SignIn, found.token_hash)
            if used is not None:
                used.seen = now
    return holder


def sign_out(token: str) -> None:
    """End a session for good."""
    with transaction() as session:
        session.execute(delete(SignIn).where(SignIn.token_hash == _hash(token)))


def change_password(moderator: Moderator, old: str, new: str, now: datetime) -> str:
    """Set a new password, end all of a moderator's sessions and begin another; return its token.

    Raises Invalid naming `old` where that is not the password so far, or `password` where the new one can't be taken.
    """
    if not is_password(old, moderator.password_hash):
        raise Invalid(FieldError("old", "wrong", "This is not your password so far."))
    password_hash = hash_password(new)
    with transaction() as session:
        person = session.get_one(Moderator, moderator.id)
        person.password_hash = password_hash
        session.execute(delete(SignIn).where(SignIn.moderator_id == person.id))
        return _begin(session, person, now)


def _begin(session: Session, person: Moderator, now: datetime) -> str:
    session.execute(delete(SignIn).where(SignIn.created <= now - LONGEST))
    token = secrets.token_urlsafe(32)
    session.add(SignIn(token_hash=_hash(token), moderator_id=person.id, created=now, seen=now))
    return token


def _invited(session: Session, token: str, now: datetime) -> Moderator:
    person = session.scalar(select(Moderator).where(Moderator.invitation_hash == _hash(token)))
    if person is None or person.invitation_ends is None or person.invitation_ends <= now:
        raise InvitationOver
    return person


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
