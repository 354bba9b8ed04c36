"""Who is asking: in which language, and as far as the network tells.

What is kept of the network is shortened first, and a header alone is never believed.
"""

import ipaddress

from flask import request

from commentsvc.models.site import Site
from commentsvc.notifying.languages import wanted_language


def limited_network() -> str:
    """Return the network that rate limits count by: an IPv4 address, or a /64 of IPv6."""
    address = _address()
    if address is None:
        return "unknown"
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


def kept_network() -> str | None:
    """Return the network as it may be kept with a comment: a /24 of IPv4, a /48 of IPv6."""
    address = _address()
    if address is None:
        return None
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))


def language_for(site: Site) -> str:
    """Return the language of letters to who is asking: what their browser asks for first, else the site's."""
    return wanted_language(request.headers.get("Accept-Language"), site.language)


def _address() -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    # remote_addr is the peer, or what the stated number of trusted proxies say of it.
    raw = (request.remote_addr or "").split("%")[0].strip("[]")
    try:
        address = ipaddress.ip_address(raw)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
