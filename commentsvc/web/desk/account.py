"""A moderator's own page: who they are, what they may do where, their keys to the account, their sessions."""

from datetime import datetime
from typing import Any

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.models.ids import to_text
from commentsvc.models.moderator import MAY_DECIDE
from commentsvc.moderators import moderating
from commentsvc.people import second_factor
from commentsvc.people import signing_in
from commentsvc.people import tokens
from commentsvc.refusals import Invalid
from commentsvc.web.desk import cookie
from commentsvc.web.desk.agents import agent
from commentsvc.web.desk.page import page
from commentsvc.web.desk.words import ago
from commentsvc.web.service import service


def account() -> Response:
    """Show who is signed in."""
    return account_page()


def change_password() -> Response:
    """Set another password, which ends all other sessions; raise TooMany."""
    count_password()
    old, new = request.form.get("old", ""), request.form.get("password", "")
    try:
        token = signing_in.change_password(g.moderator, old, new, service().now(), agent())
    except Invalid as refused:
        return account_page("password", refused)
    cookie.begin(token)
    return back("password")


def end_session(code: str) -> Response:
    """End one of the moderator's sessions."""
    signing_in.end_session(g.moderator, code)
    return back("session-end")


def end_other_sessions() -> Response:
    """End all of the moderator's sessions but this one."""
    signing_in.end_other_sessions(g.moderator, cookie.token())
    return back("sessions-end")


def require_password() -> None:
    """Ask for the password once more, before a key to the account is made or taken away; raise Invalid, TooMany."""
    count_password()
    signing_in.require_password(g.moderator, request.form.get("password", ""))


def count_password() -> None:
    """Count a password that is tried by who is signed in; raise TooMany."""
    service().limiter.hit(service().settings.sign_in_limit, "password", str(g.moderator.id))


def account_page(form: str = "", refused: Invalid | None = None) -> Response:
    """Show the account, with what is wrong in the form of this name."""
    now = service().now()
    place_menu()
    problems = {error.field: error.message for error in refused.errors} if refused is not None else {}
    return page(
        "desk/account.html",
        "account",
        moderating.sizes(g.site) if g.site is not None else {},
        422 if refused is not None else 200,
        errors={form: problems},
        factors=second_factor.factors_of(g.moderator),
        seats=[
            {"seat": seat, "created": date(seat.created), "seen": since(seat.seen, now)}
            for seat in signing_in.sessions_of(g.moderator, cookie.token(), now)
        ],
        tokens=[
            {
                "site": site,
                "token": token,
                "code": to_text(token.id),
                "used": since(token.used, now) if token.used is not None else None,
                "ends": date(token.ends) if token.ends is not None else None,
                "over": token.ends is not None and token.ends <= now,
            }
            for site, token in tokens.tokens_of(g.moderator)
        ],
        deciding=any(role in MAY_DECIDE for _, role in g.sites),
        date=date,
        typed=request.form,
    )


def once(title: str, lead: str, shown: list[str], note: str, **values: Any) -> Response:
    """Show what is shown this once: it is kept nowhere in clear."""
    if "site" not in g:
        place_menu()
    back_to = values.pop("back_to", None) or url_for("desk.account")
    sizes = moderating.sizes(g.site) if g.site is not None else {}
    here = values.pop("here", "account")
    return page("desk/once.html", here, sizes, title=title, lead=lead, shown=shown, note=note, back_to=back_to)


def place_menu() -> None:
    """Keep the menu that of a site, the first one."""
    g.site = g.sites[0][0] if g.sites else None


def back(did: str) -> Response:
    """Go to the account page, which says what was done."""
    return redirect(url_for("desk.account", did=did), 303)


def date(moment: datetime) -> str:
    """Write a day."""
    return f"{moment.day} {moment:%B %Y}"


def since(moment: datetime, now: datetime) -> str:
    """Write how long ago something was."""
    words = ago(moment, now)
    return f"{words} ago" if words[-1] in "nhd" else words
