"""The line is drawn for the wanted share of good comments held, and a score means a probability."""

import random

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from commentsvc.screening.learning.threshold import Threshold
from commentsvc.screening.learning.threshold import set_threshold

scores = st.lists(st.floats(-5, 5), min_size=2, max_size=60)


def drawn(chance: random.Random, middle: float, many: int) -> list[float]:
    return [chance.gauss(middle, 0.5) for _ in range(many)]


@pytest.mark.parametrize("rate", [0.01, 0.02, 0.04, 0.1])
@pytest.mark.parametrize("many", [40, 200, 1_000])
def test_the_share_held_is_about_the_share_wanted(rate: float, many: int) -> None:
    chance = random.Random(f"{rate} {many}")
    held = []
    for _ in range(30):
        threshold = set_threshold(drawn(chance, -0.5, many), drawn(chance, 0.5, many), rate)
        held.append(sum(score >= threshold.line for score in drawn(chance, -0.5, 1_000)) / 1_000)
    assert rate / 2 < sum(held) / len(held) < rate * 1.5


def test_one_odd_comment_does_not_move_the_line_out_of_reach() -> None:
    good = drawn(random.Random(1), -1, 60)
    without = set_threshold(good, drawn(random.Random(2), 1, 60), 0.01)
    with_one = set_threshold([*good, 2.5], drawn(random.Random(2), 1, 60), 0.01)
    assert without.line < with_one.line < 1.0


def test_nothing_is_marked_that_is_more_probably_good() -> None:
    chance = random.Random(9)
    threshold = set_threshold(drawn(chance, -2, 200), drawn(chance, 2, 200), 0.2)
    assert threshold.probability(threshold.line) == pytest.approx(0.5, abs=0.01)
    assert threshold.good_held < 0.01


def test_what_was_seen_is_told() -> None:
    threshold = set_threshold([-1.0] * 9 + [3.0], [2.0] * 8 + [-2.0] * 2, 0.2)
    assert 0.5 <= threshold.probability(threshold.line) < threshold.probability(2.0)
    assert threshold.good_held == 0.1
    assert threshold.spam_caught == 0.8


@settings(deadline=None)
@given(scores, scores, st.sampled_from([0.001, 0.01, 0.05, 0.2]))
def test_more_spam_like_is_never_less_probable(good: list[float], spam: list[float], rate: float) -> None:
    threshold = set_threshold(good, spam, rate)
    said = [threshold.probability(step / 4) for step in range(-40, 41)]
    assert said == sorted(said)
    assert 0 <= said[0] <= said[-1] <= 1


@settings(deadline=None)
@given(scores, scores)
def test_a_smaller_share_is_a_higher_line(good: list[float], spam: list[float]) -> None:
    lines = [set_threshold(good, spam, rate).line for rate in (0.2, 0.05, 0.01, 0.001)]
    assert lines == sorted(lines)


def test_a_probability_is_what_it_says() -> None:
    chance = random.Random(5)
    threshold = set_threshold(drawn(chance, -0.4, 2_000), drawn(chance, 0.4, 2_000), 0.01)
    mixed = [(score, 0) for score in drawn(chance, -0.4, 2_000)] + [(score, 1) for score in drawn(chance, 0.4, 2_000)]
    near = [spam for score, spam in mixed if 0.6 < threshold.probability(score) < 0.8]
    assert 0.6 < sum(near) / len(near) < 0.8


def test_no_score_is_too_large() -> None:
    threshold = Threshold(line=0.0, good_held=0.0, spam_caught=1.0, slope=50.0, offset=1.0)
    assert threshold.probability(-1e6) == 0.0
    assert threshold.probability(1e6) == 1.0
