"""The email address of an author or moderator, checked without asking the network."""

from email_validator import EmailNotValidError
from email_validator import validate_email

from commentsvc.text.refusal import TextRefused

MAX_EMAIL = 254


def clean_email(raw: str) -> str:
    """Return an email address in its normalized form: the domain in lower case and NFC, the name before the @ kept.

    At most 254 characters (RFC 3696, erratum 1690), no quoted names, no address literals, a domain with a dot.
    Raises TextRefused with code empty, too_long or invalid.
    """
    typed = raw.strip()
    if not typed:
        raise TextRefused("empty", "Please enter an email address.")
    if len(typed) > MAX_EMAIL:
        raise _too_long()
    try:
        # test_environment admits the top-level domain .test, which RFC 2606 keeps for trying things out.
        checked = validate_email(typed, check_deliverability=False, test_environment=True)
    except (EmailNotValidError, UnicodeError) as error:
        raise _no_address() from error
    if "." not in checked.domain:
        raise _no_address()
    if len(checked.normalized) > MAX_EMAIL:
        raise _too_long()
    return checked.normalized


def _no_address() -> TextRefused:
    return TextRefused("invalid", "Please enter a valid email address, such as name@example.org.")


def _too_long() -> TextRefused:
    return TextRefused("too_long", f"An email address has at most {MAX_EMAIL} characters.", MAX_EMAIL)
