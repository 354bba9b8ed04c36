"""Where the articles of a file stand now: the site's own origins, and what was moved since."""

from collections.abc import Sequence
from dataclasses import replace

from commentsvc.moving.found import FoundThread
from commentsvc.text.addresses import canonical_address
from commentsvc.text.refusal import TextRefused

BROUGHT_HOME = "url: stood under another scheme or domain; taken as the site's, and found under both"


class Homes:
    """Takes threads to the site's origins: from http to https or back, with www or without, and from old addresses."""

    def __init__(self, origins: Sequence[str], moved: Sequence[tuple[str, str]] = ()) -> None:
        """Take the site's origins, and beginnings of addresses, each with what they begin with now."""
        self._origins = frozenset(origins)
        self._moved = [(old.rstrip("/"), new.rstrip("/")) for old, new in moved]

    def bring_home(self, found: FoundThread) -> FoundThread:
        """Return a thread with the address where its article stands now; the old one stays one of its addresses.

        So threads of one article under several addresses become one.
        """
        try:
            address = canonical_address(found.url)
        except TextRefused:
            return found
        url = self._after_moves(address.raw)
        try:
            origin = canonical_address(url).origin
        except TextRefused:
            return found
        if origin not in self._origins:
            own = [one for one in _near(origin) if one in self._origins]
            url = own[0] + url[len(origin) :] if own else url
        if url == address.raw:
            return found
        addresses = (url, found.url, *(found.addresses or ()))
        return replace(found, url=url, addresses=addresses, notes=(*found.notes, BROUGHT_HOME))

    def _after_moves(self, url: str) -> str:
        for old, new in self._moved:
            if url.startswith(old) and url[len(old) : len(old) + 1] in ("", "/", "?"):
                return new + url[len(old) :]
        return url


def _near(origin: str) -> list[str]:
    """Return the origins that are most likely the same site, the likeliest first."""
    scheme, _, host = origin.partition("://")
    other = "https" if scheme == "http" else "http"
    twin = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    return [f"{other}://{host}", f"{scheme}://{twin}", f"{other}://{twin}"]
