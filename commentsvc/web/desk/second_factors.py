"""Second factors on the account page: an app's codes, passkeys, recovery codes."""

import secrets

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.moderators import moderating
from commentsvc.people import second_factor
from commentsvc.people import second_factor_passkeys
from commentsvc.people.second_factor_passkeys import Party
from commentsvc.refusals import Invalid
from commentsvc.web.desk import cookie
from commentsvc.web.desk.account import account_page
from commentsvc.web.desk.account import back
from commentsvc.web.desk.account import count_password
from commentsvc.web.desk.account import once
from commentsvc.web.desk.account import place_menu
from commentsvc.web.desk.account import require_password
from commentsvc.web.desk.page import page
from commentsvc.web.service import service


def begin_totp() -> Response:
    """Begin to set up an app."""
    try:
        require_password()
        second_factor.begin_totp(g.moderator, service().keys)
    except Invalid as refused:
        return account_page("totp", refused)
    return redirect(url_for("desk.totp"), 303)


def totp() -> Response:
    """Show the app that is being set up what it needs; count from the first right code on."""
    if request.method != "POST":
        return _totp_form()
    count_password()
    token, now = cookie.token(), service().now()
    try:
        codes = second_factor.confirm_totp(g.moderator, token, request.form.get("code", ""), service().keys, now)
    except Invalid as refused:
        return _totp_form(refused.errors[0].message)
    return _codes(codes) if codes else back("totp")


def remove_totp() -> Response:
    """Take the app away."""
    try:
        require_password()
    except Invalid as refused:
        return account_page("totp", refused)
    second_factor.remove_totp(g.moderator)
    return back("totp-off")


def new_recovery_codes() -> Response:
    """Make recovery codes in place of all former ones, and show them this once."""
    try:
        require_password()
        return _codes(second_factor.renew_recovery_codes(g.moderator))
    except Invalid as refused:
        return account_page("codes", refused)


def new_passkey() -> Response:
    """Show the page on which the browser makes a passkey."""
    try:
        require_password()
        challenge = secrets.token_bytes(32)
        wanted = second_factor_passkeys.creation(g.moderator, cookie.token(), challenge, _party())
    except Invalid as refused:
        return account_page("passkey", refused)
    place_menu()
    return page("desk/passkey.html", "account", _sizes(), wanted=wanted)


def add_passkey() -> Response:
    """Keep the passkey that the browser has made."""
    made, name = request.form.get("passkey", ""), request.form.get("name", "")
    try:
        codes = second_factor_passkeys.add(g.moderator, cookie.token(), made, name, _party(), service().now())
    except Invalid as refused:
        return account_page("passkey", refused)
    return _codes(codes) if codes else back("passkey")


def remove_passkey(passkey: str) -> Response:
    """Take a passkey away."""
    try:
        require_password()
    except Invalid as refused:
        return account_page("passkey", refused)
    if passkey.isascii() and passkey.isdigit():
        second_factor_passkeys.remove(g.moderator, int(passkey[:9]))
    return back("passkey-off")


def _party() -> Party:
    return second_factor_passkeys.party_of(service().settings.base_url)


def _totp_form(problem: str | None = None) -> Response:
    enrolment = second_factor.enrolment(g.moderator, service().keys, second_factor_passkeys.NAME)
    if enrolment is None:
        return redirect(url_for("desk.account"), 303)
    place_menu()
    status = 422 if problem else 200
    return page("desk/totp.html", "account", _sizes(), status, enrolment=enrolment, problem=problem)


def _codes(codes: list[str]) -> Response:
    lead = "Each of these lets you in once, in place of a code or passkey. Keep them where you keep your papers."
    return once("Recovery codes", lead, codes, "They are shown this once. All other sessions have ended.")


def _sizes() -> dict[str, int]:
    return moderating.sizes(g.site) if g.site is not None else {}
