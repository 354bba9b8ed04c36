"""The people of a site, for its owners: who may do what, who is invited."""

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.moderator import ROLES
from commentsvc.moderators import moderating
from commentsvc.people import inviting
from commentsvc.people import managing
from commentsvc.refusals import Invalid
from commentsvc.refusals import InvitationOver
from commentsvc.refusals import LastOwner
from commentsvc.refusals import UnknownModerator
from commentsvc.web.desk.account import date
from commentsvc.web.desk.account import once
from commentsvc.web.desk.page import page
from commentsvc.web.service import service

LAST_OWNER = "A site needs an owner: make somebody else one first."


def people() -> Response:
    """Show the people of the site and its open invitations."""
    return _people()


def invite() -> Response:
    """Make an invitation and show its link this once."""
    email, role = request.form.get("email", ""), request.form.get("role", "")
    try:
        token = inviting.invite(g.site, g.moderator, email, role, service().now())
    except Invalid as refused:
        return _people(refused.errors[0].message, 422)
    lead = "The invitation is mailed to" if service().outbox.is_open else "Send this link to"
    return once(
        "Invitation",
        f"{lead} {email.strip()}: with the link they join {g.site.name} as {role}.",
        [f"{service().settings.base_url}/moderate/join/{token}"],
        "It is shown this once, and good for 7 days. Whoever has it can join, so send it to nobody else.",
        here="people",
        back_to=url_for("desk.people", site=g.site.key),
    )


def change_role(person: str) -> Response:
    """Give somebody another role."""
    try:
        managing.change_role(g.site, g.moderator, _number(person), request.form.get("role", ""), service().now())
    except LastOwner:
        return _people(LAST_OWNER, 409)
    except Invalid as refused:
        return _people(refused.errors[0].message, 422)
    return _back("role")


def remove_member(person: str) -> Response:
    """Take somebody off the site."""
    try:
        managing.remove_member(g.site, g.moderator, _number(person), service().now())
    except LastOwner:
        return _people(LAST_OWNER, 409)
    return _back("member-off")


def withdraw_invitation(invitation: str) -> Response:
    """Take an invitation back."""
    number = from_text(invitation)
    try:
        if number is None:
            raise InvitationOver
        inviting.withdraw(g.site, g.moderator, number, service().now())
    except InvitationOver:
        return _people("This invitation was taken or withdrawn in the meantime.", 410)
    return _back("invite-off")


def _people(problem: str | None = None, status: int = 200) -> Response:
    now = service().now()
    return page(
        "desk/people.html",
        "people",
        moderating.sizes(g.site),
        status,
        problem=problem,
        members=managing.people(g.site),
        invitations=[(to_text(each.id), each, date(each.ends)) for each in inviting.open_invitations(g.site, now)],
        roles=ROLES,
        typed=request.form,
    )


def _number(person: str) -> int:
    if not person.isascii() or not person.isdigit() or len(person) > 9:
        raise UnknownModerator(person)
    return int(person)


def _back(did: str) -> Response:
    # Who has left the site, or given up being its owner, is not let in any more.
    still = any(person.id == g.moderator.id and role == "owner" for person, role in managing.people(g.site))
    if not still:
        return redirect(url_for("desk.account", did=did), 303)
    return redirect(url_for("desk.people", site=g.site.key, did=did), 303)
