"""Lines of an archive that are neither threads nor comments, read: rules, mailboxes, subscriptions, decisions."""

import re
from typing import Any

from commentsvc.models.comment import STATES
from commentsvc.models.decision import AUTHOR
from commentsvc.models.decision import OPERATOR
from commentsvc.models.decision import RULE
from commentsvc.models.subscription import KINDS
from commentsvc.models.subscription import SITE
from commentsvc.moving.archive_lines import Line
from commentsvc.moving.archive_lines import named
from commentsvc.moving.found import FoundMore
from commentsvc.moving.found import Unusable
from commentsvc.moving.past import NUMBERS
from commentsvc.text.characters import CONTROL
from commentsvc.text.characters import LONE_SURROGATE
from commentsvc.text.emails import clean_email
from commentsvc.text.refusal import TextRefused

RULE_KEYS = frozenset(
    ("kind", "id", "place", "rule", "action", "reason", "settings", "on", "changed", "removed")
)  # fmt: skip
MAILBOX_KEYS = frozenset(("kind", "id", "email", "proven", "silenced", "created"))
SUBSCRIPTION_KEYS = frozenset(("kind", "id", "mailbox", "hears", "about", "language", "created", "confirmed", "ended"))
DECISION_KEYS = frozenset(
    (
        "kind", "id", "thread", "comment", "at", "act", "actor", "moderator", "batch", "state_from", "state_to",
        "shown_from", "shown_to", "held_from", "held_to", "reasons", "note",
    )
)  # fmt: skip
_LANGUAGE = re.compile("[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,3}")
_ACT = re.compile("[a-z][a-z-]{0,19}")
_ACTORS = (AUTHOR.kind, "moderator", RULE.kind, OPERATOR.kind, "reader")
_MAX_REASONS = 50
_MAX_REASON = 200
_MAX_NOTE = 10_000
_MOST = 2**31 - 1


def rule(line: Line) -> FoundMore | Unusable:
    """Read a rule; whether its settings can be used is seen when it is stored."""
    values = {name: line.text(name) for name in ("rule", "action", "reason")}
    settings = line.values.get("settings")
    for name, value in (("rule", values["rule"]), ("action", values["action"])):
        if value is None:
            return _unusable(line, name)
    if not isinstance(settings, dict):
        return _unusable(line, "settings")
    on = line.says("on")
    place = line.number_of("place") or 0
    more = {"place": place, "settings": settings, "on": True if on is None else on}
    return _more(line, "rule", values | more | _times(line, "changed", "removed"))


def mailbox(line: Line) -> FoundMore | Unusable:
    """Read a mailbox that somebody confirmed or silenced; others are asked again."""
    email = _email(line.text("email"))
    times = _times(line, "proven", "silenced", "created")
    if email is None:
        return _unusable(line, "email")
    if times["proven"] is None and times["silenced"] is None:
        return Unusable("other", line.number, _name(line), "proven: nobody has confirmed this mailbox")
    return _more(line, "mailbox", times | {"email": email})


def subscription(line: Line) -> FoundMore | Unusable:
    """Read what a mailbox hears of."""
    hears, about = line.text("hears"), line.id("about")
    times = _times(line, "created", "confirmed", "ended")
    if hears not in KINDS:
        return _unusable(line, "hears")
    if about is None and hears != SITE:
        return _unusable(line, "about")
    if line.id("mailbox") is None:
        return _unusable(line, "mailbox")
    if times["confirmed"] is None:
        return Unusable("other", line.number, _name(line), "confirmed: nobody has confirmed this subscription")
    language = line.text("language")
    values = {
        "mailbox": line.id("mailbox"),
        "hears": hears,
        "about": about,
        "language": language if language is not None and _LANGUAGE.fullmatch(language) else None,
    }
    return _more(line, "subscription", times | values)


def decision(line: Line) -> FoundMore | Unusable:
    """Read an earlier decision."""
    act, actor, states = line.text("act"), line.text("actor"), [line.text("state_from"), line.text("state_to")]
    values: dict[str, Any] = {"thread": line.id("thread"), "comment": line.id("comment"), **_times(line, "at")}
    for name in ("thread", "at"):
        if values[name] is None:
            return _unusable(line, name)
    if act is None or not _ACT.fullmatch(act):
        return _unusable(line, "act")
    if actor not in _ACTORS:
        return _unusable(line, "actor")
    if any(state is not None and state not in STATES for state in states):
        return _unusable(line, "state_from" if states[0] not in (None, *STATES) else "state_to")
    numbers = {name: line.number_of(name) for name in NUMBERS}
    if any(number is not None and not 0 <= number <= _MOST for number in numbers.values()):
        return _unusable(line, "shown_from")
    reasons = [one for one in line.items("reasons") or () if isinstance(one, str)]
    if len(reasons) > _MAX_REASONS or any(len(one) > _MAX_REASON or not one.isprintable() for one in reasons):
        return _unusable(line, "reasons")
    note = line.text("note")
    values |= numbers | {
        "act": act,
        "actor": actor,
        "moderator": (_email(line.text("moderator")) or "").lower() or None,
        "batch": line.id("batch"),
        "state_from": states[0],
        "state_to": states[1],
        "reasons": reasons,
        "note": LONE_SURROGATE.sub("\ufffd", CONTROL.sub("", note))[:_MAX_NOTE] if note else None,
    }
    return _more(line, "decision", values)


def _more(line: Line, kind: str, values: dict[str, Any]) -> FoundMore | Unusable:
    found_id = line.id("id")
    return FoundMore(line.number, kind, found_id, values) if found_id is not None else _unusable(line, "id")


def _unusable(line: Line, field: str) -> Unusable:
    return Unusable("other", line.number, _name(line), f"{field}: missing, or can't be used")


def _name(line: Line) -> str:
    return f"{line.values['kind']} {named(line.values)}"


def _times(line: Line, *names: str) -> dict[str, str | None]:
    read = {name: line.time(name) for name in names}
    return {name: time.isoformat() if time is not None else None for name, time in read.items()}


def _email(raw: str | None) -> str | None:
    try:
        return clean_email(raw) if raw is not None else None
    except TextRefused:
        return None
