"""The site's rules: their order, what each does, the form for one with its rehearsal, and WordPress's lists."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from flask import abort
from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.models.decision import Actor
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.rule import ScreeningRule
from commentsvc.moderators import moderating
from commentsvc.moderators import rehearsing
from commentsvc.moderators import ruling
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownRule
from commentsvc.screening.policy import HOLD
from commentsvc.screening.rules.kinds import KINDS
from commentsvc.screening.rules.kinds import LINES
from commentsvc.screening.rules.kinds import Kind
from commentsvc.screening.rules.rule import Rule
from commentsvc.web.desk import rule_words
from commentsvc.web.desk.page import page
from commentsvc.web.desk.page import plain
from commentsvc.web.desk.rule_words import Told
from commentsvc.web.service import service

# WordPress's lists have many thousands of lines, and a browser triples what is not of the Latin alphabet.
MAX_LIST_FORM = 8 * 1024 * 1024


@dataclass(frozen=True)
class Line:
    """A rule as the list shows it."""

    id: str
    reason: str
    summary: str
    does: str
    is_on: bool
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class Typed:
    """What a form holds: values by field, what is wrong by field, and the rehearsal that was asked for."""

    values: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)
    rehearsal: Told | None = None
    problem: str | None = None


def rules() -> Response:
    """Show the rules of the site."""
    return _list()


def new_rule() -> Response:
    """Ask for a new rule of a kind, rehearse it, or add it."""
    kind = _kind()
    if request.method != "POST":
        return _form(kind, None, Typed(_start(kind)))
    return _take(kind, None, lambda rule: ruling.add(g.site, _me(), rule, service().now()))


def edit_rule(rule: str) -> Response:
    """Show a rule to be changed, rehearse the change, or store it; raise UnknownRule."""
    stored = ruling.rule(g.site, _number(rule))
    kind = KINDS[stored.kind]
    if request.method != "POST":
        return _form(kind, rule, Typed(_values(stored)))
    return _take(kind, rule, lambda changed: ruling.edit(g.site, _me(), stored.id, changed, service().now()))


def act_on_rule(rule: str, act: str) -> Response:
    """Move a rule up or down, switch it on or off, or delete it; raise UnknownRule."""
    number, me, now = _number(rule), _me(), service().now()
    if act in ("up", "down"):
        ruling.move(g.site, me, number, act == "up", now)
    elif act == "delete":
        ruling.remove(g.site, me, number, now)
    else:
        ruling.switch(g.site, me, number, act == "on", now)
    return _done(f"rule-{act}")


def import_rules() -> Response:
    """Make rules of WordPress's two lists of keys."""
    lists = {name: request.form.get(name, "") for name in ("moderation_keys", "disallowed_keys")}
    try:
        ruling.import_wordpress(g.site, _me(), lists["moderation_keys"], lists["disallowed_keys"], service().now())
    except Invalid as refused:
        return _list(lists, _by_field(refused.errors), 422)
    return _done("rule-import")


def new_rule_again(sentence: str, status: int) -> Response:
    """Show the form for a new rule once more with what was typed, and what is wrong."""
    kind = KINDS.get(request.form.get("kind", ""))
    if kind is None:
        return plain("desk/out_of_date.html", status, sentence=sentence)
    return _form(kind, None, Typed(_typed(kind), problem=sentence), status)


def edit_rule_again(sentence: str, status: int, rule: str) -> Response:
    """Show the form for a rule once more with what was typed, and what is wrong."""
    try:
        kind = KINDS[ruling.rule(g.site, _number(rule)).kind]
    except UnknownRule:
        return plain("desk/out_of_date.html", status, sentence=sentence)
    return _form(kind, rule, Typed(_typed(kind), problem=sentence), status)


ACTS = ("up", "down", "on", "off", "delete")


def _take(kind: Kind, rule: str | None, store: Callable[[Rule], object]) -> Response:
    typed = _typed(kind)
    try:
        checked = ruling.checked(kind.code, typed, typed["action"], typed["reason"], typed["is_on"])
        if request.form.get("act") == "rehearse":
            told = rule_words.told(rehearsing.rehearse(g.site, checked), checked.action)
            return _form(kind, rule, Typed(typed, rehearsal=told))
        store(checked)
    except Invalid as refused:
        return _form(kind, rule, Typed(typed, _by_field(refused.errors)), 422)
    return _done("rule-saved")


def _done(did: str) -> Response:
    return redirect(url_for("desk.rules", site=g.site.key, did=did), 303)


def _kind() -> Kind:
    kind = KINDS.get(request.values.get("kind", ""))
    if kind is None:
        abort(404, "There is no such kind of rule.")
    return kind


def _start(kind: Kind) -> dict[str, Any]:
    settings = {each.name: each.start for each in kind.fields}
    return _shown(kind, settings) | {"action": HOLD, "reason": kind.reason, "is_on": True}


def _values(stored: ScreeningRule) -> dict[str, Any]:
    settings = _shown(KINDS[stored.kind], stored.settings)
    return settings | {"action": stored.action, "reason": stored.reason, "is_on": stored.is_on}


def _shown(kind: Kind, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        each.name: "\n".join(settings[each.name]) if each.form == LINES else settings[each.name] for each in kind.fields
    }


def _typed(kind: Kind) -> dict[str, Any]:
    # A box that is not ticked is not sent.
    settings = {each.name: request.form.get(each.name, "") for each in kind.fields}
    return settings | {
        "action": request.form.get("action", ""),
        "reason": request.form.get("reason", ""),
        "is_on": "is_on" in request.form,
    }


def _form(kind: Kind, rule: str | None, typed: Typed, status: int = 200) -> Response:
    return page(
        "desk/rule.html", "rules", moderating.sizes(g.site), status,
        kind=kind, rule=rule, typed=typed, actions=rule_words.ACTIONS,
    )  # fmt: skip


def _list(lists: dict[str, str] | None = None, errors: dict[str, str] | None = None, status: int = 200) -> Response:
    found = ruling.rules(g.site)
    lines = [
        Line(
            id=to_text(rule.id),
            reason=rule.reason,
            summary=rule_words.summary(rule),
            does=rule_words.DOES[rule.action],
            is_on=rule.is_on,
            is_first=rule is found[0],
            is_last=rule is found[-1],
        )
        for rule in found
    ]
    return page(
        "desk/rules.html", "rules", moderating.sizes(g.site), status,
        lines=lines, kinds=KINDS.values(), lists=lists or {}, errors=errors or {},
    )  # fmt: skip


def _by_field(errors: tuple[FieldError, ...]) -> dict[str, str]:
    return {error.field: error.message for error in errors}


def _me() -> Actor:
    return Actor("moderator", g.moderator.id)


def _number(rule: str) -> int:
    number = from_text(rule)
    if number is None:
        raise UnknownRule
    return number
