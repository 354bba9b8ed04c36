"""A moderator edits a comment; what its author wrote is kept as a revision."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import transaction
from commentsvc.models.acts import change_since
from commentsvc.models.acts import locked
from commentsvc.models.acts import standing
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.comment import show_revision
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.moderator import Moderator
from commentsvc.models.owned import revision_of
from commentsvc.models.site import Site
from commentsvc.notifying import hooks
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import NotToEdit
from commentsvc.refusals import TextChanged
from commentsvc.refusals import UnknownComment
from commentsvc.text.bodies import clean_body
from commentsvc.text.refusal import TextRefused
from commentsvc.text.rendering import RENDERER
from commentsvc.text.rendering import Rendered
from commentsvc.text.rendering import render


def correct(site: Site, moderator: Moderator, comment_id: int, body: str, seen: int, now: datetime) -> int | None:
    """Store a moderator's text of a comment, shown at once where the comment is shown; its state stays.

    `seen` is the number of the revision that was changed. Returns the number by which it is undone, None where the
    text is as it was. Raises Invalid, UnknownComment, TextChanged, NotToEdit or DatabaseAway.
    """
    by = Actor("moderator", moderator.id)
    with transaction() as session:
        comment, thread = next(iter(locked(session, site, [comment_id])), (None, None))
        if comment is None or thread is None:
            raise UnknownComment
        if comment.withdrawn is not None:
            raise NotToEdit
        if comment.newest_revision != seen:
            raise TextChanged
        old = revision_of(session, comment, seen)
        source, rendered = _text(body, old.markup)
        if source == old.source:
            return None
        before = standing(comment)
        n = _next_number(session, comment)
        session.add(
            Revision(
                site_id=site.id,
                comment_id=comment.id,
                n=n,
                markup=old.markup,
                source=source,
                html=rendered.html,
                renderer=RENDERER,
                by=by.kind,
                by_id=by.id,
                at=now,
            )
        )
        # What a moderator wrote has been read by one: an author's edit that waited is settled with it.
        comment.held_revision = None
        comment.queued = comment.queued if comment.state == PENDING else None
        show_revision(session, thread, comment, n, now, now)
        change = change_since(before, comment)
        made = record(session, site, thread, act="edit", by=by, at=now, comment_id=comment.id, change=change)
        hooks.decided(session, site, made, now)
        return made.batch


def _text(body: str, markup: str) -> tuple[str, Rendered]:
    try:
        source = clean_body(body)
    except TextRefused as refused:
        raise Invalid(FieldError("body", refused.code, refused.message)) from refused
    rendered = render(source, markup)
    if not rendered.visible:
        raise Invalid(FieldError("body", "empty", "Nothing of this text would be seen. Delete the comment instead."))
    return source, rendered


def _next_number(session: Session, comment: Comment) -> int:
    last = session.scalar(
        select(func.max(Revision.n)).where(Revision.site_id == comment.site_id, Revision.comment_id == comment.id)
    )
    return (last or 0) + 1
