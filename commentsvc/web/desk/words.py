"""The desk's words: acts and why a comment is held, in codes and as people read them; numbers and times."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from commentsvc.models.desk import COUNTED
from commentsvc.models.desk import Entry
from commentsvc.models.ids import from_text
from commentsvc.screening import policy


@dataclass(frozen=True)
class Act:
    """What can be done with a comment: code, verb on the button, key."""

    code: str
    verb: str
    key: str


@dataclass(frozen=True)
class Chip:
    """A reason in words; `kind` is plain, or wait where somebody should look twice."""

    words: str
    kind: str = "plain"


@dataclass(frozen=True)
class Notice:
    """What was just done, and the number by which to undo it."""

    words: str
    batch: str | None = None


LIST_NAMES = {
    "queue": "Queue", "approved": "Approved", "spam": "Spam", "rejected": "Rejected", "deleted": "Deleted",
}  # fmt: skip

APPROVE = Act("approve", "Approve", "A")
SPAM = Act("spam", "Spam", "S")
REJECT = Act("reject", "Reject", "R")
DELETE = Act("delete", "Delete", "D")
# What a list offers: everything but what its comments are already.
OFFERED = {
    "queue": (APPROVE, SPAM, REJECT, DELETE),
    "approved": (SPAM, REJECT, DELETE),
    "spam": (APPROVE, REJECT, DELETE),
    "rejected": (APPROVE, SPAM, DELETE),
    "deleted": (APPROVE, SPAM, REJECT),
}

REASONS = {
    policy.EVERYTHING: "site holds every comment",
    policy.FIRST_TIME: "first comment here",
}

_LINK = re.compile(r'href="(https?:[^"]*)"')


def chips(entry: Entry) -> list[Chip]:
    """Return why a comment waits, the most telling reason first."""
    found = [Chip("edited after approval", "wait")] if entry.is_edit else []
    for reason in entry.reasons:
        if reason == policy.LINKS:
            links = len(set(_LINK.findall(entry.revision.html)))
            found.append(Chip("1 link" if links == 1 else f"{links} links", "wait"))
        else:
            found.append(Chip(REASONS.get(reason, reason.replace("-", " "))))
    return found


def notice_of(args: Mapping[str, str]) -> Notice | None:
    """Return the notice that an address asks for; it takes codes and numbers alone, so that nobody can put words in."""
    did = args.get("did", "")
    batch = args.get("batch", "")
    done, overtaken, withdrawn, edited = (_number(args.get(name, "")) for name in NUMBERS)
    if did in PLAIN:
        return Notice(PLAIN[did])
    if did not in DONE:
        return None
    sentences = [DONE[did].format(comments=comments(done))] if done else []
    if overtaken:
        were, left = ("was", "it was") if overtaken == 1 else ("were", "they were")
        sentences.append(
            f"{comments(overtaken).capitalize()} {were} decided by someone else in the meantime,"
            f" and {left} left as {'it is' if overtaken == 1 else 'they are'}."
        )
    if withdrawn:
        had = "had been taken back by its author" if withdrawn == 1 else "had been taken back by their authors"
        sentences.append(f"{comments(withdrawn).capitalize()} {had}.")
    if edited:
        had = "its author changed it" if edited == 1 else "their authors changed them"
        sentences.append(f"{comments(edited).capitalize()} should be looked at again: {had} in the meantime.")
    may_undo = done and did != "undo" and from_text(batch) is not None
    return Notice(" ".join(sentences) or "Nothing was changed.", batch if may_undo else None)


NUMBERS = ("n", "overtaken", "withdrawn", "edited")
DONE = {
    "approve": "Approved {comments}.",
    "spam": "Marked {comments} as spam.",
    "reject": "Rejected {comments}.",
    "delete": "Deleted {comments}.",
    "undo": "Undone: {comments} as before.",
}
PLAIN = {
    "none": "Nothing was changed. Tick a comment or more, then press a button.",
    "reply": "Your reply is published.",
    "close": "Closed. The article takes no new comments now.",
    "reopen": "Open again for new comments.",
    "password": "Your password is changed, and all other sessions were ended.",
}


def comments(number: int) -> str:
    """Return `1 comment` or `3 comments`."""
    return "1 comment" if number == 1 else f"{number:,} comments"


def counted(number: int) -> str:
    """Return a number that was counted up to a bound only."""
    return f"{COUNTED:,}+" if number >= COUNTED else f"{number:,}"


def ago(then: datetime, now: datetime) -> str:
    """Return how long something is past, as short as can be: `18 min`, `3 h`, `5 d`, and a date after 30 days."""
    past = now - then
    if past < timedelta(minutes=1):
        return "just now"
    if past < timedelta(hours=1):
        return f"{past // timedelta(minutes=1)} min"
    if past < timedelta(days=1):
        return f"{past // timedelta(hours=1)} h"
    if past < timedelta(days=30):
        return f"{past.days} d"
    return f"{then.day} {then:%B %Y}"


def duration(seconds: int) -> str:
    """Return a number of seconds in words, rounded up."""
    if seconds < 100:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
