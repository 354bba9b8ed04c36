"""Rules, one by one: what each hits and what it lets pass, and that no list and no text makes them slow."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies

from commentsvc.screening.policy import APPROVE
from commentsvc.screening.policy import Verdict
from commentsvc.screening.rules.facts import Facts
from commentsvc.screening.rules.judge import Ready
from commentsvc.screening.rules.judge import judge_rules
from commentsvc.screening.rules.judge import ready
from commentsvc.screening.rules.matching import Matcher
from commentsvc.screening.rules.rule import RuleRefused
from commentsvc.screening.rules.rule import check_rule

FACTS = Facts(text="The bridge was wooden once.", shown="The bridge was wooden once.", name="Rita")


def made(kind: str, action: str = "hold", code: str = "r", **settings: Any) -> Ready:
    """Make a rule ready."""
    return ready(check_rule(kind, settings, action, ""), code)


def hits(rule: Ready, **facts: Any) -> bool:
    """Say whether a rule hits a comment of which this is known."""
    return judge_rules(replace(FACTS, **facts), [rule]).action != APPROVE


@pytest.mark.parametrize(
    ("words", "text", "whole", "inside"),
    [
        (["press"], "I use WordPress.", False, True),
        (["press"], "Stop the PRESS!", True, True),
        (["casino"], "Best cаsinо here", True, True),  # With two Cyrillic letters.
        (["casino"], "ＣＡＳＩＮＯ and 𝓬𝓪𝓼𝓲𝓷𝓸", True, True),
        (["casino"], "c@s1n0", True, True),
        (["casino"], "ca\u200bsi\u00adno", True, True),
        (["casino"], "cásíno", True, True),
        (["casino"], "mail me at jo@casino.example", True, True),
        (["казино"], "КАЗИНО и покер", True, True),
        (["ΝΕΟ"], "νεο", True, True),
        (["cheap pills"], "Cheap,\n pills!", True, False),
        (["cheap pills"], "cheap blue pills", False, False),
        (["cheap pills"], "cheapest pills", False, False),
        (["赌场"], "最好的赌场在这里", True, True),
        (["straße"], "STRASSE", True, True),
        (["C++"], "I like c today", True, False),
        (["🎰🎰"], "win 🎰🎰🎰 now", True, True),
        (["a b c d e f g h i j k"], "so a b c d e f g h i j k it is", True, True),
        (["bridge"], "fridge", False, False),
    ],
)
def test_words_are_found_as_they_look(words: list[str], text: str, whole: bool, inside: bool) -> None:
    assert hits(made("words", words=words), text=text, shown=text) is whole
    assert hits(made("words", words=words, inside=True), text=text, shown=text) is inside


def test_words_are_looked_for_where_they_can_be() -> None:
    rule, everywhere = made("words", words=["casino"]), made("words", words=["casino"], where="everywhere")
    assert hits(rule, name="Casino Royal")
    assert hits(rule, website="https://casino.example/")
    assert hits(rule, text="ca*si*no", shown="casino"), "what markup hides is seen"
    assert not hits(rule, email="jo@casino.example")
    assert hits(everywhere, email="jo@casino.example")
    assert hits(made("words", words=["203.0.113."], where="everywhere", inside=True), network="203.0.113.0/24")
    assert not hits(everywhere)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "settings", "facts", "expected"),
    [
        ("links", {"at_least": 3}, {"links": 3}, True),
        ("links", {"at_least": 3}, {"links": 2}, False),
        ("name", {"names": ["Mona Lind"]}, {"name": "M0na-Lind"}, True),
        ("name", {"names": ["Mona Lind"]}, {"name": "Mona Linden"}, False),
        ("email", {"emails": ["jo@mail.example"]}, {"email": "Jo@Mail.example"}, True),
        ("email", {"emails": ["jo@mail.example"]}, {"email": "ann@mail.example"}, False),
        ("email", {"emails": ["@spam.example"]}, {"email": "a@deep.spam.example"}, True),
        ("email", {"emails": ["spam.example"]}, {"email": "a@nospam.example"}, False),
        ("email", {"emails": ["spam.example"]}, {"email": None}, False),
        ("network", {"networks": ["203.0.113.77"]}, {"network": "203.0.113.0/24"}, True),
        ("network", {"networks": ["203.0.0.0/16"]}, {"network": "203.0.113.0/24"}, True),
        ("network", {"networks": ["203.1.0.0/16"]}, {"network": "203.0.113.0/24"}, False),
        ("network", {"networks": ["2001:db8:1::7"]}, {"network": "2001:db8:1::/48"}, True),
        ("network", {"networks": ["2001:db8:1::7"]}, {"network": "2001:db8:2::/48"}, False),
        ("network", {"networks": ["203.0.113.77"]}, {"network": None}, False),
        ("network", {"networks": ["0.0.0.0/0"]}, {"network": "2001:db8:2::/48"}, False),
        ("first-time", {}, {"known": False}, True),
        ("first-time", {}, {"known": True}, False),
        ("old-thread", {"days": 90}, {"thread_age": 91 * DAY}, True),
        ("old-thread", {"days": 90}, {"thread_age": 90 * DAY}, False),
        ("script", {"scripts": ["latin"]}, {"shown": "Добрый день"}, True),
        ("script", {"scripts": ["latin"]}, {"shown": "Good day, день"}, False),
        ("script", {"scripts": ["latin"], "share": 10}, {"shown": "Good day, день"}, True),
        ("script", {"scripts": ["latin"], "share": 1}, {"shown": "12:30 🎉 !!"}, False),
        ("script", {"scripts": ["cyrillic"], "mode": "these"}, {"shown": "Добрый день"}, True),
        ("script", {"scripts": ["HAN", "kana"], "mode": "these"}, {"shown": "東京タワー"}, True),
        ("script", {"scripts": ["cyrillic"], "mode": "these"}, {"shown": "Καλημέρα"}, False),
        ("duplicate", {"days": 2}, {"said_before": 2 * DAY}, True),
        ("duplicate", {"days": 2}, {"said_before": 3 * DAY}, False),
        ("duplicate", {"days": 2}, {"said_before": None}, False),
        ("duplicate", {"days": 2}, {"said_before": DAY, "text": "Thanks!"}, False),
        ("duplicate", {"days": 2, "length": 1}, {"said_before": DAY, "text": "Thanks!"}, True),
        ("too-fast", {"more_than": 2, "minutes": 60}, {"same_network": (HOUR, HOUR / 2)}, True),
        ("too-fast", {"more_than": 2, "minutes": 60}, {"same_network": (HOUR * 2, HOUR / 2)}, False),
    ],
)
def test_each_kind_hits_what_it_says(kind: str, settings: dict, facts: dict, expected: bool) -> None:
    assert hits(made(kind, **settings), **facts) is expected


def test_the_strictest_wins_and_all_that_hit_are_named_in_order() -> None:
    first, second = made("words", "hold", "a", words=["bridge"]), made("words", "spam", "b", words=["wooden"])
    third, off = made("first-time", "reject", "c"), made("first-time", "reject", "d")
    off = replace(off, rule=replace(off.rule, is_on=False))
    assert judge_rules(FACTS, [first, second, third, off]) == Verdict("reject", ("a", "b", "c"))
    assert judge_rules(FACTS, [second, first]) == Verdict("spam", ("b", "a"))
    assert judge_rules(FACTS, [off]) == Verdict(APPROVE)


@pytest.mark.parametrize(
    ("kind", "settings", "field", "code"),
    [
        ("gossip", {}, "kind", "unknown"),
        ("links", {"at_least": "many"}, "at_least", "out_of_range"),
        ("links", {"at_least": "0"}, "at_least", "out_of_range"),
        ("links", {"at_least": "٣"}, "at_least", "out_of_range"),
        ("links", {"at_least": True}, "at_least", "out_of_range"),
        ("links", {"at_least": "9" * 5000}, "at_least", "out_of_range"),
        ("words", {}, "words", "empty"),
        ("words", {"words": " \n\n"}, "words", "empty"),
        ("words", {"words": 7}, "words", "invalid"),
        ("words", {"words": [None]}, "words", "invalid"),
        ("words", {"words": "a\x00b"}, "words", "invalid"),
        ("words", {"words": "\ud800"}, "words", "invalid"),
        ("words", {"words": "x" * 201}, "words", "too_long"),
        ("words", {"words": [str(number) for number in range(100_001)]}, "words", "too_many"),
        ("words", {"words": "a", "where": "nowhere"}, "where", "invalid"),
        ("email", {"emails": "a b@c"}, "emails", "invalid"),
        ("network", {"networks": "203.0.113"}, "networks", "invalid"),
        ("network", {"networks": "10.0.0.0/33"}, "networks", "invalid"),
        ("script", {"scripts": "klingon"}, "scripts", "invalid"),
    ],
)
def test_what_cannot_be_a_rule_is_refused_by_field(kind: str, settings: dict, field: str, code: str) -> None:
    with pytest.raises(RuleRefused) as caught:
        check_rule(kind, settings, "hold", "")
    assert [(wrong.field, wrong.code) for wrong in caught.value.wrong] == [(field, code)]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(RuleRefused) as caught:
        check_rule("script", {"mode": "x", "share": "101"}, "explode", "y" * 121)
    assert {wrong.field for wrong in caught.value.wrong} == {"action", "reason", "mode", "share"}


class Counted(frozenset[str]):
    """Counts how often somebody looks into it."""

    looks = 0

    def __contains__(self, item: object) -> bool:
        """Count, and look."""
        type(self).looks += 1
        return super().__contains__(item)


def near_misses() -> Iterator[str]:
    """Give texts of the greatest length that agree with the lists below as far as they can."""
    yield "word-" * 2_000
    yield "wore " * 2_000
    yield "x" * 10_000
    yield "\ufdfa" * 10_000


@pytest.mark.parametrize("inside", [False, True])
def test_a_list_of_60_000_lines_costs_no_more_than_a_short_one(inside: bool) -> None:
    """Counted in looks into the list and not in time: they grow with the text and with lengths, not with lines."""
    many = [f"word-{number:05} {'x' * (number % 7)}!" for number in range(60_000)]
    matcher = Matcher(many, inside)
    assert matcher.finds(f"Say {many[4711].upper()} Now.")
    matcher.phrases, matcher.pieces = Counted(matcher.phrases), Counted(matcher.pieces)
    for text in near_misses():
        Counted.looks = 0
        assert not matcher.finds(text)
        assert Counted.looks <= 10 * len(text)


@given(strategies.lists(strategies.text("ab c", min_size=1), min_size=1), strategies.text("abc d", max_size=30))
def test_the_matcher_finds_what_a_slow_search_finds(words: list[str], text: str) -> None:
    words = [word for word in words if word.strip()]
    whole, spaced = [" ".join(word.split()) for word in words], f" {' '.join(text.split())} "
    assert Matcher(whole, inside=True).finds(text) is any(word in spaced.strip() for word in whole)
    short = [word for word in whole if word.count(" ") < 10]
    assert Matcher(short, inside=False).finds(text) is any(f" {word} " in spaced for word in short)
