"""A rule: its kind, how it is set, what it does with a comment, and why; and the check that it can be taken."""

import re
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commentsvc.screening.policy import HOLD
from commentsvc.screening.policy import REJECT
from commentsvc.screening.policy import SPAM
from commentsvc.screening.rules.kinds import EMAIL
from commentsvc.screening.rules.kinds import FLAG
from commentsvc.screening.rules.kinds import KINDS
from commentsvc.screening.rules.kinds import LINES
from commentsvc.screening.rules.kinds import MAX_LINE
from commentsvc.screening.rules.kinds import MAX_LINES
from commentsvc.screening.rules.kinds import NETWORK
from commentsvc.screening.rules.kinds import NUMBER
from commentsvc.screening.rules.kinds import SCRIPT
from commentsvc.screening.rules.kinds import Field
from commentsvc.screening.rules.kinds import Kind
from commentsvc.screening.rules.networks import read_network
from commentsvc.screening.rules.scripts import SCRIPTS

ACTIONS = (HOLD, SPAM, REJECT)
MAX_REASON = 120

_NOT_TEXT = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f\ud800-\udfff]")
_EMAIL = re.compile(r"(?:[^\s@]+@|@)?[^\s@.]+(?:\.[^\s@.]+)*")


@dataclass(frozen=True)
class Rule:
    """One rule of a site: `reason` is what the desk says, `settings` are those of its kind, `is_on` whether it acts."""

    kind: str
    settings: Mapping[str, Any]
    action: str
    reason: str
    is_on: bool = True
    id: int = 0


@dataclass(frozen=True)
class Wrong:
    """What is wrong with one field of a rule: its name, a code for programs, a sentence for people."""

    field: str
    code: str
    message: str


class RuleRefused(Exception):
    """Says what is wrong with a rule, all of it at once."""

    def __init__(self, *wrong: Wrong) -> None:
        self.wrong = wrong
        super().__init__("; ".join(one.message for one in wrong))


def check_rule(kind: str, settings: Mapping[str, Any], action: str, reason: str, is_on: bool = True) -> Rule:
    """Return a rule of what was typed; raise RuleRefused naming each field that cannot be taken.

    Numbers may come as text, lists as text of lines; settings that are missing are as their kind begins.
    """
    if kind not in KINDS:
        raise RuleRefused(Wrong("kind", "unknown", "There is no such kind of rule."))
    wrong: list[Wrong] = []
    if action not in ACTIONS:
        wrong.append(Wrong("action", "invalid", "A rule holds a comment, marks it as spam, or rejects it."))
    reason = " ".join(_NOT_TEXT.sub(" ", reason).split()) or KINDS[kind].reason
    if len(reason) > MAX_REASON:
        wrong.append(Wrong("reason", "too_long", f"A reason has at most {MAX_REASON} characters."))
    taken: dict[str, Any] = {}
    for field in KINDS[kind].fields:
        try:
            taken[field.name] = _take(KINDS[kind], field, settings.get(field.name, field.start))
        except ValueError as error:
            code, message = error.args
            wrong.append(Wrong(field.name, code, message))
    if wrong:
        raise RuleRefused(*wrong)
    return Rule(kind, taken, action, reason, is_on)


def _take(kind: Kind, field: Field, given: Any) -> Any:
    if field.form == NUMBER:
        return _number(field, given)
    if field.form == FLAG:
        return given in (True, "1", "on", "true")
    if field.form == LINES:
        return _lines(kind, given)
    if given not in dict(field.choices):
        raise ValueError("invalid", "Please choose one of these.")
    return given


def _number(field: Field, given: Any) -> int:
    text = str(given).strip()
    is_number = not isinstance(given, bool) and text.isascii() and text.isdigit() and len(text) < 9
    if not is_number or not field.low <= int(text) <= field.high:
        raise ValueError("out_of_range", f"Please give a number from {field.low:,} to {field.high:,}.")
    return int(text)


def _lines(kind: Kind, given: Any) -> list[str]:
    raw = given.splitlines() if isinstance(given, str) else list(given) if isinstance(given, list | tuple) else None
    if raw is None or not all(isinstance(line, str) for line in raw):
        raise ValueError("invalid", "Please give one entry a line.")
    lines = [line for line in dict.fromkeys(map(str.strip, raw)) if line]
    if not lines:
        raise ValueError("empty", "Please give at least one line.")
    if len(lines) > MAX_LINES:
        raise ValueError("too_many", f"A rule has at most {MAX_LINES:,} lines; these are {len(lines):,}.")
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_LINE:
            raise ValueError("too_long", f"Line {number:,} has more than {MAX_LINE} characters.")
        if _NOT_TEXT.search(line):
            raise ValueError("invalid", f"Line {number:,} holds characters that are not text.")
    return _of_kind(kind, lines)


def _of_kind(kind: Kind, lines: list[str]) -> list[str]:
    if kind.code == SCRIPT:
        lines = [line.casefold() for line in lines]
        return _all(lines, lambda line: line in SCRIPTS, "is no script that is known here")
    if kind.code == NETWORK:
        return _all(lines, lambda line: read_network(line) is not None, "is neither an address nor a network")
    if kind.code == EMAIL:
        return _all(lines, lambda line: _EMAIL.fullmatch(line) is not None, "is neither a mail address nor a domain")
    return lines


def _all(lines: Iterable[str], is_right: Any, otherwise: str) -> list[str]:
    for line in lines:
        if not is_right(line):
            raise ValueError("invalid", f"“{line[:60]}” {otherwise}.")
    return list(lines)
