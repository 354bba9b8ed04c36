"""A moderator's tokens of the API, on the account page."""

from flask import g
from flask import request
from werkzeug.wrappers import Response

from commentsvc.models.decision import Actor
from commentsvc.models.ids import from_text
from commentsvc.people import tokens
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import TokenTooNarrow
from commentsvc.refusals import TokenWrong
from commentsvc.refusals import UnknownModerator
from commentsvc.refusals import UnknownSite
from commentsvc.web.desk.account import account_page
from commentsvc.web.desk.account import back
from commentsvc.web.desk.account import once
from commentsvc.web.desk.account import require_password
from commentsvc.web.service import service


def new_token() -> Response:
    """Make a token and show it this once."""
    key = request.form.get("site_key", "")
    try:
        require_password()
        wanted = tokens.Wanted(request.form.get("name", ""), tuple(request.form.getlist("scope")), _days())
        by = Actor("moderator", g.moderator.id)
        issued = tokens.issue(key, g.moderator.email, wanted, service().now(), by)
    except Invalid as refused:
        return account_page("token", refused)
    except TokenTooNarrow:
        error = FieldError("scope", "role", "Your role on this site is to look on: choose to read alone.")
        return account_page("token", Invalid(error))
    except (UnknownSite, UnknownModerator):
        return account_page("token", Invalid(FieldError("site_key", "unknown", "Choose one of your sites.")))
    lead = f"“{issued.token.name}” may {' and '.join(issued.token.scopes)} on {key}. Send it as Authorization: Bearer."
    return once("Your new token", lead, [issued.secret], "It is shown this once. Copy it now.")


def revoke_token(key: str, token: str) -> Response:
    """End a token at once; one that has ended is no fault."""
    number = from_text(token)
    try:
        if number is not None:
            tokens.revoke(key, number, service().now(), g.moderator)
    except (TokenWrong, UnknownSite):
        return back("token-off")
    return back("token-off")


def _days() -> int | None:
    raw = request.form.get("days", "").strip()
    if not raw:
        return None
    if not raw.isascii() or not raw.isdigit():
        raise Invalid(FieldError("days", "invalid", "Type a number of days, or nothing."))
    return int(raw[:9])
