"""An author edits or takes back a comment, by its receipt."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc import receipts
from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.keys import Keyring
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import DELETED
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.comment import set_state
from commentsvc.models.comment import show_revision
from commentsvc.models.decision import AUTHOR
from commentsvc.models.decision import Change
from commentsvc.models.decision import record
from commentsvc.models.owned import Own
from commentsvc.models.owned import own
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.models.thread import lock_thread
from commentsvc.refusals import EditTooLate
from commentsvc.refusals import ReceiptMissing
from commentsvc.refusals import ReceiptWrong
from commentsvc.refusals import UnknownComment
from commentsvc.screening.policy import APPROVE
from commentsvc.screening.policy import Policy
from commentsvc.screening.policy import Standing
from commentsvc.screening.policy import judge
from commentsvc.submission import check_text
from commentsvc.text.rendering import RENDERER


def read(site: Site, comment_id: int, receipt: str | None, keys: Keyring) -> Own:
    """Return the author's own comment; raise UnknownComment, ReceiptMissing, ReceiptWrong or DatabaseAway."""
    with reading() as session:
        return _shown_to_author(session, site, comment_id, receipt, keys)


def edit(site: Site, comment_id: int, receipt: str | None, body: str, keys: Keyring, now: datetime) -> Own:
    """Store a new revision of the author's own comment and screen it.

    Where it is held, what was shown stays until a moderator approves the new text. Raises what `read` raises, and
    Invalid and EditTooLate.
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
        # The author of an approved comment is known by it.
        standing = Standing(links=text.links, known=comment.state == APPROVED)
        verdict = judge(standing, Policy(hold=site.hold, links=site.hold_links))
        if comment.state == APPROVED and verdict.action != APPROVE:
            comment.held_revision = n
            comment.queued = now
        else:
            comment.held_revision = None
            comment.queued = comment.queued if comment.state == PENDING else None
            show_revision(session, thread, comment, n, now, now)
        change = Change(
            state=(comment.state, comment.state),
            shown=(before[0], comment.shown_revision),
            held=(before[1], comment.held_revision),
        )
        record(
            session, site, thread,
            act="edit", by=AUTHOR, at=now, comment_id=comment.id, change=change, reasons=verdict.reasons,
        )  # fmt: skip
        session.flush()
        return _shown_to_author(session, site, comment_id, receipt, keys)


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
        record(session, site, thread, act="withdraw", by=AUTHOR, at=now, comment_id=comment.id, change=change)


def _locked(session: Session, site: Site, comment_id: int, receipt: str | None, keys: Keyring) -> tuple[Own, Thread]:
    found = own(session, site, comment_id)
    thread = lock_thread(session, site, found.comment.thread_id) if found is not None else None
    if found is None or thread is None:
        raise UnknownComment
    # Read again under the lock: a moderator may have decided in between.
    session.refresh(found.comment)
    return _shown_to_author(session, site, comment_id, receipt, keys), thread


def _shown_to_author(session: Session, site: Site, comment_id: int, receipt: str | None, keys: Keyring) -> Own:
    if receipt is None:
        raise ReceiptMissing
    found = own(session, site, comment_id)
    if found is None:
        raise UnknownComment
    if not receipts.is_right(receipt, keys, site.key, comment_id, found.comment.generation):
        raise ReceiptWrong
    return found


def _next_number(session: Session, comment: Comment) -> int:
    last = session.scalar(
        select(func.max(Revision.n)).where(Revision.site_id == comment.site_id, Revision.comment_id == comment.id)
    )
    return (last or 0) + 1
