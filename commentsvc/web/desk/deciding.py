"""Deciding on one comment or many, and taking it back."""

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc import moderating
from commentsvc.models import desk
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.moderating import Decided
from commentsvc.web.desk.page import with_words
from commentsvc.web.service import service


def decide() -> Response:
    """Do what the button says: `one=ACT:ID` with one comment, `act=ACT` with those that are ticked."""
    act, _, one = request.form.get("one", "").partition(":")
    asked = [one] if one else request.form.getlist("id")
    chosen = [number for number in map(from_text, asked) if number is not None]
    act = act or request.form.get("act", "")
    if not chosen or not act:
        return _back(did="none")
    decided = moderating.decide(g.site, g.moderator, chosen, act, service().now(), _list(), seen_revisions())
    return _back(did=act, batch=to_text(decided.batch), **_numbers(decided))


def undo() -> Response:
    """Take back what was decided together."""
    batch = from_text(request.form.get("batch", ""))
    decided = moderating.undo(g.site, g.moderator, batch, service().now()) if batch is not None else None
    return _back(did="undo", **(_numbers(decided) if decided is not None else {}))


def seen_revisions() -> dict[int, int]:
    """Return which revision of which comment the sent page showed, by the comment's id."""
    found = {}
    for value in request.form.getlist("seen"):
        comment, _, revision = value.partition("-")
        number = from_text(comment)
        if number is not None and revision.isascii() and revision.isdigit():
            found[number] = int(revision[:9])
    return found


def _list() -> str | None:
    name = request.form.get("list")
    return name if name in desk.LISTS else None


def _numbers(decided: Decided) -> dict[str, int]:
    return {
        "n": decided.done,
        "overtaken": decided.overtaken,
        "withdrawn": decided.withdrawn,
        "edited": decided.edited,
    }


def _back(**said: str | int) -> Response:
    url = url_for("desk.listing", site=g.site.key, name=_list() or desk.QUEUE, **with_words(**said))
    return redirect(url, 303)
