"""Taking an invitation: a stranger makes an account with it, and who has one signs in and says yes."""

from typing import Any

from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.people import inviting
from commentsvc.people import signing_in
from commentsvc.people.inviting import Offer
from commentsvc.refusals import Invalid
from commentsvc.web.desk import cookie
from commentsvc.web.desk.agents import agent
from commentsvc.web.desk.page import plain
from commentsvc.web.service import service
from commentsvc.web.visitors import limited_network


def join(token: str) -> Response:
    """Let an invited person choose their password, and begin a session; raise InvitationOver."""
    service().limiter.hit(service().settings.sign_in_limit, "join", limited_network())
    if request.method != "POST":
        return _join_form(token)
    now = service().now()
    offer = inviting.offer_of(token, now)
    password = request.form.get("password", "")
    try:
        if offer is None:
            begun = signing_in.accept_invitation(token, password, now, agent())
        elif not offer.has_account:
            begun = inviting.join_anew(token, request.form.get("name", ""), password, now, agent())
        else:
            return _join_as_member(token, offer)
    except Invalid as refused:
        return _join_form(token, refused.errors[0].message, 422)
    cookie.begin(begun)
    return redirect(url_for("desk.enter"), 303)


def join_again(sentence: str, status: int, token: str) -> Response:
    """Show the form of an invitation once more, with what is wrong."""
    return _join_form(token, sentence, status)


def _join_as_member(token: str, offer: Offer) -> Response:
    holder = cookie.holder()
    if holder is None:
        return _join_form(token, f"Please sign in as {offer.email} first.", 403)
    site = inviting.join(token, holder.moderator, service().now())
    return redirect(url_for("desk.listing", site=site.key, name="queue", did="join"), 303)


def _join_form(token: str, problem: str | None = None, status: int = 200) -> Response:
    now = service().now()
    offer = inviting.offer_of(token, now)
    values: dict[str, Any] = {"problem": problem, "token": token, "offer": offer}
    if offer is None:
        person = signing_in.invited(token, now)
        values |= {"email": person.email, "name": person.name}
    else:
        holder = cookie.holder() if offer.has_account else None
        values |= {"email": offer.email, "signed_in": holder.moderator.email if holder is not None else None}
        values["typed"] = request.form.get("name", "")
    response = plain("desk/join.html", status, **values)
    # The address of this page is a secret that no Referer may carry, not even to ourselves. Its origin must stay:
    # under no-referrer a browser sends "Origin: null" and no Referer with the form, which is then refused on https.
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
