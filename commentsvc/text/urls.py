"""A web address taken apart and written again by the browser's own rules (WHATWG URL), for http and https."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from commentsvc.text.characters import LONE_SURROGATE
from commentsvc.text.hosts import read_host
from commentsvc.text.refusal import TextRefused

DEFAULT_PORTS = {"http": 80, "https": 443}

_ENDS = "".join(map(chr, range(0x21)))
_REMOVED = str.maketrans("", "", "\t\n\r")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_REST = re.compile(r"[/\\]{2,}([^/\\?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?")
_SLASH = re.compile(r"[/\\]")
_ESCAPED_DOT = re.compile("%2e", re.IGNORECASE)
# WHATWG percent-encode sets: what must not stand raw in each part; in paths "|" too, as Chromium does it.
_IN_PATH = re.compile(r"[^\x21\x24-\x3b\x3d\x40-\x5d\x5f\x61-\x7a\x7e]+")
_IN_QUERY = re.compile(r"[^\x21\x24-\x26\x28-\x3b\x3d\x3f-\x7e]+")
_IN_FRAGMENT = re.compile(r"[^\x21\x23-\x3b\x3d\x3f-\x5f\x61-\x7e]+")


@dataclass(frozen=True)
class Url:
    """An absolute http(s) address; every part is ASCII, `port` is None where it is the scheme's own."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str | None
    fragment: str | None

    @property
    def origin(self) -> str:
        """Return scheme://host[:port]."""
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port is not None else "")

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query is not None else ""
        fragment = f"#{self.fragment}" if self.fragment is not None else ""
        return f"{self.origin}{self.path}{query}{fragment}"


def strip_as_browsers(raw: str) -> str:
    """Return what a browser reads of an address: no C0 or space at the ends, no tab and no line break anywhere."""
    return raw.strip(_ENDS).translate(_REMOVED)


def split_scheme(stripped: str) -> tuple[str | None, str]:
    """Return the scheme in lower case and the rest after its colon; None and the whole where there is no scheme."""
    found = _SCHEME.match(stripped)
    if not found:
        return None, stripped
    return found[1].lower(), stripped[found.end() :]


def parse_url(raw: str) -> Url:
    """Read an absolute http(s) address as a browser does (WHATWG URL, basic URL parser).

    Stricter than a browser in three things: two slashes must follow the scheme (without them a browser reads the text
    as relative to the page), a user name or password is refused, and so is a host name the name system can't carry.
    Raises TextRefused with code scheme, host, userinfo or invalid.
    """
    if LONE_SURROGATE.search(raw):
        raise TextRefused("invalid", "This address holds characters that are not text.")
    scheme, rest = split_scheme(strip_as_browsers(raw))
    if scheme not in DEFAULT_PORTS:
        raise TextRefused("scheme", "Only addresses that begin with http:// or https:// can be used.")
    found = _REST.fullmatch(rest)
    if not found:
        raise TextRefused("host", "This address names no host, such as example.org.")
    authority, path, query, fragment = found.groups()
    host, port = _read_authority(authority, scheme)
    return Url(
        scheme=scheme,
        host=host,
        port=port,
        path=_read_path(path),
        query=None if query is None else _encode(query[1:], _IN_QUERY),
        fragment=None if fragment is None else _encode(fragment[1:], _IN_FRAGMENT),
    )


def _read_authority(authority: str, scheme: str) -> tuple[str, int | None]:
    if "@" in authority:
        # What stands before the @ is there to be taken for the host: https://bank.example@elsewhere.example/
        raise TextRefused("userinfo", "An address can't hold a user name or password (the part before the @).")
    found = _HOST_AND_PORT.fullmatch(authority)
    if not found or not found[1]:
        raise TextRefused("host", "This address names no host, such as example.org.")
    digits = (found[2] or "").lstrip("0")
    if len(digits) > 5 or int(digits or "0") > 65_535:
        raise TextRefused("host", "The port of this address is no number up to 65535.")
    # An empty port is the scheme's own; port 0 is a number like others.
    port = int(digits or "0") if found[2] else None
    return read_host(found[1]), None if port == DEFAULT_PORTS[scheme] else port


def _read_path(text: str) -> str:
    *folders, last = _SLASH.split(text)[1:] or [""]
    kept: list[str] = []
    for segment in folders:
        dots = _ESCAPED_DOT.sub(".", segment)
        if dots == "..":
            kept = kept[:-1]
        elif dots != ".":
            kept.append(segment)
    dots = _ESCAPED_DOT.sub(".", last)
    if dots == "..":
        kept = kept[:-1]
    kept.append("" if dots in (".", "..") else last)
    return "/" + _encode("/".join(kept), _IN_PATH)


def _encode(text: str, unfit: re.Pattern[str]) -> str:
    return unfit.sub(lambda found: quote(found[0], safe=""), text)
