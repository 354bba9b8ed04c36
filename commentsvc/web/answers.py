"""Public answers: the same bytes for everybody, tagged, compressed, answered with 304 where nothing changed."""

import gzip

from flask import Response
from flask import request

from commentsvc.publishing import etag

PAGE_CACHE = "public, max-age=1, stale-while-revalidate=10, stale-if-error=86400"


def public_answer(body: bytes, content_type: str, cache_control: str = PAGE_CACHE) -> Response:
    """Return public bytes with a strong ETag, as 304 to whoever has them, gzipped for whoever takes that."""
    tag = etag(body)
    if _takes_gzip() and len(body) > 500:
        body, tag, encoding = gzip.compress(body, 6, mtime=0), tag + "-gzip", "gzip"
    else:
        encoding = None
    response = Response(body, content_type=content_type)
    response.set_etag(tag)
    response.headers["Cache-Control"] = cache_control
    response.headers.add("Vary", "Accept-Encoding")
    if encoding is not None:
        response.headers["Content-Encoding"] = encoding
    response.make_conditional(request)
    return response


def _takes_gzip() -> bool:
    return request.accept_encodings["gzip"] > 0
