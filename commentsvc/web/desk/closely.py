"""A comment on a page of its own: its context, its history, its revisions; and its text edited by a moderator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from flask import g
from flask import redirect
from flask import request
from flask import url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from commentsvc.models import desk
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import STATES
from commentsvc.models.desk import Entry
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.moderators import correcting
from commentsvc.moderators import moderating
from commentsvc.moderators.looking import Alike
from commentsvc.moderators.looking import Closely
from commentsvc.moderators.looking import look_closely
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Invalid
from commentsvc.refusals import NotToEdit
from commentsvc.refusals import TextChanged
from commentsvc.refusals import UnknownComment
from commentsvc.web.desk import past
from commentsvc.web.desk.cards import card_of
from commentsvc.web.desk.page import page
from commentsvc.web.desk.words import ago
from commentsvc.web.desk.words import counted
from commentsvc.web.service import service

ALIKE = {
    "email": "Same email", "name": "Same name", "network": "Same network", "text": "Same text",
}  # fmt: skip
STATE = {
    "pending": "waiting", "approved": "approved", "spam": "spam", "rejected": "rejected", "deleted": "deleted",
}  # fmt: skip
TEXT_CHANGED = "The text of this comment was changed in the meantime. It is shown below; yours is kept here."
TAKEN_BACK = "Its author has taken this comment back: there is nothing to edit any more."
AWAY = "Nothing can be stored right now. Your text is kept here; please try again shortly."


@dataclass(frozen=True)
class Others:
    """Comments that are alike in something: a heading, a line that adds to it, and links with counts."""

    heading: str
    note: str | None
    links: list[tuple[str, str]]


@dataclass(frozen=True)
class Version:
    """One text of a comment: its number, whose it is, when, and what it says; `shown` is what it is for now."""

    number: int
    by: str
    at: datetime
    ago: str
    html: Markup
    role: str | None


def comment(comment: str) -> Response:
    """Show a comment with its context; raise UnknownComment."""
    now = service().now()
    seen = look_closely(g.site, _number(comment))
    entry = seen.entry
    listed = desk.QUEUE if entry.comment.queued is not None else entry.comment.state
    return page(
        "desk/comment.html",
        _list() or listed,
        seen.sizes,
        card=card_of(entry, listed, now),
        listed=listed,
        state=past.STATES[entry.comment.state],
        parent=to_text(entry.parent.id) if entry.parent is not None else None,
        thread=to_text(entry.thread.id),
        alike=[_others(alike, entry) for alike in seen.alike],
        lines=past.lines(seen.history, entry.comment, now),
        versions=_versions(seen, now),
        more=_more(comment),
    )


def edit_comment(comment: str) -> Response:
    """Show the form for a comment's text, or store what a moderator made of it; raise UnknownComment."""
    entry = moderating.look_at(g.site, _number(comment))
    if request.method != "POST":
        return _form(entry)
    seen = request.form.get("revision", "")
    number = int(seen[:9]) if seen.isascii() and seen.isdigit() else 0
    body = request.form.get("body", "")
    try:
        batch = correcting.correct(g.site, g.moderator, entry.comment.id, body, number, service().now())
    except Invalid as refused:
        return _form(entry, refused.errors[0].message, 422)
    except TextChanged:
        return _form(moderating.look_at(g.site, entry.comment.id), TEXT_CHANGED, 409)
    except NotToEdit:
        return _form(entry, TAKEN_BACK, 409)
    except DatabaseAway:
        return _form(entry, AWAY, 503)
    said: dict[str, Any] = {"did": "edit"} | ({"n": 1, "batch": to_text(batch)} if batch is not None else {})
    return redirect(url_for("desk.comment", site=g.site.key, comment=comment, list=_list(), **said), 303)


def edit_again(sentence: str, status: int, comment: str) -> Response:
    """Show the form once more with what was typed, and what is wrong."""
    return _form(moderating.look_at(g.site, _number(comment)), sentence, status)


def _form(entry: Entry, problem: str | None = None, status: int = 200) -> Response:
    listed = desk.QUEUE if entry.comment.queued is not None else entry.comment.state
    return page(
        "desk/edit.html",
        _list() or listed,
        moderating.sizes(g.site),
        status,
        card=card_of(entry, listed, service().now()),
        name=_list() or listed,
        revision=entry.revision.n,
        body=request.form.get("body", entry.revision.source),
        plainly=entry.revision.markup,
        waits=entry.comment.state == PENDING,
        may_edit=g.may_decide and entry.comment.withdrawn is None,
        problem=problem,
    )


def _number(comment: str) -> int:
    number = from_text(comment)
    if number is None:
        raise UnknownComment
    return number


def _list() -> str | None:
    name = request.values.get("list")
    return name if name in desk.LISTS else None


def _others(alike: Alike, entry: Entry) -> Others:
    like = f"{alike.kind}-{to_text(entry.comment.id)}"
    links = []
    for state in STATES:
        number = alike.states.get(state, 0)
        name = desk.QUEUE if state == PENDING else state
        if number:
            url = url_for("desk.listing", site=g.site.key, name=name, like=like)
            links.append((f"{counted(number)} {STATE[state]}", url))
    names = "1 other name" if alike.names == 1 else f"{alike.names} other names"
    return Others(ALIKE[alike.kind], f"under {names}" if alike.names else None, links)


def _versions(seen: Closely, now: datetime) -> list[Version]:
    comment = seen.entry.comment
    roles = {comment.shown_revision: "shown" if comment.state != PENDING else None}
    if comment.held_revision is not None:
        roles[comment.held_revision] = "waits"
    return [
        Version(
            number=revision.n,
            by=(name or past.SOMEBODY) if revision.by == "moderator" else comment.name,
            at=revision.at,
            ago=ago(revision.at, now),
            # What the renderer made, sanitized last.
            html=Markup(revision.html),  # noqa: S704
            role=roles.get(revision.n),
        )
        for revision, name in seen.revisions
    ]


def _more(comment: str) -> list[tuple[str, str]]:
    # Pages about one comment that other parts of the desk have.
    pages = (("Why the filter thinks so", "desk.filter_why"), ("Reports on it", "desk.reports_of"))
    return [
        (words, url_for(endpoint, site=g.site.key, comment=comment))
        for words, endpoint in pages
        if endpoint in current_app.view_functions
    ]
