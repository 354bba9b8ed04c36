"""A submission becomes a comment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from commentsvc import group_commit
from commentsvc.authors import receipts
from commentsvc.authors.judging import Case
from commentsvc.authors.judging import Judgement
from commentsvc.authors.judging import is_known
from commentsvc.authors.judging import judge
from commentsvc.authors.repeating import first_answer
from commentsvc.authors.repeating import keep_first_answer
from commentsvc.authors.submission import Checked
from commentsvc.authors.submission import Submission
from commentsvc.authors.submission import Text
from commentsvc.authors.submission import check
from commentsvc.authors.submission import check_text
from commentsvc.authors.submission import unknown_parent
from commentsvc.authors.suspecting import Watch
from commentsvc.database import transaction
from commentsvc.keys import Keyring
from commentsvc.keys import avatar
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import REJECTED
from commentsvc.models.comment import SPAM
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.comment import place
from commentsvc.models.comment import set_state
from commentsvc.models.decision import AUTHOR
from commentsvc.models.decision import RULE
from commentsvc.models.decision import Actor
from commentsvc.models.decision import Change
from commentsvc.models.decision import record
from commentsvc.models.ids import new_id
from commentsvc.models.moderator import Moderator
from commentsvc.models.owned import Own
from commentsvc.models.owned import comment_of
from commentsvc.models.owned import own
from commentsvc.models.owned import thread_id_of
from commentsvc.models.site import Site
from commentsvc.models.site import stands
from commentsvc.models.thread import Thread
from commentsvc.models.thread import lock_thread
from commentsvc.models.thread import open_thread
from commentsvc.models.thread import save_thread
from commentsvc.models.told import as_told
from commentsvc.notifying.telling import on_posted
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Invalid
from commentsvc.refusals import SiteChanged
from commentsvc.refusals import ThreadClosed
from commentsvc.refusals import UnknownComment
from commentsvc.refusals import UnknownSite
from commentsvc.rows import row_of
from commentsvc.rows import write_new
from commentsvc.screening import policy
from commentsvc.screening.policy import Verdict
from commentsvc.screening.suspicion import Signs
from commentsvc.text.rendering import RENDERER

CREATED = 201
ACCEPTED = 202
STATES = {policy.APPROVE: APPROVED, policy.HOLD: PENDING, policy.SPAM: SPAM, policy.REJECT: REJECTED}
# Each lost race is another process that stored its first comment of the same new thread, or the same key.
RACES = 5


@dataclass(frozen=True)
class Posted:
    """What became of a submission: the comment as its author sees it, its receipt, 201 approved or 202 held."""

    comment: Own
    receipt: str
    status: int


def post(
    site: Site, submission: Submission, keys: Keyring, now: datetime,
    *, limits: bool = True, watch: Watch | None = None, must_stand: bool = False,
) -> Posted:  # fmt: skip
    """Store a reader's submission as a comment; without `limits`, rules against floods and repeats are not asked.

    `watch` tells how it was sent: what is suspicious is held, never refused. `must_stand` says that the site was read a
    while ago: raises SiteChanged where it is another by now. Raises Invalid, ForeignOrigin, ThreadClosed, KeyReused,
    DatabaseAway. A repeat with the same idempotency key within 24 hours stores nothing and returns the first answer's
    status and receipt with the comment as it is now.
    """
    checked = check(site, submission)
    draft = Draft(
        name=checked.name,
        email=checked.email,
        website=checked.website,
        avatar=avatar(keys, site.key, checked.name),
        network=submission.network,
        url=checked.address.raw,
        title=checked.title,
        text=checked.text,
        by=AUTHOR,
        at=now,
        signs=watch.signs(site, checked, now) if watch is not None else None,
    )
    for race in range(RACES):
        try:
            return group_commit.store(
                lambda session: _post(session, site, submission, checked, draft, keys, limits, must_stand)
            )
        except IntegrityError as error:
            if race == RACES - 1:
                raise UnknownSite(site.key) from error
    raise AssertionError("unreachable")


def reply(site: Site, moderator: Moderator, parent_id: int, body: str, keys: Keyring, now: datetime) -> Comment:
    """Store a moderator's reply, approved and with their badge; raise Invalid, UnknownComment or DatabaseAway."""
    draft = Draft(
        name=moderator.name,
        email=None,
        website=None,
        avatar=avatar(keys, site.key, moderator.name),
        network=None,
        url=None,
        title=None,
        text=check_text(body),
        by=Actor("moderator", moderator.id),
        at=now,
    )
    with transaction() as session:
        thread_id = thread_id_of(session, site, parent_id)
        thread = lock_thread(session, site, thread_id) if thread_id is not None else None
        # Read under the lock: others may have answered it, or taken it down.
        parent = comment_of(session, site, parent_id)
        if thread is None or parent is None or parent.state != APPROVED:
            raise UnknownComment
        if parent.thread_id != thread.id:
            raise DatabaseAway("the comment is being moved to another thread")
        comment, _ = _store(session, site, thread, parent, draft, Judgement(Verdict(policy.APPROVE)))
        on_posted(session, site, comment, None, now)
        return comment


