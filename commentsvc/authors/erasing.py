"""A person's name, address and text go for good: from one comment, or from all that are theirs; their place stays.

Erased is what could be read again: rows, published pages in memory and on disk, and with SQLite the bytes of the file
and of its log. Nothing is left but that something was erased, when, and by whom.
"""

import contextlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from commentsvc.authors.own_data import Door
from commentsvc.authors.revising import by_receipt
from commentsvc.database import engine
from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.keys import Keyring
from commentsvc.models import erasure
from commentsvc.models import personal
from commentsvc.models.acts import change_since
from commentsvc.models.acts import locked
from commentsvc.models.acts import standing
from commentsvc.models.decision import AUTHOR
from commentsvc.models.decision import OPERATOR
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.ids import to_text
from commentsvc.models.owned import comment_of
from commentsvc.models.site import Site
from commentsvc.models.subscription import find_mailbox
from commentsvc.notifying import subscribing
from commentsvc.notifying.telling import on_decided
from commentsvc.page_store import PageStore
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import UnknownComment

log = logging.getLogger(__name__)

# What one transaction erases at once, so that nobody who posts waits long.
BATCH = 100


@dataclass(frozen=True)
class Found:
    """What there is to erase of a person: the comments, and how much is kept of their address beside them."""

    comment_ids: list[int]
    subscriptions: int = 0
    letters: int = 0
    notices: int = 0

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is kept."""
        return not (self.comment_ids or self.subscriptions or self.letters or self.notices)


def erase(site: Site, comment_id: int, receipt: str, keys: Keyring, pages: PageStore, now: datetime) -> None:
    """Erase the author's own comment; twice is once. Raises what `revising.read` raises."""
    with transaction() as session:
        by_receipt(session, site, comment_id, receipt, keys)
        _erase(session, site, [comment_id], AUTHOR, now)
    _leave_nothing(pages, [comment_id])


def erase_all(site: Site, door: Door, pages: PageStore, now: datetime) -> int:
    """Erase all comments that a door opens and forget its mailbox; return how many. Raises what the door raises.

    Where it is broken off, the door opens what is left: the comment of a receipt goes last, and then the mailbox.
    """
    with reading() as session:
        whose = door(session)
    ids = whose.comment_ids
    if whose.own is not None:
        ids = [one for one in ids if one != whose.own.comment.id] + [whose.own.comment.id]
    return _erase_in_batches(site, ids, whose.mailbox.email if whose.mailbox is not None else None, AUTHOR, pages, now)


def find(site: Site, email: str | None, comment_id: int | None) -> Found:
    """Return what there is to erase of an address, or of one comment; raise UnknownComment or DatabaseAway."""
    with reading() as session:
        if email is None:
            if comment_id is None or comment_of(session, site, comment_id) is None:
                raise UnknownComment
            return Found([comment_id])
        mailbox = find_mailbox(session, site, email)
        return Found(
            personal.carrying(session, site, email),
            subscriptions=len(personal.subscriptions_of(session, mailbox)) if mailbox is not None else 0,
            letters=len(personal.letters_to(session, site, email)),
            notices=len(personal.notices_from(session, site, email)),
        )


def erase_for(site: Site, email: str | None, comment_id: int | None, pages: PageStore, now: datetime) -> int:
    """Erase for a person who asked the operator: all that carries an address, or one comment; return how many.

    Whether they are who they say is for the operator to know. Raises what `find` raises.
    """
    return _erase_in_batches(site, find(site, email, comment_id).comment_ids, email, OPERATOR, pages, now)


def empty_log() -> bool:
    """Write SQLite's log into its file and leave it empty; False where somebody was reading too long.

    Deleted bytes are overwritten in the file (`PRAGMA secure_delete`), and until then still stand in the log.
    """
    if engine().dialect.name != "sqlite":
        return True
    connection = engine().raw_connection()
    try:
        cursor = connection.cursor()
        is_busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue]
        cursor.close()
    finally:
        connection.close()
    return not is_busy


def _erase_in_batches(site: Site, ids: list[int], email: str | None, by: Actor, pages: PageStore, now: datetime) -> int:
    for start in range(0, len(ids), BATCH):
        with transaction() as session:
            _erase(session, site, ids[start : start + BATCH], by, now, address_too=email is None)
    if email is not None:
        with transaction() as session:
            _forget(session, site, email)
    _leave_nothing(pages, ids)
    return len(ids)


def _erase(
    session: Session, site: Site, ids: Iterable[int], by: Actor, now: datetime, *, address_too: bool = True
) -> None:
    wanted = set(ids)
    pairs = locked(session, site, wanted)
    if {comment.id for comment, _ in pairs} != wanted:
        raise DatabaseAway("a comment is being moved to another thread")
    batch = None
    for comment, thread in pairs:
        session.refresh(comment)
        if comment.erased is not None:
            continue
        email, before = comment.email, standing(comment)
        erasure.empty(session, site, thread, comment, now)
        session.flush()
        made = record(
            session, site, thread,
            act="erase", by=by, at=now, comment_id=comment.id, change=change_since(before, comment), batch=batch,
        )  # fmt: skip
        batch = batch or made.batch
        on_decided(session, site, comment, made, now)
        if email is not None and address_too:
            erasure.forget_address(session, site, email)


def _forget(session: Session, site: Site, email: str) -> None:
    erasure.forget_letters_to(session, site, email)
    erasure.forget_notices(session, site, email)
    mailbox = find_mailbox(session, site, email)
    if mailbox is not None and personal.carrying(session, site, email):
        # Comments that its owner did not confirm carry it still: by mail alone can they be shown and erased.
        erasure.forget_subscriptions(session, mailbox)
    else:
        subscribing.forget(session, site, email)


def _leave_nothing(pages: PageStore, ids: Iterable[int]) -> None:
    # The rows are gone whatever happens here; what can't be cleared now is cleared by what looks after it.
    try:
        pages.forget_all_with({to_text(one) for one in ids})
    except OSError as error:
        log.warning("kept pages could not be cleared after an erasure: %s", error)
    with contextlib.suppress(DBAPIError):
        if empty_log():
            return
    log.warning("the database's log could not be emptied after an erasure, because somebody was reading")
