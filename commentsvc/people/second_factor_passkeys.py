"""Passkeys (WebAuthn, Level 2) as a second factor: added on the account page, asked for after the password."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import delete
from sqlalchemy import select

from commentsvc.database import transaction
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import SignIn
from commentsvc.models.moderator import end_sessions
from commentsvc.models.moderator import hash_token
from commentsvc.models.second_factor import MAX_PASSKEYS
from commentsvc.models.second_factor import Passkey
from commentsvc.models.second_factor import forget_codes_without_factor
from commentsvc.models.second_factor import passkeys_of
from commentsvc.people.second_factor import Waiting
from commentsvc.people.second_factor import finish
from commentsvc.people.second_factor import first_recovery_codes
from commentsvc.people.second_factor import owing
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import SignInRefused

NAME = "commentsvc"
# What the library also raises for JSON that has not the shape of a credential, or is nested too deeply.
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Party:
    """To whom a passkey is good: the host and the origin of the desk."""

    host: str
    origin: str


def party_of(base_url: str) -> Party:
    """Return the relying party of a service at this address."""
    parts = urlsplit(base_url)
    return Party(parts.hostname or "", f"{parts.scheme}://{parts.netloc}")


def creation(moderator: Moderator, token: str, challenge: bytes, party: Party) -> str:
    """Return as JSON what the browser needs to make a passkey, and keep the challenge with the session.

    Raises Invalid where there are too many.
    """
    import webauthn  # noqa: PLC0415  (ten megabytes that few need)
    from webauthn.helpers.structs import AuthenticatorSelectionCriteria  # noqa: PLC0415
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor  # noqa: PLC0415
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415

    with transaction() as session:
        known = passkeys_of(session, moderator.id)
        if len(known) >= MAX_PASSKEYS:
            raise Invalid(FieldError("passkey", "too_many", f"{MAX_PASSKEYS} passkeys are enough: remove one first."))
        session.get_one(SignIn, hash_token(token)).challenge = challenge
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name=NAME,
        user_id=hash_token(f"passkey user {moderator.id} {moderator.created}"),
        user_name=moderator.email,
        user_display_name=moderator.name,
        challenge=challenge,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            user_verification=UserVerificationRequirement.PREFERRED
        ),
    )  # fmt: skip
    return webauthn.options_to_json(options)


def add(moderator: Moderator, token: str, credential: str, name: str, party: Party, now: datetime) -> list[str]:
    """Keep a passkey that the browser made, and end all other sessions; return recovery codes where there were none.

    Raises Invalid naming `passkey` where it does not answer the challenge of this session, or is known already.
    """
    import webauthn  # noqa: PLC0415  (ten megabytes that few need)
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    with transaction() as session:
        person = session.get_one(Moderator, moderator.id, with_for_update=True)
        seat = session.get_one(SignIn, hash_token(token), with_for_update=True)
        try:
            made = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=seat.challenge or b"",
                expected_rp_id=party.host,
                expected_origin=party.origin,
            )
        except (WebAuthnException, *MALFORMED) as error:
            raise _not_taken() from error
        is_known = session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)) is not None
        if seat.challenge is None or is_known or len(passkeys_of(session, person.id)) >= MAX_PASSKEYS:
            raise _not_taken()
        seat.challenge = None
        session.add(
            Passkey(
                moderator_id=person.id,
                credential_id=made.credential_id,
                public_key=made.credential_public_key,
                sign_count=made.sign_count,
                name=" ".join(name.split())[:80] or "Passkey",
                created=now,
            )
        )
        end_sessions(session, person.id, but=token)
        return first_recovery_codes(session, person)


def question(waiting: Waiting, party: Party) -> str | None:
    """Return as JSON what the browser needs to ask for a passkey; None where there is none to ask for."""
    import webauthn  # noqa: PLC0415  (ten megabytes that few need)
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor  # noqa: PLC0415

    if not waiting.factors.passkeys:
        return None
    known = [PublicKeyCredentialDescriptor(id=each.credential_id) for each in waiting.factors.passkeys]
    options = webauthn.generate_authentication_options(
        rp_id=party.host, challenge=waiting.challenge, allow_credentials=known
    )
    return webauthn.options_to_json(options)


def show(token: str, credential: str, party: Party, now: datetime, agent: str = "") -> str:
    """Sign in with a passkey, and return the session's token; raise SignInRefused or SecondFactorOver."""
    import webauthn  # noqa: PLC0415  (ten megabytes that few need)
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    with transaction() as session:
        half, person = owing(session, token, now)
        try:
            shown = webauthn.helpers.parse_authentication_credential_json(credential)
            known = next(each for each in passkeys_of(session, person.id) if each.credential_id == shown.raw_id)
            answer = webauthn.verify_authentication_response(
                credential=shown,
                expected_challenge=half.challenge or b"",
                expected_rp_id=party.host,
                expected_origin=party.origin,
                credential_public_key=known.public_key,
                credential_current_sign_count=known.sign_count,
            )
        except (WebAuthnException, StopIteration, *MALFORMED) as error:
            raise SignInRefused from error
        known.sign_count, known.used = answer.new_sign_count, now
        return finish(session, half, person, now, agent)


def remove(moderator: Moderator, passkey_id: int) -> None:
    """Take a passkey away; one that is gone is no fault."""
    with transaction() as session:
        person = session.get_one(Moderator, moderator.id, with_for_update=True)
        session.execute(delete(Passkey).where(Passkey.moderator_id == person.id, Passkey.id == passkey_id))
        forget_codes_without_factor(session, person)


def _not_taken() -> Invalid:
    return Invalid(FieldError("passkey", "wrong", "This passkey could not be taken. Please try again."))
