"""A moderator's own page: who they are, what they may do where, their password."""

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc import moderating
from commentsvc import signing_in
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.web.desk import cookie
from commentsvc.web.desk.page import page
from commentsvc.web.service import service


def account() -> Response:
    """Show who is signed in."""
    return _account()


def change_password() -> Response:
    """Set another password, which ends all other sessions; raise TooMany."""
    service().limiter.hit(service().settings.sign_in_limit, "password", str(g.moderator.id))
    old, new = request.form.get("old", ""), request.form.get("password", "")
    try:
        token = signing_in.change_password(g.moderator, old, new, service().now())
    except Invalid as refused:
        return _account(refused.errors, 422)
    cookie.begin(token)
    return redirect(url_for("desk.account", did="password"), 303)


def _account(errors: tuple[FieldError, ...] = (), status: int = 200) -> Response:
    # The menu stays that of a site, the first one.
    g.site = g.sites[0][0] if g.sites else None
    sizes = moderating.sizes(g.site) if g.site is not None else {}
    return page("desk/account.html", "account", sizes, status, errors={error.field: error.message for error in errors})
