"""The contract of the API as an OpenAPI 3.1 document, made of the shapes that check requests."""

import json
from functools import lru_cache
from typing import Any

from pydantic.json_schema import models_json_schema

from commentsvc.web import openapi_form
from commentsvc.web import openapi_moderation
from commentsvc.web import shapes

ID = {"type": "string", "pattern": "^[0-9a-hjkmnp-tv-z]{13}$", "description": "time-ordered and opaque"}
TIME = {"type": "string", "format": "date-time"}
WORDS = {"type": "string"}


@lru_cache(maxsize=4)
def document(base_url: str) -> bytes:
    """Return the document for a service at this address, as JSON."""
    _, shaped = models_json_schema(
        [
            (shapes.NewComment, "validation"),
            (shapes.Text, "validation"),
            (shapes.NewReport, "validation"),
            (shapes.NewSubscription, "validation"),
        ],
        ref_template="#/components/schemas/{model}",
    )
    return json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "commentsvc", "version": "1", "license": {"name": "MIT", "identifier": "MIT"}},
            "servers": [{"url": base_url}],
            "paths": PATHS | openapi_form.paths(FORM, _refusals(403, 404, 422, 429, 503)) | openapi_moderation.PATHS,
            "components": {
                "schemas": SCHEMAS | shaped["$defs"] | openapi_form.SCHEMAS | openapi_moderation.schemas(),
                "securitySchemes": {
                    "receipt": {"type": "http", "scheme": "bearer"},
                    "token": {"type": "http", "scheme": "bearer", "description": "made on the account page: cst_..."},
                },
            },
        },
        ensure_ascii=False,
    ).encode()


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": required | optional}


def _returns(description: str, schema: dict[str, Any] | None) -> dict[str, Any]:
    if schema is None:
        return {"description": description}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _refusals(*statuses: int) -> dict[str, Any]:
    words = {
        304: "nothing changed since the ETag sent", 400: "malformed JSON or UTF-8", 401: "no receipt",
        403: "an origin or article that is not the site's, or another comment's receipt",
        404: "unknown site or comment", 409: "comments are closed, it is too late to edit, or no mail is sent here",
        413: "over 64 KB", 415: "not JSON", 422: "a field cannot be taken", 429: "too many requests",
        503: "not possible right now",
    }  # fmt: skip
    told = {}
    for status in statuses:
        told[str(status)] = {"description": words[status]}
        if status >= 400:
            told[str(status)]["content"] = {"application/problem+json": {"schema": _ref("Problem")}}
        if status in (429, 503):
            told[str(status)]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return told


def _parameter(name: str, where: str, schema: dict[str, Any], required: bool = True) -> dict[str, Any]:
    return {"name": name, "in": where, "required": required, "schema": schema}


SITE = _parameter("site", "path", {"type": "string", "maxLength": 40})
COMMENT = _parameter("id", "path", ID)
KEY = _parameter("Idempotency-Key", "header", {"type": "string", "minLength": 16, "maxLength": 128}, required=False)
ARTICLE = _parameter("url", "query", {"type": "string", "maxLength": shapes.MAX_URL})
ARTICLE_ID = _parameter("id", "query", {"type": "string", "maxLength": shapes.MAX_REF}, required=False)
FORM = [SITE, ARTICLE, ARTICLE_ID]

PUBLIC_COMMENT: dict[str, Any] = {
    "id": ID,
    "parent": _nullable(ID),
    "depth": {"type": "integer", "minimum": 0},
    "author": _nullable(_ref("Author")),
    "html": _nullable({"type": "string", "description": "sanitized: safe to be put into a page"}),
    "created": TIME,
    "edited": _nullable(TIME),
}

SCHEMAS: dict[str, Any] = {
    "Author": _object(
        {
            "name": WORDS,
            "url": _nullable({"type": "string", "format": "uri"}),
            "avatar": {"type": "string", "pattern": "^[0-9a-f]{10}$", "description": "a keyed hash to draw from"},
            "badge": {"enum": ["moderator", None]},
        }
    ),
    "Comment": _object(
        PUBLIC_COMMENT,
        state={"const": "deleted", "description": "a removed comment that keeps the place of its replies"},
        pinned={"const": True, "description": "a moderator put it first"},
        more={"type": "string", "description": "the cursor of the rest of a long branch, on its root"},
    ),
    "OwnComment": _object(
        PUBLIC_COMMENT
        | {
            "state": {"enum": ["pending", "approved", "spam", "rejected", "deleted"]},
            "body": {"type": "string", "description": "as written"},
            "editable_until": _nullable(TIME),
            "held_edit": {"type": "boolean", "description": "a new text waits while the former is shown"},
            "url": WORDS,
        }
    ),
    "Form": _object(
        {
            "email": {"enum": ["optional", "required"]},
            "website": {"type": "boolean"},
            "privacy": _nullable(WORDS),
            "consent": _nullable(WORDS),
            "edit_seconds": {"type": "integer"},
            "held": {"type": "boolean", "description": "every comment waits for a moderator"},
            "notify": {"type": "boolean", "description": "authors can be told of replies by mail"},
        }
    ),
    "Thread": _object(
        {
            "id": _nullable(ID),
            "url": WORDS,
            "title": _nullable(WORDS),
            "open": {"type": "boolean"},
            "count": {"type": "integer", "minimum": 0},
        }
    ),
    "Page": _object(
        {
            "thread": _ref("Thread"),
            "comments": {"type": "array", "items": _ref("Comment")},
            "next": _nullable({"type": "string", "description": "the cursor of the next page"}),
        },
        form=_ref("Form"),
    ),
    "Posted": _object({"comment": _ref("OwnComment"), "receipt": WORDS}),
    "Own": _object({"comment": _ref("OwnComment")}),
    "Counts": _object({"counts": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}}),
    "Latest": _object({"comments": {"type": "array", "items": _ref("LatestComment")}}),
    "LatestComment": _object(
        PUBLIC_COMMENT
        | {
            "url": {"type": "string", "format": "uri", "description": "the comment in its article"},
            "title": _nullable(WORDS),
            "thread": ID,
        }
    ),
    "Html": _object({"html": WORDS}),
    "Received": _object({"received": {"const": True}}),
    "Problem": _object(
        {"type": WORDS, "title": WORDS, "status": {"type": "integer"}, "detail": WORDS},
        errors={
            "type": "array",
            "items": _object({"field": WORDS, "code": WORDS, "message": WORDS}),
        },
    ),
}


