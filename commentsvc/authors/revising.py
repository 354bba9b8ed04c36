"""An author edits or takes back a comment, by its receipt."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.authors import receipts
from commentsvc.authors.judging import Case
from commentsvc.authors.judging import judge
from commentsvc.authors.submission import Text
from commentsvc.authors.submission import check_text
from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.keys import Keyring
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import DELETED
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import REJECTED
from commentsvc.models.comment import SPAM
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.comment import set_state
from commentsvc.models.comment import show_revision
from commentsvc.models.decision import AUTHOR
from commentsvc.models.decision import RULE
from commentsvc.models.decision import Change
from commentsvc.models.decision import record
from commentsvc.models.owned import Own
from commentsvc.models.owned import own
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.models.thread import lock_thread
from commentsvc.models.told import as_told
from commentsvc.notifying import hooks
from commentsvc.notifying import subscribing
from commentsvc.notifying.telling import on_decided
from commentsvc.notifying.telling import on_held
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import EditTooLate
from commentsvc.refusals import ReceiptMissing
from commentsvc.refusals import ReceiptWrong
from commentsvc.refusals import UnknownComment
from commentsvc.screening import policy
from commentsvc.text.rendering import RENDERER


def read(site: Site, comment_id: int, receipt: str | None, keys: Keyring) -> Own:
    """Return the author's own comment; raise UnknownComment, ReceiptMissing, ReceiptWrong or DatabaseAway."""
    with reading() as session:
        return as_told(session, by_receipt(session, site, comment_id, receipt, keys))


def hears(site: Site, comment_id: int) -> str:
    """Return whether a comment's author is told of replies: `on`, `off`, or `asked` until they confirm."""
    with reading() as session:
        return subscribing.hears(session, site, comment_id)


def set_letters(
    site: Site, comment_id: int, receipt: str | None, on: bool, network: str | None, keys: Keyring, now: datetime,
    language: str | None = None,
) -> str:  # fmt: skip
    """Turn the letters to a comment's author on or off, and return what `hears` then says; raise what `read` raises."""
    with transaction() as session:
        mine, _ = _locked(session, site, comment_id, receipt, keys)
        return subscribing.switch(session, site, mine.comment, on, network, now, language)


def edit(
    site: Site, comment_id: int, receipt: str | None, body: str, keys: Keyring, now: datetime, *, limits: bool = True
) -> Own:
    """Store a new revision of the author's own comment and screen it, as `posting.post` does.

    Where it is held, what was shown stays until a moderator approves the new text, also where a rule says worse of it;
    a comment that waits goes where the rule says. Raises what `read` raises, and Invalid and EditTooLate.
    """
    text = check_text(body)
    with transaction() as session:
        mine, thread = _locked(session, site, comment_id, receipt, keys)
        comment = mine.comment
        if mine.editable_until is None or mine.editable_until <= now:
            raise EditTooLate
        if mine.revision.source == text.source:
            return mine
        before = comment.shown_revision, comment.held_revision
        n = _next_number(session, comment)
        session.add(
            Revision(
                site_id=site.id,
                comment_id=comment.id,
                n=n,
                markup="markdown",
                source=text.source,
                html=text.html,
                renderer=RENDERER,
                by=AUTHOR.kind,
                at=now,
            )
        )
        judgement = judge(session, site, _case(mine, thread, text, now), limits=limits)
        verdict = judgement.verdict
        if mine.revision.by != AUTHOR.kind:
            # A moderator wrote what is there: whether it is undone is theirs to say.
            verdict = policy.strictest(verdict, policy.Verdict(policy.HOLD, (policy.AFTER_EDIT,)))
        if comment.state == APPROVED and verdict.action != policy.APPROVE:
            comment.held_revision = n
            comment.queued = now
            on_held(session, site, now)
        else:
            comment.held_revision = None
            comment.queued = comment.queued if comment.state == PENDING else None
            show_revision(session, thread, comment, n, now, now)
        change = Change(
            state=(comment.state, comment.state),
            shown=(before[0], comment.shown_revision),
            held=(before[1], comment.held_revision),
        )
        made = record(
            session, site, thread,
            act="edit", by=AUTHOR, at=now, comment_id=comment.id, change=change, reasons=verdict.reasons,
        )  # fmt: skip
        hooks.decided(session, site, made, now)
        if comment.state == PENDING and verdict.action in REFUSED:
            change = Change(
                state=(PENDING, REFUSED[verdict.action]), shown=(comment.shown_revision, comment.shown_revision)
            )
            set_state(session, thread, comment, REFUSED[verdict.action], now)
            refused = record(
                session, site, thread,
                act=verdict.action, by=RULE, at=now, comment_id=comment.id, change=change, reasons=verdict.reasons,
            )  # fmt: skip
            hooks.decided(session, site, refused, now)
        judgement.remember(session, site, comment.id, now)
        session.flush()
        return as_told(session, by_receipt(session, site, comment_id, receipt, keys))


def withdraw(site: Site, comment_id: int, receipt: str | None, keys: Keyring, now: datetime) -> None:
    """Take the author's own comment back, at any time; twice is once. Raises what `read` raises."""
    with transaction() as session:
        mine, thread = _locked(session, site, comment_id, receipt, keys)
        comment = mine.comment
        if comment.withdrawn is not None:
            return
        before, held = comment.state, comment.held_revision
        comment.withdrawn = now
        comment.held_revision = None
        set_state(session, thread, comment, DELETED, now)
        change = Change(
            state=(before, DELETED), shown=(comment.shown_revision, comment.shown_revision), held=(held, None)
        )
        made = record(session, site, thread, act="withdraw", by=AUTHOR, at=now, comment_id=comment.id, change=change)
        on_decided(session, site, comment, made, now)


def by_receipt(session: Session, site: Site, comment_id: int, receipt: str | None, keys: Keyring) -> Own:
    """Return the comment of a receipt; raise UnknownComment, ReceiptMissing or ReceiptWrong."""
    if receipt is None:
        raise ReceiptMissing
    found = own(session, site, comment_id)
    if found is None:
        raise UnknownComment
    if not receipts.is_right(receipt, keys, site.key, comment_id, found.comment.generation):
        raise ReceiptWrong
    return found


REFUSED = {policy.SPAM: SPAM, policy.REJECT: REJECTED}


def _case(mine: Own, thread: Thread, text: Text, now: datetime) -> Case:
    comment = mine.comment
    return Case(
        text=text,
        name=comment.name,
        email=comment.email,
        website=comment.website,
        # How fast the comment came was judged when it came.
        network=None,
        at=now,
        thread_age=now - thread.created,
        # The author of an approved comment is known by it.
        known=comment.state == APPROVED,
        comment_id=comment.id,
    )


def _locked(session: Session, site: Site, comment_id: int, receipt: str | None, keys: Keyring) -> tuple[Own, Thread]:
    found = own(session, site, comment_id)
    thread = lock_thread(session, site, found.comment.thread_id) if found is not None else None
    if found is None or thread is None:
        raise UnknownComment
    # Read again under the lock: a moderator may have decided in between.
    session.refresh(found.comment)
    if found.comment.thread_id != thread.id:
        raise DatabaseAway("the comment is being moved to another thread")
    return by_receipt(session, site, comment_id, receipt, keys), thread


def _next_number(session: Session, comment: Comment) -> int:
    last = session.scalar(
        select(func.max(Revision.n)).where(Revision.site_id == comment.site_id, Revision.comment_id == comment.id)
    )
    return (last or 0) + 1
