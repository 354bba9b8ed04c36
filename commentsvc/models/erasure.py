"""What of a person lies in which table: emptied so that a thread keeps its shape, its count and its chain of decisions.

Rows that others rest on stay, without what was said: the comment and the numbers of its revisions, the codes and ids of
what was decided, the ids under which it was imported, by which the same file does not bring it back.
"""

import re
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy import func
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.orm import Session

from commentsvc.models import letter as letters
from commentsvc.models import personal
from commentsvc.models.comment import DELETED
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.comment import set_state
from commentsvc.models.decision import Decision
from commentsvc.models.decision import DecisionNote
from commentsvc.models.kept_answer import KeptAnswer
from commentsvc.models.learnt import Learnt
from commentsvc.models.learnt import Lesson
from commentsvc.models.learnt import Muted
from commentsvc.models.letter import Letter
from commentsvc.models.notice import Notice
from commentsvc.models.notice import NoticeWords
from commentsvc.models.report import Report
from commentsvc.models.site import Site
from commentsvc.models.subscription import REPLIES
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import Subscription
from commentsvc.models.text_mark import TextMark
from commentsvc.models.thread import Thread

# The picture of nobody.
NO_AVATAR = "0000000000"
# No request has it: who repeats one that was erased is refused, and does not bring it back.
NO_FINGERPRINT = bytes(32)
# The kinds of signals whose keys hold words that somebody wrote.
WORDED = ("words", "name", "host", "path", "mail")
_QUOTED = re.compile("“(.*?)”")


def empty(session: Session, site: Site, thread: Thread, comment: Comment, now: datetime) -> None:
    """Take all that a person said and told from a comment and from what was written about it; its thread is locked."""
    muted = _muted_words(session, site, comment)
    comment.withdrawn = comment.withdrawn or now
    comment.erased = now
    comment.held_revision = None
    set_state(session, thread, comment, DELETED, now)
    comment.name, comment.avatar = "", NO_AVATAR
    comment.email = comment.website = comment.network = comment.url = comment.title = comment.edited = None
    if thread.pinned_id == comment.id:
        thread.pinned_id = None
    thread.touch(session, now)
    _empty_texts(session, site, comment.id, now)
    _forget_letters(session, site, comment.id)
    _unlearn(session, site, comment.id, muted)


def forget_notices(session: Session, site: Site, email: str) -> int:
    """Remove who sent the notices that came with an address, and their words; return how many."""
    found = [notice for notice, _ in personal.notices_from(session, site, email)]
    _forget_words_of(session, site, [notice.id for notice in found])
    return len(found)


def forget_address(session: Session, site: Site, email: str) -> None:
    """Remove the mailbox that a comment was the last to use, with all letters to it.

    One that still hears of something stays, and so does one that never wants a letter, or it could be written to again.
    """
    mailboxes = select(Mailbox).where(Mailbox.site_id == site.id, personal.is_of(Mailbox.email, email))
    if personal.carrying(session, site, email):
        return
    for mailbox in session.scalars(mailboxes):
        hears = select(Subscription.id).where(Subscription.site_id == site.id, Subscription.mailbox_id == mailbox.id)
        if mailbox.silenced is None and session.scalar(hears.limit(1)) is None:
            forget_letters_to(session, site, email)
            session.delete(mailbox)


def forget_subscriptions(session: Session, mailbox: Mailbox) -> None:
    """Remove all that a mailbox hears of."""
    of_it = (Subscription.site_id == mailbox.site_id, Subscription.mailbox_id == mailbox.id)
    _run(session, delete(Subscription).where(*of_it))


def forget_letters_to(session: Session, site: Site, email: str) -> None:
    """Remove all letters to an address in any spelling, sent or not."""
    _run(session, delete(Letter).where(Letter.site_id == site.id, personal.is_of(Letter.recipient, email)))


def _empty_texts(session: Session, site: Site, comment_id: int, now: datetime) -> None:
    def of(table: type) -> tuple:
        return table.site_id == site.id, table.comment_id == comment_id  # pyright: ignore[reportAttributeAccessIssue]

    _run(session, update(Revision).where(*of(Revision)).values(source="", html=""))
    _run(session, delete(TextMark).where(*of(TextMark)))
    _run(session, update(KeptAnswer).where(*of(KeptAnswer)).values(fingerprint=NO_FINGERPRINT))
    # What others wrote about it quotes it.
    _run(session, update(Report).where(*of(Report)).values(reporter=None, words=None, erased=now))
    decisions = select(Decision.id).where(*of(Decision))
    _run(session, delete(DecisionNote).where(DecisionNote.site_id == site.id, DecisionNote.decision_id.in_(decisions)))
    _forget_words_of(session, site, list(session.scalars(select(Notice.id).where(*of(Notice)))))


