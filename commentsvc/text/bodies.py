"""The text of a comment as it is kept: what was written, made fit to be stored."""

from commentsvc.text.characters import CONTROL
from commentsvc.text.characters import LONE_SURROGATE
from commentsvc.text.characters import has_ink
from commentsvc.text.refusal import TextRefused
from commentsvc.text.rendering import MAX_BODY


def clean_body(raw: str) -> str:
    """Return the source of a comment: line ends as LF, no white space at the end, otherwise as it was written.

    It is not normalized (NFC): what shows alike may differ on purpose in code, and the source is the author's.
    At most 10,000 characters (code points), counted after that.
    Raises TextRefused with code empty, too_long or control.
    """
    if CONTROL.search(raw) or LONE_SURROGATE.search(raw):
        raise TextRefused("control", "The comment holds control characters, which are no text. Please remove them.")
    body = raw.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    if not has_ink(body):
        raise TextRefused("empty", "Please write a comment.")
    if len(body) > MAX_BODY:
        message = f"A comment has at most {MAX_BODY:,} characters; this one has {len(body):,}."
        raise TextRefused("too_long", message, MAX_BODY)
    return body
