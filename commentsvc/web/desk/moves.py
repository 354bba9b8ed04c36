"""A whole site moves, at the desk, for its owners: what it would do, the move, those of the past, and undo."""

from dataclasses import dataclass
from typing import Any

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.models.decision import Actor
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.relocation import Relocation
from commentsvc.moderators import relocating
from commentsvc.moderators.relocating import Plan
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownRelocation
from commentsvc.web.desk.page import page
from commentsvc.web.desk.words import ago
from commentsvc.web.desk.words import comments
from commentsvc.web.service import service

# A request is answered within seconds; what is more goes on with the next.
AT_ONCE = 2000
LONGEST = 2048


@dataclass(frozen=True)
class Line:
    """A move of the past: `state` is done, begun, undoing or undone."""

    id: str
    old: str
    new: str
    words: str
    ago: str
    state: str


def moves() -> Response:
    """Show the form, and what a move would do; do it."""
    old, new = _typed("old"), _typed("new")
    if request.method == "POST":
        try:
            made = relocating.move(
                g.site, _me(), old, new, service().now, add_origin="add_origin" in request.form, most=AT_ONCE
            )
        except Invalid as refused:
            return _page(old, new, refused=refused)
        did = "site-move-none" if made is None else "site-move" if made.ended is not None else "site-move-part"
        return _to_moves(did)
    if not (old or new):
        return _page("", "")
    try:
        return _page(old, new, relocating.preview(g.site, old, new))
    except Invalid as refused:
        return _page(old, new, refused=refused)


def undo_site_move(move: str) -> Response:
    """Take a whole move back."""
    number = from_text(move)
    if number is None:
        raise UnknownRelocation
    made, stuck = relocating.undo(g.site, _me(), number, service().now, most=AT_ONCE)
    did = "site-move-undo" if made.undone is not None else "site-move-stuck" if stuck else "site-move-undo-part"
    return _to_moves(did)


def _page(old: str, new: str, plan: Plan | None = None, refused: Invalid | None = None) -> Response:
    past, now = relocating.look_at_moves(g.site), service().now()
    problems: dict[str, Any] = {error.field: error.message for error in refused.errors} if refused is not None else {}
    return page(
        "desk/moves.html",
        "moves",
        past.sizes,
        422 if refused is not None else 200,
        old=old,
        new=new,
        plan=plan,
        many=AT_ONCE,
        comments=comments(plan.comments) if plan is not None else "",
        problems=problems,
        lines=[
            Line(to_text(each.id), each.old, each.new, _words(each), ago(each.began, now), _state(each))
            for each in past.moves
        ],
    )


def _words(made: Relocation) -> str:
    if made.ended is None:
        return f"{made.steps:,} steps done"
    threads = "1 thread" if made.threads == 1 else f"{made.threads:,} threads"
    merged = f", {made.merges:,} merged" if made.merges else ""
    return threads + merged


def _state(made: Relocation) -> str:
    if made.undone is not None:
        return "undone"
    if made.undo_began is not None:
        return "undoing"
    return "done" if made.ended is not None else "begun"


def _typed(name: str) -> str:
    return request.values.get(name, "").replace("\0", "").strip()[:LONGEST]


def _me() -> Actor:
    return Actor("moderator", g.moderator.id)


def _to_moves(did: str) -> Response:
    return redirect(url_for("desk.moves", site=g.site.key, did=did), 303)
