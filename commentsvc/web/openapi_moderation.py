"""The part of the contract by which programs moderate."""

from typing import Any

from pydantic.json_schema import models_json_schema

from commentsvc.models.desk import LISTS
from commentsvc.web.moderation_shapes import Decide
from commentsvc.web.moderation_shapes import Undo

ID = {"type": "string", "pattern": "^[0-9a-hjkmnp-tv-z]{13}$"}
TIME = {"type": "string", "format": "date-time"}
WORDS = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}

REFUSED = {
    400: "malformed JSON or UTF-8",
    401: "no token, or one that is unknown, revoked or ended",
    403: "the token, or its moderator's role, does not allow this",
    404: "the token is not one of this site",
    413: "over 64 KB",
    415: "not JSON",
    422: "a field cannot be taken",
    429: "too many wrong tokens",
    503: "not possible right now",
}
SITE = {"name": "site", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 40}}


def schemas() -> dict[str, Any]:
    """Return the schemas of what is sent and answered."""
    _, shaped = models_json_schema(
        [(Decide, "validation"), (Undo, "validation")], ref_template="#/components/schemas/{model}"
    )
    return SCHEMAS | shaped["$defs"]


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _query(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _act(name: str, summary: str, answer: str, *statuses: int, **more: Any) -> dict[str, Any]:
    responses: dict[str, Any] = {
        "200": {"description": "done", "content": {"application/json": {"schema": _ref(answer)}}}
    }
    for status in (401, 403, 404, 429, 503, *statuses):
        responses[str(status)] = {
            "description": REFUSED[status],
            "content": {"application/problem+json": {"schema": _ref("Problem")}},
        }
        if status in (429, 503):
            responses[str(status)]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    parameters = [SITE, *more.pop("parameters", [])]
    act = {"operationId": name, "summary": summary, "security": [{"token": []}], "parameters": parameters}
    return act | more | {"responses": responses}


def _body(name: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": _ref(name)}}}


SCHEMAS: dict[str, Any] = {
    "ModeratedComment": _object(
        id=ID,
        state={"enum": ["pending", "approved", "spam", "rejected", "deleted"]},
        waits_since=_or_null(TIME),
        reasons={"type": "array", "items": WORDS, "description": "codes of why it is held"},
        is_edit={"type": "boolean", "description": "a new text waits while the former is shown"},
        parent=_or_null(ID),
        thread=_object(id=ID, url=WORDS, title=_or_null(WORDS)),
        author=_object(name=_or_null(WORDS), email=_or_null(WORDS), website=_or_null(WORDS)),
        revision={"type": "integer", "minimum": 1},
        body={"type": "string", "description": "as written"},
        html={"type": "string", "description": "sanitized: safe to be put into a page"},
        created=TIME,
    ),
    "ModeratedPage": _object(
        comments={"type": "array", "items": _ref("ModeratedComment")},
        next=_or_null({"type": "string", "description": "what `after` must be for the next page"}),
    ),
    "ModerationCounts": _object(
        counts={"type": "object", "additionalProperties": COUNT},
        counted_to={"type": "integer", "description": "a count of so many stands for that many or more"},
    ),
    "Decided": _object(
        batch={**ID, "description": "by which it can be undone"},
        done=COUNT,
        overtaken={**COUNT, "description": "had left the list already"},
        withdrawn={**COUNT, "description": "taken back by their authors"},
        edited={**COUNT, "description": "with another text than was seen"},
    ),
}

BASE = "/api/v1/moderation/sites/{site}"
PATHS: dict[str, Any] = {
    f"{BASE}/comments": {
        "get": _act(
            "moderatedComments",
            "A page of the queue or of another list; scope read",
            "ModeratedPage",
            422,
            parameters=[_query("list", {"enum": list(LISTS)}), _query("q", WORDS), _query("after", ID)],
        )
    },
    f"{BASE}/counts": {
        "get": _act("moderationCounts", "How many comments each list holds; scope read", "ModerationCounts")
    },
    f"{BASE}/decide": {
        "post": _act(
            "decide",
            "Approve, spam, reject or delete comments together; scope decide",
            "Decided", 400, 413, 415, 422,
            description="A repeat finds the comments decided and changes nothing.",
            requestBody=_body("Decide"),
        )
    },
    f"{BASE}/undo": {
        "post": _act(
            "undo",
            "Take back what the token's moderator decided together; scope decide",
            "Decided", 400, 413, 415, 422,
            requestBody=_body("Undo"),
        )
    },
}  # fmt: skip
