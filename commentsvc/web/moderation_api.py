"""The API by which programs moderate, with a token; browsers have no part in it: no cookie, no CORS."""

import json
from datetime import datetime
from typing import Any

from flask import Blueprint
from flask import Response
from flask import g
from flask import request

from commentsvc.models import desk
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.token import DECIDE
from commentsvc.models.token import READ
from commentsvc.moderators import moderating
from commentsvc.moderators.moderating import Decided
from commentsvc.people import tokens
from commentsvc.people.tokens import Bearer
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import TokenMissing
from commentsvc.refusals import TokenWrong
from commentsvc.refusals import UnknownSite
from commentsvc.web import shapes
from commentsvc.web.desk.page import MAX_WORDS
from commentsvc.web.moderation_shapes import Decide
from commentsvc.web.moderation_shapes import Undo
from commentsvc.web.service import service
from commentsvc.web.visitors import limited_network

moderation_api = Blueprint("moderation_api", __name__, url_prefix="/api/v1/moderation/sites/<site>")


@moderation_api.url_value_preprocessor
def show_token(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Put the token's bearer in place of the site's key, before anything is read; a token is good for its own site."""
    if values is None:
        return
    key = values.pop("site", "")
    g.bearer = _bearer()
    if g.bearer.site.key != key:
        raise UnknownSite(key)


@moderation_api.get("/comments", provide_automatic_options=False)
def listing() -> Response:
    """Return a page of the queue or of another list, as the desk shows it."""
    bearer = _allowed(READ)
    name = request.args.get("list", desk.QUEUE)
    if name not in desk.LISTS:
        raise Invalid(FieldError("list", "invalid", f"A list is one of {', '.join(desk.LISTS)}."))
    words = request.args.get("q", "").replace("\0", "").strip()[:MAX_WORDS]
    after = request.args.get("after")
    if after is not None and from_text(after) is None:
        raise Invalid(FieldError("after", "invalid", "This is not where a page ends."))
    view = moderating.look(bearer.site, name, words, from_text(after) if after is not None else None)
    further = view.listing.next
    return _answer(
        {
            "comments": [_entry(entry) for entry in view.listing.entries],
            "next": to_text(further) if further is not None else None,
        }
    )


@moderation_api.get("/counts", provide_automatic_options=False)
def counts() -> Response:
    """Return how many comments each list holds, counted up to a bound."""
    bearer = _allowed(READ)
    return _answer({"counts": moderating.sizes(bearer.site), "counted_to": desk.COUNTED})


@moderation_api.post("/decide", provide_automatic_options=False)
def decide() -> Response:
    """Approve, spam, reject or delete comments together; a repeat finds them decided and changes nothing."""
    bearer = _allowed(DECIDE)
    sent = shapes.read(request, Decide)
    if sent.list not in desk.LISTS:
        raise Invalid(FieldError("list", "invalid", f"A list is one of {', '.join(desk.LISTS)}."))
    seen = {_id("seen", code): revision for code, revision in (sent.seen or {}).items()}
    chosen = [_id("ids", code) for code in dict.fromkeys(sent.ids)]
    now = service().now()
    return _decided(moderating.decide(bearer.site, bearer.moderator, chosen, sent.act, now, sent.list, seen))


@moderation_api.post("/undo", provide_automatic_options=False)
def undo() -> Response:
    """Take back what was decided together by the token's moderator, where nobody has decided otherwise since."""
    bearer = _allowed(DECIDE)
    batch = _id("batch", shapes.read(request, Undo).batch)
    return _decided(moderating.undo(bearer.site, bearer.moderator, batch, service().now()))


def _bearer() -> Bearer:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise TokenMissing
    try:
        return tokens.bearer(secret.strip(), service().now())
    except TokenWrong:
        # Wrong ones alone are counted: a network from which somebody guesses does not keep good tokens out.
        service().limiter.hit(service().settings.sign_in_limit, "token", limited_network())
        raise


def _allowed(scope: str) -> Bearer:
    bearer: Bearer = g.bearer
    bearer.require(scope)
    return bearer


def _id(field: str, code: str) -> int:
    number = from_text(code)
    if number is None:
        raise Invalid(FieldError(field, "invalid", "This is not an id of a comment or decision."))
    return number


def _entry(entry: desk.Entry) -> dict[str, Any]:
    comment, revision = entry.comment, entry.revision
    return {
        "id": to_text(comment.id),
        "state": comment.state,
        "waits_since": _time(comment.queued),
        "reasons": list(entry.reasons),
        "is_edit": entry.is_edit,
        "parent": to_text(comment.parent_id) if comment.parent_id is not None else None,
        "thread": {"id": to_text(entry.thread.id), "url": entry.thread.url, "title": entry.thread.title},
        "author": {"name": comment.name, "email": comment.email, "website": comment.website},
        "revision": revision.n,
        "body": revision.source,
        "html": revision.html,
        "created": _time(comment.created),
    }


def _decided(decided: Decided) -> Response:
    return _answer(
        {
            "batch": to_text(decided.batch),
            "done": decided.done,
            "overtaken": decided.overtaken,
            "withdrawn": decided.withdrawn,
            "edited": decided.edited,
        }
    )


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment is not None else None


def _answer(body: dict[str, Any]) -> Response:
    response = Response(json.dumps(body), content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
