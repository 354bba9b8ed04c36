"""Rules judge a comment: each that hits is named as a reason, and the strictest action wins."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from commentsvc.screening.policy import APPROVE
from commentsvc.screening.policy import Verdict
from commentsvc.screening.policy import strictest
from commentsvc.screening.rules import kinds
from commentsvc.screening.rules.facts import Facts
from commentsvc.screening.rules.matching import Matcher
from commentsvc.screening.rules.networks import Networks
from commentsvc.screening.rules.rule import Rule
from commentsvc.screening.rules.scripts import letters_by_script
from commentsvc.text.names import skeleton

Hits = Callable[[Facts], bool]


@dataclass(frozen=True)
class Ready:
    """A rule made ready once to judge many comments; `code` is how a decision names it."""

    rule: Rule
    code: str
    hits: Hits


def ready(rule: Rule, code: str) -> Ready:
    """Make a rule ready; a list of many thousands of lines takes its time here and not with each comment."""
    return Ready(rule, code, _MAKERS[rule.kind](rule.settings))


def judge_rules(facts: Facts, rules: Iterable[Ready]) -> Verdict:
    """Return the verdict of a site's rules: all that hit are reasons, in their order; the strictest wins."""
    hit = [Verdict(each.rule.action, (each.code,)) for each in rules if each.rule.is_on and each.hits(facts)]
    return strictest(*hit) if hit else Verdict(APPROVE)


def _links(settings: Mapping[str, Any]) -> Hits:
    at_least = settings["at_least"]
    return lambda facts: facts.links >= at_least


def _words(settings: Mapping[str, Any]) -> Hits:
    matcher = Matcher(settings["words"], settings["inside"])
    is_everywhere = settings["where"] == "everywhere"

    def hits(facts: Facts) -> bool:
        looked_at = [facts.text, facts.name, facts.website]
        if facts.shown != facts.text:
            looked_at.append(facts.shown)
        if is_everywhere:
            looked_at += [facts.email, facts.network]
        return any(matcher.finds(text) for text in looked_at if text)

    return hits


def _name(settings: Mapping[str, Any]) -> Hits:
    names = frozenset(map(skeleton, settings["names"]))
    return lambda facts: skeleton(facts.name) in names


def _email(settings: Mapping[str, Any]) -> Hits:
    listed = frozenset(line.casefold().removeprefix("@") for line in settings["emails"])

    def hits(facts: Facts) -> bool:
        if not facts.email:
            return False
        email = facts.email.casefold()
        labels = email.rpartition("@")[2].split(".")
        return email in listed or any(".".join(labels[place:]) in listed for place in range(len(labels)))

    return hits


def _network(settings: Mapping[str, Any]) -> Hits:
    networks = Networks(settings["networks"])
    return lambda facts: networks.holds(facts.network)


def _first_time(_settings: Mapping[str, Any]) -> Hits:
    return lambda facts: not facts.known


def _old_thread(settings: Mapping[str, Any]) -> Hits:
    age = timedelta(days=settings["days"])
    return lambda facts: facts.thread_age > age


def _script(settings: Mapping[str, Any]) -> Hits:
    listed, share, wants_these = frozenset(settings["scripts"]), settings["share"], settings["mode"] == "these"

    def hits(facts: Facts) -> bool:
        letters = letters_by_script(facts.shown or facts.text)
        caught = sum(number for script, number in letters.items() if (script in listed) == wants_these)
        return caught > 0 and caught * 100 >= share * letters.total()

    return hits


def _duplicate(settings: Mapping[str, Any]) -> Hits:
    within, length = timedelta(days=settings["days"]), settings["length"]
    return lambda facts: (
        facts.said_before is not None and facts.said_before <= within and len(facts.text.strip()) >= length
    )


def _too_fast(settings: Mapping[str, Any]) -> Hits:
    within, more_than = timedelta(minutes=settings["minutes"]), settings["more_than"]
    # The comment itself is one of them.
    return lambda facts: sum(age <= within for age in facts.same_network) + 1 > more_than


_MAKERS: dict[str, Callable[[Mapping[str, Any]], Hits]] = {
    kinds.LINKS: _links,
    kinds.WORDS: _words,
    kinds.NAME: _name,
    kinds.EMAIL: _email,
    kinds.NETWORK: _network,
    kinds.FIRST_TIME: _first_time,
    kinds.OLD_THREAD: _old_thread,
    kinds.SCRIPT: _script,
    kinds.DUPLICATE: _duplicate,
    kinds.TOO_FAST: _too_fast,
}
