"""The website of an author: http(s) only, parsed and written again."""

import re

from commentsvc.text.characters import CONTROL
from commentsvc.text.characters import LONE_SURROGATE
from commentsvc.text.refusal import TextRefused
from commentsvc.text.urls import parse_url
from commentsvc.text.urls import split_scheme

MAX_URL = 2048

# "example.org:8080/me" is a host and a port, though "example.org" could be read as a scheme.
_HOST_AND_PORT = re.compile(r"[^:/?#@\\]+\.[^:/?#@\\]+:[0-9]{1,5}(?:[/?#\\]|$)")
_INNER_CONTROL = re.compile(r"[\t\n\r]")


def clean_website(raw: str) -> str:
    """Return a website's address as it is kept: ASCII, scheme and host in lower case, IDN as punycode, escaped.

    A bare "example.org" gets https:// in front, since that is how people type it. At most 2,048 characters as written.
    Raises TextRefused with code empty, too_long, control, scheme, host, userinfo or invalid.
    """
    typed = raw.strip()
    if not typed:
        raise TextRefused("empty", "Please enter the address of a website.")
    if len(typed) > MAX_URL:
        raise _too_long()
    if CONTROL.search(typed) or _INNER_CONTROL.search(typed):
        raise TextRefused("control", "The address of a website can't hold control characters or line breaks.")
    if LONE_SURROGATE.search(typed):
        raise TextRefused("invalid", "The address of a website holds characters that are not text.")
    written = str(parse_url(_with_scheme(typed)))
    if len(written) > MAX_URL:
        raise _too_long()
    return written


def _with_scheme(typed: str) -> str:
    if typed.startswith("//"):
        return f"https:{typed}"
    scheme, _ = split_scheme(typed)
    if scheme is not None and not _HOST_AND_PORT.match(typed):
        return typed
    if "." not in re.split(r"[/?#\\]", typed, maxsplit=1)[0]:
        raise TextRefused("host", "Please enter the whole address of the website, such as https://example.org.")
    return f"https://{typed}"


def _too_long() -> TextRefused:
    return TextRefused("too_long", f"The address of a website has at most {MAX_URL:,} characters.", MAX_URL)
