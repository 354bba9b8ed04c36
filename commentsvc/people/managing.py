"""The operator keeps sites and moderators."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import asking
from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import desk
from commentsvc.models.chain import Broken
from commentsvc.models.chain import broken_links
from commentsvc.models.comment import Comment
from commentsvc.models.decision import OPERATOR
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.moderator import MAY_DECIDE
from commentsvc.models.moderator import ROLES
from commentsvc.models.moderator import Membership
from commentsvc.models.moderator import Moderator
from commentsvc.models.moderator import SignIn
from commentsvc.models.moderator import hash_token
from commentsvc.models.moderator import moderator_by_email
from commentsvc.models.moderator import owners_of
from commentsvc.models.moderator import people_of
from commentsvc.models.site import Site
from commentsvc.models.site import all_sites
from commentsvc.models.site import read_site
from commentsvc.models.site import site_by_key
from commentsvc.models.token import revoke_of
from commentsvc.notifying import joining
from commentsvc.notifying import links
from commentsvc.notifying.outbox import current
from commentsvc.people.passwords import hash_password
from commentsvc.people.site_settings import check_key
from commentsvc.people.site_settings import check_settings
from commentsvc.people.site_settings import is_key
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import LastOwner
from commentsvc.refusals import UnknownModerator
from commentsvc.refusals import UnknownSite
from commentsvc.text.emails import clean_email
from commentsvc.text.names import clean_name
from commentsvc.text.refusal import TextRefused

INVITED_FOR = timedelta(days=7)


@dataclass(frozen=True)
class SiteLine:
    """A site with what its operator wants to know at a glance."""

    site: Site
    waiting: int
    moderators: int


def site(key: str) -> Site:
    """Return a site by its key; raise UnknownSite or DatabaseAway."""
    if not is_key(key):
        raise UnknownSite(key)
    with asking() as connection:
        found = read_site(connection, key)
    if found is None:
        raise UnknownSite(key)
    return found


def add_site(key: str, settings: dict[str, Any], now: datetime) -> Site:
    """Add a site; raise Invalid where the key is taken or a setting cannot be used."""
    check_key(key)
    values = check_settings(settings)
    if not values.get("origins"):
        raise Invalid(FieldError("origin", "empty", "A site needs at least one origin, such as https://example.org."))
    with transaction() as session:
        if site_by_key(session, key) is not None:
            raise Invalid(FieldError("key", "taken", f"There is a site {key!r} already; `site edit` changes it."))
        made = Site(key=key, created=now, **({"name": key} | values))
        made.version = 1
        made.log_seq = 0
        made.log_head = b""
        session.add(made)
        session.flush()
        record(session, made, None, act="site-add", by=OPERATOR, at=now, reasons=tuple(sorted(values)))
        return made


def edit_site(key: str, settings: dict[str, Any], now: datetime, by: Actor = OPERATOR) -> Site:
    """Change settings of a site, binding for the next post in every process; raise Invalid or UnknownSite."""
    values = check_settings(settings)
    with transaction() as session:
        changed = _site(session, key, lock=True)
        for name, value in values.items():
            setattr(changed, name, value)
        changed.touch()
        record(session, changed, None, act="site-edit", by=by, at=now, reasons=tuple(sorted(values)))
        return changed


def remove_site(key: str) -> int:
    """Remove a site with everything in it, and return how many comments that were."""
    with transaction() as session:
        gone = _site(session, key, lock=True)
        # Deepest first, since a reply points at its parent.
        count = 0
        while True:
            leaves = select(Comment.id).where(
                Comment.site_id == gone.id,
                Comment.id.not_in(
                    select(Comment.parent_id).where(Comment.site_id == gone.id, Comment.parent_id.is_not(None))
                ),
            )
            removed = session.execute(
                delete(Comment).where(Comment.site_id == gone.id, Comment.id.in_(leaves)),
                execution_options={"synchronize_session": False},
            ).rowcount  # pyright: ignore[reportAttributeAccessIssue]
            if not removed:
                break
            count += removed
        session.delete(gone)
        return count


def sites() -> list[SiteLine]:
    """Return all sites by key, with their moderators and how many comments wait (up to 1,000)."""
    with reading() as session:
        return [
            SiteLine(found, desk.sizes(session, found)[desk.QUEUE], len(people_of(session, found)))
            for found in all_sites(session)
        ]


@dataclass(frozen=True)
class Added:
    """A moderator, the token of their invitation where no password was given, and whether it is mailed to them."""

    moderator: Moderator
    invitation: str | None
    is_mailed: bool = False


def add_moderator(
    email: str, site_key: str, now: datetime, *, name: str | None = None, role: str = "moderator",
    password: str | None = None,
) -> Added:  # fmt: skip
    """Give a person a role on a site; a new one without a password is invited. Raises Invalid and UnknownSite."""
    email = _email(email)
    if role not in ROLES:
        raise Invalid(FieldError("role", "invalid", f"A role is one of {', '.join(ROLES)}."))
    password_hash = hash_password(password) if password is not None else None
    with transaction() as session:
        home = _site(session, site_key, lock=True)
        person = moderator_by_email(session, email)
        invitation = None
        if person is None:
            person = Moderator(email=email, name=_name(name or email.split("@")[0]), created=now)
            session.add(person)
        elif name is not None:
            person.name = _name(name)
        if password_hash is not None:
            _set_password(session, person, password_hash)
        session.flush()
        if person.password_hash is None:
            invitation = _invite(session, home, person, now)
        membership = session.get(Membership, (home.id, person.id))
        if membership is None:
            session.add(Membership(site_id=home.id, moderator_id=person.id, role=role))
        else:
            membership.role = role
        record(session, home, None, act="moderator-add", by=OPERATOR, at=now, reasons=(role, f"moderator-{person.id}"))
        return Added(person, invitation, invitation is not None and current() is not None)


def people(site: Site) -> list[tuple[Moderator, str]]:
    """Return the moderators of a site by address of mail, each with their role."""
    with reading() as session:
        return people_of(session, site)


def change_role(site: Site, owner: Moderator, moderator_id: int, role: str, now: datetime) -> None:
    """Give a member of a site another role; raise Invalid, UnknownModerator, or LastOwner where none would be left."""
    if role not in ROLES:
        raise Invalid(FieldError("role", "invalid", f"A role is one of {', '.join(ROLES)}."))
    with transaction() as session:
        home, membership = _member(session, site, moderator_id)
        if membership.role == role:
            return
        membership.role = role
        _require_owner(session, home)
        if role not in MAY_DECIDE:
            revoke_of(session, home, moderator_id)
        reasons = (role, f"moderator-{moderator_id}")
        record(session, home, None, act="person-role", by=Actor("moderator", owner.id), at=now, reasons=reasons)


def remove_member(site: Site, owner: Moderator, moderator_id: int, now: datetime) -> None:
    """Take a member and their tokens off a site; raise UnknownModerator, or LastOwner where none would be left."""
    with transaction() as session:
        home, membership = _member(session, site, moderator_id)
        session.delete(membership)
        _require_owner(session, home)
        revoke_of(session, home, moderator_id)
        reasons = (f"moderator-{moderator_id}",)
        record(session, home, None, act="person-remove", by=Actor("moderator", owner.id), at=now, reasons=reasons)


def set_password(email: str, password: str) -> None:
    """Set a moderator's password and end all their sessions; raise Invalid or UnknownModerator."""
    password_hash = hash_password(password)
    with transaction() as session:
        person = moderator_by_email(session, email.strip())
        if person is None:
            raise UnknownModerator(email)
        _set_password(session, person, password_hash)


