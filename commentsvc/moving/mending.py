"""What was found in a file is held to the rules for what readers write, and mended where it can be.

Nothing that somebody wrote is cut: a text that can't be taken is left out as a whole, with the reason.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from commentsvc.authors.submission import clean_ref
from commentsvc.authors.submission import clean_title
from commentsvc.models.comment import DELETED
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import STATES
from commentsvc.models.source import COMMENT
from commentsvc.models.source import THREAD
from commentsvc.moving.found import FoundComment
from commentsvc.moving.found import FoundRevision
from commentsvc.moving.found import FoundThread
from commentsvc.moving.found import Unusable
from commentsvc.refusals import Invalid
from commentsvc.text.addresses import canonical_address
from commentsvc.text.bodies import clean_body
from commentsvc.text.characters import CONTROL
from commentsvc.text.characters import LONE_SURROGATE
from commentsvc.text.characters import is_noncharacter
from commentsvc.text.emails import clean_email
from commentsvc.text.names import MAX_NAME
from commentsvc.text.names import clean_name
from commentsvc.text.refusal import TextRefused
from commentsvc.text.websites import clean_website

T = TypeVar("T")

ANONYMOUS = "Anonymous"
MARKUPS = ("markdown", "html", "plain")
# The largest number that every database keeps in these columns.
_MOST = 2**31 - 1
_AVATAR = re.compile("[0-9a-f]{10}")
_NETWORK = re.compile(r"[0-9A-Fa-f.:/]{1,45}")


def mend_thread(found: FoundThread) -> FoundThread | Unusable:
    """Return a thread whose fields can be kept, or why it can't be taken."""
    notes = list(found.notes)
    try:
        canonical_address(found.url)
    except TextRefused as refused:
        return Unusable(THREAD, found.line, found.id, f"url: {refused.message}")
    addresses = found.addresses
    if addresses is not None:
        addresses = tuple(one for one in addresses if _cleaned(notes, "addresses", canonical_address, one) is not None)
    try:
        ref = clean_ref(found.ref)
    except Invalid as refused:
        ref = None
        notes.append(f"ref: {refused.errors[0].message} Left out.")
    return replace(found, ref=ref, title=clean_title(found.title), addresses=addresses, notes=tuple(notes))


def mend_comment(found: FoundComment, now: datetime, ours: bool) -> FoundComment | Unusable:
    """Return a comment whose fields can be kept, or why it can't be taken; `ours` says that we exported it."""
    notes = list(found.notes)
    state = found.state
    if state not in STATES:
        state = PENDING
        notes.append("state: missing or unknown, held for a moderator")
    # What is deleted only keeps its place, and many programs throw its text away.
    revisions = _revisions(found, ours or state == DELETED, notes)
    if isinstance(revisions, Unusable):
        return revisions
    numbers = {revision.n for revision in revisions}
    erased = found.erased if state == DELETED else None
    shown = found.shown if found.shown in numbers else max(numbers)
    if found.created > now:
        notes.append("created: lies in the future, kept as it is")
    return replace(
        found,
        state=state,
        revisions=revisions,
        shown=shown,
        held=found.held if found.held in numbers and found.held != shown else None,
        # Of what was erased no name is left either.
        name="" if erased is not None and not found.name else _name(found.name, notes),
        email=_cleaned(notes, "email", clean_email, found.email),
        website=_cleaned(notes, "website", clean_website, found.website),
        withdrawn=found.withdrawn if state == DELETED else None,
        erased=erased,
        avatar=found.avatar if found.avatar and _AVATAR.fullmatch(found.avatar) else None,
        network=found.network if found.network and _NETWORK.fullmatch(found.network) else None,
        moderator=_email_of_moderator(found.moderator, notes),
        url=address.raw if (address := _cleaned(notes, "url", canonical_address, found.url)) is not None else None,
        title=clean_title(found.title),
        generation=found.generation if 0 < found.generation <= _MOST else 1,
        notes=tuple(notes),
    )


def _revisions(found: FoundComment, may_be_empty: bool, notes: list[str]) -> tuple[FoundRevision, ...] | Unusable:
    kept: dict[int, FoundRevision] = {}
    for revision in found.revisions:
        mended = _revision(revision, may_be_empty, notes)
        if isinstance(mended, str):
            if revision.n == found.shown or len(found.revisions) == 1:
                return Unusable(COMMENT, found.line, found.id, mended)
            notes.append(f"a revision is left out: {mended}")
        elif mended.n in kept:
            notes.append("a revision is left out: its number came before")
        else:
            kept[mended.n] = mended
    if not kept:
        return Unusable(COMMENT, found.line, found.id, "revisions: none of them can be used")
    return tuple(kept[n] for n in sorted(kept))


def _revision(found: FoundRevision, may_be_empty: bool, notes: list[str]) -> FoundRevision | str:
    if found.markup not in MARKUPS:
        return "markup: it is markdown, html or plain"
    if not 0 < found.n <= _MOST:
        return "revisions: their numbers begin with 1"
    source = found.source
    if CONTROL.search(source) or LONE_SURROGATE.search(source):
        source = LONE_SURROGATE.sub("\ufffd", CONTROL.sub("", source))
        notes.append("body: characters that are no text were taken out")
    try:
        source = clean_body(source)
    except TextRefused as refused:
        if refused.code != "empty" or not may_be_empty:
            return f"body: {refused.message if refused.code != 'empty' else 'there is none'}"
        source = ""
    by = found.by if found.by in ("author", "moderator") else "author"
    moderator = _email_of_moderator(found.moderator, notes) if by == "moderator" else None
    return replace(found, source=source, by=by, moderator=moderator)


def _name(raw: str | None, notes: list[str]) -> str:
    if raw is None or not raw.strip():
        notes.append(f"name: missing, kept as {ANONYMOUS}")
        return ANONYMOUS
    try:
        return clean_name(raw)
    except TextRefused as refused:
        mended = _mended_name(raw) if refused.code != "empty" else None
    notes.append(f"name: can't be used, kept as {ANONYMOUS}" if mended is None else "name: mended or shortened")
    return mended or ANONYMOUS


def _mended_name(raw: str) -> str | None:
    fit = "".join(one for one in LONE_SURROGATE.sub("", raw).replace("\x00", "") if not is_noncharacter(one))
    for text in (fit, fit[:MAX_NAME].rstrip()):
        try:
            return clean_name(text)
        except TextRefused:
            continue
    return None


def _email_of_moderator(raw: str | None, notes: list[str]) -> str | None:
    email = _cleaned(notes, "moderator", clean_email, raw)
    return email.lower() if email is not None else None


def _cleaned(notes: list[str], field: str, clean: Callable[[str], T], raw: str | None) -> T | None:
    if raw is None or not raw.strip():
        return None
    try:
        return clean(raw)
    except TextRefused:
        notes.append(f"{field}: not valid, left out")
        return None
