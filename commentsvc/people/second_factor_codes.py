"""Codes of authenticator apps (TOTP, RFC 6238), their secrets as they are kept, and recovery codes.

Imported where somebody has such a code alone: what it rests on would cost every worker some megabytes.
"""

import base64
import secrets
from datetime import datetime

import segno
from cryptography.fernet import Fernet
from cryptography.fernet import InvalidToken
from cryptography.fernet import MultiFernet
from pyotp import random_base32
from pyotp.totp import TOTP

from commentsvc.keys import Keyring

PURPOSE = "totp"
STEP_SECONDS = 30
# A clock may go wrong by one step either way, as RFC 6238 suggests in section 5.2.
LEEWAY = 1
RECOVERY_CODES = 10
# No letters or digits that are taken for one another; 15 of them are 73 bits, out of reach of any guessing.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_secret() -> str:
    """Return a secret of 160 bits in base32."""
    return random_base32(32)


def seal(secret: str, moderator_id: int, keys: Keyring) -> str:
    """Encrypt a secret for one moderator, so that a copy of the database is not enough to make codes."""
    return _box(keys).encrypt(f"{moderator_id}:{secret}".encode()).decode()


def unseal(sealed: str, moderator_id: int, keys: Keyring) -> str | None:
    """Return the secret; None where it was sealed for somebody else, or with a key that is no longer accepted."""
    try:
        owner, _, secret = _box(keys).decrypt(sealed.encode()).decode().partition(":")
    except InvalidToken:
        return None
    return secret if owner == str(moderator_id) else None


def step_of(code: str, secret: str, now: datetime, after: int | None) -> int | None:
    """Return the time step whose code this is, later than the step `after`; None where it is none."""
    current = int(now.timestamp()) // STEP_SECONDS
    maker = TOTP(secret)
    for step in range(current - LEEWAY, current + LEEWAY + 1):
        # Each code counts once: whoever looked over a shoulder comes too late.
        if (after is None or step > after) and secrets.compare_digest(maker.generate_otp(step), code):
            return step
    return None


def address_for_app(secret: str, email: str, issuer: str) -> str:
    """Return the otpauth address that an app reads from a QR code."""
    return TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def drawing(address: str) -> str:
    """Return a QR code as an SVG element without any style of its own."""
    return segno.make(address, micro=False).svg_inline(scale=4, omitsize=True, svgclass="qr", title="QR code")


def new_recovery_codes() -> list[str]:
    """Return ten codes such as `k7m2p-x9qrt-4hjwa`."""
    return [
        "-".join("".join(secrets.choice(ALPHABET) for _ in range(5)) for _ in range(3)) for _ in range(RECOVERY_CODES)
    ]


def _box(keys: Keyring) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys.all(PURPOSE)])
