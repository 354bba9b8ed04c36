"""What was done with a comment, in words: who, when, from which state to which, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from commentsvc.models.comment import Comment
from commentsvc.models.context import Past
from commentsvc.models.decision import Decision
from commentsvc.models.ids import to_text
from commentsvc.moderators.moderating import can_be_undone
from commentsvc.web.desk.words import ago
from commentsvc.web.desk.words import reason_in_words

STATES = {
    "pending": "Pending", "approved": "Approved", "spam": "Spam", "rejected": "Rejected", "deleted": "Deleted",
}  # fmt: skip
ACTORS = {"author": "Its author", "rule": "A rule", "operator": "The operator", "reader": "Readers"}
SOMEBODY = "A moderator who has left"
# What somebody did with it.
DID = {
    "submit": "wrote it",
    "edit": "edited it",
    "withdraw": "took it back",
    "erase": "erased it",
    "approve": "approved it",
    "spam": "marked it as spam",
    "reject": "rejected it",
    "delete": "deleted it",
    "undo": "took a decision back",
    "hold": "had it held",
    "keep": "kept it",
    "pin": "pinned it",
    "unpin": "unpinned it",
    "move": "moved it",
    "move-undo": "moved it back",
    "answer": "answered a notice on it",
    "import": "imported it",
    "past": "brought over an earlier decision on it",
}


@dataclass(frozen=True)
class Line:
    """One line of a comment's history; `undo` is the number of a decision that can be taken back now."""

    at: datetime
    ago: str
    words: str
    change: str | None
    reasons: list[str]
    undo: str | None


def lines(history: list[Past], comment: Comment, now: datetime) -> list[Line]:
    """Return the history of a comment, newest first; only its newest change can be taken back, then the one before."""
    newest = next((past.decision for past in history if past.decision.state_from is not None), None)
    return [_line(past, comment, past.decision is newest, now) for past in history]


def who_was_first(decisions: Iterable[Past], myself: int) -> str:
    """Return who made decisions, as somebody who came second is told: a name or two, you, its author."""
    names = list(dict.fromkeys(_first(past, myself) for past in decisions))
    if not names:
        return "someone else"
    return " and ".join(names) if len(names) < 3 else f"{names[0]}, {names[1]} and others"


def _first(past: Past, myself: int) -> str:
    decision = past.decision
    if decision.actor != "moderator":
        return {"author": "its author", "rule": "a rule"}.get(decision.actor, "someone else")
    return "you" if decision.actor_id == myself else past.moderator or "someone else"


def _line(past: Past, comment: Comment, is_newest: bool, now: datetime) -> Line:
    decision = past.decision
    may_undo = is_newest and can_be_undone(decision) and comment.withdrawn is None
    return Line(
        at=decision.at,
        ago=ago(decision.at, now),
        words=f"{_who(past)} {DID.get(decision.act, decision.act.replace('-', ' '))}",
        change=_change(decision),
        reasons=[reason_in_words(reason) for reason in decision.reasons],
        undo=to_text(decision.id) if may_undo else None,
    )


def _who(past: Past) -> str:
    decision = past.decision
    if decision.actor == "moderator":
        return past.moderator or SOMEBODY
    return ACTORS.get(decision.actor, decision.actor.capitalize())


def _change(decision: Decision) -> str | None:
    before, after = (STATES.get(state or "", state) for state in (decision.state_from, decision.state_to))
    if after is None:
        return None
    if before is None:
        return after
    if decision.held_to is not None and decision.held_from != decision.held_to:
        return "the new text waits"
    return f"{before} → {after}" if before != after else None
