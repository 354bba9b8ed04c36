"""The host of a web address, read by the browser's rules (WHATWG URL, "host parsing") and a little more strictly."""

import ipaddress
import re
from urllib.parse import unquote_to_bytes

import idna

from commentsvc.text.refusal import TextRefused

# RFC 1035: what the name system can carry.
_MAX_HOST = 253
_MAX_LABEL = 63
# WHATWG "forbidden domain code points", without what splits an address before a host is read.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\"#%/:<>?@\[\\\]^`{|}]")
_DIGITS = {"0x": re.compile(r"[0-9a-f]*"), "0": re.compile(r"[0-7]*"), "": re.compile(r"[0-9]+")}
_BASES = {"0x": 16, "0": 8, "": 10}


def read_host(text: str) -> str:
    """Return a host in ASCII and lower case: a name (IDN as punycode, UTS 46), or an IPv4 or [IPv6] address.

    Raises TextRefused with code host where a browser would refuse it, and for names the name system can't carry.
    """
    if text.startswith("["):
        return _read_ipv6(text)
    name = _to_ascii(text)
    bare = name.removesuffix(".")
    labels = bare.split(".")
    if _FORBIDDEN.search(bare) or len(bare) > _MAX_HOST or not all(0 < len(label) <= _MAX_LABEL for label in labels):
        raise _no_host()
    if _is_number(labels[-1]):
        return _read_ipv4(labels)
    return name


def _to_ascii(text: str) -> str:
    if "%" in text:
        try:
            text = unquote_to_bytes(text).decode()
        except UnicodeDecodeError as error:
            raise _no_host() from error
    if not text.isascii():
        try:
            return idna.encode(text, uts46=True, transitional=False, std3_rules=False).decode().lower()
        except UnicodeError as error:
            raise _no_host() from error
    text = text.lower()
    for label in text.split("."):
        # A browser decodes such a label and refuses what is no punycode, or what needed none.
        if label.startswith("xn--") and not _is_punycode(label[4:]):
            raise _no_host()
    return text


def _is_punycode(text: str) -> bool:
    try:
        return not text.encode().decode("punycode").isascii()
    except (UnicodeError, ValueError, OverflowError):
        return False


def _is_number(label: str) -> bool:
    return label.isdecimal() or (label.startswith("0x") and bool(_DIGITS["0x"].fullmatch(label[2:])))


def _read_ipv4(labels: list[str]) -> str:
    # Browsers read 0x7f.1 and 2130706433 as 127.0.0.1; two spellings of one host must not look like two hosts.
    if len(labels) > 4:
        raise _no_host()
    *high, low = [_read_number(label) for label in labels]
    if any(number > 255 for number in high) or low >= 256 ** (4 - len(high)):
        raise _no_host()
    value = low + sum(number << (8 * (3 - place)) for place, number in enumerate(high))
    return str(ipaddress.IPv4Address(value))


def _read_number(label: str) -> int:
    prefix = "0x" if label.startswith("0x") else "0" if len(label) > 1 and label.startswith("0") else ""
    digits = label[len(prefix) :]
    # Sixteen digits are far above any address in any base, and int() refuses very long ones with an error of its own.
    if not _DIGITS[prefix].fullmatch(digits) or len(digits.lstrip("0")) > 16:
        raise _no_host()
    return int(digits.lstrip("0") or "0", _BASES[prefix])


def _read_ipv6(text: str) -> str:
    inner = text[1:-1]
    if not text.endswith("]") or "%" in inner or not inner.isascii():
        raise _no_host()
    try:
        value = int(ipaddress.IPv6Address(inner))
    except ValueError as error:
        raise _no_host() from error
    return f"[{_write_ipv6([value >> shift & 0xFFFF for shift in range(112, -1, -16)])}]"


def _write_ipv6(pieces: list[int]) -> str:
    # str() of an IPv6Address writes mapped IPv4 addresses with dots from Python 3.13 on; browsers never do.
    start, length = _longest_zeros(pieces)
    if length < 2:
        return ":".join(f"{piece:x}" for piece in pieces)
    before = ":".join(f"{piece:x}" for piece in pieces[:start])
    after = ":".join(f"{piece:x}" for piece in pieces[start + length :])
    return f"{before}::{after}"


def _longest_zeros(pieces: list[int]) -> tuple[int, int]:
    best = (0, 0)
    start = 0
    for place, piece in enumerate([*pieces, 1]):
        if piece == 0:
            continue
        if place - start > best[1]:
            best = (start, place - start)
        start = place + 1
    return best


def _no_host() -> TextRefused:
    return TextRefused("host", "This address has no valid host name, such as example.org.")
