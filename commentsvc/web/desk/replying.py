"""A moderator answers a comment; one that waits is approved with it."""

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.authors import posting
from commentsvc.authors.submission import check_text
from commentsvc.models import desk
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import PENDING
from commentsvc.models.desk import Entry
from commentsvc.models.ids import from_text
from commentsvc.moderators import looking
from commentsvc.moderators import moderating
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownComment
from commentsvc.web.desk.cards import card_of
from commentsvc.web.desk.deciding import seen_revisions
from commentsvc.web.desk.page import page
from commentsvc.web.service import service

AWAY = "Nothing can be stored right now. Your text is kept here; please try again shortly."
NOT_SHOWN = "This comment is not published any more, so that it cannot be answered. Your text is kept here."

EDITED = "Its author has changed this comment in the meantime. Please look again before you approve it."


def reply(comment: str) -> Response:
    """Show the form for a reply, or publish what was written; raise UnknownComment."""
    entry = _entry(comment)
    if request.method != "POST":
        return _form(entry)
    body = request.form.get("body", "")
    now = service().now()
    try:
        # Looked at before the comment is approved: a reply that cannot be taken approves nothing.
        text = check_text(body)
        if entry.comment.state == PENDING:
            chosen, seen = [entry.comment.id], seen_revisions()
            decided = moderating.decide(g.site, g.moderator, chosen, moderating.APPROVE, now, desk.QUEUE, seen)
            entry = _entry(comment)
            if decided.edited:
                return _form(entry, EDITED, 409)
        if entry.comment.state != APPROVED:
            return _form(entry, NOT_SHOWN, 409)
        # Without scripts nothing keeps a button from being pressed twice.
        if not looking.has_said(g.site, g.moderator, entry.comment.id, text.source):
            posting.reply(g.site, g.moderator, entry.comment.id, body, service().keys, now)
    except Invalid as refused:
        return _form(entry, refused.errors[0].message, 422)
    except UnknownComment:
        return _form(_entry(comment), NOT_SHOWN, 409)
    except DatabaseAway:
        return _form(entry, AWAY, 503)
    return redirect(url_for("desk.listing", site=g.site.key, name=_list(), did="reply"), 303)


def reply_again(sentence: str, status: int, comment: str) -> Response:
    """Show the form once more with what was typed, and what is wrong."""
    return _form(_entry(comment), sentence, status)


def _entry(comment: str) -> Entry:
    number = from_text(comment)
    if number is None:
        raise UnknownComment
    return moderating.look_at(g.site, number)


def _list() -> str:
    name = request.values.get("list", desk.QUEUE)
    return name if name in desk.LISTS else desk.QUEUE


def _form(entry: Entry, problem: str | None = None, status: int = 200) -> Response:
    card = card_of(entry, desk.QUEUE, service().now())
    return page(
        "desk/reply.html",
        _list(),
        moderating.sizes(g.site),
        status,
        card=card,
        may_answer=card.reply is not None and g.may_decide,
        name=_list(),
        body=request.form.get("body", ""),
        problem=problem,
    )
