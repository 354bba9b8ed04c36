"""What the filter thinks of a comment."""

from dataclasses import dataclass

from commentsvc.screening.learning.features import groups_of
from commentsvc.screening.learning.model import Model
from commentsvc.screening.learning.reading import read
from commentsvc.screening.learning.sample import Sample


@dataclass(frozen=True)
class Opinion:
    """What the filter thinks of a comment; as long as it does not know (`knows`), nothing is spam.

    `missing` are the numbers of different comments that must still be decided before it knows: spam, and good ones.
    `probability` is None before the first guess can be made; `score` is above zero for what is more like spam.
    """

    knows: bool
    missing: tuple[int, int]
    spam: bool = False
    score: float = 0.0
    probability: float | None = None


def weigh(model: Model, sample: Sample, muted: frozenset[str] = frozenset()) -> Opinion:
    """Return what a model says of a comment; `muted` are keys that the model, made before, does not know of yet."""
    if model.threshold is None:
        return Opinion(knows=False, missing=model.missing)
    score = model.score(groups_of(read(sample, model.muted | muted)))
    return Opinion(
        knows=model.knows,
        missing=model.missing,
        spam=model.knows and score >= model.threshold.line,
        score=round(score, 4),
        probability=round(model.threshold.probability(score), 4),
    )
