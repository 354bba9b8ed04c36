"""Signed and dated tokens for forms without a cookie: they show that a form is ours, what it is for, and how old.

A token is its date and an HMAC over the date and what the form is for (a site and thread, or a receipt). It names no
reader, so that a page with a form can be cached and is the same for everybody. The cross-site request that a session
token would keep out is kept out by `require_own_page`: a browser says which page sends a form.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import request
from wtforms import ValidationError
from wtforms.csrf.core import CSRF
from wtforms.csrf.core import CSRFTokenField

from commentsvc.keys import Keyring
from commentsvc.refusals import ForeignOrigin
from commentsvc.web.service import service

PURPOSE = "form"
LIFE = timedelta(hours=24)
# The clocks of two hosts behind one address differ a little.
LEEWAY = timedelta(minutes=5)

TOO_OLD = "This page was open for a long time. Please send your comment again."
UNKNOWN = "This form could not be recognised. Please send it again."


@dataclass(frozen=True)
class Subject:
    """What a form is for, by whose keys its token is made, and the time."""

    keys: Keyring
    now: datetime
    what: tuple[str, ...]


class TokenRefused(ValidationError):
    """Says why a token can't be taken, in words for the person who sent the form."""


def make(subject: Subject) -> str:
    """Return a token that is good for LIFE from now."""
    issued = int(subject.now.timestamp())
    return f"{issued:x}.{_mac(subject.keys.derive(PURPOSE), issued, subject.what)}"


def issued_at(token: str, subject: Subject) -> datetime:
    """Return when a token was made, by the current or a former key; raise TokenRefused.

    A form that comes back within two seconds was filled in by no person: screening may ask for it here.
    """
    date, _, mac = token.partition(".")
    try:
        issued = int(date, 16)
        when = datetime.fromtimestamp(issued, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise TokenRefused(UNKNOWN) from error
    # In bytes: compare_digest refuses text that is not ASCII.
    given = mac.encode(errors="replace")
    expected = [_mac(key, issued, subject.what).encode() for key in subject.keys.all(PURPOSE)]
    if not any(hmac.compare_digest(given, one) for one in expected):
        raise TokenRefused(UNKNOWN)
    if not when - LEEWAY <= subject.now < when + LIFE:
        raise TokenRefused(TOO_OLD)
    return when


class SignedToken(CSRF):
    """The `csrf_class` of forms whose Meta has a Subject as `csrf_context`; it touches no session."""

    def setup_form(self, form: Any) -> Any:
        """Remember what the form is for."""
        self.subject: Subject = form.meta.csrf_context
        return super().setup_form(form)

    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        """Return the token that was sent while it is good, or else a new one."""
        sent = csrf_token_field.data or ""
        try:
            issued_at(sent, self.subject)
        except TokenRefused:
            return make(self.subject)
        # A form that comes again after an error keeps its token, and by it what makes a repeat known as one.
        return sent

    def validate_csrf_token(self, form: Any, field: CSRFTokenField) -> None:
        """Raise TokenRefused unless the token that was sent is good."""
        issued_at(field.data or "", self.subject)


def require_own_page() -> None:
    """Raise ForeignOrigin where a browser says that a form was sent by a page of somebody else."""
    origin = request.headers.get("Origin")
    base = urlsplit(service().settings.base_url)
    if origin is not None and origin != f"{base.scheme}://{base.netloc}":
        raise ForeignOrigin(origin)


def _mac(key: bytes, issued: int, what: tuple[str, ...]) -> str:
    message = json.dumps([issued, *what]).encode()
    return base64.urlsafe_b64encode(hmac.new(key, message, hashlib.sha256).digest()[:16]).decode().rstrip("=")
