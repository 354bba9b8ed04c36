"""What the filter of one site has learned: weights of features, and the threshold; kept as bytes in one row."""

import json
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import asdict
from dataclasses import dataclass
from math import fsum

from commentsvc.screening.learning.features import FEATURES
from commentsvc.screening.learning.features import Group
from commentsvc.screening.learning.features import hash_of
from commentsvc.screening.learning.threshold import Threshold

# With half as many different comments of a kind, one good comment in ten could be held by bad luck.
ENOUGH_TO_KNOW = 10
# With fewer there is not even a guess.
ENOUGH_TO_GUESS = 3

_MAGIC = b"commentsvc filter 1\n"


class OutdatedModel(ValueError):
    """These bytes were written by a version that took comments apart otherwise, or are no model: make it again."""


@dataclass(frozen=True)
class Model:
    """What was learned from `spam` and `good` different comments; features are found by their hash, in rising order.

    `threshold` is None before the first guess can be made; `muted` are the keys of the signals that are ignored.
    """

    spam: int
    good: int
    rate: float
    muted: frozenset[str]
    constant: float
    threshold: Threshold | None
    hashes: array
    weights: array

    @property
    def missing(self) -> tuple[int, int]:
        """Return how many different comments must still be decided before the filter knows: spam, and good ones."""
        return max(ENOUGH_TO_KNOW - self.spam, 0), max(ENOUGH_TO_KNOW - self.good, 0)

    @property
    def knows(self) -> bool:
        """Say whether enough was decided for the filter to mark comments."""
        return self.missing == (0, 0)

    def weight(self, feature: str) -> float:
        """Return what a feature weighs; above zero is more like spam, and zero is what was never seen."""
        number = hash_of(feature)
        place = bisect_left(self.hashes, number)
        if place < len(self.hashes) and self.hashes[place] == number:
            return self.weights[place]
        return 0.0

    def score(self, groups: Iterable[Group]) -> float:
        """Return what the features of a comment weigh together."""
        return fsum([group.value * fsum(map(self.weight, group.names)) for group in groups]) + self.constant

    def to_bytes(self) -> bytes:
        """Return the model as bytes, the same for the same model; some hundreds of KB at most."""
        head = {
            "features": FEATURES,
            "spam": self.spam,
            "good": self.good,
            "rate": self.rate,
            "muted": sorted(self.muted),
            "constant": self.constant,
            "threshold": asdict(self.threshold) if self.threshold else None,
            "size": len(self.hashes),
        }
        line = json.dumps(head, sort_keys=True).encode() + b"\n"
        return _MAGIC + line + _little(self.hashes).tobytes() + _little(self.weights).tobytes()


def model_from_bytes(data: bytes) -> Model:
    """Read what `to_bytes` wrote; raise OutdatedModel where the model must be made again from the decided comments."""
    magic, newline, rest = data.partition(b"\n")
    if magic + newline != _MAGIC:
        raise OutdatedModel("these bytes are no model of this version")
    line, _, body = rest.partition(b"\n")
    head = json.loads(line)
    if head["features"] != FEATURES or len(body) != head["size"] * 12:
        raise OutdatedModel("comments are taken apart otherwise now")
    hashes, weights = array("Q"), array("f")
    hashes.frombytes(body[: head["size"] * 8])
    weights.frombytes(body[head["size"] * 8 :])
    return Model(
        spam=head["spam"],
        good=head["good"],
        rate=head["rate"],
        muted=frozenset(head["muted"]),
        constant=head["constant"],
        threshold=Threshold(**head["threshold"]) if head["threshold"] else None,
        hashes=_little(hashes),
        weights=_little(weights),
    )


def _little(values: array) -> array:
    if sys.byteorder == "little":
        return values
    turned = array(values.typecode, values)
    turned.byteswap()
    return turned
