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
from commentsvc.notifying import subscribing
from commentsvc.people import managing
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Invalid
from commentsvc.web.form_tokens import Subject
from commentsvc.web.form_tokens import require_own_page
from commentsvc.web.forms import SignedForm
from commentsvc.web.forms import status_of
from commentsvc.web.problems import problem_of
from commentsvc.web.service import service

# RFC 8058, section 3.1: what a mail program sends when its own button is pressed.
ONE_CLICK = ("List-Unsubscribe", "One-Click")
EVERYTHING = "all"

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
        act = subscribing.silence if request.form.get("act") == "never" else subscribing.confirm
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
    """Stop one of the things that a mailbox hears of, or all of them."""
    found = managing.site(site)
    asked = request.form.get("stop", "")
    number = ids.from_text(asked)
    try:
        _take(SignedForm(_subject()))
        if number is not None or asked == EVERYTHING:
            subscribing.stop_some(service().outbox, found, secret, number, service().now())
    except (Invalid, DatabaseAway) as refusal:
        return _failed(refusal, lambda **problem: _mailbox_page(found, secret, **problem))
    return _back()


@letter_pages.after_request
def keep_private(response: Response) -> Response:
    """Keep every answer, refusals too, out of caches and search engines."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _confirm_page(site: Site, secret: str, **values: Any) -> Response:
    asked = subscribing.read_asked(service().outbox, site, secret, service().now())
    mailbox_secret = links.secret(service().keys, site, links.MAILBOX, asked.mailbox.id)
    return _page("confirm", site, secret, asked=asked, mailbox_secret=mailbox_secret, to_text=ids.to_text, **values)


def _unsubscribe_page(site: Site, secret: str, **values: Any) -> Response:
    found = subscribing.read_to_stop(service().outbox, site, secret)
    line, is_over = found if found is not None else (None, True)
    return _page("unsubscribe", site, secret, line=line, is_over=is_over, **values)


def _mailbox_page(site: Site, secret: str, **values: Any) -> Response:
    heard = subscribing.read_heard(service().outbox, site, secret)
    return _page("mailbox", site, secret, heard=heard, to_text=ids.to_text, **values)


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


def _page(name: str, site: Site, secret: str, **values: Any) -> Response:
    form = SignedForm(_subject())
    page = render_template(f"mailbox/{name}.html", site=site, secret=secret, form=form, **values)
    return Response(page, content_type="text/html; charset=utf-8")
