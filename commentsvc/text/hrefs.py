"""Which targets a link in a comment may have."""

import re
from functools import lru_cache
from urllib.parse import quote

from commentsvc.text.characters import LONE_SURROGATE
from commentsvc.text.refusal import TextRefused
from commentsvc.text.urls import parse_url
from commentsvc.text.urls import split_scheme
from commentsvc.text.urls import strip_as_browsers

# Room for long search and map addresses; far beyond it, a link is a payload.
_MAX_HREF = 4096
_IN_MAILTO = re.compile(r"[^\x21\x23-\x3b\x3d\x3f-\x7e]+")


def safe_href(raw: str) -> str | None:
    """Return a link's target as a browser writes it, or None where a comment may not link there.

    Taken are absolute http and https addresses with a host and without a user name, and mailto. The scheme is read by
    the browser's rules (WHATWG URL): C0 and space stripped at the ends, tab and line breaks removed, then letters up to
    the colon. Relative and protocol-relative targets are None: they would point into the page that shows the comment.
    """
    if len(raw) > _MAX_HREF or LONE_SURROGATE.search(raw):
        return None
    return _written(raw)


# A link is looked at by the parser, perhaps more than once, and again behind the sanitizer.
@lru_cache(maxsize=64)
def _written(raw: str) -> str | None:
    scheme, rest = split_scheme(strip_as_browsers(raw))
    if scheme == "mailto":
        return f"mailto:{_IN_MAILTO.sub(_escape, rest)}" if rest else None
    try:
        return str(parse_url(raw))
    except TextRefused:
        return None


def _escape(found: re.Match[str]) -> str:
    return quote(found[0], safe="")
