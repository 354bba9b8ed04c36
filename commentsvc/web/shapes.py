"""The shapes of what comes in as JSON: they check requests, and the OpenAPI document is made of them."""

import json
from typing import Annotated
from typing import Any
from typing import NoReturn
from typing import TypeVar

from flask import Request
from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from commentsvc.authors.submission import MAX_REF
from commentsvc.models.report import REASONS
from commentsvc.models.subscription import SITE
from commentsvc.models.subscription import THREAD
from commentsvc.moderators.reporting import MAX_WORDS
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.text.emails import MAX_EMAIL
from commentsvc.text.names import MAX_NAME
from commentsvc.text.rendering import MAX_BODY
from commentsvc.text.websites import MAX_URL
from commentsvc.web.malformed import BodyTooLarge
from commentsvc.web.malformed import Malformed
from commentsvc.web.malformed import NotJson

MAX_REQUEST = 64 * 1024
MAX_RECEIPTS = 20


def _text(limit: int, description: str) -> Any:
    # The limit is checked where the text is cleaned; here it is only told.
    return Field(json_schema_extra={"maxLength": limit}, description=description)


class Shape(BaseModel):
    """Checks types strictly and ignores what it does not know, so that nobody sets what is the server's to set."""

    model_config = ConfigDict(strict=True, extra="ignore")


class NewComment(Shape):
    """A reader's comment."""

    url: Annotated[str, _text(MAX_URL, "the article's address, on one of the site's origins")]
    id: Annotated[str | None, _text(MAX_REF, "the owner's stable id of the article")] = None
    title: Annotated[str | None, Field(description="the article's title")] = None
    parent: Annotated[str | None, Field(description="the id of the comment that this one answers")] = None
    name: Annotated[str, _text(MAX_NAME, "the author's name, as it will be shown")]
    email: Annotated[str | None, _text(MAX_EMAIL, "never shown")] = None
    website: Annotated[str | None, _text(MAX_URL, "http or https; shown as a link on the name")] = None
    body: Annotated[str, _text(MAX_BODY, "Markdown")]
    notify: Annotated[bool | None, Field(description="mail the author when somebody replies")] = None
    receipts: Annotated[
        list[str],
        Field(max_length=MAX_RECEIPTS, description="receipts of the author's earlier comments, to be known by them"),
    ] = []
    token: Annotated[str | None, Field(description="of the form, from .../form; tells how long it was open")] = None
    proof: Annotated[
        str | None, Field(description="base64 of JSON with algorithm, challenge, number, salt and signature (ALTCHA)")
    ] = None
    subject: Annotated[str | None, Field(description="a trap: what fills it in is taken for spam")] = None


class Text(Shape):
    """A comment's text alone: a preview, or an edit."""

    body: Annotated[str, _text(MAX_BODY, "Markdown")]


class NewReport(Shape):
    """A reader's report of a comment."""

    reason: Annotated[str, Field(json_schema_extra={"enum": list(REASONS)}, description="what is wrong with it")]
    text: Annotated[str | None, _text(MAX_WORDS, "more about it, for the moderators")] = None


class NewSubscription(Shape):
    """A reader's wish to hear of new comments by mail."""

    email: Annotated[str, _text(MAX_EMAIL, "asked by mail first whether it wants to")]
    kind: Annotated[str, Field(json_schema_extra={"enum": [THREAD, SITE]}, description="an article, or the whole site")]
    url: Annotated[str | None, _text(MAX_URL, "the article's address, on one of the site's origins")] = None
    id: Annotated[str | None, _text(MAX_REF, "the owner's stable id of the article")] = None


ShapeT = TypeVar("ShapeT", bound=Shape)

MISSING = {
    "name": "Please enter your name.",
    "body": "Please type your comment.",
    "email": "Please enter your email address.",
    "url": "The address of the article is missing.",
    "reason": "Please choose what is wrong with the comment.",
}


def read(request: Request, shape: type[ShapeT]) -> ShapeT:
    """Return the body of a request in its shape; raise NotJson, BodyTooLarge, Malformed, or Invalid naming fields."""
    document = _read_json(request)
    try:
        return shape.model_validate(document)
    except ValidationError as error:
        _refuse(error)


def _read_json(request: Request) -> dict[str, Any]:
    if request.mimetype != "application/json" or request.headers.get("Content-Encoding", "identity") != "identity":
        raise NotJson
    if (request.content_length or 0) > MAX_REQUEST:
        raise BodyTooLarge
    try:
        raw = request.get_data()
    except RequestEntityTooLarge as error:
        raise BodyTooLarge from error
    try:
        document = json.loads(raw.decode(), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise Malformed("The body is not valid UTF-8.") from error
    except RecursionError as error:
        raise Malformed("The body is nested too deeply.") from error
    except ValueError as error:
        raise Malformed("The body is not valid JSON.") from error
    if not isinstance(document, dict):
        raise Malformed("The body must be a JSON object.")
    return document


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _refuse(error: ValidationError) -> NoReturn:
    refused = {}
    for found in error.errors(include_url=False, include_input=False, include_context=False):
        field = str(found["loc"][0]) if found["loc"] else "body"
        if found["type"] == "missing":
            entry = FieldError(field, "missing", MISSING.get(field, "This field is missing."))
        elif found["type"] == "string_unicode":
            entry = FieldError(field, "control", "This field holds characters that can't be stored.")
        elif found["type"] == "too_long":
            entry = FieldError(field, "too_many", f"At most {MAX_RECEIPTS} are taken.")
        else:
            entry = FieldError(field, "type", "This field has the wrong type.")
        refused.setdefault(field, entry)
    raise Invalid(*refused.values()) from error
