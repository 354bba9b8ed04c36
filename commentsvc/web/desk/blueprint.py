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
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from commentsvc.models.moderator import MAY_DECIDE
from commentsvc.models.moderator import ROLE_OWNER
from commentsvc.refusals import UnknownSite
from commentsvc.web.desk import account
from commentsvc.web.desk import account_tokens
from commentsvc.web.desk import closely
from commentsvc.web.desk import cookie
from commentsvc.web.desk import deciding
from commentsvc.web.desk import doubles
from commentsvc.web.desk import export
from commentsvc.web.desk import filter
from commentsvc.web.desk import importing
from commentsvc.web.desk import joining
from commentsvc.web.desk import letters
from commentsvc.web.desk import log
from commentsvc.web.desk import moves
from commentsvc.web.desk import people
from commentsvc.web.desk import queue
from commentsvc.web.desk import replying
from commentsvc.web.desk import reports
from commentsvc.web.desk import rules
from commentsvc.web.desk import second_factors
from commentsvc.web.desk import signing_in
from commentsvc.web.desk import site_settings
from commentsvc.web.desk import statistics
from commentsvc.web.desk import threads
from commentsvc.web.desk import webhooks
from commentsvc.web.desk.page import plain

# A reply of 10,000 characters can be 120 KB as a form, where each character takes twelve bytes.
MAX_FORM = 256 * 1024
LONG_LISTS = ("desk.new_rule", "desk.edit_rule", "desk.import_rules")
LOOKING = ("GET", "HEAD", "OPTIONS")
OPEN = ("desk.sign_in", "desk.join")
# A site's people and settings are its owners' alone, to look at as well.
OWNERS_ONLY = (
    "desk.people", "desk.invite", "desk.change_role", "desk.remove_member", "desk.withdraw_invitation",
    "desk.site_settings", "desk.moves", "desk.undo_site_move",
    "desk.webhooks", "desk.add_webhook", "desk.webhook", "desk.edit_webhook", "desk.act_on_webhook", "desk.redeliver",
    "desk.export", "desk.import_file", "desk.import_job", "desk.import_start", "desk.import_drop", "desk.import_report",
)  # fmt: skip

desk = Blueprint("desk", __name__, url_prefix="/moderate")
csrf = CSRFProtect()

