"""Addresses and networks on a rule's list, compared with the shortened network that is kept of a visitor."""

import ipaddress
from collections.abc import Iterable

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What is kept of a visitor: web/visitors.py. An address of its own cannot be told from its neighbours.
_KEPT = {4: 24, 6: 48}


def read_network(line: str) -> Network | None:
    """Read an address or a network, such as 203.0.113.7, 203.0.113.0/24 or 2001:db8::/32; None if it is neither."""
    try:
        return ipaddress.ip_network(line.strip(), strict=False)
    except ValueError:
        return None


class Networks:
    """Knows many networks, made ready once, and says whether a visitor's may be one of them."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Take the lines; each is widened to what is kept of a visitor: a /24, or a /48 of IPv6."""
        self._known: dict[tuple[int, int], set[Network]] = {}
        for network in filter(None, map(read_network, lines)):
            wide = network.supernet(new_prefix=min(network.prefixlen, _KEPT[network.version]))
            self._known.setdefault((wide.version, wide.prefixlen), set()).add(wide)

    def holds(self, kept: str | None) -> bool:
        """Tell whether a visitor's network lies in one of these."""
        network = read_network(kept) if kept else None
        if network is None:
            return False
        return any(
            version == network.version
            and length <= network.prefixlen
            and network.supernet(new_prefix=length) in networks
            for (version, length), networks in self._known.items()
        )
