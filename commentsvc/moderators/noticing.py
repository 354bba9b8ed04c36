"""Somebody gives notice of illegal content, and hears what was decided and why.

Regulation (EU) 2022/2065: the notice is Article 16, the statement of reasons for the author of the comment Article 17.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from commentsvc.authors import receipts
from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.keys import Keyring
from commentsvc.models import desk
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import PENDING
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.moderator import Moderator
from commentsvc.models.notice import CHILDREN
from commentsvc.models.notice import GROUNDS
from commentsvc.models.notice import HELD
from commentsvc.models.notice import KEPT
from commentsvc.models.notice import KINDS
from commentsvc.models.notice import NONE
from commentsvc.models.notice import REMOVED
from commentsvc.models.notice import Notice
from commentsvc.models.notice import NoticeWords
from commentsvc.models.notice import last_decided
from commentsvc.models.notice import notice_by_fingerprint
from commentsvc.models.notice import notice_by_id
from commentsvc.models.notice import notices_waiting
from commentsvc.models.notice import statement_of
from commentsvc.models.notice import words_of
from commentsvc.models.owned import comment_of
from commentsvc.models.owned import thread_id_of
from commentsvc.models.report import REPORTED
from commentsvc.models.report import last_change
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.moderators import moderating
from commentsvc.moderators import reporting
from commentsvc.moderators.reporting import clean_words
from commentsvc.moderators.reporting import locked
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownNotice
from commentsvc.text.emails import clean_email
from commentsvc.text.names import clean_name
from commentsvc.text.refusal import TextRefused

MAX_EXPLANATION = 5000
MAX_STATEMENT = 5000
ACTS = ("keep", "reject", "delete")


@dataclass(frozen=True)
class Told:
    """What a form of notice holds, as typed; `form` is what is the same when the same form is sent twice."""

    kind: str
    words: str
    name: str
    email: str
    good_faith: bool
    form: str


class Known(NamedTuple):
    """A notice with what belongs to it; `words` is None once it is erased, `statement` until it is decided."""

    notice: Notice
    words: NoticeWords | None
    statement: str | None
    thread: Thread | None
    # Whether the comment can be seen by everybody now.
    is_public: bool


class OnDesk(NamedTuple):
    """A notice that waits, and the comment that it is about."""

    notice: Notice
    words: NoticeWords | None
    entry: desk.Entry


class Reasons(NamedTuple):
    """Why a comment is not public: on which ground, in whose words, when; `automated` where a rule did it alone."""

    outcome: str
    ground: str
    statement: str | None
    automated: bool
    at: datetime


def give(site: Site, comment_id: int, told: Told, keys: Keyring, now: datetime) -> str:
    """Store a notice of illegal content on a comment, and return its secret; the same form twice is one notice.

    The comment may have been taken down since its form was opened. Raises Invalid naming each field that is wrong,
    UnknownComment, DatabaseAway.
    """
    words = _checked(told)
    fingerprint = hashlib.sha256(f"{comment_id}\n{told.form}".encode()).digest()
    with transaction() as session:
        # The lock of the thread lets one of two equal requests wait for the other.
        locked(session, site, comment_id)
        notice = notice_by_fingerprint(session, site, fingerprint)
        if notice is None:
            notice = Notice(
                site_id=site.id,
                id=new_id(now),
                comment_id=comment_id,
                kind=told.kind,
                at=now,
                fingerprint=fingerprint,
            )
            session.add(notice)
            session.flush()
            words.site_id, words.notice_id = site.id, notice.id
            session.add(words)
        return secret_of(notice, site, keys)


def secret_of(notice: Notice, site: Site, keys: Keyring) -> str:
    """Return the secret by which whoever sent a notice sees what became of it; it is made by key and never stored."""
    return receipts.make(keys, _purpose(site), notice.id, 1)


def read(site: Site, secret: str, keys: Keyring) -> Known:
    """Return the notice that a secret is of; raise UnknownNotice or DatabaseAway."""
    notice_id = receipts.comment_id_of(secret)
    if notice_id is None or not receipts.is_right(secret, keys, _purpose(site), notice_id, 1):
        raise UnknownNotice
    with reading() as session:
        notice = notice_by_id(session, site, notice_id)
        if notice is None:
            raise UnknownNotice
        comment = comment_of(session, site, notice.comment_id)
        thread_id = thread_id_of(session, site, notice.comment_id)
        thread = session.get(Thread, (site.id, thread_id)) if thread_id is not None else None
        is_public = comment is not None and comment.state == APPROVED
        return Known(notice, words_of(session, notice), statement_of(session, notice), thread, is_public)


def look(site: Site) -> list[OnDesk]:
    """Return notices that wait for a decision, oldest first, at most a page of them; raise DatabaseAway."""
    with reading() as session:
        found = []
        for notice in notices_waiting(session, site):
            entry = desk.entry(session, site, notice.comment_id)
            if entry is not None:
                found.append(OnDesk(notice, words_of(session, notice), entry))
        return found


def answer(
    site: Site,
    moderator: Moderator,
    notice_id: int,
    act: str,
    ground: str,
    statement: str,
    now: datetime,
    seen: dict[int, int] | None = None,
) -> moderating.Decided | None:
    """Decide on the comment of a notice, and store the statement of reasons; None where the decision stood already.

    `act` is keep, reject or delete; of a comment that is down already, keep leaves it so. `seen` says by the comment's
    id which revision the moderator saw: where there is a newer one, nothing is decided. Raises Invalid naming each
    field that is wrong, UnknownNotice where there is none that waits, DatabaseAway.
    """
    words = _checked_answer(act, ground, statement)
    with reading() as session:
        notice = notice_by_id(session, site, notice_id)
        comment = comment_of(session, site, notice.comment_id) if notice is not None else None
    if notice is None or comment is None or notice.decided is not None:
        raise UnknownNotice
    decided = None
    if comment.withdrawn is None and (act != "keep" or comment.state in (APPROVED, PENDING)):
        if comment.held_revision is not None and act == "reject":
            message = "A changed text of this comment waits, and Reject would turn down that alone. Delete it instead."
            raise Invalid(FieldError("act", "invalid", message))
        # First the act, then the answer: were the second lost, the notice would wait on and nothing untrue be told.
        decided = reporting.decide(site, moderator, comment.id, act, now, comment.state, seen)
        if not decided.changed:
            return decided
    _store_answer(site, moderator, notice_id, ground, words, now)
    return decided


def reasons_for(site: Site, comment_id: int) -> Reasons | None:
    """Return why a comment that is not public was taken down, where a statement of reasons is owed and there is one.

    Raises DatabaseAway.
    """
    with reading() as session:
        comment = comment_of(session, site, comment_id)
        if comment is None or comment.state == APPROVED or comment.withdrawn is not None:
            return None
        last = last_change(session, site, comment_id)
        if last is not None and last.actor == "rule" and REPORTED in last.reasons:
            return Reasons(HELD, NONE, None, True, last.at)
        notice = last_decided(session, site, comment_id)
        if notice is None or notice.decided is None or notice.outcome == KEPT:
            return None
        if last is not None and notice.decision_id is not None and last.id > notice.decision_id:
            # Brought back since, and taken down again for another reason.
            return None
        return Reasons(REMOVED, notice.ground or NONE, statement_of(session, notice), False, notice.decided)


def _store_answer(site: Site, moderator: Moderator, notice_id: int, ground: str, words: str, now: datetime) -> None:
    with transaction() as session:
        notice = notice_by_id(session, site, notice_id)
        if notice is None:
            raise UnknownNotice
        comment, thread = locked(session, site, notice.comment_id)
        session.refresh(notice)
        if notice.decided is not None:
            raise UnknownNotice
        notice.decided = now
        outcome = {APPROVED: KEPT, PENDING: HELD}.get(comment.state, REMOVED)
        notice.outcome = outcome
        notice.ground = ground
        row = record(
            session, site, thread,
            act="answer", by=Actor("moderator", moderator.id), at=now, comment_id=comment.id,
            reasons=(outcome, ground), note=words,
        )  # fmt: skip
        notice.decision_id = row.id


def _checked(told: Told) -> NoticeWords:
    errors: list[FieldError] = []
    words = NoticeWords(words="", name=None, email=None)
    if told.kind not in KINDS:
        errors.append(FieldError("kind", "invalid", "Please choose what you hold to be illegal."))
    try:
        words.words = clean_words("words", told.words, MAX_EXPLANATION)
        if not words.words:
            errors.append(FieldError("words", "empty", "Please say why you hold it to be illegal."))
    except Invalid as refused:
        errors.extend(refused.errors)
    # Article 16(2)(c): who gives notice of such a crime need not say who they are.
    may_be_nobody = told.kind == CHILDREN
    for field, raw, clean, asked in (
        ("name", told.name, clean_name, "Please enter your name."),
        ("email", told.email, clean_email, "Please enter your email address."),
    ):
        if not raw.strip():
            if not may_be_nobody:
                errors.append(FieldError(field, "empty", asked))
            continue
        try:
            setattr(words, field, clean(raw))
        except TextRefused as refused:
            errors.append(FieldError(field, refused.code, refused.message))
    if not told.good_faith:
        errors.append(FieldError("good_faith", "empty", "Please confirm this to go on."))
    if errors:
        raise Invalid(*errors)
    return words


def _checked_answer(act: str, ground: str, statement: str) -> str:
    errors = []
    if act not in ACTS:
        errors.append(FieldError("act", "invalid", "Choose whether the comment stays."))
    if ground not in GROUNDS or (act not in ("keep", "") and ground == NONE):
        errors.append(FieldError("ground", "invalid", "Say what the decision rests on: the law, or the site's rules."))
    words = clean_words("statement", statement, MAX_STATEMENT)
    if not words:
        errors.append(FieldError("statement", "empty", "Give the reasons: both sides read them."))
    if errors:
        raise Invalid(*errors)
    return words


def _purpose(site: Site) -> str:
    # No site's key holds a line end: what is made for a notice is the receipt of no comment.
    return f"notice\n{site.key}"
