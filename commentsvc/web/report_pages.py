"""Reporting a comment without JavaScript: the form, and a word of thanks."""

from flask import Blueprint
from flask import Response
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for
from wtforms import StringField
from wtforms import TextAreaField

from commentsvc.models import ids
from commentsvc.models.site import Site
from commentsvc.moderators import reporting
from commentsvc.moderators.reporting import Public
from commentsvc.people import managing
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Invalid
from commentsvc.refusals import TooMany
from commentsvc.refusals import UnknownComment
from commentsvc.web.form_tokens import Subject
from commentsvc.web.form_tokens import require_own_page
from commentsvc.web.forms import SignedForm
from commentsvc.web.forms import status_of
from commentsvc.web.problems import Problem
from commentsvc.web.problems import problem_of
from commentsvc.web.report_limits import limit_reports
from commentsvc.web.service import service
from commentsvc.web.visitors import kept_network

REASON_WORDS = {
    "spam": "Spam or advertising",
    "insult": "Insult or harassment",
    "hate": "Hate against a group of people",
    "off-topic": "Off topic",
    "personal-data": "Personal data of somebody",
    "illegal": "Illegal content",
    "other": "Something else",
}

report_pages = Blueprint("report_pages", __name__, url_prefix="/sites/<site>/comments/<comment>")


class ReportForm(SignedForm):
    """The form by which a reader reports a comment."""

    # One of a list, as the page shows it; the verb checks it, in the same words for every door.
    reason = StringField("What is wrong with it?")
    text = TextAreaField("More about it, if you like")


@report_pages.get("/report")
def ask(site: str, comment: str) -> Response:
    """Ask what is wrong with a comment."""
    found = managing.site(site)
    shown = reporting.show(found, comment_named(comment))
    return _page(found, shown, ReportForm(_subject(site, comment)))


@report_pages.post("/report")
def report(site: str, comment: str) -> Response:
    """Take a report and give thanks, or show the form again with what was typed."""
    require_own_page()
    number = comment_named(comment)
    form = ReportForm(_subject(site, comment))
    found, shown = None, None
    try:
        found = managing.site(site)
        shown = reporting.show(found, number)
        limit_reports(number)
        errors = form.problems()
        if errors:
            raise Invalid(*form.in_order(errors))
        words = form.typed("text")
        reporting.report(found, number, form.typed("reason"), words, kept_network(), service().keys, service().now())
    except (Invalid, TooMany, DatabaseAway) as refusal:
        return _page(found, shown, form, problem_of(refusal))
    return redirect(url_for(".thank", site=site, comment=comment), 303)  # pyright: ignore[reportReturnType]


@report_pages.get("/reported")
def thank(site: str, comment: str) -> Response:
    """Say what happens now; the comment itself may be hidden already."""
    found = managing.site(site)
    try:
        shown = reporting.show(found, comment_named(comment))
    except UnknownComment:
        shown = None
    return _html(render_template("report/thanks.html", site=found, shown=shown, comment=comment))


def comment_named(text: str) -> int:
    """Return the number of a comment; raise UnknownComment where it can be none."""
    number = ids.from_text(text)
    if number is None:
        raise UnknownComment
    return number


def _subject(site: str, comment: str) -> Subject:
    return Subject(service().keys, service().now(), ("report", site, comment))


def _page(site: Site | None, shown: Public | None, form: ReportForm, problem: Problem | None = None) -> Response:
    named = request.view_args or {}
    values = {"site": site, "shown": shown, "form": form, "problem": problem, "limit": reporting.MAX_WORDS}
    values["choices"] = REASON_WORDS
    response = _html(render_template("report/report.html", **values, key=named["site"], comment=named["comment"]))
    if problem is not None:
        response.status_code = status_of(problem)
        if problem.retry_after is not None:
            response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _html(html: str) -> Response:
    response = Response(html, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
