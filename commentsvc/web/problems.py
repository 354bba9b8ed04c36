"""Turns a refusal into a status and words a person understands: RFC 9457 for programs, a page for people."""

import json
import logging
import math
import threading
import time
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask import Response
from flask import render_template
from flask import request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import NotFound

from commentsvc import tallies
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import EditTooLate
from commentsvc.refusals import FieldError
from commentsvc.refusals import ForeignOrigin
from commentsvc.refusals import Invalid
from commentsvc.refusals import InvitationForAnother
from commentsvc.refusals import InvitationOver
from commentsvc.refusals import KeyReused
from commentsvc.refusals import LastOwner
from commentsvc.refusals import LettersOff
from commentsvc.refusals import LinkOver
from commentsvc.refusals import NoRoom
from commentsvc.refusals import NotByLetter
from commentsvc.refusals import Rearranged
from commentsvc.refusals import ReceiptMissing
from commentsvc.refusals import ReceiptWrong
from commentsvc.refusals import Refusal
from commentsvc.refusals import SchemaMismatch
from commentsvc.refusals import ThreadClosed
from commentsvc.refusals import TokenMissing
from commentsvc.refusals import TokenTooNarrow
from commentsvc.refusals import TokenWrong
from commentsvc.refusals import TooMany
from commentsvc.refusals import UnknownComment
from commentsvc.refusals import UnknownDecision
from commentsvc.refusals import UnknownImport
from commentsvc.refusals import UnknownModerator
from commentsvc.refusals import UnknownNotice
from commentsvc.refusals import UnknownRelocation
from commentsvc.refusals import UnknownRule
from commentsvc.refusals import UnknownSite
from commentsvc.refusals import UnknownThread
from commentsvc.refusals import UnknownWebhook
from commentsvc.web.malformed import BodyTooLarge
from commentsvc.web.malformed import Malformed
from commentsvc.web.malformed import NotJson

log = logging.getLogger(__name__)

# In seconds, how often an outage is told of in the log.
SAY_AGAIN = 60

WORDS: dict[type[Refusal], tuple[int, str, str]] = {
    Malformed: (400, "Malformed request", "The request could not be read."),
    ReceiptMissing: (401, "Receipt needed", "Send the comment's receipt as Authorization: Bearer."),
    TokenMissing: (401, "Token needed", "Send a token of this site as Authorization: Bearer."),
    TokenWrong: (401, "Token not good", "This token is unknown, was revoked, or has ended."),
    ReceiptWrong: (403, "Wrong receipt", "This is not the receipt of this comment."),
    ForeignOrigin: (403, "Not one of the site's pages", "This page is not on the site's list of origins."),
    TokenTooNarrow: (403, "Not allowed", "This token, or the role of whoever made it, does not allow that."),
    InvitationForAnother: (
        403,
        "Somebody else's invitation",
        "This invitation is for another address than the one you signed in with.",
    ),
    UnknownSite: (404, "Unknown site", "There is no site with this key here."),
    UnknownModerator: (404, "Unknown person", "There is no such person on this site."),
    UnknownThread: (404, "Unknown thread", "There is no such thread on this site."),
    UnknownRelocation: (404, "Unknown move", "There is no such move on this site."),
    UnknownDecision: (404, "Unknown decision", "There is no such decision on this site that could be taken back."),
    UnknownNotice: (404, "Unknown notice", "There is no such notice here, or it is decided already."),
    UnknownComment: (404, "Unknown comment", "There is no such comment on this site."),
    UnknownRule: (404, "Unknown rule", "There is no such rule on this site."),
    UnknownImport: (404, "Unknown import", "There is no such import on this site any more."),
    UnknownWebhook: (404, "Unknown webhook", "There is no such webhook on this site."),
    ThreadClosed: (409, "Comments are closed", "This article takes no more comments."),
    EditTooLate: (409, "Too late to edit", "The time for editing this comment is over."),
    LastOwner: (409, "The last owner stays", "A site needs an owner: make somebody else one first."),
    InvitationOver: (410, "Invitation over", "This invitation was used already or is too old. Ask for a new one."),
    LinkOver: (
        410,
        "This link is over",
        "It is incomplete, was too long unused, or what it was about is gone. If you would still like letters, ask for"
        " them on your comment's private page, with your next comment, or below the comments of an article.",
    ),
    NotByLetter: (403, "Not from this letter", "Please sign in to the desk and decide there."),
    LettersOff: (409, "No letters here", "This service sends no mail."),
    BodyTooLarge: (413, "Too large", "A request can have at most 64 KB."),
    NotJson: (415, "Not JSON", "Send the request as application/json, in UTF-8 and not compressed."),
    Invalid: (422, "Some fields need a look", "Please check the fields that are named."),
    Rearranged: (
        409,
        "Moved in the meantime",
        "Something here was moved or merged since. Nothing was changed; look at the threads again, and take later "
        "moves back first.",
    ),
    KeyReused: (422, "Idempotency key used before", "This Idempotency-Key came with another comment before."),
    TooMany: (429, "Too many requests", "You are going a little fast. Please wait a moment and try again."),
    NoRoom: (
        507,
        "No room for the file",
        "The service has no room for this file on its disk. Nothing was stored. Whoever runs the service can make room,"
        " or bring the file in by the command.",
    ),
    DatabaseAway: (503, "Not possible right now", "Comments can't be stored right now. Please try again shortly."),
    SchemaMismatch: (503, "Not possible right now", "The service is being upgraded. Please try again shortly."),
}


