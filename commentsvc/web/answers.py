"""Public answers: the same bytes for everybody, tagged; the fast lane keeps them, and compresses and compares them."""

from dataclasses import dataclass
from datetime import datetime

from flask import Response
from flask import request

from commentsvc.keeping import Ground
from commentsvc.readers.publishing import etag

PAGE_CACHE = "public, max-age=1, stale-while-revalidate=10, stale-if-error=86400"

# Where the route tells the fast lane what to keep, and the lane tells at which tick the making began.
KEEP = "commentsvc.keep"
TICK = "commentsvc.tick"


@dataclass(frozen=True)
class Keep:
    """What an answer rests on, and when it is out of date by the clock alone (seconds since 1970)."""

    grounds: tuple[Ground, ...]
    ends: float | None


def public_answer(
    body: bytes,
    content_type: str,
    cache_control: str = PAGE_CACHE,
    grounds: tuple[Ground, ...] | None = None,
    ends: datetime | None = None,
) -> Response:
    """Return public bytes with a strong ETag.

    Where it is said what they rest on, they are kept until that changes or until `ends`; on nothing: for good.
    """
    if grounds is not None:
        request.environ[KEEP] = Keep(grounds, ends.timestamp() if ends is not None else None)
    response = Response(body, content_type=content_type)
    response.set_etag(etag(body))
    response.headers["Cache-Control"] = cache_control
    response.headers.add("Vary", "Accept-Encoding")
    return response
