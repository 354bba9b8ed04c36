"""Readers report a comment; enough of them have it held; moderators answer."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.keys import Keyring
from commentsvc.models import desk
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import Comment
from commentsvc.models.comment import set_state
from commentsvc.models.comment import show_revision
from commentsvc.models.decision import RULE
from commentsvc.models.decision import Actor
from commentsvc.models.decision import Change
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.moderator import Moderator
from commentsvc.models.notice import count_notices
from commentsvc.models.notice import forget_notifiers
from commentsvc.models.owned import comment_of
from commentsvc.models.owned import revision_of
from commentsvc.models.owned import thread_id_of
from commentsvc.models.report import HOLD
from commentsvc.models.report import KEEP
from commentsvc.models.report import REASONS
from commentsvc.models.report import REPORTED
from commentsvc.models.report import Report
from commentsvc.models.report import count_reported
from commentsvc.models.report import forget_reporters
from commentsvc.models.report import has_reported
from commentsvc.models.report import readers_waiting
from commentsvc.models.report import reported
from commentsvc.models.report import reports_waiting
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.models.thread import lock_thread
from commentsvc.moderators import moderating
from commentsvc.moderators.moderating import Decided
from commentsvc.notifying import hooks
from commentsvc.notifying.telling import on_decided
from commentsvc.notifying.telling import on_held
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownComment
from commentsvc.text.characters import CONTROL
from commentsvc.text.characters import LONE_SURROGATE

PURPOSE = "reporter"
MAX_WORDS = 1000
ACTS = (KEEP, HOLD, "spam", "reject", "delete")

# How long reporters' hashes and words are kept after the decision, and what tells who sent a notice: the second is as
# long as a decision can be complained about (Regulation (EU) 2022/2065, Article 20(1)).
REPORTS_KEPT = timedelta(days=30)
NOTICES_KEPT = timedelta(days=183)


@dataclass(frozen=True)
class Group:
    """A comment on the desk with its reports that wait, and how many readers sent them."""

    entry: desk.Entry
    reports: list[Report]
    readers: int
    since: datetime


class Public(NamedTuple):
    """A comment as everybody sees it, and its thread."""

    comment: Comment
    html: str
    thread: Thread


def show(site: Site, comment_id: int) -> Public:
    """Return a comment that can be reported; raise UnknownComment unless it is public now, or DatabaseAway."""
    with reading() as session:
        comment = comment_of(session, site, comment_id)
        if comment is None or comment.state != APPROVED:
            raise UnknownComment
        # Not the newest: a changed text may wait, which is nobody's to see.
        html = revision_of(session, comment, comment.shown_revision).html
        return Public(comment, html, session.get_one(Thread, (site.id, comment.thread_id)))


def report(
    site: Site, comment_id: int, reason: str, words: str | None, network: str | None, keys: Keyring, now: datetime
) -> None:
    """Store a reader's report of a comment, and hold the comment where as many readers as the site says reported it.

    The same network reporting the same text again adds nothing. A moderator's own comment is never held by it. Raises
    Invalid, UnknownComment unless the comment is public, DatabaseAway.
    """
    if reason not in REASONS:
        raise Invalid(FieldError("reason", "invalid", "Please choose what is wrong with the comment."))
    text = clean_words("text", words or "", MAX_WORDS) or None
    with transaction() as session:
        comment, thread = locked(session, site, comment_id)
        if comment.state != APPROVED:
            raise UnknownComment
        reporter = _reporter(keys, site, comment, network)
        if has_reported(session, comment, reporter):
            return
        row = Report(
            site_id=site.id,
            id=new_id(now),
            comment_id=comment.id,
            revision=comment.shown_revision,
            reporter=reporter,
            reason=reason,
            words=text,
            at=now,
        )
        session.add(row)
        session.flush()
        hooks.reported(session, site, row, now)
        if comment.moderator_id is None and 0 < site.report_hold <= readers_waiting(session, comment):
            _hold(session, site, thread, comment, RULE, now, (REPORTED,))


def look(site: Site) -> list[Group]:
    """Return reported comments, the one that waits longest first, at most a page of them; raise DatabaseAway."""
    with reading() as session:
        groups = []
        for comment_id, readers, since in reported(session, site):
            entry = desk.entry(session, site, comment_id)
            if entry is not None:
                groups.append(Group(entry, list(reports_waiting(session, site, comment_id)), readers, since))
        return groups


def waiting(site: Site) -> int:
    """Return how many reported comments and notices wait for a moderator; raise DatabaseAway."""
    with reading() as session:
        return count_reported(session, site) + count_notices(session, site)


def decide(
    site: Site,
    moderator: Moderator,
    comment_id: int,
    act: str,
    now: datetime,
    seen_in: str | None = None,
    seen: Mapping[int, int] | None = None,
) -> Decided:
    """Answer the reports of a comment: keep it, hold it, or decide on it as `moderating.decide` does.

    `seen_in` is the state in which the moderator saw it, and `seen` the revision. Kept, a comment that is held becomes
    public again. Raises Invalid for an unknown act, UnknownComment, DatabaseAway.
    """
    if act not in ACTS:
        raise Invalid(FieldError("act", "invalid", "A reported comment can be kept, held, or decided on."))
    seen_in = desk.QUEUE if seen_in == PENDING else seen_in
    if act == KEEP and seen_in == desk.QUEUE:
        return moderating.decide(site, moderator, [comment_id], moderating.APPROVE, now, seen_in, seen)
    if act not in (KEEP, HOLD):
        return moderating.decide(site, moderator, [comment_id], act, now, seen_in, seen)
    by = Actor("moderator", moderator.id)
    batch = new_id(now)
    with transaction() as session:
        comment, thread = locked(session, site, comment_id)
        if comment.withdrawn is not None:
            return Decided(batch, taken_back=(comment.id,))
        if comment.state != APPROVED:
            return Decided(batch, too_late=(comment.id,))
        if seen is not None and seen.get(comment.id, comment.newest_revision) != comment.newest_revision:
            return Decided(batch, written_anew=(comment.id,))
        if act == HOLD:
            _hold(session, site, thread, comment, by, now, batch=batch)
        else:
            held, shown = comment.held_revision, comment.shown_revision
            change = Change((APPROVED, APPROVED), (shown, shown), (held, held))
            record(session, site, thread, act=KEEP, by=by, at=now, comment_id=comment.id, change=change, batch=batch)
        return Decided(batch, (comment.id,))


def forget(now: datetime) -> int:
    """Erase who reported and who sent notices once that is no longer needed, and return how many; for a daily chore.

    Of reports the keyed hash and the words go 30 days after the decision, of notices the sender and the words six
    months after it. Raises DatabaseAway.
    """
    with transaction() as session:
        return forget_reporters(session, now - REPORTS_KEPT, now) + forget_notifiers(session, now - NOTICES_KEPT)


def locked(session: Session, site: Site, comment_id: int) -> tuple[Comment, Thread]:
    """Return a comment as it is now and its thread, locked until the transaction ends; raise UnknownComment."""
    thread_id = thread_id_of(session, site, comment_id)
    thread = lock_thread(session, site, thread_id) if thread_id is not None else None
    # Read under the lock: a moderator may have decided in between.
    comment = comment_of(session, site, comment_id)
    if comment is None or thread is None or comment.thread_id != thread.id:
        raise UnknownComment
    return comment, thread


def clean_words(field: str, raw: str, limit: int) -> str:
    """Return words of a form as they are kept: plain text, line ends as LF; raise Invalid naming the field."""
    text = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
    if CONTROL.search(text) or LONE_SURROGATE.search(text):
        raise Invalid(FieldError(field, "control", "This holds control characters, which are no text."))
    if len(text) > limit:
        message = f"This has at most {limit:,} characters; yours has {len(text):,}."
        raise Invalid(FieldError(field, "too_long", message))
    return text


def _reporter(keys: Keyring, site: Site, comment: Comment, network: str | None) -> bytes:
    # The comment is part of it, so that nobody can see from the hashes who reports much.
    message = f"{site.key}\n{comment.id}\n{network or 'unknown'}".encode()
    return hmac.new(keys.derive(PURPOSE), message, hashlib.sha256).digest()


def _hold(
    session: Session,
    site: Site,
    thread: Thread,
    comment: Comment,
    by: Actor,
    now: datetime,
    reasons: tuple[str, ...] = (),
    batch: int | None = None,
) -> None:
    shown, held = comment.shown_revision, comment.held_revision
    if held is not None:
        # There is one text to decide on, and nothing of it is public: the newest.
        comment.held_revision = None
        show_revision(session, thread, comment, held, revision_of(session, comment, held).at, now)
    set_state(session, thread, comment, PENDING, now)
    change = Change((APPROVED, PENDING), (shown, comment.shown_revision), (held, None))
    made = record(
        session, site, thread,
        act=HOLD, by=by, at=now, comment_id=comment.id, change=change, reasons=reasons, batch=batch,
    )  # fmt: skip
    on_decided(session, site, comment, made, now)
    on_held(session, site, now)
