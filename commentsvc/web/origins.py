"""Which pages may read and write: exact CORS, without credentials."""

from flask import Response
from flask import request

from commentsvc.models.site import Site
from commentsvc.refusals import ForeignOrigin

METHODS = "GET, POST, PATCH, DELETE"
HEADERS = "Content-Type, Idempotency-Key, Authorization"
EXPOSED = "ETag, Retry-After"


def allow_everybody(response: Response) -> Response:
    """Let any page read an answer that is public anyway."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = EXPOSED
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def allow_site(response: Response, site: Site | None) -> Response:
    """Let the site's own pages read an answer, and no others."""
    response.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if site is not None and origin in site.origins:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def preflight(site: Site) -> Response:
    """Answer a browser that asks whether a page may write; raise ForeignOrigin where it may not."""
    require_site_origin(site)
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = METHODS
    response.headers["Access-Control-Allow-Headers"] = HEADERS
    response.headers["Access-Control-Max-Age"] = "7200"
    return response


def require_site_origin(site: Site, may_be_absent: bool = False) -> None:
    """Raise ForeignOrigin unless the request comes from one of the site's pages."""
    origin = request.headers.get("Origin")
    if origin is None and may_be_absent:
        return
    if origin is None or origin not in site.origins:
        raise ForeignOrigin(origin)
