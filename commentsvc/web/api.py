"""The JSON API for the widget, version 1."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint
from flask import Response
from flask import g
from flask import request

from commentsvc.authors import posting
from commentsvc.authors import revising
from commentsvc.authors.submission import Submission
from commentsvc.authors.submission import check_text
from commentsvc.models import ids
from commentsvc.models.owned import Own
from commentsvc.models.site import Site
from commentsvc.moderators import reporting
from commentsvc.notifying import following
from commentsvc.people import managing
from commentsvc.readers import counting
from commentsvc.readers import feeding
from commentsvc.readers import finding
from commentsvc.readers import publishing
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import Refusal
from commentsvc.refusals import TooMany
from commentsvc.refusals import UnknownComment
from commentsvc.web import challenges
from commentsvc.web import openapi
from commentsvc.web import origins
from commentsvc.web import shapes
from commentsvc.web.answers import public_answer
from commentsvc.web.report_limits import limit_reports
from commentsvc.web.service import service
from commentsvc.web.visitors import kept_network
from commentsvc.web.visitors import language_for
from commentsvc.web.visitors import limited_network

JSON = "application/json"
KEY_LENGTHS = range(16, 129)

api = Blueprint("api", __name__, url_prefix="/api/v1")


@api.get("/openapi.json")
def contract() -> Response:
    """Return this contract."""
    return public_answer(openapi.document(service().settings.base_url), JSON, "public, max-age=300", grounds=())


@api.get("/sites/<site>/thread")
def thread(site: Site) -> Response:
    """Return a page of a thread."""
    question = publishing.Question(
        url=_argument("url"),
        ref=request.args.get("id"),
        sort=request.args.get("sort", publishing.OLDEST),
        cursor=request.args.get("cursor"),
    )
    return _made(publishing.page(site, question, _now()))


@api.get("/sites/<site>/counts")
def counts(site: Site) -> Response:
    """Return the number of approved comments of up to 100 articles."""
    return _made(counting.counts(site, request.args.getlist("url"), request.args.getlist("id")))


@api.get("/sites/<site>/latest")
def latest(site: Site) -> Response:
    """Return the newest approved comments of a site."""
    return _made(feeding.latest(site, _limit()))


@api.post("/sites/<site>/comments", provide_automatic_options=False)
def post(site: Site) -> Response:
    """Take a reader's comment."""
    try:
        return _post(site, must_stand=True)
    except (DatabaseAway, TooMany):
        # Nothing of the site: to ask for it would only make them wait longer.
        raise
    except Refusal:
        # By the site as this process knew it; as it is now, the comment may be welcome.
        g.site = finding.site_anew(site.key)
        if g.site.mark() == site.mark():
            raise
    return _post(g.site, must_stand=False)


def _post(site: Site, must_stand: bool) -> Response:
    origins.require_site_origin(site)
    _limit_posting()
    sent = shapes.read(request, shapes.NewComment)
    submission = Submission(
        url=sent.url,
        ref=sent.id,
        title=sent.title,
        parent=sent.parent,
        name=sent.name,
        email=sent.email,
        website=sent.website,
        body=sent.body,
        receipts=tuple(sent.receipts),
        network=kept_network(),
        idempotency_key=_idempotency_key(),
        notify=bool(sent.notify),
        language=language_for(site),
    )
    age = challenges.widget_age(site, sent.url, sent.id, sent.token)
    watch = challenges.watch(age, sent.subject, sent.proof)
    limits = service().settings.rate_limits
    posted = posting.post(site, submission, service().keys, _now(), limits=limits, watch=watch, must_stand=must_stand)
    return _private({"comment": _own(posted.comment), "receipt": posted.receipt}, posted.status)


@api.get("/sites/<site>/form", provide_automatic_options=False)
def form(site: Site) -> Response:
    """Give a form under an article its dated token, and a challenge that a browser may be asked to solve."""
    origins.require_site_origin(site, may_be_absent=True)
    service().limiter.hit(service().settings.preview_limit, "form", limited_network())
    return _private(challenges.offered(site, _argument("url"), request.args.get("id")))


@api.post("/sites/<site>/preview", provide_automatic_options=False)
def preview(site: Site) -> Response:
    """Show how a text would look; nothing is stored."""
    origins.require_site_origin(site)
    service().limiter.hit(service().settings.preview_limit, "preview", limited_network())
    text = check_text(shapes.read(request, shapes.Text).body)
    return _private({"html": text.html})


@api.get("/sites/<site>/comments/<comment_id>", provide_automatic_options=False)
def show(site: Site, comment_id: int) -> Response:
    """Return the author's own comment."""
    origins.require_site_origin(site, may_be_absent=True)
    return _private({"comment": _own(revising.read(site, comment_id, _receipt(), service().keys))})


