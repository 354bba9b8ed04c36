"""What the doors tell of how a comment was sent, and what the widget's form is given when it is first touched."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from commentsvc.authors import suspecting
from commentsvc.authors.submission import clean_ref
from commentsvc.authors.suspecting import Watch
from commentsvc.models.site import Site
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.screening import proof
from commentsvc.screening.suspicion import SOON
from commentsvc.text.addresses import canonical_address
from commentsvc.text.refusal import TextRefused
from commentsvc.web import form_tokens
from commentsvc.web.form_tokens import Subject
from commentsvc.web.form_tokens import TokenRefused
from commentsvc.web.service import service
from commentsvc.web.visitors import limited_network

# Other than that of the plain page: its token is in a cache, and so older than the reader's visit.
WIDGET = "widget"


def offered(site: Site, url: str, ref: str | None) -> dict[str, Any]:
    """Return the token of a form under an article and a challenge, as JSON; raise Invalid where there is no article."""
    what = _article(site, url, ref)
    now = service().now()
    offer = suspecting.offer(watch(), site, what, now)
    return {
        "token": form_tokens.make(Subject(service().keys, now, (WIDGET, *what))),
        "wait": int(SOON.total_seconds()),
        "lasts": int(proof.LIFE.total_seconds()),
        "needed": offer.needed,
        "challenge": asdict(offer.challenge) if offer.challenge is not None else None,
    }


def watch(age: timedelta | None = None, trap: str | None = None, answer: str | None = None) -> Watch:
    """Return what is known of how this request came."""
    parts = service()
    return Watch(parts.limiter, parts.settings, parts.keys, limited_network(), age, trap or "", answer or "")


def widget_age(site: Site, url: str, ref: str | None, token: str | None) -> timedelta | None:
    """Return for how long the widget's form was open; None without a token, or with one that can't be taken.

    A comment is never refused for it: a program needs no token.
    """
    if not token:
        return None
    try:
        return age(token, Subject(service().keys, service().now(), (WIDGET, *_article(site, url, ref))))
    except Invalid:
        return None


def age(token: str, subject: Subject) -> timedelta | None:
    """Return how old the token of a form is, or None where it can't be taken."""
    try:
        return subject.now - form_tokens.issued_at(token, subject)
    except TokenRefused:
        return None


def _article(site: Site, url: str, ref: str | None) -> tuple[str, ...]:
    try:
        return suspecting.article(site.key, clean_ref(ref), canonical_address(url).canonical)
    except TextRefused as refused:
        raise Invalid(FieldError("url", refused.code, refused.message)) from refused