class Outage:
    """Says that requests are refused, and how many, but not of each one: an outage must not fill the disk as well."""

    def __init__(self) -> None:
        """Say the first at once."""
        self._lock = threading.Lock()
        self._said = -math.inf
        self._refused = 0

    def note(self, refusal: Refusal) -> None:
        """Count a refused request, and log it if nothing was said for a minute."""
        with self._lock:
            self._refused += 1
            now = time.monotonic()
            if now - self._said < SAY_AGAIN:
                return
            self._said, refused, self._refused = now, self._refused, 0
        log.warning("refused %d since the last line: %s", refused, refusal)


@dataclass(frozen=True)
class Problem:
    """A refusal in words: status, title, detail, fields at fault, seconds after which to try again."""

    status: int
    title: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    retry_after: int | None = None


_outage = Outage()


def problem_of(refusal: Refusal) -> Problem:
    """Return the words for a refusal."""
    status, title, detail = next(WORDS[kind] for kind in type(refusal).__mro__ if kind in WORDS)
    errors = refusal.errors if isinstance(refusal, Invalid) else ()
    if isinstance(refusal, KeyReused):
        errors = (FieldError("Idempotency-Key", "reused", detail),)
    if isinstance(refusal, Malformed) and str(refusal):
        detail = str(refusal)
    if isinstance(refusal, ForeignOrigin):
        detail = f"{refusal.origin or 'A page without an origin'} is not on the site's list of origins."
    retry_after = getattr(refusal, "retry_after", 5 if status == 503 else None)
    return Problem(status, title, detail, errors, retry_after)


def register(app: Flask) -> None:
    """Answer every refusal and HTTP error of an application in words."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _fault)


def _refused(refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    problem = problem_of(refusal)
    if problem.status == 429:
        tallies.add(tallies.REFUSED, "limit")
    if problem.status == 503:
        tallies.add(tallies.REFUSED, "database")
        _outage.note(refusal)
    return answer(problem)


def _http_error(error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response(request.environ)  # pyright: ignore[reportReturnType]
    # Flask's own words suspect the reader of a typing error, who mostly followed a link.
    is_default = error.description == NotFound.description
    detail = "There is no page at this address." if is_default else error.description or ""
    response = answer(Problem(error.code or 500, error.name, detail))
    for name, value in error.get_headers(request.environ):
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _fault(error: Exception) -> Response:
    log.error("fault in %s %s", request.method, request.endpoint, exc_info=error)
    return answer(Problem(500, "Something went wrong", "This is a fault of the service, not yours. It was logged."))


def answer(problem: Problem) -> Response:
    """Return a problem as JSON where a program asks, as a page where a person does."""
    if request.path.startswith("/api/"):
        response = Response(json.dumps(_json(problem)), content_type="application/problem+json")
    else:
        response = Response(render_template("problem.html", problem=problem), content_type="text/html; charset=utf-8")
    response.status_code = problem.status
    response.headers["Cache-Control"] = "no-store"
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _json(problem: Problem) -> dict[str, Any]:
    body: dict[str, Any] = {"type": "about:blank", "title": problem.title, "status": problem.status}
    body["detail"] = problem.detail
    if problem.errors:
        body["errors"] = [
            {"field": error.field, "code": error.code, "message": error.message} for error in problem.errors
        ]
    return body