@api.patch("/sites/<site>/comments/<comment_id>", provide_automatic_options=False)
def edit(site: Site, comment_id: int) -> Response:
    """Take a new text for the author's own comment."""
    origins.require_site_origin(site, may_be_absent=True)
    _limit_posting()
    sent = shapes.read(request, shapes.Text)
    limits = service().settings.rate_limits
    mine = revising.edit(site, comment_id, _receipt(), sent.body, service().keys, _now(), limits=limits)
    return _private({"comment": _own(mine)})


@api.delete("/sites/<site>/comments/<comment_id>", provide_automatic_options=False)
def withdraw(site: Site, comment_id: int) -> Response:
    """Take the author's own comment back."""
    origins.require_site_origin(site, may_be_absent=True)
    _limit_posting()
    revising.withdraw(site, comment_id, _receipt(), service().keys, _now())
    return _private(None, 204)


@api.post("/sites/<site>/comments/<comment_id>/reports", provide_automatic_options=False)
def report(site: Site, comment_id: int) -> Response:
    """Take a reader's report of a comment; the answer never tells what it led to."""
    origins.require_site_origin(site)
    limit_reports(comment_id)
    sent = shapes.read(request, shapes.NewReport)
    reporting.report(site, comment_id, sent.reason, sent.text, kept_network(), service().keys, _now())
    return _private({"received": True}, 202)


@api.post("/sites/<site>/subscriptions", provide_automatic_options=False)
def subscribe(site: Site) -> Response:
    """Ask an address whether it wants to hear of new comments; the answer never tells what is known of it."""
    origins.require_site_origin(site)
    service().limiter.hit(service().settings.post_limit, "follow", limited_network())
    sent = shapes.read(request, shapes.NewSubscription)
    wish = following.Wish(sent.email, sent.kind, sent.url, sent.id, kept_network(), language_for(site))
    following.follow(site, wish, _now())
    return _private({"received": True}, 202)


@api.route("/sites/<site>/comments", methods=["OPTIONS"])
@api.route("/sites/<site>/subscriptions", methods=["OPTIONS"])
@api.route("/sites/<site>/preview", methods=["OPTIONS"])
@api.route("/sites/<site>/comments/<comment_id>", methods=["OPTIONS"])
@api.route("/sites/<site>/comments/<comment_id>/reports", methods=["OPTIONS"])
def may_write(site: Site, **_: Any) -> Response:
    """Answer a preflight."""
    return origins.preflight(site)


@api.url_value_preprocessor
def find_what_is_named(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Put the site in place of its key, and the number in place of a comment's id."""
    if not values:
        return
    g.site = None
    if "site" in values:
        values["site"] = g.site = _finder(request.endpoint)(values["site"])
    if "comment_id" in values:
        comment_id = ids.from_text(values["comment_id"])
        if comment_id is None:
            raise UnknownComment
        values["comment_id"] = comment_id


def _finder(endpoint: str | None) -> Callable[[str], Site]:
    if endpoint in PUBLIC:
        return finding.site
    return finding.site_as_known if endpoint == "api.post" else managing.site


PUBLIC = ("api.thread", "api.counts", "api.latest", "api.contract")


@api.after_app_request
def let_pages_read(response: Response) -> Response:
    """Put the CORS headers on every answer of the API, errors too."""
    # Moderating is for programs: no page may do it in a moderator's name.
    if not request.path.startswith("/api/") or request.blueprint == "moderation_api":
        return response
    site = g.get("site")
    # Where the site is unknown there is nothing to protect, and the widget must be able to say so.
    if request.endpoint in PUBLIC or request.endpoint is None or site is None:
        return origins.allow_everybody(response)
    return origins.allow_site(response, site)


def _made(made: publishing.Made) -> Response:
    return public_answer(publishing.to_bytes(made.answer), JSON, grounds=made.grounds, ends=made.ends)


def _now() -> datetime:
    return service().now()


def _limit_posting() -> None:
    service().limiter.hit(service().settings.post_limit, "post", limited_network())


def _argument(name: str) -> str:
    value = request.args.get(name)
    if not value:
        raise Invalid(FieldError(name, "missing", f"The parameter {name} is missing."))
    return value


def _limit() -> int:
    value = request.args.get("limit", "10")
    # What is no number is out of range as well.
    return int(value) if re.fullmatch("[0-9]{1,9}", value) else 0


def _idempotency_key() -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and (len(key) not in KEY_LENGTHS or not key.isprintable()):
        raise Invalid(FieldError("Idempotency-Key", "invalid", "An Idempotency-Key has 16 to 128 characters."))
    return key


def _receipt() -> str | None:
    scheme, _, receipt = request.headers.get("Authorization", "").partition(" ")
    return receipt.strip() if scheme.lower() == "bearer" and receipt.strip() else None


def _own(mine: Own) -> dict[str, Any]:
    return publishing.own_json(mine)


def _private(body: dict[str, Any] | None, status: int = 200) -> Response:
    response = Response(json.dumps(body) if body is not None else None, status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response
