"""Notice of illegal content without JavaScript: the form, and the private page that tells what became of it."""

import hashlib
import json
from typing import Any

from flask import Blueprint
from flask import Response
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from wtforms import BooleanField
from wtforms import EmailField
from wtforms import StringField
from wtforms import TextAreaField

from commentsvc.models.ids import to_text
from commentsvc.models.notice import CHILDREN
from commentsvc.models.site import Site
from commentsvc.moderators import noticing
from commentsvc.moderators import reporting
from commentsvc.moderators.noticing import Told
from commentsvc.moderators.reporting import Public
from commentsvc.people import managing
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Invalid
from commentsvc.refusals import TooMany
from commentsvc.refusals import UnknownComment
from commentsvc.web.form_tokens import Subject
from commentsvc.web.form_tokens import require_own_page
from commentsvc.web.forms import TOKEN
from commentsvc.web.forms import SignedForm
from commentsvc.web.forms import status_of
from commentsvc.web.problems import problem_of
from commentsvc.web.report_limits import limit_notices
from commentsvc.web.report_pages import comment_named
from commentsvc.web.service import service
from commentsvc.web.visitors import limited_network

MAX_FORM = 256 * 1024
KIND_WORDS = {
    "hate": "Hate speech, or incitement to violence",
    "threat": "A threat, or stalking",
    "defamation": "Defamation",
    "privacy": "Private information or pictures of somebody",
    "copyright": "Copyright, trade marks and the like",
    "fraud": "Fraud, or an illegal offer",
    "terrorism": "Terrorist content",
    CHILDREN: "Sexual abuse of children (you need not say who you are)",
    "other": "Something else that is illegal",
}

notice_pages = Blueprint("notice_pages", __name__)


class NoticeForm(SignedForm):
    """The form of a notice (Regulation (EU) 2022/2065, Article 16(2))."""

    # One of a list, as the page shows it; the verb checks it.
    kind = StringField("What is illegal about it?")
    words = TextAreaField("Why do you hold it to be illegal?")
    name = StringField("Your name")
    email = EmailField("Your email")
    good_faith = BooleanField()


@notice_pages.get("/sites/<site>/notice")
def ask(site: str) -> Response:
    """Ask for what a notice needs."""
    found = managing.site(site)
    comment = request.args.get("comment", "")
    shown = reporting.show(found, comment_named(comment))
    return _page(found, shown, comment, NoticeForm(_subject(site, comment)))


@notice_pages.post("/sites/<site>/notice")
def give(site: str) -> Response:
    """Take a notice and lead to its private page, or show the form again with everything that was typed."""
    request.max_content_length = MAX_FORM
    require_own_page()
    comment = request.args.get("comment", "")
    number = comment_named(comment)
    form = NoticeForm(_subject(site, comment))
    found = None
    try:
        found = managing.site(site)
        limit_notices(number)
        told = _told(form)
        errors = form.problems()
        if errors:
            raise Invalid(*form.in_order(errors))
        secret = noticing.give(found, number, told, service().keys, service().now())
    except (Invalid, TooMany, DatabaseAway) as refusal:
        problem = problem_of(refusal)
        response = _page(found, _shown(found, number), comment, form, problem=problem)
        response.status_code = status_of(problem)
        if problem.retry_after is not None:
            response.headers["Retry-After"] = str(problem.retry_after)
        return response
    return redirect(url_for(".show", site=site, secret=secret), 303)  # pyright: ignore[reportReturnType]


@notice_pages.get("/r/<site>/notices/<secret>")
def show(site: str, secret: str) -> Response:
    """Show what became of a notice to whoever sent it."""
    found = managing.site(site)
    known = noticing.read(found, secret, service().keys)
    response = _html(
        "report/notice_sent.html",
        site=found,
        known=known,
        comment=to_text(known.notice.comment_id),
        reference=to_text(known.notice.id),
        kinds=KIND_WORDS,
        own_address=url_for(".show", site=site, secret=secret, _external=True),
    )
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _told(form: NoticeForm) -> Told:
    typed = {name: form.typed(name) for name in ("kind", "words", "name", "email")}
    same = json.dumps([form.typed(TOKEN), limited_network(), *typed.values()])
    key = hashlib.sha256(same.encode()).hexdigest()
    return Told(**typed, good_faith=bool(form.good_faith.data), form=key)


def _shown(site: Site | None, comment_id: int) -> Public | None:
    # Where the form comes again: the comment may be hidden by now, or the database away.
    try:
        return reporting.show(site, comment_id) if site is not None else None
    except (UnknownComment, DatabaseAway):
        return None


def _subject(site: str, comment: str) -> Subject:
    return Subject(service().keys, service().now(), ("notice", site, comment))


def _page(site: Site | None, shown: Public | None, comment: str, form: NoticeForm, **values: Any) -> Response:
    values |= {"site": site, "key": (request.view_args or {})["site"], "shown": shown, "comment": comment}
    return _html("report/notice.html", form=form, choices=KIND_WORDS, limit=noticing.MAX_EXPLANATION, **values)


def _html(template: str, **values: Any) -> Response:
    response = Response(render_template(template, **values), content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
