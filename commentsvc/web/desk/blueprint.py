"""The desk: its routes, and the one guard that stands before all of them."""

from typing import Any

from flask import Blueprint
from flask import Flask
from flask import Response
from flask import abort
from flask import g
from flask import redirect
from flask import request
from flask import url_for
from flask_wtf.csrf import CSRFError
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as BaseResponse

from commentsvc.models.moderator import MAY_DECIDE
from commentsvc.refusals import UnknownSite
from commentsvc.web.desk import account
from commentsvc.web.desk import cookie
from commentsvc.web.desk import deciding
from commentsvc.web.desk import queue
from commentsvc.web.desk import replying
from commentsvc.web.desk import signing_in
from commentsvc.web.desk import threads
from commentsvc.web.desk.page import plain

# A reply of 10,000 characters can be 120 KB as a form, where each character takes twelve bytes.
MAX_FORM = 256 * 1024
LOOKING = ("GET", "HEAD", "OPTIONS")
OPEN = ("desk.sign_in", "desk.join")

desk = Blueprint("desk", __name__, url_prefix="/moderate")
csrf = CSRFProtect()

ROUTES = (
    ("/sign-in", signing_in.sign_in, ("GET", "POST")),
    ("/join/<string(minlength=20):token>", signing_in.join, ("GET", "POST")),
    ("/sign-out", signing_in.sign_out, ("POST",)),
    ("/", queue.enter, ("GET",)),
    ("/account", account.account, ("GET",)),
    ("/account/password", account.change_password, ("POST",)),
    (f"/<site>/<any({', '.join(queue.LISTS)}):name>", queue.listing, ("GET",)),
    ("/<site>/decide", deciding.decide, ("POST",)),
    ("/<site>/undo", deciding.undo, ("POST",)),
    ("/<site>/comments/<comment>/reply", replying.reply, ("GET", "POST")),
    ("/<site>/threads", threads.threads, ("GET",)),
    ("/<site>/threads/<thread>/close", threads.close, ("POST",)),
    ("/<site>/threads/<thread>/reopen", threads.reopen, ("POST",)),
)
for path, view, methods in ROUTES:
    desk.add_url_rule(path, view_func=view, methods=methods)

# Forms with something typed come again as they were, with what is wrong said above them.
OUT_OF_DATE = {
    "desk.sign_in": signing_in.sign_in_again,
    "desk.join": signing_in.join_again,
    "desk.reply": replying.reply_again,
}
STALE = (
    "This page was out of date: it was open for long, or you signed in or out in another window."
    " Nothing was changed. Please try once more."
)


@desk.record_once
def _prepare(state: Any) -> None:
    app: Flask = state.app
    # The guard checks tokens, for the desk alone: readers' pages have none of this session.
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    csrf.init_app(app)


@desk.before_request
def guard() -> BaseResponse | None:
    """Let strangers sign in and nothing else, and moderators act only where they may."""
    request.max_content_length = MAX_FORM
    if request.endpoint in OPEN:
        return _out_of_date()
    holder = cookie.holder()
    if holder is None:
        if request.method in LOOKING:
            return redirect(url_for("desk.sign_in", next=request.script_root + request.full_path.rstrip("?")), 303)
        return plain("desk/signed_out.html", 403, typed=request.form.get("body"))
    g.moderator = holder.moderator
    g.sites = holder.sites
    _enter(request.view_args)
    return _out_of_date()


@desk.after_request
def keep_private(response: Response) -> Response:
    """Let no cache keep an answer of the desk."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _enter(view_args: dict[str, Any] | None) -> None:
    # Taken out of the arguments: no view sees a site that was not checked here.
    key = (view_args or {}).pop("site", None)
    if key is None:
        return
    role = next((role for site, role in g.sites if site.key == key), None)
    if role is None:
        raise UnknownSite(key)
    g.site = next(site for site, _ in g.sites if site.key == key)
    g.may_decide = role in MAY_DECIDE
    if request.method not in LOOKING and not g.may_decide:
        abort(403, "Your role on this site is to look on: deciding is for its moderators and owners.")


def _out_of_date() -> BaseResponse | None:
    # Says that a form's token is not the session's, and loses nothing that was typed.
    if None in request.form:
        abort(400, "The form could not be read.")
    try:
        csrf.protect()
    except CSRFError:
        again = OUT_OF_DATE.get(request.endpoint or "")
        if again is not None:
            return again(STALE, 400, **(request.view_args or {}))
        return plain("desk/out_of_date.html", 400, sentence=STALE)
    return None
