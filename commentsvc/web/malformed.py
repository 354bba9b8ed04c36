"""Requests that can't be read at all."""

from commentsvc.refusals import Refusal


class Malformed(Refusal):
    """Says that a body is no JSON object, or a parameter is missing."""


class NotJson(Refusal):
    """Says that a body is declared as something else than JSON."""


class BodyTooLarge(Refusal):
    """Says that a body is over the limit."""
