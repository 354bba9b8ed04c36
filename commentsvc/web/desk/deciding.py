"""Deciding on one comment, on many, or on all that a filter finds, and taking it back."""

from datetime import UTC
from datetime import datetime
from typing import Any

from flask import Response
from flask import g
from flask import jsonify
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from commentsvc.models import desk
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.moderators import looking
from commentsvc.moderators import moderating
from commentsvc.moderators.moderating import Decided
from commentsvc.refusals import UnknownDecision
from commentsvc.web.desk.page import MAX_FIRST
from commentsvc.web.desk.past import who_was_first
from commentsvc.web.desk.wanting import wanted
from commentsvc.web.desk.wanting import with_wanted
from commentsvc.web.desk.words import ago
from commentsvc.web.desk.words import counted
from commentsvc.web.desk.words import notice_of
from commentsvc.web.service import service

# Who asks for it gets numbers and words instead of a page to go to.
PROGRAM = "application/json"


def decide() -> BaseResponse:
    """Do what the button says: `one=ACT:ID` with one comment, `act=ACT` with those that are ticked.

    With `scope=found` the act is for all that the filters find, as the list was at `shown`.
    """
    act, _, one = request.form.get("one", "").partition(":")
    asked = [one] if one else request.form.getlist("id")
    chosen = [number for number in map(from_text, asked) if number is not None]
    act = act or request.form.get("act", "")
    now = service().now()
    if request.form.get("scope") == "found" and act:
        listed = _list() or desk.QUEUE
        return _answer(act, moderating.decide_all(g.site, g.moderator, listed, wanted(), act, _shown(now), now))
    if not chosen or not act:
        return _answer("none", None)
    return _answer(act, moderating.decide(g.site, g.moderator, chosen, act, now, _list(), seen_revisions()))


def undo() -> BaseResponse:
    """Take back what was decided together."""
    batch = from_text(request.form.get("batch", ""))
    decided = moderating.undo(g.site, g.moderator, batch, service().now()) if batch is not None else None
    return _answer("undo", decided)


def undo_past(decision: str) -> BaseResponse:
    """Take back one decision of the history, whoever made it; raise UnknownDecision."""
    number = from_text(decision)
    if number is None:
        raise UnknownDecision
    return _answer("undo", moderating.undo_decision(g.site, g.moderator, number, service().now()))


def sizes() -> Response:
    """Return how many comments each list holds now, in words, and since when the oldest waits."""
    return jsonify(_around())


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


def _shown(now: datetime) -> datetime:
    # When the page with the filter was made; a list that tells it from nobody is taken as it is now.
    try:
        return min(datetime.fromtimestamp(float(request.form.get("shown", "")), UTC), now)
    except (ValueError, OverflowError, OSError):
        return now


def _answer(did: str, decided: Decided | None) -> BaseResponse:
    if request.headers.get("Accept") == PROGRAM:
        return jsonify(_told(did, decided))
    said = {"did": did, **_numbers(did, decided)}
    if decided is not None and decided.too_late:
        said["first"] = "-".join(map(to_text, decided.too_late[:MAX_FIRST]))
    closely = request.form.get("closely", "")
    if from_text(closely) is not None:
        url = url_for("desk.comment", site=g.site.key, comment=closely, list=_list(), **said)
    else:
        url = url_for("desk.listing", site=g.site.key, name=_list() or desk.QUEUE, **with_wanted(**said))
    return redirect(url, 303)


def _told(did: str, decided: Decided | None) -> dict[str, Any]:
    first = "someone else"
    if decided is not None and decided.too_late:
        first = who_was_first(looking.who_was_first(g.site, decided.too_late[:MAX_FIRST]), g.moderator.id)
    notice = notice_of({"did": did, **{name: str(value) for name, value in _numbers(did, decided).items()}}, first)
    decided = decided or Decided(0)
    return {
        "words": notice.words if notice is not None else "",
        "batch": notice.batch if notice is not None else None,
        "changed": list(map(to_text, decided.changed)),
        "gone": list(map(to_text, (*decided.too_late, *decided.taken_back))),
        "again": list(map(to_text, decided.written_anew)),
        **_around(),
    }


def _around() -> dict[str, Any]:
    sizes, oldest = moderating.look_around(g.site)
    return {
        "sizes": {name: counted(size) for name, size in sizes.items()},
        "oldest": ago(oldest, service().now()) if oldest is not None else None,
    }


def _numbers(did: str, decided: Decided | None) -> dict[str, int | str]:
    if decided is None:
        return {}
    found: dict[str, int | str] = {
        "batch": to_text(decided.batch) if did != "undo" else "",
        "n": decided.done,
        "overtaken": decided.overtaken,
        "withdrawn": decided.withdrawn,
        "edited": decided.edited,
        "left": decided.remaining,
    }
    return {name: value for name, value in found.items() if value}
