"""The settings of a site: what each may be, and the words when it may not."""

import re
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any

from commentsvc.models.site import HOLDS
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.text.addresses import clean_origin
from commentsvc.text.names import clean_name
from commentsvc.text.refusal import TextRefused
from commentsvc.text.websites import clean_website

KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
MAX_CONSENT = 500
# As many receipts as a browser shows along with a comment.
MAX_TRUST = 5
MAX_RESERVED = 200
MAX_NUMBER = 10_000_000
# How moderators hear of comments that wait.
WAYS = ("each", "digest", "off")
# When a browser is asked for work before a comment; screening knows what they mean.
PROOFS = ("off", "suspicious", "always")


def is_key(text: str) -> bool:
    """Tell whether a site could have this key."""
    return KEY.fullmatch(text) is not None


def check_key(key: str) -> None:
    """Raise Invalid unless a key is of lower-case letters, digits and hyphens."""
    if not is_key(key):
        words = "A site's key has up to 40 lower-case letters, digits and hyphens, such as blog."
        raise Invalid(FieldError("key", "invalid", words))


def check_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that are given (not None), checked; raise Invalid naming each that cannot be used."""
    values: dict[str, Any] = {}
    errors = []
    for name, given in settings.items():
        if given is None:
            continue
        try:
            values[name] = CHECKS[name](given)
        except TextRefused as refused:
            words = f"{given!r}: {refused.message}" if isinstance(given, str) else refused.message
            errors.append(FieldError(name, refused.code, words))
        except ValueError as error:
            errors.append(FieldError(name, "invalid", str(error)))
    if errors:
        raise Invalid(*errors)
    return values


def _origins(given: Any) -> list[str]:
    return _each(clean_origin, given)


def _each(clean: Callable[[str], str], given: Iterable[str]) -> list[str]:
    # Of many the message names the one that can't be used.
    cleaned = []
    for one in given:
        try:
            cleaned.append(clean(one))
        except TextRefused as refused:
            raise TextRefused(refused.code, f"{one!r}: {refused.message}") from refused
    return list(dict.fromkeys(cleaned))


def _hold(given: Any) -> str:
    if given not in HOLDS:
        raise ValueError(f"hold is one of {', '.join(HOLDS)}")
    return given


def _number(given: Any) -> int:
    number = int(given)
    if not 0 <= number <= MAX_NUMBER:
        raise ValueError(f"expected a number from 0 to {MAX_NUMBER:,}")
    return number


def _way(given: Any) -> str:
    if given not in WAYS:
        raise ValueError(f"moderators hear of comments that wait in one of these ways: {', '.join(WAYS)}")
    return given


def _proof(given: Any) -> str:
    if given not in PROOFS:
        raise ValueError(f"proof is one of {', '.join(PROOFS)}")
    return given


def _hour(given: Any) -> int:
    hour = int(given)
    if not 0 <= hour <= 23:
        raise ValueError("an hour of the day is a number from 0 to 23")
    return hour


def _days(given: Any) -> int | None:
    return _number(given) or None


def _trust(given: Any) -> int:
    number = int(given)
    if not 1 <= number <= MAX_TRUST:
        raise ValueError(f"trust is a number from 1 to {MAX_TRUST}: that many receipts a browser shows")
    return number


def _names(given: Any) -> list[str]:
    names = _each(clean_name, (name for name in given if name.strip()))
    if len(names) > MAX_RESERVED:
        raise ValueError(f"at most {MAX_RESERVED} names can be reserved")
    return names


def _language(given: Any) -> str:
    if not LANGUAGE.fullmatch(given) or len(given) > 35:
        raise ValueError("expected a language tag such as en or pt-BR")
    return given


def _link(given: Any) -> str | None:
    return clean_website(given) if given.strip() else None


def _sentence(given: Any) -> str | None:
    if len(given) > MAX_CONSENT:
        raise ValueError(f"the consent line has at most {MAX_CONSENT} characters")
    return " ".join(given.split()) or None


CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": clean_name,
    "origins": _origins,
    "language": _language,
    "hold": _hold,
    "hold_links": _number,
    "report_hold": _number,
    "trust": _trust,
    "proof": _proof,
    "reserved_names": _names,
    "close_after_days": _days,
    "edit_seconds": _number,
    "email_required": bool,
    "website_field": bool,
    "privacy_url": _link,
    "consent": _sentence,
    "tell_moderators": _way,
    "digest_hour": _hour,
    "weekly": bool,
}