ROUTES = (
    ("/sign-in", signing_in.sign_in, ("GET", "POST")),
    ("/join/<string(minlength=20):token>", joining.join, ("GET", "POST")),
    ("/sign-out", signing_in.sign_out, ("POST",)),
    ("/", queue.enter, ("GET",)),
    ("/account", account.account, ("GET",)),
    ("/account/password", account.change_password, ("POST",)),
    ("/account/sessions/end-others", account.end_other_sessions, ("POST",)),
    ("/account/sessions/<code>/end", account.end_session, ("POST",)),
    ("/account/app/new", second_factors.begin_totp, ("POST",)),
    ("/account/app", second_factors.totp, ("GET", "POST")),
    ("/account/app/remove", second_factors.remove_totp, ("POST",)),
    ("/account/recovery-codes", second_factors.new_recovery_codes, ("POST",)),
    ("/account/passkeys/new", second_factors.new_passkey, ("POST",)),
    ("/account/passkeys", second_factors.add_passkey, ("POST",)),
    ("/account/passkeys/<passkey>/remove", second_factors.remove_passkey, ("POST",)),
    ("/account/tokens", account_tokens.new_token, ("POST",)),
    ("/account/tokens/<key>/<token>/revoke", account_tokens.revoke_token, ("POST",)),
    (f"/<site>/<any({', '.join(queue.LISTS)}):name>", queue.listing, ("GET",)),
    ("/<site>/decide", deciding.decide, ("POST",)),
    ("/<site>/undo", deciding.undo, ("POST",)),
    ("/<site>/decisions/<decision>/undo", deciding.undo_past, ("POST",)),
    ("/<site>/sizes", deciding.sizes, ("GET",)),
    ("/find", queue.find, ("GET",)),
    ("/<site>/comments/<comment>", closely.comment, ("GET",)),
    ("/<site>/comments/<comment>/edit", closely.edit_comment, ("GET", "POST")),
    ("/<site>/comments/<comment>/reply", replying.reply, ("GET", "POST")),
    ("/<site>/people", people.people, ("GET",)),
    ("/<site>/people/invite", people.invite, ("POST",)),
    ("/<site>/people/<person>/role", people.change_role, ("POST",)),
    ("/<site>/people/<person>/remove", people.remove_member, ("POST",)),
    ("/<site>/invitations/<invitation>/withdraw", people.withdraw_invitation, ("POST",)),
    ("/<site>/settings", site_settings.site_settings, ("GET", "POST")),
    ("/<site>/export", export.export, ("GET", "POST")),
    ("/<site>/import", importing.import_file, ("GET", "POST")),
    ("/<site>/import/<job>", importing.import_job, ("GET",)),
    ("/<site>/import/<job>/start", importing.import_start, ("POST",)),
    ("/<site>/import/<job>/drop", importing.import_drop, ("POST",)),
    ("/<site>/import/<job>/report", importing.import_report, ("GET",)),
    ("/<site>/webhooks", webhooks.webhooks, ("GET",)),
    ("/<site>/webhooks", webhooks.add_webhook, ("POST",)),
    ("/<site>/webhooks/<webhook>", webhooks.webhook, ("GET",)),
    ("/<site>/webhooks/<webhook>", webhooks.edit_webhook, ("POST",)),
    (f"/<site>/webhooks/<webhook>/<any({', '.join(webhooks.ACTS)}):act>", webhooks.act_on_webhook, ("POST",)),
    ("/<site>/webhooks/<webhook>/deliveries/<delivery>/again", webhooks.redeliver, ("POST",)),
    ("/<site>/filter", filter.filter_page, ("GET",)),
    ("/<site>/filter/settings", filter.set_filter, ("POST",)),
    ("/<site>/filter/unmute", filter.filter_unmute, ("POST",)),
    ("/<site>/comments/<comment>/filter", filter.filter_why, ("GET",)),
    ("/<site>/comments/<comment>/filter/mute", filter.filter_mute, ("POST",)),
    ("/<site>/rules", rules.rules, ("GET",)),
    ("/<site>/rules/new", rules.new_rule, ("GET", "POST")),
    ("/<site>/rules/wordpress", rules.import_rules, ("POST",)),
    ("/<site>/rules/<rule>", rules.edit_rule, ("GET", "POST")),
    (f"/<site>/rules/<rule>/<any({', '.join(rules.ACTS)}):act>", rules.act_on_rule, ("POST",)),
    ("/<site>/reports", reports.reports, ("GET",)),
    ("/<site>/reports/answer", reports.answer_reports, ("POST",)),
    ("/<site>/notices/<notice>/answer", reports.answer_notice, ("POST",)),
    ("/<site>/threads", threads.threads, ("GET",)),
    ("/<site>/threads/<thread>", threads.thread, ("GET",)),
    ("/<site>/threads/<thread>/merge", threads.merge, ("GET", "POST")),
    ("/<site>/comments/<comment>/move", threads.move, ("GET", "POST")),
    ("/<site>/comments/<comment>/pin", threads.pin, ("POST",)),
    ("/<site>/comments/<comment>/unpin", threads.unpin, ("POST",)),
    ("/<site>/moves/<move>/undo", threads.undo_move, ("POST",)),
    ("/<site>/moves", moves.moves, ("GET", "POST")),
    ("/<site>/moves/sites/<move>/undo", moves.undo_site_move, ("POST",)),
    ("/<site>/threads/doubles", doubles.doubles, ("GET",)),
    ("/<site>/threads/doubles/join", doubles.join_doubles, ("POST",)),
    ("/<site>/threads/doubles/apart", doubles.tell_apart, ("POST",)),
    ("/<site>/threads/doubles/again", doubles.doubles_again, ("POST",)),
    ("/<site>/threads/doubles/<join>/undo", doubles.undo_join, ("POST",)),
    ("/<site>/letters", letters.letters, ("GET",)),
    ("/<site>/letters/send", letters.send_letters, ("POST",)),
    ("/<site>/log", log.log, ("GET",)),
    ("/<site>/log/export", log.export_log, ("GET",)),
    ("/<site>/statistics", statistics.statistics, ("GET",)),
    ("/<site>/threads/<thread>/close", threads.close, ("POST",)),
    ("/<site>/threads/<thread>/reopen", threads.reopen, ("POST",)),
)
for path, view, methods in ROUTES:
    desk.add_url_rule(path, view_func=view, methods=methods)
desk.teardown_request(importing.drop_what_is_left)
desk.add_app_template_global(reports.waiting, "reports_waiting")

# Forms with something typed come again as they were, with what is wrong said above them.
OUT_OF_DATE = {
    "desk.sign_in": signing_in.sign_in_again,
    "desk.join": joining.join_again,
    "desk.reply": replying.reply_again,
    "desk.edit_comment": closely.edit_again,
    "desk.answer_notice": reports.answer_again,
    "desk.new_rule": rules.new_rule_again,
    "desk.edit_rule": rules.edit_rule_again,
    "desk.add_webhook": webhooks.add_webhook_again,
    "desk.edit_webhook": webhooks.edit_webhook_again,
}
STALE = (
    "This page was out of date: it was open for long, or you signed in or out in another window."
    " Nothing was changed. Please try once more."
)


@desk.record_once
def _prepare(state: Any) -> None:
    app: Flask = state.app
    app.request_class = importing.FileRequest
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
    if request.endpoint in LONG_LISTS:
        request.max_content_length = request.max_form_memory_size = rules.MAX_LIST_FORM
    if request.endpoint == "desk.import_file" and g.role == ROLE_OWNER:
        importing.take_file()
    try:
        return _out_of_date() or _owners_alone()
    except RequestEntityTooLarge:
        if "arrived" not in g:
            raise
        return importing.too_large()


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
    g.role = role
    g.may_decide = role in MAY_DECIDE
    if request.method not in LOOKING and not g.may_decide:
        abort(403, "Your role on this site is to look on: deciding is for its moderators and owners.")


def _owners_alone() -> None:
    if request.endpoint in OWNERS_ONLY and g.role != ROLE_OWNER:
        abort(403, "The people and the settings of a site are for its owners. Ask one of them.")


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
