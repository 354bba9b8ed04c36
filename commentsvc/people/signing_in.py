"""Moderators sign in and out; what is kept of a session is the hash of its token."""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.moderator import SESSION
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import SignIn
from commentsvc.models.moderator import begin_session
from commentsvc.models.moderator import end_sessions
from commentsvc.models.moderator import hash_token
from commentsvc.models.moderator import moderator_by_email
from commentsvc.models.moderator import sites_of
from commentsvc.models.second_factor import has_second_factor
from commentsvc.models.site import Site
from commentsvc.people.passwords import hash_password
from commentsvc.people.passwords import is_password
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import InvitationOver
from commentsvc.refusals import SignInRefused

IDLE = timedelta(hours=12)
# A session's last use is written at most this often, so that reading the queue is seldom a write.
SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class SignedIn:
    """Who is signed in, and their sites with their role on each."""

    moderator: Moderator
    sites: list[tuple[Site, str]]


@dataclass(frozen=True)
class Begun:
    """The token of a session, and whether a second factor must be shown before it is one."""

    token: str
    owes_second: bool = False


def sign_in(email: str, password: str, now: datetime, agent: str = "") -> Begun:
    """Begin a session of the browser called `agent`; raise SignInRefused or DatabaseAway."""
    with reading() as session:
        person = moderator_by_email(session, email.strip())
    if not is_password(password, person.password_hash if person is not None else None) or person is None:
        raise SignInRefused
    with transaction() as session:
        owes_second = has_second_factor(session, session.get_one(Moderator, person.id))
        return Begun(begin_session(session, person, now, agent, owes_second), owes_second)


def accept_invitation(token: str, password: str, now: datetime, agent: str = "") -> str:
    """Set the first password of an invited moderator and begin a session; raise Invalid or InvitationOver."""
    password_hash = hash_password(password)
    with transaction() as session:
        person = _invited(session, token, now)
        person.password_hash = password_hash
        person.invitation_hash = person.invitation_ends = None
        return begin_session(session, person, now, agent)


def invited(token: str, now: datetime) -> Moderator:
    """Return whom an invitation is for; raise InvitationOver."""
    with reading() as session:
        return _invited(session, token, now)


def signed_in(token: str, now: datetime) -> SignedIn | None:
    """Return who holds this token; None where the session has ended, was idle for 12 hours, or is 7 days old."""
    with reading() as session:
        found = session.get(SignIn, hash_token(token))
        if found is None or found.owes_second or not _goes_on(found, now):
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
        session.execute(delete(SignIn).where(SignIn.token_hash == hash_token(token)))


@dataclass(frozen=True)
class Seat:
    """One session as its moderator sees it: a name to end it by, where it is, and whether it is this one."""

    code: str
    agent: str | None
    created: datetime
    seen: datetime
    this: bool


def sessions_of(moderator: Moderator, token: str, now: datetime) -> list[Seat]:
    """Return a moderator's sessions that go on, the one of this token first, then the last seen."""
    here = hash_token(token)
    with reading() as session:
        question = select(SignIn).where(SignIn.moderator_id == moderator.id, SignIn.owes_second.is_(False))
        rows = [row for row in session.scalars(question.order_by(SignIn.seen.desc())) if _goes_on(row, now)]
    seats = [Seat(_code(row), row.agent, row.created, row.seen, row.token_hash == here) for row in rows]
    return sorted(seats, key=lambda seat: not seat.this)


def end_session(moderator: Moderator, code: str) -> None:
    """End one of a moderator's sessions by its code; one that has ended is no fault."""
    with transaction() as session:
        for row in session.scalars(select(SignIn).where(SignIn.moderator_id == moderator.id)):
            if _code(row) == code:
                session.delete(row)


def end_other_sessions(moderator: Moderator, token: str) -> None:
    """End all of a moderator's sessions but the one of this token."""
    with transaction() as session:
        end_sessions(session, moderator.id, but=token)


def require_password(moderator: Moderator, password: str) -> None:
    """Raise Invalid naming `password` unless it is the moderator's: asked before a key to the account is changed."""
    if not is_password(password, moderator.password_hash):
        raise Invalid(FieldError("password", "wrong", "This is not your password."))


def change_password(moderator: Moderator, old: str, new: str, now: datetime, agent: str = "") -> str:
    """Set a new password, end all of a moderator's sessions and begin another; return its token.

    Raises Invalid naming `old` where that is not the password so far, or `password` where the new one can't be taken.
    """
    if not is_password(old, moderator.password_hash):
        raise Invalid(FieldError("old", "wrong", "This is not your password so far."))
    password_hash = hash_password(new)
    with transaction() as session:
        person = session.get_one(Moderator, moderator.id)
        person.password_hash = password_hash
        end_sessions(session, person.id)
        return begin_session(session, person, now, agent)


def _goes_on(found: SignIn, now: datetime) -> bool:
    return found.seen + IDLE > now and found.created + SESSION > now


def _code(row: SignIn) -> str:
    # A part of a hash: enough to tell sessions apart, and of no use to anybody who would be one of them.
    return row.token_hash.hex()[:20]


def _invited(session: Session, token: str, now: datetime) -> Moderator:
    person = session.scalar(select(Moderator).where(Moderator.invitation_hash == hash_token(token)))
    if person is None or person.invitation_ends is None or person.invitation_ends <= now:
        raise InvitationOver
    return person
