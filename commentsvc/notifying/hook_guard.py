"""Where webhooks may go: never into the operator's own network, whatever a name says and whenever it says it.

Every address that a name has is checked, and the connection is made to one of those that were: a name that is asked
once can't give a second answer (DNS rebinding).
"""

import ipaddress
import socket
from collections.abc import Callable
from ipaddress import IPv4Address
from ipaddress import IPv6Address

# Takes a host and a port, returns the addresses, or raises OSError.
Resolver = Callable[[str, int], list[str]]

# Of IPv6 only this part is in use for single hosts of the whole Internet (IANA, global unicast).
_UNICAST = ipaddress.ip_network("2000::/3")
# Networks without IPv4 reach it through addresses with this prefix (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# What Python's `is_global` lets pass: 6to4 and Teredo, which carry an IPv4 address inside and are given up (RFC 7526),
# the relays of 6to4, and addresses for documentation and for protocols (RFC 9637, 6890).
_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in ("192.88.99.0/24", "192.0.0.0/24", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


class Forbidden(Exception):
    """Says that an address is none that webhooks may go to."""


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host as the system knows them; raise OSError where it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def checked_addresses(host: str, port: int, resolver: Resolver, private: bool) -> list[str]:
    """Return all addresses of a host; raise Forbidden where one of them is not public, unless `private` is allowed."""
    addresses = resolver(host.removeprefix("[").removesuffix("]"), port)
    if not addresses:
        raise OSError("the host has no address")
    if not private:
        for address in addresses:
            require_public(address)
    return addresses


def require_public(address: str) -> None:
    """Raise Forbidden for an address that is not one of the public Internet, or that carries one which is not."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError as error:
        raise Forbidden("the host has an address that can't be read") from error
    if not _is_public(parsed):
        raise Forbidden("the host is in a private or reserved network (COMMENTSVC_WEBHOOKS_PRIVATE)")


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return _is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address not in _UNICAST or address.scope_id is not None:
            return False
    is_one = address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
    return is_one and not any(address.version == network.version and address in network for network in _REFUSED)
