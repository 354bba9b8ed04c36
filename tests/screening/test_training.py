"""Weights are where nothing can be made better, and scores of unseen comments are what they are called."""

import random
from array import array

import pytest

from commentsvc.screening.learning.training import COST
from commentsvc.screening.learning.training import TOLERANCE
from commentsvc.screening.learning.training import Row
from commentsvc.screening.learning.training import scores_unseen
from commentsvc.screening.learning.training import train

SIZE = 40


def rows_like(seed: int, many: int) -> list[Row]:
    """Rows of chance, of which the first ten places lean to spam and the next ten to good comments."""
    chance = random.Random(seed)
    rows = []
    for number in range(many):
        spam = number % 3 == 0
        telling = [place + (0 if spam else 10) for place in range(10) if chance.random() < 0.3]
        rest = [place for place in range(20, SIZE) if chance.random() < 0.3]
        rows.append(Row(((1.0, array("I", telling)), (0.5, array("I", rest))), spam))
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_no_weight_can_be_made_better(seed: int) -> None:
    """The optimum of a machine with squared slack: each row pulls as hard as it is short of its margin, or not."""
    rows = rows_like(seed, 60)
    weights = train(rows, SIZE)
    of = [0.0] * SIZE
    for row, pull in zip(rows, weights.pulls, strict=True):
        short = 1 - (weights.score(row) if row.spam else -weights.score(row))
        assert pull == pytest.approx(max(short, 0) * 2 * COST, abs=2 * TOLERANCE)
        for value, places in row.groups:
            for place in places:
                of[place] += pull * value * (1 if row.spam else -1)
    assert weights.of == pytest.approx(of, abs=1e-9)


def test_the_unseen_are_judged_by_weights_that_were_made_without_them() -> None:
    rows = rows_like(3, 60)
    folds = 5
    scores = scores_unseen(rows, train(rows, SIZE), folds)
    dealt = {True: 0, False: 0}
    fold_of = []
    for row in rows:
        fold_of.append(dealt[row.spam] % folds)
        dealt[row.spam] += 1
    for fold in range(folds):
        without = train([row for row, its in zip(rows, fold_of, strict=True) if its != fold], SIZE)
        for row, its, score in zip(rows, fold_of, scores, strict=True):
            if its == fold:
                assert score == pytest.approx(without.score(row), abs=10 * TOLERANCE)


def test_rows_without_features_are_no_error() -> None:
    rows = [Row((), True), Row((), False), *rows_like(1, 10)]
    assert len(scores_unseen(rows, train(rows, SIZE), 10)) == 12
