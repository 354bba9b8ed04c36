"""A second factor beside the password: an authenticator app's code, or a recovery code, which works once."""

import re
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.keys import Keyring
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import SignIn
from commentsvc.models.moderator import begin_session
from commentsvc.models.moderator import end_sessions
from commentsvc.models.moderator import hash_token
from commentsvc.models.moderator import moderator_by_email
from commentsvc.models.second_factor import Passkey
from commentsvc.models.second_factor import RecoveryCode
from commentsvc.models.second_factor import codes_left
from commentsvc.models.second_factor import forget_codes_without_factor
from commentsvc.models.second_factor import has_second_factor
from commentsvc.models.second_factor import passkeys_of
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import SecondFactorOver
from commentsvc.refusals import SignInRefused
from commentsvc.refusals import UnknownModerator

# How long a right password waits for the second factor.
PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Factors:
    """What a moderator has beside the password."""

    totp_since: datetime | None
    passkeys: list[Passkey]
    recovery_codes: int

    @property
    def any(self) -> bool:
        """Whether a password alone does not let them in."""
        return self.totp_since is not None or bool(self.passkeys)


@dataclass(frozen=True)
class Waiting:
    """A right password that waits for the second factor: whose, which factors they have, what a passkey must sign."""

    moderator: Moderator
    factors: Factors
    challenge: bytes


@dataclass(frozen=True)
class Enrolment:
    """What an app needs to know: the secret in groups of four, to type it, and the same as a drawing."""

    secret: str
    drawing: str


def factors_of(moderator: Moderator) -> Factors:
    """Return what a moderator has beside the password."""
    with reading() as session:
        return _factors(session, session.get_one(Moderator, moderator.id))


def waiting(token: str, now: datetime) -> Waiting | None:
    """Return who has shown the password and still owes the second factor; None after ten minutes."""
    with reading() as session:
        half = session.get(SignIn, hash_token(token))
        if half is None or not _waits(half, now):
            return None
        person = session.get_one(Moderator, half.moderator_id)
        return Waiting(person, _factors(session, person), half.challenge or b"")


def show_code(token: str, code: str, keys: Keyring, now: datetime, agent: str = "") -> str:
    """Sign in with an app's code or a recovery code, and return the session's token.

    Raises SignInRefused where the code is wrong or was used before, SecondFactorOver where nobody waits for it.
    """
    with transaction() as session:
        half, person = owing(session, token, now)
        if not _takes(session, person, code, keys, now):
            raise SignInRefused
        return finish(session, half, person, now, agent)


def owing(session: Session, token: str, now: datetime) -> tuple[SignIn, Moderator]:
    """Return a half session and its moderator, both locked; raise SecondFactorOver."""
    half = session.get(SignIn, hash_token(token), with_for_update=True)
    if half is None or not _waits(half, now):
        raise SecondFactorOver
    return half, session.get_one(Moderator, half.moderator_id, with_for_update=True)


def finish(session: Session, half: SignIn, person: Moderator, now: datetime, agent: str) -> str:
    """Put a session in the place of one that owed its second factor."""
    session.delete(half)
    return begin_session(session, person, now, agent)


def begin_totp(moderator: Moderator, keys: Keyring) -> None:
    """Make a secret for an app; it counts from the first code that is shown, and a new one takes its place."""
    from commentsvc.people import second_factor_codes as codes  # noqa: PLC0415  (some megabytes that few need)

    with transaction() as session:
        person = session.get_one(Moderator, moderator.id, with_for_update=True)
        if person.totp_since is not None:
            raise Invalid(FieldError("code", "taken", "There is an app already: take it away first."))
        person.totp_secret = codes.seal(codes.new_secret(), person.id, keys)
        person.totp_step = None


def enrolment(moderator: Moderator, keys: Keyring, issuer: str) -> Enrolment | None:
    """Return what the app that is being set up needs to know; None where none is."""
    from commentsvc.people import second_factor_codes as codes  # noqa: PLC0415  (some megabytes that few need)

    with reading() as session:
        person = session.get_one(Moderator, moderator.id)
    if person.totp_since is not None or person.totp_secret is None:
        return None
    secret = codes.unseal(person.totp_secret, person.id, keys)
    if secret is None:
        return None
    drawing = codes.drawing(codes.address_for_app(secret, person.email, issuer))
    return Enrolment(" ".join(re.findall("....", secret)), drawing)