def _body(name: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": _ref(name)}}}


OWN_REFUSALS = (401, 403, 404, 503)
WRITE_REFUSALS = (400, 403, 404, 413, 415, 422, 429, 503)

PATHS: dict[str, Any] = {
    "/api/v1/sites/{site}/thread": {
        "get": {
            "operationId": "thread",
            "summary": "A page of a thread: roots in order with their replies",
            "parameters": [
                SITE, ARTICLE, ARTICLE_ID,
                _parameter("sort", "query", {"enum": ["oldest", "newest"]}, required=False),
                _parameter("cursor", "query", {"type": "string"}, required=False),
            ],
            "responses": {"200": _returns("the page", _ref("Page"))} | _refusals(304, 403, 404, 422, 503),
        }
    },
    "/api/v1/sites/{site}/counts": {
        "get": {
            "operationId": "counts",
            "summary": "How many approved comments articles have, up to 100 at once",
            "parameters": [
                SITE,
                _parameter("url", "query", {"type": "array", "items": WORDS, "maxItems": 100}, required=False),
                _parameter("id", "query", {"type": "array", "items": WORDS, "maxItems": 100}, required=False),
            ],
            "responses": {"200": _returns("the counts", _ref("Counts"))} | _refusals(304, 403, 404, 422, 503),
        }
    },
    "/api/v1/sites/{site}/latest": {
        "get": {
            "operationId": "latest",
            "summary": "The newest approved comments of a site",
            "parameters": [
                SITE,
                _parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": 50, "default": 10}, False),
            ],
            "responses": {"200": _returns("newest first", _ref("Latest"))} | _refusals(304, 404, 422, 503),
        }
    },
    "/api/v1/sites/{site}/comments": {
        "post": {
            "operationId": "post",
            "summary": "Post a comment; a repeat with the same Idempotency-Key stores nothing and answers the same",
            "description": "The Origin must be one of the site's.",
            "parameters": [SITE, KEY],
            "requestBody": _body("NewComment"),
            "responses": {
                "201": _returns("approved", _ref("Posted")),
                "202": _returns("held for a moderator", _ref("Posted")),
            }
            | _refusals(*WRITE_REFUSALS, 409),
        }
    },
    "/api/v1/sites/{site}/preview": {
        "post": {
            "operationId": "preview",
            "summary": "Show how a text would look; nothing is stored",
            "parameters": [SITE],
            "requestBody": _body("Text"),
            "responses": {"200": _returns("the sanitized HTML", _ref("Html"))} | _refusals(*WRITE_REFUSALS),
        }
    },
    "/api/v1/sites/{site}/comments/{id}": {
        "get": {
            "operationId": "show",
            "summary": "The author's own comment",
            "security": [{"receipt": []}],
            "parameters": [SITE, COMMENT],
            "responses": {"200": _returns("the comment", _ref("Own"))} | _refusals(*OWN_REFUSALS),
        },
        "patch": {
            "operationId": "edit",
            "summary": "A new text for the author's own comment, within the site's window",
            "security": [{"receipt": []}],
            "parameters": [SITE, COMMENT],
            "requestBody": _body("Text"),
            "responses": {"200": _returns("the comment", _ref("Own"))} | _refusals(401, *WRITE_REFUSALS, 409),
        },
        "delete": {
            "operationId": "withdraw",
            "summary": "Take the author's own comment back",
            "security": [{"receipt": []}],
            "parameters": [SITE, COMMENT],
            "responses": {"204": _returns("taken back", None)} | _refusals(*OWN_REFUSALS, 429),
        },
    },
    "/api/v1/sites/{site}/comments/{id}/reports": {
        "post": {
            "operationId": "report",
            "summary": "Report a public comment to the site's moderators; from one network it counts once",
            "description": "The Origin must be one of the site's.",
            "parameters": [SITE, COMMENT],
            "requestBody": _body("NewReport"),
            "responses": {"202": _returns("received", _ref("Received"))} | _refusals(*WRITE_REFUSALS),
        }
    },
    "/api/v1/sites/{site}/subscriptions": {
        "post": {
            "operationId": "subscribe",
            "summary": "Ask an address by mail whether it wants to hear of new comments of an article or the site",
            "description": "The Origin must be one of the site's. The answer is the same whoever the address is of.",
            "parameters": [SITE],
            "requestBody": _body("NewSubscription"),
            "responses": {"202": _returns("received", _ref("Received"))} | _refusals(*WRITE_REFUSALS, 409),
        }
    },
}  # fmt: skip
