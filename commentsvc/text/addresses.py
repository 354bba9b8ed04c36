"""The canonical address of an article: one function, so that all spellings of one article find one thread."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_plus

from commentsvc.text.refusal import TextRefused
from commentsvc.text.tracking import is_tracking
from commentsvc.text.urls import Url
from commentsvc.text.urls import parse_url
from commentsvc.text.urls import strip_as_browsers

MAX_ADDRESS = 2048

_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_BARE_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_SLASHES = re.compile("/{2,}")
# RFC 3986, 2.3: escaping these changes nothing, so that they are written plainly.
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


@dataclass(frozen=True)
class Address:
    """An article's address: `canonical` names its thread, `raw` is where it is read, `origin` is scheme://host[:port].

    `raw` is what was given, as a browser writes it, without fragment and tracking parameters: safe to link to.
    """

    canonical: str
    raw: str
    origin: str


def canonical_address(raw: str) -> Address:
    """Read the address of an article; all parts of the answer are ASCII and at most 2,048 characters.

    Scheme and host in lower case, IDN as punycode, no final dot of the host, no default port; dot segments resolved,
    runs of slashes made one, no final slash but the root's; escapes in one form (RFC 3986, 6.2.2; `%2F` stays); no
    fragment; tracking parameters dropped, all others kept in their order; the case of the path kept. What is reserved
    keeps the spelling it came in: `a[]` and `a%5B%5D` are two, and the thread doctor finds them (text/alikes.py).
    Raises TextRefused with code empty, too_long, scheme, host, userinfo or invalid.
    """
    stripped = strip_as_browsers(raw)
    if not stripped:
        raise TextRefused("empty", "The address of the article is missing.")
    if len(stripped) > MAX_ADDRESS:
        raise _too_long()
    return _read(stripped)


def clean_origin(raw: str) -> str:
    """Return an origin as a browser sends it (RFC 6454): scheme://host[:port]; a final slash is tolerated.

    Raises TextRefused with code empty, scheme, host, userinfo or invalid; `null` and wildcards are no origins.
    """
    stripped = raw.strip()
    if not stripped:
        raise TextRefused("empty", "Please give the origin of the site, such as https://example.org.")
    if "*" in stripped:
        raise TextRefused("invalid", "An origin can't hold a wildcard; name each one, such as https://www.example.org.")
    if stripped.lower() == "null":
        raise TextRefused("invalid", 'The origin "null" belongs to nobody; give one such as https://example.org.')
    if any(character.isspace() or not character.isprintable() for character in stripped):
        raise TextRefused("invalid", "An origin can't hold white space or control characters.")
    url = _without_final_dot(parse_url(stripped))
    if url.path != "/" or url.query is not None or url.fragment is not None:
        raise TextRefused("invalid", f"An origin has no path, query or fragment; did you mean {url.origin}?")
    return url.origin


# Many comments come to few articles.
@lru_cache(maxsize=256)
def _read(stripped: str) -> Address:
    url = _without_final_dot(parse_url(stripped))
    path = _SLASHES.sub("/", _one_form(url.path))
    kept = _without_tracking(url.query or "")
    query = _one_form(kept)
    address = Address(
        canonical=url.origin + (path.rstrip("/") or "/") + (f"?{query}" if query else ""),
        raw=url.origin + url.path + (f"?{kept}" if kept else ""),
        origin=url.origin,
    )
    if max(len(address.canonical), len(address.raw)) > MAX_ADDRESS:
        raise _too_long()
    return address


def _without_final_dot(url: Url) -> Url:
    return Url(url.scheme, url.host.removesuffix("."), url.port, url.path, url.query, url.fragment)


def _one_form(text: str) -> str:
    # A bare percent is escaped first: decoding what follows must not make an escape that was not there.
    return _ESCAPE.sub(_plainest, _BARE_PERCENT.sub("%25", text))


def _plainest(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else f"%{found[1].upper()}"


def _without_tracking(query: str) -> str:
    kept = [part for part in query.split("&") if part and not is_tracking(unquote_plus(part.partition("=")[0]))]
    return "&".join(kept)


def _too_long() -> TextRefused:
    return TextRefused("too_long", f"The address of an article has at most {MAX_ADDRESS:,} characters.", MAX_ADDRESS)
