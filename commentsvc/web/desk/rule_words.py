"""Rules as people read them: what one looks at in a line, and what a rehearsal came to."""

from dataclasses import dataclass

from commentsvc.models.rule import ScreeningRule
from commentsvc.moderators.rehearsing import Example
from commentsvc.moderators.rehearsing import Rehearsal
from commentsvc.screening.policy import HOLD
from commentsvc.screening.policy import REJECT
from commentsvc.screening.policy import SPAM
from commentsvc.screening.rules import kinds
from commentsvc.screening.rules.kinds import KINDS
from commentsvc.web.desk.words import comments

ACTIONS = ((HOLD, "Hold for a moderator"), (SPAM, "Mark as spam"), (REJECT, "Reject"))
DOES = {HOLD: "holds", SPAM: "marks as spam", REJECT: "rejects"}
HAVE_DONE = {HOLD: "held", SPAM: "marked as spam", REJECT: "rejected"}
SHOWN = 10
FEW = 3


@dataclass(frozen=True)
class Told:
    """What a rehearsal came to: in a sentence, and in examples under their headings."""

    sentence: str
    groups: list[tuple[str, list[Example]]]
    is_good: bool


def summary(rule: ScreeningRule) -> str:
    """Return what a rule looks at, in a line."""
    kind, settings = KINDS[rule.kind], rule.settings
    if rule.kind == kinds.LINKS:
        return f"{kind.title}: {settings['at_least']} or more"
    if rule.kind == kinds.OLD_THREAD:
        return f"{kind.title}: older than {settings['days']:,} days"
    if rule.kind == kinds.DUPLICATE:
        return f"{kind.title}: within {settings['days']:,} days, from {settings['length']:,} characters"
    if rule.kind == kinds.TOO_FAST:
        return (
            f"{kind.title}: more than {settings['more_than']} from one network within {settings['minutes']:,} minutes"
        )
    if rule.kind == kinds.SCRIPT:
        which = "other than" if settings["mode"] == "others" else "in"
        return f"{kind.title}: {which} {', '.join(settings['scripts'])}, from {settings['share']} % of the letters"
    lines = next((settings[field.name] for field in kind.fields if field.form == kinds.LINES), None)
    if lines is None:
        return kind.title
    few = ", ".join(line[:40] for line in lines[:FEW])
    within = ", also within words" if settings.get("inside") else ""
    return f"{kind.title}: {few}{f' and {len(lines) - FEW:,} more' if len(lines) > FEW else ''}{within}"


def told(rehearsal: Rehearsal, action: str) -> Told:
    """Return a rehearsal in words."""
    if not rehearsal.decided:
        return Told("No comment was decided by a moderator yet, so that there is nothing to rehearse on.", [], False)
    done = HAVE_DONE[action]
    decided = f"Of the last {comments(rehearsal.decided)} decided by a moderator"
    sentence = f"{decided}, this rule would have {done} {rehearsal.hit:,}"
    if rehearsal.hit:
        sentence += f", of which you approved {len(rehearsal.wrongly):,}"
    missed = len(rehearsal.missed)
    sentence += f". It would have missed {missed:,} that you found to be spam or rejected." if missed else "."
    groups = [
        (f"Wrongly {done}: you approved them", rehearsal.wrongly[:SHOWN]),
        (f"Rightly {done}", rehearsal.rightly[:SHOWN]),
        ("Missed", rehearsal.missed[:SHOWN]),
    ]
    return Told(sentence, [group for group in groups if group[1]], not rehearsal.wrongly)