def _forget_words_of(session: Session, site: Site, notice_ids: list[int]) -> None:
    _run(session, delete(NoticeWords).where(NoticeWords.site_id == site.id, NoticeWords.notice_id.in_(notice_ids)))
    _run(session, update(Notice).where(Notice.site_id == site.id, Notice.id.in_(notice_ids)).values(fingerprint=None))


def _forget_letters(session: Session, site: Site, comment_id: int) -> None:
    asked = select(Subscription.id).where(
        Subscription.site_id == site.id, Subscription.kind == REPLIES, Subscription.about_id == comment_id
    )
    ids = list(session.scalars(asked))
    _run(session, delete(Letter).where(Letter.site_id == site.id, Letter.subscription_id.in_(ids)))
    outcomes = (letters.APPROVED, letters.REJECTED)
    _run(
        session,
        delete(Letter).where(Letter.site_id == site.id, Letter.comment_id == comment_id, Letter.kind.in_(outcomes)),
    )
    _run(session, delete(Subscription).where(Subscription.site_id == site.id, Subscription.id.in_(ids)))


def _unlearn(session: Session, site: Site, comment_id: int, muted: list[Muted]) -> None:
    taught = session.get(Lesson, (site.id, comment_id))
    if taught is not None:
        session.delete(taught)
    for one in muted:
        if _is_of_others(session, site, comment_id, one):
            continue
        said = select(Decision.id).where(Decision.site_id == site.id, Decision.comment_id.is_(None))
        of_it = (DecisionNote.site_id == site.id, DecisionNote.words == one.key, DecisionNote.decision_id.in_(said))
        _run(session, delete(DecisionNote).where(*of_it))
        session.delete(one)
    if taught is None and not muted:
        return
    # The model is made anew from what is left; one that nobody uses is not, so it goes at once.
    _run(session, update(Learnt).where(Learnt.site_id == site.id).values(wanted=Learnt.wanted + 1))
    unused = update(Learnt).where(Learnt.site_id == site.id, Learnt.is_on.is_(False))
    _run(session, unused.values(model=None, made=-1, knows_since=None, spam=0, good=0))


def _muted_words(session: Session, site: Site, comment: Comment) -> list[Muted]:
    """Return what moderators told the filter to ignore and stands in a comment."""
    muted = [one for one in session.scalars(select(Muted).where(Muted.site_id == site.id)) if _words(one)]
    if not muted:
        return []
    texts = select(Revision.source).where(Revision.site_id == site.id, Revision.comment_id == comment.id)
    facts = (comment.name, comment.email or "", comment.website or "", *session.scalars(texts))
    said = "\n".join(facts).casefold()
    return [one for one in muted if all(word in said for word in _words(one))]


def _is_of_others(session: Session, site: Site, comment_id: int, muted: Muted) -> bool:
    # What another comment taught as well tells nobody what this one said.
    asked = (
        select(Lesson.comment_id)
        .join(Comment, (Comment.site_id == Lesson.site_id) & (Comment.id == Lesson.comment_id))
        .join(
            Revision,
            (Revision.site_id == Lesson.site_id)
            & (Revision.comment_id == Lesson.comment_id)
            & (Revision.n == Lesson.revision),
        )
        .where(Lesson.site_id == site.id, Lesson.comment_id != comment_id)
    )
    columns = (Revision.source, Comment.name, Comment.email, Comment.website)
    for word in _words(muted):
        asked = asked.where(or_(*(func.lower(column).contains(word, autoescape=True) for column in columns)))
    return session.scalar(asked.limit(1)) is not None


def _words(muted: Muted) -> list[str]:
    kind, _, value = muted.key.partition(":")
    if kind not in WORDED:
        return []
    # As they were written: in the key letters stand for others that look like them.
    faces = _QUOTED.findall(muted.words) or [value]
    return [word for face in faces for word in face.casefold().replace("…", " ").split()]


def _run(session: Session, statement: object) -> None:
    session.flush()
    session.execute(statement, execution_options={"synchronize_session": False})  # pyright: ignore[reportArgumentType, reportCallIssue]
