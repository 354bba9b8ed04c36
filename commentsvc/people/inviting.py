"""Owners invite people to their site by a link, which is shown once; nobody is a member before they have taken it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.invitation import Invitation
from commentsvc.models.invitation import invitation_by_token
from commentsvc.models.invitation import invitations_of
from commentsvc.models.moderator import ROLES
from commentsvc.models.moderator import Membership
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import begin_session
from commentsvc.models.moderator import hash_token
from commentsvc.models.moderator import moderator_by_email
from commentsvc.models.moderator import role_on
from commentsvc.models.site import Site
from commentsvc.notifying import links
from commentsvc.notifying.outbox import current
from commentsvc.notifying.telling import on_invited
from commentsvc.people.passwords import hash_password
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import InvitationForAnother
from commentsvc.refusals import InvitationOver
from commentsvc.text.emails import clean_email
from commentsvc.text.names import clean_name
from commentsvc.text.refusal import TextRefused

GOOD_FOR = timedelta(days=7)
MAX_OPEN = 100


@dataclass(frozen=True)
class Offer:
    """What an invitation offers: to which address, which role on which site, and whether they have an account."""

    email: str
    role: str
    site: Site
    has_account: bool


def invite(site: Site, owner: Moderator, email: str, role: str, now: datetime) -> str:
    """Offer somebody a role on a site, and return the token of the link; a former offer to them ends.

    Raises Invalid where the address or the role cannot be taken, or the person is a member already.
    """
    try:
        address = clean_email(email).lower()
    except TextRefused as refused:
        raise Invalid(FieldError("email", refused.code, refused.message)) from refused
    if role not in ROLES:
        raise Invalid(FieldError("role", "invalid", f"A role is one of {', '.join(ROLES)}."))
    with transaction() as session:
        home = session.get_one(Site, site.id, with_for_update=True)
        person = moderator_by_email(session, address)
        if person is not None and role_on(session, home.id, person.id) is not None:
            raise Invalid(FieldError("email", "taken", f"{address} is one of the site's people already."))
        open_now = invitations_of(session, home, now)
        if len(open_now) >= MAX_OPEN:
            raise Invalid(FieldError("email", "too_many", f"{MAX_OPEN} invitations are open: withdraw some first."))
        for former in open_now:
            if former.email == address:
                session.delete(former)
        number, outbox = new_id(now), current()
        # A letter makes its link when it is sent, so its token is made by key; without letters it is drawn.
        made = links.secret(outbox.keys, home, links.INVITATION, number) if outbox else secrets.token_urlsafe(24)
        offer = Invitation(
            site_id=home.id, id=number, email=address, role=role, token_hash=hash_token(made), created=now,
            ends=now + GOOD_FOR,
        )  # fmt: skip
        session.add(offer)
        _record(session, home, "person-invite", owner, now, role, f"invitation-{offer.id}")
        on_invited(session, home, offer, now)
    return made


def open_invitations(site: Site, now: datetime) -> list[Invitation]:
    """Return the invitations of a site that nobody has taken yet, the newest first."""
    with reading() as session:
        return invitations_of(session, site, now)


def withdraw(site: Site, owner: Moderator, invitation_id: int, now: datetime) -> None:
    """Take an invitation back; raise InvitationOver where it was taken or withdrawn before."""
    with transaction() as session:
        home = session.get_one(Site, site.id, with_for_update=True)
        offer = session.get(Invitation, (home.id, invitation_id))
        if offer is None:
            raise InvitationOver
        session.delete(offer)
        _record(session, home, "person-withdraw", owner, now, f"invitation-{offer.id}")


def offer_of(token: str, now: datetime) -> Offer | None:
    """Return what the link of an owner's invitation offers; None where it has none, or has ended."""
    with reading() as session:
        offer = invitation_by_token(session, token, now)
        if offer is None:
            return None
        has_account = moderator_by_email(session, offer.email) is not None
        return Offer(offer.email, offer.role, session.get_one(Site, offer.site_id), has_account)


def join(token: str, moderator: Moderator, now: datetime) -> Site:
    """Let somebody who is signed in take an invitation; raise InvitationOver or InvitationForAnother."""
    with transaction() as session:
        home, offer = _offer(session, token, now)
        if offer.email != moderator.email:
            raise InvitationForAnother
        _take(session, home, offer, moderator, now)
        return home


def join_anew(token: str, name: str, password: str, now: datetime, agent: str = "") -> str:
    """Make an account for somebody who has none, take the invitation and begin a session; return its token.

    Raises Invalid naming `name` or `password`, InvitationOver, and InvitationForAnother where there is an account by
    now: its password is its owner's to set.
    """
    password_hash = hash_password(password)
    with transaction() as session:
        home, offer = _offer(session, token, now)
        if moderator_by_email(session, offer.email) is not None:
            raise InvitationForAnother
        try:
            shown = clean_name(name or offer.email.split("@")[0])
        except TextRefused as refused:
            raise Invalid(FieldError("name", refused.code, refused.message)) from refused
        person = Moderator(email=offer.email, name=shown, password_hash=password_hash, created=now)
        session.add(person)
        session.flush()
        _take(session, home, offer, person, now)
        return begin_session(session, person, now, agent)


def _offer(session: Session, token: str, now: datetime) -> tuple[Site, Invitation]:
    offer = invitation_by_token(session, token, now)
    home = session.get(Site, offer.site_id, with_for_update=True) if offer is not None else None
    # Asked again under the lock: withdrawn meanwhile, or taken in another window.
    session.expire_all()
    offer = invitation_by_token(session, token, now)
    if offer is None or home is None:
        raise InvitationOver
    return home, offer


def _take(session: Session, home: Site, offer: Invitation, person: Moderator, now: datetime) -> None:
    if role_on(session, home.id, person.id) is None:
        session.add(Membership(site_id=home.id, moderator_id=person.id, role=offer.role))
    session.delete(offer)
    _record(session, home, "person-join", person, now, offer.role, f"moderator-{person.id}", f"invitation-{offer.id}")


def _record(session: Session, home: Site, act: str, by: Moderator, now: datetime, *reasons: str) -> None:
    record(session, home, None, act=act, by=Actor("moderator", by.id), at=now, reasons=reasons)
