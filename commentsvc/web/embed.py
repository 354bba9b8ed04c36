"""The scripts that pages load, minified on the way out: the widget with its style within, and the one that counts."""

import json
from functools import lru_cache

import rcssmin
import rjsmin
from flask import Blueprint
from flask import Response

from commentsvc.resources import folder
from commentsvc.web.answers import public_answer
from commentsvc.web.origins import allow_everybody

embed = Blueprint("embed", __name__)

# Short, so that a new version is everywhere the same day; then asked again with its tag.
CACHE = "public, max-age=3600, stale-while-revalidate=86400, stale-if-error=604800"


@embed.get("/embed.js")
def script() -> Response:
    """Return the widget."""
    return _answer(bundle())


@embed.get("/counts.js")
def counts_script() -> Response:
    """Return the script that shows how many comments articles have."""
    return _answer(counts())


@lru_cache(maxsize=1)
def bundle() -> bytes:
    """Put the style into the script and minify both."""
    static = folder("static")
    style = str(rcssmin.cssmin((static / "embed.css").read_text()))
    source = (static / "embed.js").read_text()
    # The style stands within a string of the script.
    return str(rjsmin.jsmin(source)).replace("/*STYLE*/", json.dumps(style)[1:-1]).encode()


@lru_cache(maxsize=1)
def counts() -> bytes:
    """Minify the script that shows how many comments articles have."""
    return str(rjsmin.jsmin((folder("static") / "counts.js").read_text())).encode()


def _answer(body: bytes) -> Response:
    return allow_everybody(public_answer(body, "text/javascript; charset=utf-8", CACHE, grounds=()))
