"""The harness that breaks the service: its reconciliation finds what is lost or doubled, and nothing else."""

from dataclasses import asdict
from dataclasses import replace
from typing import Any

import pytest

from faults.reconciling import Arrival
from faults.reconciling import Event
from faults.reconciling import Row
from faults.reconciling import Stored
from faults.reconciling import Told
from faults.reconciling import compare
from faults.reconciling import compare_events
from faults.reconciling import compare_letters
from faults.report import BEGIN
from faults.report import END
from faults.report import put
from faults.report import table
from faults.stage import Bout

TOLD = Told({"a": "I say text-1x"})


def row(comment: str = "a", text: str | None = "I say text-1x", state: str = "approved") -> Row:
    return Row(comment, text, f"<p>{text}</p>" if text else None, state)


COMMENTS: dict[str, tuple[Told, Stored, tuple[int, int], str]] = {
    "all there": (TOLD, Stored([row()]), (0, 0), ""),
    "one that nobody was told of": (TOLD, Stored([row(), row("b", "I say text-2x")]), (0, 0), ""),
    "lost": (TOLD, Stored([]), (1, 0), "not there as it was told: a"),
    "another text": (TOLD, Stored([row(text="I say text-2x")]), (1, 0), "not there as it was told: a"),
    "doubled": (TOLD, Stored([row(), row("b")]), (0, 1), "there more than once: I say text-1x"),
    "half-written": (TOLD, Stored([row(), row("b", None)]), (0, 0), "half-written: b"),
    "decided": (Told({}, {"a": "spam"}), Stored([row(state="spam")], [("a", "spam")]), (0, 0), ""),
    "decision lost": (Told({}, {"a": "spam"}), Stored([row()]), (1, 0), "not there as it was told: a"),
    "decided twice": (Told({}), Stored([row()], [("a", "spam")] * 2), (0, 1), "there more than once: spam of a"),
}

WANTED = Told({}, letters=frozenset({("lena", "text-1x")}))
IT = Arrival("lena", "text-1x", "<1>")
SENT = Stored([], sent=frozenset({"<1>"}))

LETTERS: dict[str, tuple[Told, Stored, list[Arrival], tuple[int, int, int], str]] = {
    "came": (WANTED, SENT, [IT], (0, 0, 0), ""),
    "came again as the same": (WANTED, SENT, [IT, IT], (0, 0, 1), ""),
    "never written": (WANTED, Stored([]), [], (1, 0, 0), "never came: text-1x to lena"),
    "marked and never sent": (Told({}), SENT, [], (1, 0, 0), "never came: <1>"),
    "still waiting": (Told({}), Stored([], unsent=2), [], (2, 0, 0), "still waiting: 2"),
    "came as another": (WANTED, SENT, [IT, Arrival("lena", "text-1x", "<2>")], (0, 1, 0), "two Message-IDs: text-1x"),
}


@pytest.mark.parametrize("name", COMMENTS)
def test_what_is_wrong_with_comments_is_found(name: str) -> None:
    told, stored, counts, words = COMMENTS[name]
    found = compare(told, stored)
    assert (found.lost, found.doubled) == counts
    assert words in "; ".join(found.faults)
    assert bool(found.faults) == bool(words)


@pytest.mark.parametrize("name", LETTERS)
def test_what_is_wrong_with_letters_is_found(name: str) -> None:
    told, stored, arrived, counts, words = LETTERS[name]
    found = compare_letters(told, stored, arrived)
    assert (found.letters_lost, found.letters_doubled, found.repeated) == counts
    assert words in "; ".join(found.faults)
    assert bool(found.faults) == bool(words)


BOTH = {("comment.approved", "a"), ("comment.spam", "a")}
POSTED, DECIDED = Event("msg_1", "comment.approved", "a"), Event("msg_2", "comment.spam", "a")
IN_LINE = ["msg_1", "msg_2"]

EVENTS: dict[str, tuple[list[Event], tuple[int, int, int], str]] = {
    "came in order": ([POSTED, DECIDED], (0, 0, 0), ""),
    "came again as the same": ([POSTED, DECIDED, POSTED], (0, 0, 1), ""),
    "refused, then taken": ([replace(POSTED, taken=False), POSTED, DECIDED], (0, 0, 1), ""),
    "never came": ([POSTED], (1, 0, 0), "never taken: comment.spam of a"),
    "never taken": ([POSTED, replace(DECIDED, taken=False)], (1, 0, 0), "never taken: comment.spam of a"),
    "came as another": ([POSTED, DECIDED, replace(DECIDED, id="msg_3")], (0, 1, 0), "two ids: comment.spam of a"),
    "out of order": ([DECIDED, POSTED], (0, 0, 0), "out of order: msg_1; decided before it was posted: a"),
}


@pytest.mark.parametrize("name", EVENTS)
def test_what_is_wrong_with_webhooks_is_found(name: str) -> None:
    heard, counts, words = EVENTS[name]
    found = compare_events(BOTH, IN_LINE, heard)
    assert (found.lost, found.doubled, found.repeated) == counts
    assert words in "; ".join(found.faults)
    assert bool(found.faults) == bool(words)


VERDICTS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing wrong": ({}, "| holds |"),
    "lost": ({"lost": 1, "faults": ["one is missing"]}, "| FAILS: one is missing |"),
    "a count alone": ({"doubled": 1}, "| FAILS: "),
    "skipped": ({"skipped": "no compiler"}, "| skipped: no compiler |"),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_the_table_says_what_came_of_it(name: str) -> None:
    more, words = VERDICTS[name]
    bout = Bout(**asdict(Bout("kill", "sqlite")) | more)
    head, rule, line = table([bout]).splitlines()
    assert words in line
    assert head.count("|") == rule.count("|") == line.count("|")


def test_a_row_takes_the_place_of_the_former_one_and_others_stay() -> None:
    document = f"before\n{BEGIN}\n{END}\nafter"
    order = ("kill", "cut")
    document = put(document, [Bout("cut", "sqlite", 1), Bout("gone", "sqlite"), Bout("kill", "postgresql", 2)], order)
    document = put(document, [Bout("kill", "sqlite", 3), Bout("kill", "postgresql", 4)], order)
    assert document.startswith(f"before\n{BEGIN}\n| fault |")
    assert document.endswith(f"\n{END}\nafter")
    rows = [line.split(" | ")[:3] for line in document.splitlines() if " holds " in line]
    assert rows == [["| kill", "sqlite", "3"], ["| kill", "postgresql", "4"], ["| cut", "sqlite", "1"]]
