"""Whether the service is alive, and able to serve."""

import json

from flask import Blueprint
from flask import Response
from flask import request

from commentsvc.operators.readiness import readiness
from commentsvc.web.service import service

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    """Say that the process answers."""
    return _said("ok\n")


@health.get("/readyz")
def ready() -> Response:
    """Say that all is there that serving needs, or 503 and what is not; in JSON for those who ask for it."""
    parts = readiness(service().settings)
    is_ready = all(part.is_there for part in parts)
    if "application/json" in request.headers.get("Accept", ""):
        told = {part.name: {"ok": part.is_there, "words": part.words} for part in parts}
        return _said(json.dumps({"ready": is_ready, "parts": told}) + "\n", is_ready, "application/json")
    missing = "".join(f"{part.name}: {part.words}\n" for part in parts if not part.is_there)
    return _said("ready\n" if is_ready else f"not ready\n{missing}", is_ready)


def _said(words: str, is_well: bool = True, kind: str = "text/plain; charset=utf-8") -> Response:
    response = Response(words, 200 if is_well else 503, content_type=kind)
    response.headers["Cache-Control"] = "no-store"
    if not is_well:
        response.headers["Retry-After"] = "5"
    return response