def moderators() -> list[tuple[Site, Moderator, str]]:
    """Return who may do what where: site, moderator, role."""
    with reading() as session:
        return [(found, person, role) for found in all_sites(session) for person, role in people_of(session, found)]


def verify_decisions(key: str | None = None) -> dict[str, list[Broken]]:
    """Walk the decision log of one site or of all, and return the places where it does not hold, by site key."""
    with reading() as session:
        chosen = [_site(session, key)] if key is not None else all_sites(session)
        return {found.key: list(broken_links(session, found)) for found in chosen}


def _site(session: Session, key: str, lock: bool = False) -> Site:
    found = site_by_key(session, key)
    if found is None:
        raise UnknownSite(key)
    if lock:
        session.refresh(found, with_for_update=True)
    return found


def _member(session: Session, site: Site, moderator_id: int) -> tuple[Site, Membership]:
    # The site is locked first: two owners who remove each other at once must not leave it without one.
    home = _site(session, site.key, lock=True)
    membership = session.get(Membership, (home.id, moderator_id))
    if membership is None:
        raise UnknownModerator(str(moderator_id))
    return home, membership


def _require_owner(session: Session, home: Site) -> None:
    session.flush()
    if not owners_of(session, home):
        raise LastOwner


def _invite(session: Session, home: Site, person: Moderator, now: datetime) -> str:
    number, outbox = new_id(now), current()
    # A letter makes its link when it is sent, so its token is made by key; without letters it is drawn.
    made = links.secret(outbox.keys, home, links.INVITATION, number) if outbox else secrets.token_urlsafe(24)
    person.invitation_hash, person.invitation_ends = hash_token(made), now + INVITED_FOR
    if outbox is not None:
        joining.tell(session, home, person, number, now)
    return made


def _set_password(session: Session, person: Moderator, password_hash: str) -> None:
    person.password_hash = password_hash
    person.invitation_hash = person.invitation_ends = None
    session.execute(delete(SignIn).where(SignIn.moderator_id == person.id))


def _email(raw: str) -> str:
    try:
        return clean_email(raw).lower()
    except TextRefused as refused:
        raise Invalid(FieldError("email", refused.code, refused.message)) from refused


def _name(raw: str) -> str:
    try:
        return clean_name(raw)
    except TextRefused as refused:
        raise Invalid(FieldError("name", refused.code, refused.message)) from refused
