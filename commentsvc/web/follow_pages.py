"""Following an article or a site without a comment: the small form below a thread, without JavaScript or a cookie."""

from typing import Any

from flask import Blueprint
from flask import Response
from flask import redirect
from flask import render_template
from flask import url_for

from commentsvc.models.site import Site
from commentsvc.notifying import following
from commentsvc.notifying.languages import words
from commentsvc.people import managing
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Invalid
from commentsvc.refusals import Refusal
from commentsvc.refusals import TooMany
from commentsvc.web.form_tokens import require_own_page
from commentsvc.web.forms import FollowForm
from commentsvc.web.forms import status_of
from commentsvc.web.pages import FOLLOW
from commentsvc.web.pages import Place
from commentsvc.web.problems import problem_of
from commentsvc.web.service import service
from commentsvc.web.visitors import kept_network
from commentsvc.web.visitors import language_for
from commentsvc.web.visitors import limited_network

follow_pages = Blueprint("follow_pages", __name__)


@follow_pages.post("/sites/<site>/follow")
def follow(site: str) -> Response:
    """Ask an address whether it wants letters, and say the same whatever is known of it."""
    require_own_page()
    place = Place.asked_for(site)
    found = managing.site(site)
    form = FollowForm(place.subject(FOLLOW))
    try:
        _take(place, found, form)
    except (Invalid, TooMany, DatabaseAway) as refusal:
        return _again(place, found, form, refusal)
    # Said on a page of its own, so that a reload asks for nothing.
    query: dict[str, Any] = {"url": place.url, "id": place.ref}
    return redirect(url_for(".followed", site=site, **query), 303)  # pyright: ignore[reportReturnType]


@follow_pages.get("/sites/<site>/follow/sent")
def followed(site: str) -> Response:
    """Say what happens next."""
    place = Place.asked_for(site)
    found = managing.site(site)
    return _page("followed", site=found, place=place, **words(language_for(found)))


def _take(place: Place, site: Site, form: FollowForm) -> None:
    service().limiter.hit(service().settings.post_limit, FOLLOW, limited_network())
    errors = form.problems()
    if errors:
        raise Invalid(*errors)
    if form.typed("homepage"):
        return
    wish = following.Wish(
        email=form.typed("email"),
        kind=form.typed("kind"),
        url=place.url,
        ref=place.ref,
        network=kept_network(),
        language=language_for(site),
    )
    following.follow(site, wish, service().now())


def _again(place: Place, site: Site, form: FollowForm, refusal: Refusal) -> Response:
    problem = problem_of(refusal)
    response = _page("follow_again", site=site, place=place, form=form, problem=problem)
    response.status_code = status_of(problem)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _page(name: str, **values: Any) -> Response:
    response = Response(render_template(f"thread/{name}.html", **values), content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response


@follow_pages.record_once
def speak(state: Any) -> None:
    """Let the pages of letters be written in sentences that have translations."""
    state.app.jinja_env.add_extension("jinja2.ext.i18n")
    state.app.jinja_env.newstyle_gettext = True
