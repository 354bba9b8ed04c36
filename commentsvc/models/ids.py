"""Identifiers: 64 bits, ordered by time, opaque outside."""

import secrets
import threading
from datetime import datetime

# 41 bits of milliseconds since this instant last until 2094, and the sign bit of a BIGINT stays clear.
EPOCH_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z
RANDOM_BITS = 22

# Crockford's base 32 in lower case: no letters that are mistaken for digits, and its order is that of the numbers.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 13

_lock = threading.Lock()
_last = 0


def new_id(now: datetime) -> int:
    """Make an identifier for something that happens now; within a process each is greater than the one before."""
    global _last
    milliseconds = max(int(now.timestamp() * 1000) - EPOCH_MS, 0)
    drawn = milliseconds << RANDOM_BITS | secrets.randbits(RANDOM_BITS)
    with _lock:
        # Always greater than the last, but for a clock that was set back by more than a second.
        if drawn <= _last < drawn + (1000 << RANDOM_BITS):
            drawn = _last + 1 + secrets.randbits(6)
        _last = drawn
    return drawn


def id_at(moment: datetime) -> int:
    """Return the least identifier that something made at a moment can have."""
    return max(int(moment.timestamp() * 1000) - EPOCH_MS, 0) << RANDOM_BITS


def to_text(number: int) -> str:
    """Write an identifier as 13 characters."""
    return "".join(ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def from_text(text: str) -> int | None:
    """Read an identifier; None if it can't be one."""
    if len(text) != LENGTH:
        return None
    number = 0
    for character in text:
        place = ALPHABET.find(character)
        if place < 0:
            return None
        number = number << 5 | place
    return number if number < 1 << 63 else None
