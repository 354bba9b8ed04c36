"""The scripts that pages load, minified on the way out: the widget with its style within, and the one that counts."""

import hashlib
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

# What the widget loads of itself when it is wanted.
PARTS = ("form", "refresh", "report")


@embed.get("/embed.js")
def script() -> Response:
    """Return the widget."""
    return _answer(bundle())


@embed.get(f"/embed-<any({','.join(PARTS)}):name>.js")
def part(name: str) -> Response:
    """Return a part of the widget that it loads later; the version in the query only keeps older ones out of caches."""
    return _answer(_minified(f"embed-{name}.js"))


@embed.get("/counts.js")
def counts_script() -> Response:
    """Return the script that shows how many comments articles have."""
    return _answer(_minified("counts.js"))


@lru_cache(maxsize=1)
def bundle() -> bytes:
    """Put the style, and the version of what belongs together, into the script and minify all."""
    style = str(rcssmin.cssmin((folder("static") / "embed.css").read_text()))
    minified = _minified("embed.js")
    version = hashlib.sha256(b"".join([minified, style.encode(), *(_minified(f"embed-{name}.js") for name in PARTS)]))
    # Both stand within strings of the script.
    minified = minified.replace(b"/*VERSION*/", version.hexdigest()[:8].encode())
    return minified.replace(b"/*STYLE*/", json.dumps(style)[1:-1].encode())


@lru_cache(maxsize=4)
def _minified(name: str) -> bytes:
    return str(rjsmin.jsmin((folder("static") / name).read_text())).encode()


def _answer(body: bytes) -> Response:
    return allow_everybody(public_answer(body, "text/javascript; charset=utf-8", CACHE, grounds=()))
