"""Receipt pages: what became of one comment, and its author's way to edit it or take it back, without JavaScript."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask import Response
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for

from commentsvc.authors import receipts
from commentsvc.authors import revising
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import DELETED
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import REJECTED
from commentsvc.models.comment import SPAM
from commentsvc.models.owned import Own
from commentsvc.moderators import noticing
from commentsvc.notifying import outbox
from commentsvc.people import managing
from commentsvc.readers import publishing
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import EditTooLate
from commentsvc.refusals import Invalid
from commentsvc.refusals import TooMany
from commentsvc.refusals import UnknownComment
from commentsvc.web.form_tokens import Subject
from commentsvc.web.form_tokens import require_own_page
from commentsvc.web.forms import DeleteForm
from commentsvc.web.forms import EditForm
from commentsvc.web.forms import LettersForm
from commentsvc.web.forms import SignedForm
from commentsvc.web.forms import status_of
from commentsvc.web.problems import problem_of
from commentsvc.web.service import service
from commentsvc.web.visitors import language_for
from commentsvc.web.visitors import limited_network

WAIT, GOOD, BAD = "wait", "good", "bad"
STATES = {
    PENDING: (WAIT, "Your comment is awaiting moderation. Only you can see it."),
    APPROVED: (GOOD, "Your comment is published."),
    REJECTED: (BAD, "Your comment was not approved. Only you can see it."),
    SPAM: (BAD, "Your comment was not approved. Only you can see it."),
    DELETED: (BAD, "Your comment was removed. Only you can see it."),
}
WITHDRAWN = (BAD, "You deleted this comment.")
ERASED = (BAD, "This comment was erased: its name, address and text are gone for good.")


@dataclass(frozen=True)
class Letters:
    """Whether the author hears of replies (`on`, `off`, `asked`), and the form of the button that changes it."""

    state: str
    form: LettersForm


receipt_pages = Blueprint("receipt_pages", __name__, url_prefix="/r/<site>/<receipt>")


@receipt_pages.get("")
def show(site: str, receipt: str) -> Response:
    """Show the state of a comment to its author."""
    mine = _mine(site, receipt)
    thread, comment_id = mine.thread, publishing.own_json(mine)["id"]
    asked = {"url": thread.url, "id": thread.ref, "comment": comment_id}
    permalink = url_for("pages.thread", site=site, _anchor=f"comment-{comment_id}", **asked)
    return _page(
        "show",
        mine,
        state=_state(mine),
        is_withdrawn=mine.comment.withdrawn is not None,
        is_editable=_is_editable(mine),
        reasons=noticing.reasons_for(mine.site, mine.comment.id),
        permalink=permalink,
        letters=_letters(mine),
        own_address=url_for(".show", site=site, receipt=receipt, _external=True),
    )


@receipt_pages.post("/letters")
def letters(site: str, receipt: str) -> Response:
    """Turn the letters about replies on or off, and lead back to the receipt."""
    form = LettersForm(subject("letters"))
    take(form)
    on, keys, now = request.form.get("on") == "1", service().keys, service().now()
    found, network = managing.site(site), limited_network()
    language = language_for(found)
    revising.set_letters(found, comment_id_in(receipt), receipt, on, network, keys, now, language)
    return _back()


@receipt_pages.get("/edit")
def edit(site: str, receipt: str) -> Response:
    """Ask for a new text, beginning with the one that is there."""
    mine = _mine(site, receipt)
    if not _is_editable(mine):
        raise EditTooLate
    form = EditForm(subject("edit"), body=mine.revision.source)
    return _page("edit", mine, form=form)


@receipt_pages.post("/edit")
def save(site: str, receipt: str) -> Response:
    """Store a new text and lead back to the receipt, or show the form again with what was typed."""
    form = EditForm(subject("edit"))
    try:
        take(form)
        text = form.typed("body")
        limits, keys, now = service().settings.rate_limits, service().keys, service().now()
        revising.edit(managing.site(site), comment_id_in(receipt), receipt, text, keys, now, limits=limits)
    except (Invalid, TooMany, EditTooLate, DatabaseAway) as refusal:
        return _again("edit", form, refusal, is_late=isinstance(refusal, EditTooLate))
    return _back()


@receipt_pages.get("/delete")
def ask(site: str, receipt: str) -> Response:
    """Ask whether a comment is to be deleted."""
    mine = _mine(site, receipt)
    if mine.comment.state == DELETED:
        return _back()
    return _page("delete", mine, form=DeleteForm(subject("delete")))


@receipt_pages.post("/delete")
def delete(site: str, receipt: str) -> Response:
    """Take a comment back, once and for all, and lead back to the receipt."""
    form = DeleteForm(subject("delete"))
    try:
        take(form)
        revising.withdraw(managing.site(site), comment_id_in(receipt), receipt, service().keys, service().now())
    except (Invalid, TooMany, DatabaseAway) as refusal:
        return _again("delete", form, refusal)
    return _back()


@receipt_pages.after_request
def keep_private(response: Response) -> Response:
    """Keep every answer, refusals too, out of caches and search engines."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def comment_id_in(receipt: str) -> int:
    """Return which comment a receipt claims to be of; raise UnknownComment."""
    comment_id = receipts.comment_id_of(receipt)
    if comment_id is None:
        raise UnknownComment
    return comment_id


def subject(act: str) -> Subject:
    """Return what a form of this page is for."""
    named = request.view_args or {}
    secret = named["receipt"] if "receipt" in named else named["secret"]
    return Subject(service().keys, service().now(), ("receipt", act, named["site"], secret))


def take(form: SignedForm) -> None:
    """Take a form that was sent by a page of ours; raise Invalid, TooMany or ForeignOrigin."""
    require_own_page()
    service().limiter.hit(service().settings.post_limit, "post", limited_network())
    errors = form.problems()
    if errors:
        raise Invalid(*errors)


def _mine(site: str, receipt: str) -> Own:
    return revising.read(managing.site(site), comment_id_in(receipt), receipt, service().keys)


def _state(mine: Own) -> tuple[str, str]:
    if mine.comment.erased is not None:
        return ERASED
    return WITHDRAWN if mine.comment.withdrawn is not None else STATES[mine.comment.state]


def _letters(mine: Own) -> Letters | None:
    # Only where there is an address to write to, and a mail server to send by.
    if mine.comment.email is None or outbox.current() is None or mine.comment.state == DELETED:
        return None
    return Letters(revising.hears(mine.site, mine.comment.id), LettersForm(subject("letters")))


def _is_editable(mine: Own) -> bool:
    return mine.editable_until is not None and service().now() < mine.editable_until


def _minutes_left(mine: Own) -> int:
    left = mine.editable_until - service().now() if mine.editable_until is not None else timedelta()
    return max(1, int(left.total_seconds() // 60))


def _again(
    name: str, form: SignedForm, refusal: Invalid | TooMany | EditTooLate | DatabaseAway, **values: Any
) -> Response:
    problem = problem_of(refusal)
    response = _page(name, None, form=form, problem=problem, **values)
    response.status_code = status_of(problem)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _back() -> Response:
    return redirect(url_for(".show", **(request.view_args or {})), 303)  # pyright: ignore[reportReturnType]


def _page(name: str, mine: Own | None, **values: Any) -> Response:
    named = request.view_args or {}
    if mine is not None:
        values |= {"comment": publishing.own_json(mine), "own": mine, "language": mine.site.language}
        values["minutes_left"] = _minutes_left(mine)
    return Response(render_template(f"receipt/{name}.html", **named, **values), content_type="text/html; charset=utf-8")
