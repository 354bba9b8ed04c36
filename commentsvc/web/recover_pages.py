"""Who has lost the private links of their comments asks for them by mail; the answer is the same for every address."""

from flask import Blueprint
from flask import Response
from flask import redirect
from flask import render_template
from flask import url_for
from wtforms import EmailField

from commentsvc.models.site import Site
from commentsvc.notifying import outbox
from commentsvc.notifying import recovering
from commentsvc.people import managing
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Invalid
from commentsvc.refusals import TooMany
from commentsvc.web.form_tokens import Subject
from commentsvc.web.form_tokens import require_own_page
from commentsvc.web.forms import SignedForm
from commentsvc.web.forms import status_of
from commentsvc.web.problems import Problem
from commentsvc.web.problems import problem_of
from commentsvc.web.service import service
from commentsvc.web.visitors import kept_network
from commentsvc.web.visitors import limited_network

recover_pages = Blueprint("recover_pages", __name__, url_prefix="/sites/<site>/recover")


class RecoverForm(SignedForm):
    """The form in which one types the address that one's comments were written with."""

    email = EmailField("Email")


@recover_pages.get("")
def ask(site: str) -> Response:
    """Ask for the address."""
    return _form_page(managing.site(site), _form(site))


@recover_pages.post("")
def send(site: str) -> Response:
    """Have the letter written where there is somebody to write to, and say the same in any case."""
    require_own_page()
    found, form = managing.site(site), _form(site)
    try:
        service().limiter.hit(service().settings.post_limit, "recover", limited_network())
        errors = form.problems()
        if errors:
            raise Invalid(*errors)
        recovering.ask(found, form.typed("email"), kept_network(), service().now())
    except (Invalid, TooMany, DatabaseAway) as refusal:
        problem = problem_of(refusal)
        response = _form_page(found, form, problem)
        response.status_code = status_of(problem)
        if problem.retry_after is not None:
            response.headers["Retry-After"] = str(problem.retry_after)
        return response
    return redirect(url_for(".sent", site=site), 303)  # pyright: ignore[reportReturnType]


@recover_pages.get("/sent")
def sent(site: str) -> Response:
    """Say what happens next."""
    return _page("recover_sent", managing.site(site))


@recover_pages.after_request
def keep_private(response: Response) -> Response:
    """Keep every answer out of caches and search engines: a form that is kept is soon too old to be sent."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _form(site: str) -> RecoverForm:
    return RecoverForm(Subject(service().keys, service().now(), ("recover", site)))


def _form_page(site: Site, form: RecoverForm, problem: Problem | None = None) -> Response:
    return _page("recover", site, form=form, problem=problem, has_letters=outbox.current() is not None)


def _page(name: str, site: Site, **values: object) -> Response:
    html = render_template(f"receipt/{name}.html", site=site, **values)
    return Response(html, content_type="text/html; charset=utf-8")
