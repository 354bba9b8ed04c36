"""Weights of features, made from decided comments: a linear support vector machine, the same for the same comments.

It is the machine with squared slack, solved in its dual form one comment at a time (Hsieh, Chang, Keerthi, Lin,
Sundararajan: A Dual Coordinate Descent Method for Large-scale Linear SVM, 2008). Comments are taken in the order they
are given in, sums are rounded once (fsum), and so every machine comes to the same weights.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from math import fsum

# How dear it is to be wrong on a comment that was decided, against weights that are large.
COST = 0.3
# Good enough when no comment is further than this from where it should be.
TOLERANCE = 0.03
# Bounds the time; most sets need half of it.
MAX_ROUNDS = 80


@dataclass(frozen=True)
class Row:
    """A decided comment: the places of its features, by groups of one value each; and whether it was spam."""

    groups: tuple[tuple[float, array], ...]
    spam: bool

    @property
    def square(self) -> float:
        """Return the squared length of the row, with the constant that every row has."""
        return fsum(value * value * len(places) for value, places in self.groups) + 1.0


@dataclass
class Weights:
    """What each feature weighs (above zero: as in spam), the constant, and how hard each row pulls."""

    of: list[float]
    constant: float = 0.0
    pulls: list[float] = field(default_factory=list)

    def score(self, row: Row) -> float:
        """Return what the features of a row weigh together; above zero is more like spam."""
        get = self.of.__getitem__
        return fsum([value * fsum(map(get, places)) for value, places in row.groups]) + self.constant


def train(rows: Sequence[Row], size: int) -> Weights:
    """Return the weights of `size` features that tell the rows apart best."""
    weights = Weights([0.0] * size, 0.0, [0.0] * len(rows))
    _settle(weights, rows, range(len(rows)))
    return weights


def scores_unseen(rows: Sequence[Row], weights: Weights, folds: int) -> list[float]:
    """Return for each row the score it gets from weights that were made without it and its fold.

    Folds are dealt out by kind, in the order of the rows. `weights` are those made from all rows, as a start.
    """
    scores = [0.0] * len(rows)
    fold_of = _dealt(rows, folds)
    for fold in range(folds):
        without = Weights(list(weights.of), weights.constant, list(weights.pulls))
        held_out = [place for place, its in enumerate(fold_of) if its == fold]
        for place in held_out:
            _pull(without, rows[place], place, 0.0)
        _settle(without, rows, [place for place, its in enumerate(fold_of) if its != fold])
        for place in held_out:
            scores[place] = without.score(rows[place])
    return scores


def _settle(weights: Weights, rows: Sequence[Row], places: Sequence[int]) -> None:
    squares = {place: rows[place].square for place in places}
    softness = 1 / (2 * COST)
    awake: Sequence[int] = places
    for _ in range(MAX_ROUNDS):
        worst = 0.0
        pulling = []
        for place in awake:
            row = rows[place]
            pull = weights.pulls[place]
            score = weights.score(row)
            slope = (score if row.spam else -score) - 1 + pull * softness
            if pull == 0.0 and slope >= 0:
                continue
            pulling.append(place)
            worst = max(worst, abs(slope))
            _pull(weights, row, place, max(pull - slope / (squares[place] + softness), 0.0))
        if worst >= TOLERANCE:
            # Comments on the right side pull no more and are left alone, until those that pull have settled.
            awake = pulling
        elif len(awake) == len(places):
            return
        else:
            awake = places


def _pull(weights: Weights, row: Row, place: int, pull: float) -> None:
    change = pull - weights.pulls[place]
    if change == 0.0:
        return
    weights.pulls[place] = pull
    step = change if row.spam else -change
    of = weights.of
    for value, features in row.groups:
        by = step * value
        for feature in features:
            of[feature] += by
    weights.constant += step


def _dealt(rows: Sequence[Row], folds: int) -> list[int]:
    dealt = {True: 0, False: 0}
    fold_of = []
    for row in rows:
        fold_of.append(dealt[row.spam] % folds)
        dealt[row.spam] += 1
    return fold_of
