"""The part of the contract on the form: its token, and the work that a browser may be asked for."""

from typing import Any

WORDS = {"type": "string"}
WHOLE = {"type": "integer", "minimum": 0}

CHALLENGE: dict[str, Any] = {
    "type": "object",
    "description": "find the number whose SHA-256 after the salt is the challenge, as with ALTCHA version 1",
    "required": ["algorithm", "challenge", "salt", "signature", "maxnumber"],
    "properties": {
        "algorithm": {"const": "SHA-256"}, "challenge": WORDS, "salt": WORDS, "signature": WORDS, "maxnumber": WHOLE,
    },
}  # fmt: skip

SCHEMAS: dict[str, Any] = {
    "OpenForm": {
        "type": "object",
        "required": ["token", "wait", "lasts", "needed", "challenge"],
        "properties": {
            "token": {"type": "string", "description": "sent along with the comment"},
            "wait": WHOLE | {"description": "seconds; who sends sooner is asked for a proof"},
            "lasts": WHOLE | {"description": "seconds for which the challenge can be answered, once"},
            "needed": {"type": "boolean", "description": "without a proof the comment would be held"},
            "challenge": {"anyOf": [CHALLENGE, {"type": "null"}]},
        },
    },
}


def paths(parameters: list[dict[str, Any]], refusals: dict[str, Any]) -> dict[str, Any]:
    """Return the path, with what names a site and an article, and the refusals it may answer with."""
    opened = {"application/json": {"schema": {"$ref": "#/components/schemas/OpenForm"}}}
    return {
        "/api/v1/sites/{site}/form": {
            "get": {
                "operationId": "form",
                "summary": "A token and a challenge for a form that a reader begins to fill in",
                "description": "A comment may come without either: it is never refused for it.",
                "parameters": parameters,
                "responses": {"200": {"description": "for one comment", "content": opened}} | refusals,
            }
        }
    }
