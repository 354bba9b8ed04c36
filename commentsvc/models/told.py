"""What an author is told of a comment's state."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.models.comment import PENDING
from commentsvc.models.comment import SPAM
from commentsvc.models.decision import Decision
from commentsvc.models.owned import Own


def as_told(session: Session, mine: Own) -> Own:
    """Return a comment as its author is told of it: what no moderator has looked at is waiting, also where it is spam.

    Who sends spam learns nothing about the rules by trying. The comment is taken out of the session: it is to be shown,
    not to be stored.
    """
    if mine.comment.state == SPAM and not _was_decided_by_a_person(session, mine):
        if mine.comment in session:
            session.expunge(mine.comment)
        mine.comment.state = PENDING
    return mine


def _was_decided_by_a_person(session: Session, mine: Own) -> bool:
    question = select(Decision.id).where(
        Decision.site_id == mine.site.id, Decision.comment_id == mine.comment.id, Decision.actor == "moderator"
    )
    return session.scalar(question.limit(1)) is not None
