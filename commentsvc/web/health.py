"""Whether the service is alive, and able to serve."""

from flask import Blueprint
from flask import Response

from commentsvc.operators import upkeep

health = Blueprint("health", __name__)


@health.get("/healthz")
def alive() -> Response:
    """Say that the process answers."""
    return _plain("ok\n")


@health.get("/readyz")
def ready() -> Response:
    """Say that the database answers too; 503 where it does not."""
    upkeep.reach()
    return _plain("ready\n")


def _plain(words: str) -> Response:
    response = Response(words, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
