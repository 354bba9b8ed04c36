"""What the links of letters open: confirm an address, stop letters, see all of them; a GET changes nothing."""

from typing import Any

from flask import Blueprint
from flask import Response
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for

from commentsvc.models import ids
from commentsvc.models.site import Site
from commentsvc.notifying import links
from commentsvc.notifying import mailboxes
from commentsvc.notifying import subscribing
from commentsvc.notifying.languages import words
from commentsvc.people import managing
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Invalid
from commentsvc.web.form_tokens import Subject
from commentsvc.web.form_tokens import require_own_page
from commentsvc.web.forms import SignedForm
from commentsvc.web.forms import status_of
from commentsvc.web.problems import problem_of
from commentsvc.web.service import service
from commentsvc.web.visitors import language_for

# RFC 8058, section 3.1: what a mail program sends when its own button is pressed.
ONE_CLICK = ("List-Unsubscribe", "One-Click")
EVERYTHING = "all"
NEVER = "never"
ALLOW = "allow"

letter_pages = Blueprint("letter_pages", __name__, url_prefix="/r/<site>")


@letter_pages.get(f"/{links.CONFIRM}/<secret>")
def confirm(site: str, secret: str) -> Response:
    """Ask whether an address is theirs who opens the link, or show what was replied meanwhile."""
    found = managing.site(site)
    return _confirm_page(found, secret)


@letter_pages.post(f"/{links.CONFIRM}/<secret>")
def confirmed(site: str, secret: str) -> Response:
    """Begin the letters, or never write again."""
    found = managing.site(site)
    form = SignedForm(_subject())
    try:
        _take(form)
        act = subscribing.silence if request.form.get("act") == NEVER else subscribing.confirm
        act(service().outbox, found, secret, service().now())
    except (Invalid, DatabaseAway) as refusal:
        return _failed(refusal, lambda **problem: _confirm_page(found, secret, **problem))
    return _back()


@letter_pages.get(f"/{links.UNSUBSCRIBE}/<secret>")
def unsubscribe(site: str, secret: str) -> Response:
    """Ask whether letters are to stop, or say that they did."""
    return _unsubscribe_page(managing.site(site), secret)


@letter_pages.post(f"/{links.UNSUBSCRIBE}/<secret>")
def unsubscribed(site: str, secret: str) -> Response:
    """Stop letters: at once where a mail program asks (RFC 8058), or by the button of the page."""
    found = managing.site(site)
    if request.form.get(ONE_CLICK[0]) == ONE_CLICK[1]:
        # It comes from anywhere, without a page of ours: the secret is its authority, and stopping is all it can do.
        subscribing.stop(service().outbox, found, secret, service().now())
        return _unsubscribe_page(found, secret)
    try:
        _take(SignedForm(_subject()))
        subscribing.stop(service().outbox, found, secret, service().now())
    except (Invalid, DatabaseAway) as refusal:
        return _failed(refusal, lambda **problem: _unsubscribe_page(found, secret, **problem))
    return _back()


@letter_pages.get(f"/{links.MAILBOX}/<secret>")
def mailbox(site: str, secret: str) -> Response:
    """Show all that a mailbox hears of."""
    return _mailbox_page(managing.site(site), secret)


@letter_pages.post(f"/{links.MAILBOX}/<secret>")
def stopped(site: str, secret: str) -> Response:
    """Do what a button of the page says: stop something or all of it, take that back, never write, or write again."""
    found = managing.site(site)
    try:
        _take(SignedForm(_subject()))
        _press(found, secret)
    except (Invalid, DatabaseAway) as refusal:
        return _failed(refusal, lambda **problem: _mailbox_page(found, secret, **problem))
    return _back()


@letter_pages.after_request
def keep_private(response: Response) -> Response:
    """Keep every answer, refusals too, out of caches and search engines."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _press(site: Site, secret: str) -> None:
    outbox, now, pressed = service().outbox, service().now(), request.form
    to_stop, to_take_back = ids.from_text(pressed.get("stop", "")), ids.from_text(pressed.get("back", ""))
    if pressed.get("stop") == EVERYTHING:
        mailboxes.stop_all(outbox, site, secret, now)
    elif to_stop is not None:
        mailboxes.stop(outbox, site, secret, to_stop, now)
    elif to_take_back is not None:
        mailboxes.take_back(outbox, site, secret, to_take_back, now)
    elif pressed.get("act") == NEVER:
        mailboxes.silence(outbox, site, secret, now)
    elif pressed.get("act") == ALLOW:
        mailboxes.allow(outbox, site, secret)


def _confirm_page(site: Site, secret: str, **values: Any) -> Response:
    asked = subscribing.read_asked(service().outbox, site, secret, service().now())
    mailbox_secret = links.secret(service().keys, site, links.MAILBOX, asked.mailbox.id)
    values |= {"asked": asked, "mailbox_secret": mailbox_secret, "to_text": ids.to_text}
    return _page("confirm", site, secret, asked.line.language, **values)


def _unsubscribe_page(site: Site, secret: str, **values: Any) -> Response:
    found = subscribing.read_to_stop(service().outbox, site, secret)
    line, is_over = found if found is not None else (None, True)
    language = line.language if line is not None else language_for(site)
    return _page("unsubscribe", site, secret, language, line=line, is_over=is_over, **values)


def _mailbox_page(site: Site, secret: str, **values: Any) -> Response:
    heard = mailboxes.read_heard(service().outbox, site, secret, service().now())
    return _page("mailbox", site, secret, heard.language, heard=heard, to_text=ids.to_text, **values)


def _take(form: SignedForm) -> None:
    require_own_page()
    errors = form.problems()
    if errors:
        raise Invalid(*errors)


def _failed(refusal: Invalid | DatabaseAway, page: Any) -> Response:
    problem = problem_of(refusal)
    response = page(problem=problem)
    response.status_code = status_of(problem)
    return response


def _subject() -> Subject:
    named = request.view_args or {}
    # The secret is made for one use alone, so a form of one page is none of another.
    return Subject(service().keys, service().now(), ("letters", named["site"], named["secret"]))


def _back() -> Response:
    shown = {"confirmed": "confirm", "unsubscribed": "unsubscribe", "stopped": "mailbox"}
    view = shown[(request.endpoint or "").rpartition(".")[2]]
    return redirect(url_for(f".{view}", **(request.view_args or {})), 303)  # pyright: ignore[reportReturnType]


def _page(name: str, site: Site, secret: str, language: str, **values: Any) -> Response:
    values |= {"site": site, "secret": secret, "form": SignedForm(_subject())}
    page = render_template(f"mailbox/{name}.html", **values, **words(language))
    return Response(page, content_type="text/html; charset=utf-8")
