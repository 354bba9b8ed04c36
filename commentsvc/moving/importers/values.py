"""Values as other programs write them: ids, times, networks, what was voted."""

import hashlib
import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from commentsvc.models.source import MAX_ID
from commentsvc.moving.found import Remark
from commentsvc.moving.times import FIRST
from commentsvc.moving.times import read_time

_GO_TIME = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) ([+-]\d{4})(?: \S+)?(?: m=\S+)?")
# A hostile file can't make ever new kinds.
_MAX_KINDS = 100


class Extras:
    """Counts what comments have and this service has no place for."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._seen: Counter[str] = Counter()

    def count(self, what: str, is_there: object) -> None:
        """Count one more where a comment has it."""
        if is_there:
            self._seen[what if what in self._seen or len(self._seen) < _MAX_KINDS else "others"] += 1

    def remarks(self) -> Iterator[Remark]:
        """Yield what was not taken, and how often it was there."""
        for what, times in sorted(self._seen.items()):
            yield Remark(f"not taken: {what} ({times:,} times)")


def id_of(value: Any) -> str | None:
    """Return an id as text, or None where there is none; one that is too long becomes its hash."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    if not text or not text.isprintable():
        return None
    return text if len(text) <= MAX_ID else hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def text_of(value: Any) -> str | None:
    """Return a text that is not blank; None for everything else."""
    return value if isinstance(value, str) and value.strip() else None


def time_of(value: Any) -> datetime | None:
    """Return a time written as text, or as seconds or milliseconds since 1970; None where it is none, or earlier."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            # Seconds of the year 5000 are fewer than milliseconds of 1973.
            time = datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        except (ValueError, OverflowError, OSError):
            return None
        return time if time > FIRST else None
    if not isinstance(value, str):
        return None
    # As Go prints times, with the name of a zone behind its offset.
    told = _GO_TIME.fullmatch(value.strip())
    return read_time(f"{told[1]}{told[2]}" if told else value)


def network_of(value: Any) -> str | None:
    """Return the network of an address as it may be kept: a /24 of IPv4, a /48 of IPv6."""
    try:
        address = ipaddress.ip_address(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address is None or address.is_unspecified:
        return None
    return str(ipaddress.ip_network((str(address), 24 if address.version == 4 else 48), strict=False))


def address_of(page: str, origin: str) -> str:
    """Return the address of a page that a program may know by its path alone."""
    if page[:8].lower().startswith(("http://", "https://")):
        return page
    try:
        return urljoin(f"{origin}/", f"/{page.lstrip('/')}")
    except ValueError:
        return page


def short(value: Any) -> str:
    """Return anything as a few characters for a report."""
    return "".join(character if character.isprintable() else "?" for character in str(value)[:60])
