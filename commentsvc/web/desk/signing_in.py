"""Signing in, with a second factor where there is one, and out."""

from typing import Any
from urllib.parse import urlsplit

from flask import redirect
from flask import request
from flask import url_for
from limits import parse_many
from werkzeug.wrappers import Response

from commentsvc.people import second_factor
from commentsvc.people import second_factor_passkeys
from commentsvc.people import signing_in
from commentsvc.people.second_factor import Waiting
from commentsvc.refusals import SecondFactorOver
from commentsvc.refusals import SignInRefused
from commentsvc.refusals import TooMany
from commentsvc.web.desk import cookie
from commentsvc.web.desk.agents import agent
from commentsvc.web.desk.page import plain
from commentsvc.web.desk.words import duration
from commentsvc.web.service import service
from commentsvc.web.visitors import limited_network

WRONG = "That address and password do not belong together. Please try again."
WRONG_CODE = "That code is not right, or it was used before. Please try the next one."
WRONG_PASSKEY = "That passkey was not taken. Please try again, or type a code."
TOO_LATE = "That took too long. Please sign in once more."
# One network alone must not be able to use up an address's attempts and so keep its owner out.
NETWORKS = 5


def sign_in() -> Response:
    """Show the sign-in form; begin a session where address, password and the second factor, if any, are right."""
    goal = local_path(request.values.get("next"))
    if request.method != "POST":
        if cookie.holder() is not None:
            return redirect(goal, 303)
        half = cookie.half() if "anew" not in request.args else None
        return _sign_in_form() if half is None else _second_form(half[1])
    if "code" in request.form or "passkey" in request.form:
        return _second_factor(goal)
    # No address holds NUL, which PostgreSQL refuses to be asked for.
    email = request.form.get("email", "").replace("\0", "")
    try:
        _count_attempt(email)
        begun = signing_in.sign_in(email, request.form.get("password", ""), service().now(), agent())
    except SignInRefused:
        return _sign_in_form(WRONG, 422)
    except TooMany as refused:
        return _too_often(_sign_in_form(_wait(refused), 429), refused)
    if begun.owes_second:
        cookie.begin_half(begun.token)
        return redirect(url_for("desk.sign_in", **_next(goal)), 303)
    cookie.begin(begun.token)
    return redirect(goal, 303)


def sign_in_again(sentence: str, status: int) -> Response:
    """Show the sign-in form once more, with what is wrong."""
    return _sign_in_form(sentence, status)


def sign_out() -> Response:
    """End the session, in the browser and on the server."""
    cookie.end()
    return redirect(url_for("desk.sign_in"), 303)


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


def _second_factor(goal: str) -> Response:
    half = cookie.half()
    if half is None:
        return _sign_in_form(TOO_LATE, 422)
    token, waiting = half
    now = service().now()
    passkey = request.form.get("passkey", "")
    try:
        # By person: who has come so far knows the password, and six digits are not many.
        service().limiter.hit(service().settings.sign_in_limit, "second-factor", str(waiting.moderator.id))
        if passkey:
            party = second_factor_passkeys.party_of(service().settings.base_url)
            begun = second_factor_passkeys.show(token, passkey, party, now, agent())
        else:
            begun = second_factor.show_code(token, request.form.get("code", ""), service().keys, now, agent())
    except SignInRefused:
        return _second_form(waiting, WRONG_PASSKEY if passkey else WRONG_CODE, 422)
    except SecondFactorOver:
        return _sign_in_form(TOO_LATE, 422)
    except TooMany as refused:
        return _too_often(_second_form(waiting, _wait(refused), 429), refused)
    cookie.begin(begun)
    return redirect(goal, 303)


def _wait(refused: TooMany) -> str:
    return f"That was too often. Please wait {duration(refused.retry_after)} and try again."


def _too_often(response: Response, refused: TooMany) -> Response:
    response.headers["Retry-After"] = str(refused.retry_after)
    return response


def _next(goal: str) -> dict[str, Any]:
    return {"next": goal} if goal != url_for("desk.enter") else {}


def _sign_in_form(problem: str | None = None, status: int = 200) -> Response:
    goal = local_path(request.values.get("next"))
    email = request.form.get("email", "")
    return plain("desk/sign_in.html", status, problem=problem, email=email, goal=_next(goal).get("next"))


def _second_form(waiting: Waiting, problem: str | None = None, status: int = 200) -> Response:
    goal = local_path(request.values.get("next"))
    return plain(
        "desk/second_factor.html",
        status,
        problem=problem,
        factors=waiting.factors,
        question=second_factor_passkeys.question(waiting, second_factor_passkeys.party_of(service().settings.base_url)),
        goal=_next(goal).get("next"),
        anew=url_for("desk.sign_in", anew=1, **_next(goal)),
    )
