"""The filter learns: a model is made from all the decided comments there are, and so it forgets as exactly."""

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from commentsvc.screening.learning.features import groups_of
from commentsvc.screening.learning.features import hash_of
from commentsvc.screening.learning.model import ENOUGH_TO_GUESS
from commentsvc.screening.learning.model import Model
from commentsvc.screening.learning.reading import read
from commentsvc.screening.learning.sample import Decided
from commentsvc.screening.learning.threshold import set_threshold
from commentsvc.screening.learning.training import Row
from commentsvc.screening.learning.training import scores_unseen
from commentsvc.screening.learning.training import train

# The share of good comments that may be held, where the site says nothing else.
RATE = 0.01
# How many of each kind a site should hand over, the newest: more only costs time.
ENOUGH = 2_000

_FOLDS = 10
# What one comment alone has is kept while there is room: it is what a small site learns from.
_ROOM = 1 << 17
_KEPT = 1 << 16


@dataclass(frozen=True)
class _Prints:
    groups: tuple[tuple[float, array], ...]
    digest: bytes
    spam: bool


def learn(decided: Iterable[Decided], muted: frozenset[str] = frozenset(), rate: float = RATE) -> Model:
    """Return what is to be learned from decided comments; the same comments in any order give the same bytes.

    A comment that was decided many times alike counts once, so that a flood of one text does not drown the rest.
    `muted` are keys of signals to ignore; `rate` is the share of good comments that may be held, as 0.01.
    Time and memory grow with the number of comments: hand over the newest `ENOUGH` of each kind.
    """
    ordered = _different(decided, muted)
    spam = sum(prints.spam for prints in ordered)
    good = len(ordered) - spam
    if min(spam, good) < ENOUGH_TO_GUESS:
        return Model(spam, good, rate, muted, 0.0, None, array("Q"), array("f"))
    hashes = _chosen(ordered)
    rows = _rows(ordered, hashes)
    weights = train(rows, len(hashes))
    scores = scores_unseen(rows, weights, _FOLDS)
    threshold = set_threshold(
        [score for score, row in zip(scores, rows, strict=True) if not row.spam],
        [score for score, row in zip(scores, rows, strict=True) if row.spam],
        rate,
    )
    kept = sorted(_strongest(hashes, weights.of))
    return Model(
        spam=spam,
        good=good,
        rate=rate,
        muted=muted,
        constant=weights.constant,
        threshold=threshold,
        hashes=array("Q", (hashes[place] for place in kept)),
        weights=array("f", (weights.of[place] for place in kept)),
    )


def _different(decided: Iterable[Decided], muted: frozenset[str]) -> list[_Prints]:
    different = {(prints.digest, prints.spam): prints for prints in (_prints(one, muted) for one in decided)}
    # An order that nobody chose, and that is the same wherever the same comments are.
    return [different[key] for key in sorted(different)]


def _prints(decided: Decided, muted: frozenset[str]) -> _Prints:
    groups = []
    digest = blake2b(digest_size=16)
    for group in groups_of(read(decided.sample, muted)):
        numbers = array("Q", sorted(map(hash_of, group.names)))
        groups.append((group.value, numbers))
        digest.update(b"%d " % len(numbers))
        for number in numbers:
            digest.update(number.to_bytes(8, "little"))
    return _Prints(tuple(groups), digest.digest(), decided.spam)


def _chosen(ordered: list[_Prints]) -> array:
    seen = Counter(number for prints in ordered for _, numbers in prints.groups for number in numbers)
    fewest = 2 if len(seen) > _ROOM else 1
    return array("Q", sorted(number for number, count in seen.items() if count >= fewest))


def _rows(ordered: list[_Prints], hashes: array) -> list[Row]:
    place_of = {number: place for place, number in enumerate(hashes)}
    rows = []
    # What was read is given away as it is used: both together are most of the memory.
    ordered.reverse()
    while ordered:
        prints = ordered.pop()
        groups = (
            (value, array("I", [place_of[number] for number in numbers if number in place_of]))
            for value, numbers in prints.groups
            if numbers
        )
        rows.append(Row(tuple(groups), prints.spam))
    return rows


def _strongest(hashes: array, weights: list[float]) -> list[int]:
    places = [place for place, weight in enumerate(weights) if weight]
    if len(places) <= _KEPT:
        return places
    return sorted(places, key=lambda place: (-abs(weights[place]), hashes[place]))[:_KEPT]
