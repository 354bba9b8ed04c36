"""The thread doctor at the desk: threads that look like one article are joined, told apart, and taken back."""

from dataclasses import dataclass

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.models.comment import STATES
from commentsvc.models.decision import Actor
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.moderators import doubles as doctor
from commentsvc.moderators.doubles import TOGETHER
from commentsvc.moderators.doubles import Group
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownThread
from commentsvc.text import alikes
from commentsvc.text import folding
from commentsvc.web.desk.page import page
from commentsvc.web.desk.words import ago
from commentsvc.web.desk.words import comments
from commentsvc.web.service import service

REASONS = {
    folding.SCHEME: "http and https",
    folding.WWW: "with www. and without",
    folding.ENCODING: "characters written plainly and escaped",
    folding.INDEX: "with index.html or the like, and without",
    folding.ORDER: "parameters in another order",
    folding.CASE: "capital and small letters",
    folding.TRACKING: "parameters that likely tell where a reader came from",
    folding.VARIANT: "a view for print or phones",
    alikes.MOVED: "the same title, and the same end of the address elsewhere",
}
SURE = {
    alikes.CERTAIN: "Surely the same",
    alikes.LIKELY: "Likely the same",
    alikes.POSSIBLE: "Possibly the same: look at both",
}


@dataclass(frozen=True)
class Choice:
    """One thread of a group."""

    id: str
    title: str
    url: str
    tally: str


@dataclass(frozen=True)
class Card:
    """A group as the page shows it; `id` is that of the thread which should stay."""

    id: str
    title: str
    sure: str
    is_sure: bool
    reasons: list[str]
    choices: list[Choice]
    together: str
    more: int


@dataclass(frozen=True)
class Line:
    """What was joined lately."""

    id: str
    thread: str
    title: str
    words: str
    ago: str
    undone: bool


def doubles() -> Response:
    """Show the threads that look like one article, and what was joined lately."""
    return _page()


def join_doubles() -> Response:
    """Join the threads that are ticked into the one that was chosen."""
    try:
        doctor.join(g.site, _me(), _ticked(), _number(request.form.get("keep", "")), service().now())
    except Invalid as refused:
        return _page(refused)
    return _back("joined")


def tell_apart() -> Response:
    """Remember that the threads of a group are not the same."""
    try:
        # All of the group, whatever is ticked for joining.
        doctor.tell_apart(g.site, _me(), map(_number, request.form.getlist("all")), service().now())
    except Invalid as refused:
        return _page(refused)
    return _back("told-apart")


def undo_join(join: str) -> Response:
    """Take apart what was joined in one go."""
    doctor.undo_join(g.site, _me(), _number(join), service().now())
    return _back("join-undo")


def doubles_again() -> Response:
    """Propose again what was told apart."""
    doctor.look_again(g.site, _me(), service().now())
    return _back("told-apart-undo")


def _page(refused: Invalid | None = None) -> Response:
    view, now = doctor.look(g.site), service().now()
    lately = [
        Line(
            to_text(one.batch), to_text(one.target.id), one.target.title or one.target.url,
            f"{_threads(one.threads)} with {comments(one.comments)} went into", ago(one.at, now), one.undone,
        )
        for one in view.lately
    ]  # fmt: skip
    return page(
        "desk/doubles.html",
        "threads",
        view.sizes,
        422 if refused is not None else 200,
        cards=[_card(group) for group in view.groups],
        all=view.all,
        lately=lately,
        apart=view.apart,
        problem=refused.errors[0].message if refused is not None else None,
    )


def _card(group: Group) -> Card:
    first = group.threads[0]
    return Card(
        id=to_text(first.id),
        title=first.title or first.url,
        sure=SURE[group.found.confidence],
        is_sure=group.found.confidence == alikes.CERTAIN,
        reasons=[REASONS[reason] for reason in group.found.reasons],
        choices=[
            Choice(to_text(each.id), each.title or each.url, each.url, _tally(group.states[each.id]))
            for each in group.threads
        ],
        together=_tally(group.together),
        more=max(0, len(group.found.ids) - TOGETHER),
    )


def _tally(states: dict[str, int]) -> str:
    named = [f"{states[state]:,} {state}" for state in STATES if states.get(state)]
    return f"{comments(sum(states.values()))} ({', '.join(named)})" if named else comments(0)


def _threads(number: int) -> str:
    return "1 thread" if number == 1 else f"{number:,} threads"


def _ticked() -> list[int]:
    return [_number(text) for text in request.form.getlist("thread")]


def _number(text: str) -> int:
    number = from_text(text)
    if number is None:
        raise UnknownThread
    return number


def _me() -> Actor:
    return Actor("moderator", g.moderator.id)


def _back(did: str) -> Response:
    return redirect(url_for("desk.doubles", site=g.site.key, did=did), 303)
