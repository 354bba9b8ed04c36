"""Proof of work: a number that a browser finds by trying, so that many comments cost many seconds. Pure.

The format is that of ALTCHA, version 1, so that existing solvers fit: find `number` such that SHA-256 of `salt` and it
is `challenge`. The signature's key belongs to one article, so that an answer is good for that article alone.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Any

ALGORITHM = "SHA-256"
# Half of them are tried on the average: some tenths of a second in a browser, about one on a slow telephone.
MAX_NUMBER = 20_000
LIFE = timedelta(minutes=20)
MAX_ANSWER = 2_000


@dataclass(frozen=True)
class Challenge:
    """What a browser is given to solve; all of it is sent back with the number."""

    algorithm: str
    challenge: str
    salt: str
    signature: str
    maxnumber: int


def challenge(key: bytes, chance: bytes, number: int, now: datetime) -> Challenge:
    """Return a challenge that is good for LIFE, of a random salt and a random number from 0 to MAX_NUMBER."""
    # The ampersand ends the salt: digits moved from the number into it would make another date.
    salt = f"{chance.hex()}?expires={int((now + LIFE).timestamp())}&"
    digest = _digest(salt, number)
    return Challenge(ALGORITHM, digest, salt, _signature(key, digest), MAX_NUMBER)


def solved(keys: tuple[bytes, ...], answer: str, now: datetime) -> str | None:
    """Return the mark of the challenge that an answer solves in time, by which it is known again; else None.

    An answer is base64 of JSON with `algorithm`, `challenge`, `number`, `salt` and `signature`.
    """
    sent = _read(answer)
    if sent is None or sent.get("algorithm") != ALGORITHM:
        return None
    given, salt, number, signature = (sent.get(name) for name in ("challenge", "salt", "number", "signature"))
    if not (isinstance(given, str) and isinstance(salt, str) and isinstance(signature, str)):
        return None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MAX_NUMBER:
        return None
    if given != _digest(salt, number):
        return None
    shown = signature.encode(errors="replace")
    if not any(hmac.compare_digest(shown, _signature(key, given).encode()) for key in keys):
        return None
    # From here on the salt is ours.
    expires = int(salt.partition("expires=")[2].partition("&")[0])
    return given if now <= datetime.fromtimestamp(expires, UTC) else None


def solve(asked: Challenge) -> str:
    """Return the answer to a challenge, by trying as a browser does; raise ValueError where there is none."""
    for number in range(asked.maxnumber + 1):
        if _digest(asked.salt, number) == asked.challenge:
            told = {"algorithm": asked.algorithm, "challenge": asked.challenge, "number": number}
            told |= {"salt": asked.salt, "signature": asked.signature}
            return base64.b64encode(json.dumps(told).encode()).decode()
    raise ValueError("no number solves it")


def _read(answer: str) -> dict[str, Any] | None:
    if len(answer) > MAX_ANSWER:
        return None
    try:
        sent = json.loads(base64.b64decode(answer, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return sent if isinstance(sent, dict) else None


def _digest(salt: str, number: int) -> str:
    return hashlib.sha256(f"{salt}{number}".encode(errors="replace")).hexdigest()


def _signature(key: bytes, digest: str) -> str:
    return hmac.new(key, digest.encode(), hashlib.sha256).hexdigest()
