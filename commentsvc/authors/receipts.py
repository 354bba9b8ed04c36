"""Receipts: the author's capability for one comment, made by key and never stored.

A receipt is the number of the key, the comment's id and HMAC-SHA-256(key, site, id, generation) cut to 128 bits,
in base64url. It can be made again at any time, which is why a repeated request gets the same one.
"""

import base64
import binascii
import hashlib
import hmac

from commentsvc.keys import Keyring

PURPOSE = "receipt"


def make(keys: Keyring, site_key: str, comment_id: int, generation: int) -> str:
    """Return the receipt of a comment."""
    key = keys.derive(PURPOSE)
    return _write(_number(key) + comment_id.to_bytes(8, "big") + _mac(key, site_key, comment_id, generation))


def comment_id_of(receipt: str) -> int | None:
    """Return which comment a receipt claims to be of; None if it is no receipt at all."""
    raw = _read(receipt)
    number = int.from_bytes(raw[2:10], "big") if raw is not None else None
    return number if number is not None and number < 1 << 63 else None


def is_right(receipt: str, keys: Keyring, site_key: str, comment_id: int, generation: int) -> bool:
    """Tell whether a receipt is the one of this comment, by the current or a former key."""
    raw = _read(receipt)
    if raw is None or int.from_bytes(raw[2:10], "big") != comment_id:
        return False
    return any(
        hmac.compare_digest(raw[10:], _mac(key, site_key, comment_id, generation))
        for key in keys.all(PURPOSE)
        if _number(key) == raw[:2]
    )


def _mac(key: bytes, site_key: str, comment_id: int, generation: int) -> bytes:
    message = f"{site_key}\n{comment_id}\n{generation}".encode()
    return hmac.digest(key, message, "sha256")[:16]


def _number(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:2]


def _write(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _read(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    # Written again, so that one receipt has one spelling.
    return raw if len(raw) == 26 and _write(raw) == text else None
