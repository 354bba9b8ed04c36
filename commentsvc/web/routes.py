"""Which kind of route a request goes to, for those who count: a few kinds, whatever strangers ask for."""

from commentsvc.tallies import CLASSES
from commentsvc.tallies import PLACES
from commentsvc.tallies import REQUESTS

# By the part of the path behind the site, in the API and among the plain pages.
OF_API = {"thread": "thread", "counts": "counts", "latest": "latest", "preview": "preview"}
BEGINNINGS = (
    ("/r/", "receipt"),
    ("/moderate", "desk"),
    ("/api/v1/moderation/", "moderation-api"),
    ("/static/", "script"),
    ("/embed", "script"),
    ("/counts.js", "script"),
    ("/healthz", "health"),
    ("/readyz", "health"),
    ("/metrics", "health"),
)
API = "/api/v1/sites/"
PAGES = "/sites/"


def route_of(method: str, path: str) -> str:
    """Return the kind of route, one of ROUTES."""
    if path.startswith(API):
        what = path.removeprefix(API).partition("/")[2]
        if what == "comments":
            return "post"
        return "own" if what.startswith("comments/") else OF_API.get(what, "other")
    if path.startswith(PAGES):
        what = path.removeprefix(PAGES).partition("/")[2]
        if what.startswith("feed."):
            return "feed"
        return "post" if method == "POST" and what == "thread" else "page"
    return next((kind for beginning, kind in BEGINNINGS if path.startswith(beginning)), "other")


def place_of(method: str, path: str, code: int) -> int:
    """Return where a request with an answer of this status is counted."""
    status = CLASSES[min(max(code // 100, 2), 5) - 2]
    return PLACES[(REQUESTS, route_of(method, path), status)]
