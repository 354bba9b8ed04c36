"""The desk's words: acts and why a comment is held, in codes and as people read them; numbers and times."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from flask import g

from commentsvc.models.desk import COUNTED
from commentsvc.models.desk import Entry
from commentsvc.models.ids import from_text
from commentsvc.models.rule import PREFIX
from commentsvc.moderators import ruling
from commentsvc.screening import policy
from commentsvc.screening import suspicion


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
    "reported": "reported by readers",
    policy.KNOWN: "known author",
    policy.RESERVED_NAME: "reserved name",
    "filter": "looks like spam to the filter",
    policy.AWAITING_CHECK: "Akismet has not answered yet",
    "akismet": "spam to Akismet",
    suspicion.HONEYPOT: "filled in a field that nobody sees",
    suspicion.TOO_SOON: "sent at once",
    suspicion.NO_PROOF: "no proof of work",
    suspicion.NO_FORM: "not sent by our form",
    suspicion.BUSY_NETWORK: "many from this network",
    suspicion.BUSY_EMAIL: "many under this address",
    suspicion.BUSY_THREAD: "very many on this article",
    suspicion.BUSY_SITE: "very many on this site",
    "after-edit": "replaces a text that a moderator edited",
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
            found.append(Chip(reason_in_words(reason), "wait" if reason.startswith(PREFIX) else "plain"))
    return found


def reason_in_words(reason: str) -> str:
    """Return a decision's reason as people read it; that of a rule is looked up once in a request."""
    if not reason.startswith(PREFIX):
        return REASONS.get(reason, reason.replace("-", " "))
    if "rule_reasons" not in g:
        g.rule_reasons = ruling.reasons_in_words(g.site)
    return g.rule_reasons.get(reason, "a rule that is gone")


def notice_of(args: Mapping[str, str], first: str = "someone else") -> Notice | None:
    """Return the notice that an address asks for; it takes codes and numbers alone, so that nobody can put words in.

    `first` says who was quicker, where somebody was.
    """
    did = args.get("did", "")
    batch = args.get("batch", "")
    done, overtaken, withdrawn, edited, left = (_number(args.get(name, "")) for name in NUMBERS)
    if did in PLAIN:
        return Notice(PLAIN[did])
    if did not in DONE:
        return None
    sentences = [DONE[did].format(comments=comments(done))] if done else []
    if overtaken:
        were, stay = ("was", "it was left as it is") if overtaken == 1 else ("were", "they were left as they are")
        sentences.append(f"{comments(overtaken).capitalize()} {were} decided by {first} in the meantime, and {stay}.")
    if withdrawn:
        had = "had been taken back by its author" if withdrawn == 1 else "had been taken back by their authors"
        sentences.append(f"{comments(withdrawn).capitalize()} {had}.")
    if edited:
        had = "its text was changed" if edited == 1 else "their texts were changed"
        sentences.append(f"{comments(edited).capitalize()} should be looked at again: {had} in the meantime.")
    if left:
        sentences.append(f"{counted(left)} more like {'this' if done == 1 else 'these'} remain.")
    may_undo = done and did != "undo" and from_text(batch) is not None
    return Notice(" ".join(sentences) or "Nothing was changed.", batch if may_undo else None)


NUMBERS = ("n", "overtaken", "withdrawn", "edited", "left")
DONE = {
    "approve": "Approved {comments}.",
    "spam": "Marked {comments} as spam.",
    "reject": "Rejected {comments}.",
    "delete": "Deleted {comments}.",
    "keep": "Kept {comments}.",
    "hold": "Put {comments} back into the queue.",
    "edit": "Edited {comments}. What its author wrote is kept.",
    "undo": "Undone: {comments} as before.",
}
PLAIN = {
    "none": "Nothing was changed. Tick a comment or more, then press a button.",
    "reply": "Your reply is published.",
    "answer": "The decision is stored. Whoever sent the notice finds it, with the reasons, under their link.",
    "rule-saved": "The rule is saved.",
    "rule-up": "The rule is moved up.",
    "rule-down": "The rule is moved down.",
    "rule-on": "The rule is on. It binds for the next comment.",
    "rule-off": "The rule is off.",
    "rule-delete": "The rule is deleted.",
    "rule-import": "The lists are rules now, below all others.",
    "pin": "Pinned. It is shown first in its thread now.",
    "unpin": "Unpinned. It is back in its own place.",
    "move": "Moved. Undo stands below, with what was moved lately.",
    "merge": "Merged. Undo stands below, with what was moved lately.",
    "move-undo": "Undone: the comments are back where they were.",
    "merge-undo": "Undone: both threads are as they were, each with what was said to its comments since.",
    "joined": "Joined. Undo stands below, with what was joined lately.",
    "join-undo": "Undone: the threads are as they were, each with what was said to its comments since.",
    "told-apart": "Remembered: these are not proposed any more.",
    "told-apart-undo": "All of them are proposed again.",
    "site-move": "Moved. Undo stands below, with the moves so far.",
    "site-move-part": "A part is moved. Press Go on below until all of it is.",
    "site-move-none": "Nothing was left to move.",
    "site-move-undo": "Undone: all threads have the addresses they had.",
    "site-move-undo-part": "A part is undone. Press Go on undoing below until all of it is.",
    "site-move-stuck": "Undone, but for threads merged into others later: undo those merges, then go on below.",
    "close": "Closed. The article takes no new comments now.",
    "reopen": "Open again for new comments.",
    "mute": "The filter ignores this from now on, and learns anew without it.",
    "none-muted": "Nothing was changed: the filter does not go by this any more.",
    "unmute": "The filter heeds this again, and learns anew with it.",
    "filter": "Saved. The filter learns anew with it shortly.",
    "filter-on": "The filter is on.",
    "filter-off": "The filter is off. It keeps what it has learnt.",
    "password": "Your password is changed, and all other sessions were ended.",
    "session-end": "That session was ended.",
    "sessions-end": "All your other sessions were ended.",
    "totp": "The app counts from now on, and all other sessions were ended.",
    "totp-off": "The app is taken away.",
    "passkey": "The passkey is added, and all other sessions were ended.",
    "passkey-off": "The passkey is taken away.",
    "token-off": "The token is revoked: nobody gets in with it any more.",
    "role": "The role is changed.",
    "member-off": "They are no longer one of the site's people.",
    "invite-off": "The invitation is withdrawn: its link is good for nothing now.",
    "join": "Welcome. You are one of this site's people now.",
    "settings": "The settings are changed, and bind from the next comment on.",
    "settings-same": "Nothing was changed.",
    "webhook-add": "The webhook is added. Send a test to see whether it works.",
    "webhook-edit": "The webhook is changed.",
    "webhook-pause": "Paused. Nothing is sent there now.",
    "webhook-resume": "It goes on.",
    "webhook-rotate": "The secret is changed. For a day the former one signs too.",
    "webhook-remove": "The webhook is removed.",
    "webhook-test": "A test is on its way. Look again in a moment to see what came of it.",
    "webhook-again": "It will be told again, after what is waiting.",
    "import-drop": "The file is erased. What was imported already stays.",
    "import-busy": "That can't begin now: another import of this site is going on, or the file is not here any more.",
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
