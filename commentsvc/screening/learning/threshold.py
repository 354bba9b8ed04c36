"""From which score on a comment is marked, and what a score means, judged by comments that the weights had not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf
from math import exp
from math import fsum
from math import log
from math import sqrt

# Halving an interval of thirty-two this often leaves less than a millionth.
_HALVINGS = 26
_WIDEST = 16.0
_NEWTON_STEPS = 100
_NARROWEST = 0.01
# So many comments weigh as much as what is thought of them before.
_THOUGHT = 50


@dataclass(frozen=True)
class Threshold:
    """Where the line is, and what was seen on both sides of it: shares of the good held and of the spam caught.

    `slope` and `offset` turn a score into a probability.
    """

    line: float
    good_held: float
    spam_caught: float
    slope: float
    offset: float

    def probability(self, score: float) -> float:
        """Return how probable it is that a comment of this score is spam, from 0 to 1."""
        return _logistic(self.slope * score + self.offset)


def set_threshold(good: Sequence[float], spam: Sequence[float], rate: float) -> Threshold:
    """Return the threshold at which a share `rate` of good comments is expected to be held, at most.

    `good` and `spam` are the scores of decided comments, at least two of each. Every good comment stands for those like
    it, so that its score is spread as a bell (Silverman's width); and fifty comments are thought to lie around the mean
    as a bell. Without them the line would hang on one odd comment where few were decided.
    No line is so low that a comment on it would more probably be good than spam.
    """
    middle = fsum(good) / len(good)
    spread = max(sqrt(fsum((score - middle) ** 2 for score in good) / len(good)), _NARROWEST)
    width = 1.06 * spread * len(good) ** -0.2
    low, high = -_WIDEST, _WIDEST
    for _ in range(_HALVINGS):
        line = (low + high) / 2
        above = fsum(_share_above(line, score, width) for score in good)
        if above + _THOUGHT * _share_above(line, middle, spread) > rate * (len(good) + _THOUGHT):
            low = line
        else:
            high = line
    slope, offset = _calibrated(good, spam)
    even = -offset / slope if slope else 0.0
    # Rounded, because the last digits of erf, exp and log differ between machines.
    line = round(max(high, even), 5)
    return Threshold(
        line=line,
        good_held=sum(score >= line for score in good) / len(good),
        spam_caught=sum(score >= line for score in spam) / len(spam),
        slope=slope,
        offset=offset,
    )


def _share_above(line: float, score: float, width: float) -> float:
    return (1 - erf((line - score) / (width * sqrt(2)))) / 2


def _calibrated(good: Sequence[float], spam: Sequence[float]) -> tuple[float, float]:
    # Platt's sigmoid with his targets, which keep it from being surer than so many comments allow (Platt 1999;
    # Lin, Lin, Weng 2007), by Newton's method with halved steps.
    aims = [(score, 1 / (len(good) + 2)) for score in good]
    aims += [(score, (len(spam) + 1) / (len(spam) + 2)) for score in spam]
    slope, offset = 0.0, log((len(spam) + 1) / (len(good) + 1))
    loss = _loss(aims, slope, offset)
    for _ in range(_NEWTON_STEPS):
        gradient_slope = gradient_offset = 0.0
        ss, so, oo = 1e-9, 0.0, 1e-9
        for score, aim in aims:
            said = _logistic(slope * score + offset)
            gradient_slope += score * (said - aim)
            gradient_offset += said - aim
            spread = said * (1 - said)
            ss += score * score * spread
            so += score * spread
            oo += spread
        if abs(gradient_slope) < 1e-6 and abs(gradient_offset) < 1e-6:
            break
        determinant = ss * oo - so * so
        step_slope = (oo * gradient_slope - so * gradient_offset) / determinant
        step_offset = (ss * gradient_offset - so * gradient_slope) / determinant
        share = 1.0
        while share > 1e-8:
            next_loss = _loss(aims, slope - share * step_slope, offset - share * step_offset)
            if next_loss < loss:
                break
            share /= 2
        else:
            break
        slope, offset, loss = slope - share * step_slope, offset - share * step_offset, next_loss
    # More spam-like must never mean less probable.
    return round(max(slope, 0.0), 5), round(offset, 5)


def _loss(aims: Sequence[tuple[float, float]], slope: float, offset: float) -> float:
    total = []
    for score, aim in aims:
        value = slope * score + offset
        total.append(max(value, 0.0) - value * aim + log(1 + exp(-abs(value))))
    return fsum(total)


def _logistic(value: float) -> float:
    if value >= 0:
        return 1 / (1 + exp(-value))
    grown = exp(value)
    return grown / (1 + grown)