def confirm_totp(moderator: Moderator, token: str, code: str, keys: Keyring, now: datetime) -> list[str]:
    """Let the app count from now on, and end all other sessions; return recovery codes where there were none.

    Raises Invalid naming `code` where it is not the app's.
    """
    from commentsvc.people import second_factor_codes as codes  # noqa: PLC0415  (some megabytes that few need)

    with transaction() as session:
        person = session.get_one(Moderator, moderator.id, with_for_update=True)
        secret = codes.unseal(person.totp_secret, person.id, keys) if person.totp_secret else None
        step = codes.step_of(_digits(code), secret, now, person.totp_step) if secret else None
        if step is None or person.totp_since is not None:
            words = "This is not the app's code. Does the clock of your phone go right?"
            raise Invalid(FieldError("code", "wrong", words))
        person.totp_since, person.totp_step = now, step
        end_sessions(session, person.id, but=token)
        return first_recovery_codes(session, person)


def remove_totp(moderator: Moderator) -> None:
    """Take the app away."""
    with transaction() as session:
        person = session.get_one(Moderator, moderator.id, with_for_update=True)
        person.totp_secret = person.totp_since = person.totp_step = None
        session.flush()
        forget_codes_without_factor(session, person)


def first_recovery_codes(session: Session, person: Moderator) -> list[str]:
    """Make recovery codes where there are none."""
    return [] if codes_left(session, person.id) else _new_codes(session, person)


def renew_recovery_codes(moderator: Moderator) -> list[str]:
    """Make ten recovery codes in place of all former ones; raise Invalid where there is nothing to recover."""
    with transaction() as session:
        person = session.get_one(Moderator, moderator.id, with_for_update=True)
        if not has_second_factor(session, person):
            raise Invalid(FieldError("code", "none", "Recovery codes come with a second factor."))
        return _new_codes(session, person)


def reset(email: str) -> None:
    """Take all second factors of somebody away who has lost them, and end their sessions; raise UnknownModerator."""
    with transaction() as session:
        person = moderator_by_email(session, email.strip())
        if person is None:
            raise UnknownModerator(email)
        person.totp_secret = person.totp_since = person.totp_step = None
        session.execute(delete(Passkey).where(Passkey.moderator_id == person.id))
        session.execute(delete(RecoveryCode).where(RecoveryCode.moderator_id == person.id))
        end_sessions(session, person.id)


def _factors(session: Session, person: Moderator) -> Factors:
    return Factors(person.totp_since, passkeys_of(session, person.id), codes_left(session, person.id))


def _waits(half: SignIn, now: datetime) -> bool:
    return half.owes_second and half.created + PATIENCE > now


def _takes(session: Session, person: Moderator, code: str, keys: Keyring, now: datetime) -> bool:
    from commentsvc.people import second_factor_codes as codes  # noqa: PLC0415  (some megabytes that few need)

    digits = _digits(code)
    if person.totp_since is not None and person.totp_secret is not None and len(digits) == 6:
        secret = codes.unseal(person.totp_secret, person.id, keys)
        step = codes.step_of(digits, secret, now, person.totp_step) if secret is not None else None
        if step is None or secret is None:
            return False
        person.totp_step = step
        # Under the current key from now on, so that a former one can be given up some day.
        person.totp_secret = codes.seal(secret, person.id, keys)
        return True
    found = session.get(RecoveryCode, (person.id, _code_hash(person.id, code)), with_for_update=True)
    if found is None:
        return False
    session.delete(found)
    return True


def _new_codes(session: Session, person: Moderator) -> list[str]:
    from commentsvc.people import second_factor_codes as codes  # noqa: PLC0415  (some megabytes that few need)

    session.execute(delete(RecoveryCode).where(RecoveryCode.moderator_id == person.id))
    made = codes.new_recovery_codes()
    session.add_all(RecoveryCode(moderator_id=person.id, code_hash=_code_hash(person.id, code)) for code in made)
    return made


def _code_hash(moderator_id: int, code: str) -> bytes:
    letters = re.sub("[^a-z0-9]", "", code.lower())
    return hash_token(f"recovery {moderator_id} {letters}")


def _digits(code: str) -> str:
    typed = re.sub(r"[\s-]", "", code)
    return typed if re.fullmatch("[0-9]{6}", typed) else ""
