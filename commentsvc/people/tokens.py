"""Tokens by which programs moderate: made by a moderator for one site, narrow, revoked at once."""

import contextlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.decision import OPERATOR
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.moderator import MAY_DECIDE
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import hash_token
from commentsvc.models.moderator import moderator_by_email
from commentsvc.models.moderator import role_on
from commentsvc.models.moderator import sites_of
from commentsvc.models.site import Site
from commentsvc.models.site import site_by_key
from commentsvc.models.token import DECIDE
from commentsvc.models.token import MAX_TOKENS
from commentsvc.models.token import PREFIX
from commentsvc.models.token import SCOPES
from commentsvc.models.token import ApiToken
from commentsvc.models.token import token_by_secret
from commentsvc.models.token import tokens_on
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import TokenTooNarrow
from commentsvc.refusals import TokenWrong
from commentsvc.refusals import UnknownModerator
from commentsvc.refusals import UnknownSite
from commentsvc.text.names import clean_name
from commentsvc.text.refusal import TextRefused

# A token's last use is written at most this often.
USED_EVERY = timedelta(minutes=1)
MAX_DAYS = 3650


@dataclass(frozen=True)
class Wanted:
    """What a new token shall be: its name, what it may do, and after how many days it ends (None: never)."""

    name: str
    scopes: tuple[str, ...]
    days: int | None = None


@dataclass(frozen=True)
class Issued:
    """A new token, and the secret that is shown this once."""

    token: ApiToken
    secret: str


@dataclass(frozen=True)
class Bearer:
    """In whose name a token acts, on which site, and what it may do there now."""

    moderator: Moderator
    site: Site
    scopes: frozenset[str]

    def require(self, scope: str) -> None:
        """Raise TokenTooNarrow where the token does not allow this."""
        if scope not in self.scopes:
            raise TokenTooNarrow


def issue(site_key: str, email: str, wanted: Wanted, now: datetime, by: Actor = OPERATOR) -> Issued:
    """Make a token of a moderator for a site; raise Invalid, UnknownSite, UnknownModerator or TokenTooNarrow."""
    name = _check(wanted)
    secret = PREFIX + secrets.token_urlsafe(32)
    with transaction() as session:
        home, person = _site(session, site_key), _person(session, email)
        role = role_on(session, home.id, person.id)
        if role is None:
            raise UnknownModerator(email)
        if DECIDE in wanted.scopes and role not in MAY_DECIDE:
            raise TokenTooNarrow
        if sum(owner.id == person.id for _, owner in tokens_on(session, home)) >= MAX_TOKENS:
            raise Invalid(FieldError("name", "too_many", f"{MAX_TOKENS} tokens are enough: revoke some first."))
        made = ApiToken(
            site_id=home.id, id=new_id(now), moderator_id=person.id, name=name, scopes=sorted(set(wanted.scopes)),
            token_hash=hash_token(secret), created=now,
            ends=now + timedelta(days=wanted.days) if wanted.days is not None else None,
        )  # fmt: skip
        session.add(made)
        reasons = (f"token-{made.id}", f"moderator-{person.id}", *made.scopes)
        record(session, home, None, act="token-add", by=by, at=now, reasons=reasons)
        return Issued(made, secret)


def tokens_of(moderator: Moderator) -> list[tuple[Site, ApiToken]]:
    """Return a moderator's tokens on all their sites."""
    with reading() as session:
        return [
            (site, token)
            for site, _ in sites_of(session, moderator)
            for token, owner in tokens_on(session, site)
            if owner.id == moderator.id
        ]


def tokens_of_site(site_key: str) -> list[tuple[ApiToken, Moderator]]:
    """Return the tokens of a site with whose they are; raise UnknownSite."""
    with reading() as session:
        return tokens_on(session, _site(session, site_key, lock=False))


def revoke(site_key: str, token_id: int, now: datetime, moderator: Moderator | None = None) -> ApiToken:
    """End a token at once, by the operator or by the moderator whose it is; raise UnknownSite or TokenWrong."""
    with transaction() as session:
        home = _site(session, site_key)
        gone = session.get(ApiToken, (home.id, token_id))
        if gone is None or (moderator is not None and gone.moderator_id != moderator.id):
            raise TokenWrong
        session.delete(gone)
        by = OPERATOR if moderator is None else Actor("moderator", moderator.id)
        record(session, home, None, act="token-revoke", by=by, at=now, reasons=(f"token-{gone.id}",))
        return gone


def bearer(secret: str, now: datetime) -> Bearer:
    """Return whose token this is and what it may do; raise TokenWrong or DatabaseAway."""
    if not secret.startswith(PREFIX):
        raise TokenWrong
    with reading() as session:
        token = token_by_secret(session, secret, now)
        role = role_on(session, token.site_id, token.moderator_id) if token is not None else None
        if token is None or role is None:
            raise TokenWrong
        site, person = session.get_one(Site, token.site_id), session.get_one(Moderator, token.moderator_id)
    # A role that was taken down since takes the token down with it.
    scopes = frozenset(token.scopes) if role in MAY_DECIDE else frozenset(token.scopes) - {DECIDE}
    if token.used is None or token.used + USED_EVERY <= now:
        with contextlib.suppress(DatabaseAway), transaction() as session:
            used = session.get(ApiToken, (token.site_id, token.id))
            if used is not None:
                used.used = now
    return Bearer(person, site, scopes)


def _check(wanted: Wanted) -> str:
    errors = []
    name = ""
    try:
        name = clean_name(wanted.name)
    except TextRefused as refused:
        errors.append(FieldError("name", refused.code, refused.message))
    if not wanted.scopes or not set(wanted.scopes) <= set(SCOPES):
        errors.append(FieldError("scope", "invalid", "Choose what the token may do: read, decide, or both."))
    if wanted.days is not None and not 1 <= wanted.days <= MAX_DAYS:
        errors.append(FieldError("days", "invalid", f"A token ends after 1 to {MAX_DAYS} days, or never."))
    if errors:
        raise Invalid(*errors)
    return name


def _site(session: Session, key: str, lock: bool = True) -> Site:
    found = site_by_key(session, key)
    if found is None:
        raise UnknownSite(key)
    if lock:
        session.refresh(found, with_for_update=True)
    return found


def _person(session: Session, email: str) -> Moderator:
    found = moderator_by_email(session, email.strip())
    if found is None:
        raise UnknownModerator(email)
    return found
