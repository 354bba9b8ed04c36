"""Passwords, hashed with argon2id."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError
from argon2.exceptions import VerificationError

from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid

SHORTEST = 10
LONGEST = 1000

# OWASP's recommendation for argon2id: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Somebody unknown costs as much time as somebody known.
_nobody = _hasher.hash("nobody")


def hash_password(password: str) -> str:
    """Return the hash of a new password; raise Invalid if it is too short or too long."""
    if len(password) < SHORTEST:
        raise Invalid(FieldError("password", "too_short", f"A password needs at least {SHORTEST} characters."))
    if len(password) > LONGEST:
        raise Invalid(FieldError("password", "too_long", f"A password has at most {LONGEST} characters."))
    return _hasher.hash(password)


def is_password(password: str, password_hash: str | None) -> bool:
    """Tell whether a password is the one of this hash, in about the same time whatever the answer."""
    try:
        return _hasher.verify(password_hash or _nobody, password[: LONGEST + 1]) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False
