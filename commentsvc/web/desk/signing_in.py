"""Signing in and out, and accepting an invitation: what a stranger may ask of the desk."""

from urllib.parse import urlsplit

from flask import redirect
from flask import request
from flask import url_for
from limits import parse_many
from werkzeug.wrappers import Response

from commentsvc import signing_in
from commentsvc.refusals import Invalid
from commentsvc.refusals import SignInRefused
from commentsvc.refusals import TooMany
from commentsvc.web.desk import cookie
from commentsvc.web.desk.page import plain
from commentsvc.web.desk.words import duration
from commentsvc.web.service import service
from commentsvc.web.visitors import limited_network

WRONG = "That address and password do not belong together. Please try again."
# One network alone must not be able to use up an address's attempts and so keep its owner out.
NETWORKS = 5


def sign_in() -> Response:
    """Show the sign-in form; begin a session where address and password are right."""
    goal = local_path(request.values.get("next"))
    if request.method != "POST":
        return redirect(goal, 303) if cookie.holder() is not None else _sign_in_form()
    # No address holds NUL, which PostgreSQL refuses to be asked for.
    email = request.form.get("email", "").replace("\0", "")
    try:
        _count_attempt(email)
        token = signing_in.sign_in(email, request.form.get("password", ""), service().now())
    except SignInRefused:
        return _sign_in_form(WRONG, 422)
    except TooMany as refused:
        words = f"That was too often. Please wait {duration(refused.retry_after)} and try again."
        response = _sign_in_form(words, 429)
        response.headers["Retry-After"] = str(refused.retry_after)
        return response
    cookie.begin(token)
    return redirect(goal, 303)


def sign_in_again(sentence: str, status: int) -> Response:
    """Show the sign-in form once more, with what is wrong."""
    return _sign_in_form(sentence, status)


def sign_out() -> Response:
    """End the session, in the browser and on the server."""
    cookie.end()
    return redirect(url_for("desk.sign_in"), 303)


def join(token: str) -> Response:
    """Let an invited person choose their password, and begin a session; raise InvitationOver."""
    now = service().now()
    service().limiter.hit(service().settings.sign_in_limit, "join", limited_network())
    if request.method != "POST":
        return _join_form(token)
    try:
        begun = signing_in.accept_invitation(token, request.form.get("password", ""), now)
    except Invalid as refused:
        return _join_form(token, refused.errors[0].message, 422)
    cookie.begin(begun)
    return redirect(url_for("desk.enter"), 303)


def join_again(sentence: str, status: int, token: str) -> Response:
    """Show the form of an invitation once more, with what is wrong."""
    return _join_form(token, sentence, status)


def local_path(raw: str | None) -> str:
    """Return where to go after signing in: the path if it is one of the desk's, else the desk's own.

    Browsers read a backslash as a slash and drop tabs and line breaks, so that none of them is taken.
    """
    home = url_for("desk.enter")
    if raw is None or "\\" in raw or not raw.isprintable():
        return home
    try:
        parts = urlsplit(raw)
    except ValueError:
        return home
    is_local = not parts.scheme and not parts.netloc and parts.path.startswith(home)
    return raw if is_local and ".." not in parts.path else home


def _count_attempt(email: str) -> None:
    limiter, rates = service().limiter, service().settings.sign_in_limit
    limiter.hit(rates, "sign-in", limited_network())
    wider = ";".join(
        f"{rate.amount * NETWORKS} per {rate.multiples} {rate.GRANULARITY.name}" for rate in parse_many(rates)
    )
    limiter.hit(wider, "sign-in-to", email.strip().casefold())


def _sign_in_form(problem: str | None = None, status: int = 200) -> Response:
    goal = local_path(request.values.get("next"))
    return plain(
        "desk/sign_in.html",
        status,
        problem=problem,
        email=request.form.get("email", ""),
        goal=goal if goal != url_for("desk.enter") else None,
    )


def _join_form(token: str, problem: str | None = None, status: int = 200) -> Response:
    person = signing_in.invited(token, service().now())
    response = plain("desk/join.html", status, problem=problem, person=person, token=token)
    # The address of this page is a secret that no Referer may carry, not even to ourselves. Its origin must stay:
    # under no-referrer a browser sends "Origin: null" and no Referer with the form, which is then refused on https.
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