@dataclass(frozen=True)
class Draft:
    """A comment that is not stored yet: who, what they wrote, and what is shown of it."""

    name: str
    email: str | None
    website: str | None
    avatar: str
    network: str | None
    url: str | None
    title: str | None
    text: Text
    by: Actor
    at: datetime
    signs: Signs | None = None


def _post(
    session: Session, site: Site, submission: Submission, checked: Checked, draft: Draft, keys: Keyring, limits: bool,
    must_stand: bool,
) -> Posted:  # fmt: skip
    if must_stand and not stands(session, site):
        raise SiteChanged
    kept = first_answer(session, site, submission, draft.at)
    if kept is not None:
        return _posted(session, site, kept.comment_id, keys, kept.status)
    thread = open_thread(session, site, checked.address.canonical, checked.address.raw, checked.ref, draft.at)
    closed = thread.closed_since(site, draft.at)
    if closed is not None:
        raise ThreadClosed(closed)
    parent = _parent(session, site, thread, checked.parent_id)
    known = is_known(session, site, submission.receipts, keys, draft.at)
    judgement = judge(session, site, _case(draft, thread, known), limits=limits, signs=draft.signs)
    comment, revision = _store(session, site, thread, parent, draft, judgement, known)
    save_thread(session, thread)
    on_posted(session, site, comment, submission, draft.at)
    status = CREATED if judgement.verdict.action == policy.APPROVE else ACCEPTED
    keep_first_answer(session, site, submission, comment.id, status, draft.at)
    mine = as_told(session, Own(site, comment, revision, thread))
    return Posted(mine, receipts.make(keys, site.key, comment.id, comment.generation), status)


def _case(of: Draft, thread: Thread, known: bool) -> Case:
    return Case(of.text, of.name, of.email, of.website, of.network, of.at, of.at - thread.created, known)


def _store(
    session: Session, site: Site, thread: Thread, parent: Comment | None, draft: Draft, judgement: Judgement,
    known: bool = False,
) -> tuple[Comment, Revision]:  # fmt: skip
    verdict = judgement.verdict
    comment_id = new_id(draft.at)
    depth, path = place(comment_id, draft.at, parent)
    values: dict[str, Any] = {
        "site_id": site.id,
        "id": comment_id,
        "thread_id": thread.id,
        "parent_id": parent.id if parent is not None else None,
        "depth": depth,
        "path": path,
        "state": PENDING,
        "shown": False,
        "shown_replies": 0,
        "name": draft.name,
        "email": draft.email,
        "website": draft.website,
        "avatar": draft.avatar,
        "network": draft.network,
        "moderator_id": draft.by.id,
        "generation": 1,
        "url": draft.url,
        "title": draft.title,
        "shown_revision": 1,
        "created": draft.at,
    }
    comment = row_of(Comment, values)
    state = STATES[verdict.action]
    set_state(session, thread, comment, state, draft.at)
    write_new(session, comment)
    values = {
        "site_id": site.id,
        "comment_id": comment_id,
        "n": 1,
        "markup": "markdown",
        "source": draft.text.source,
        "html": draft.text.html,
        "renderer": RENDERER,
        "by": draft.by.kind,
        "by_id": draft.by.id,
        "at": draft.at,
    }
    revision = row_of(Revision, values)
    write_new(session, revision)
    is_refused = state in (SPAM, REJECTED)
    change = Change(state=(None, PENDING if is_refused else state), shown=(None, 1))
    reasons = (*verdict.reasons, policy.KNOWN) if known else verdict.reasons
    what: Any = {"at": draft.at, "comment_id": comment_id}
    record(session, site, thread, act="submit", by=draft.by, change=change, reasons=reasons, **what)
    if is_refused:
        change = Change(state=(PENDING, state), shown=(1, 1))
        record(session, site, thread, act=verdict.action, by=RULE, change=change, reasons=verdict.reasons, **what)
    judgement.remember(session, site, comment_id, draft.at)
    return comment, revision


def _parent(session: Session, site: Site, thread: Thread, parent_id: int | None) -> Comment | None:
    if parent_id is None:
        return None
    parent = comment_of(session, site, parent_id)
    if parent is None or parent.thread_id != thread.id or parent.state != APPROVED:
        raise Invalid(unknown_parent())
    return parent


def _posted(session: Session, site: Site, comment_id: int, keys: Keyring, status: int) -> Posted:
    found = own(session, site, comment_id)
    if found is None:
        raise UnknownComment
    return Posted(as_told(session, found), receipts.make(keys, site.key, comment_id, found.comment.generation), status)
