"""Why the filter thinks so: the strongest signals for and against, each with a weight and in words."""

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from commentsvc.screening.learning.features import PIECE
from commentsvc.screening.learning.features import cut
from commentsvc.screening.learning.features import groups_of
from commentsvc.screening.learning.features import pair
from commentsvc.screening.learning.features import piece_starts
from commentsvc.screening.learning.mentions import domain_of
from commentsvc.screening.learning.model import Model
from commentsvc.screening.learning.muting import MAX_PHRASE
from commentsvc.screening.learning.muting import MENTIONS
from commentsvc.screening.learning.muting import key_of_words
from commentsvc.screening.learning.reading import Reading
from commentsvc.screening.learning.reading import read
from commentsvc.screening.learning.sample import Sample
from commentsvc.screening.learning.saying import say_call
from commentsvc.screening.learning.saying import say_host
from commentsvc.screening.learning.saying import say_mail
from commentsvc.screening.learning.saying import say_mark
from commentsvc.screening.learning.saying import say_mention
from commentsvc.screening.learning.saying import say_name
from commentsvc.screening.learning.saying import say_path
from commentsvc.screening.learning.saying import say_shape
from commentsvc.screening.learning.saying import say_words

# A signal that moves a score by less is not worth a line.
_LEAST = 0.01
# A neighbour joins a phrase when it weighs this much of the word it joins.
_JOINS = 0.4


@dataclass(frozen=True)
class Signal:
    """Something in a comment that speaks for spam (weight above zero) or against it (below).

    `key` is what `muted` takes to ignore it; `words` say it to a moderator. It quotes the comment: escape it in HTML.
    """

    key: str
    words: str
    weight: float


def explain(model: Model, sample: Sample, each: int = 4, muted: frozenset[str] = frozenset()) -> tuple[Signal, ...]:
    """Return at most `each` signals for spam and as many against it, the strongest first."""
    if model.threshold is None:
        return ()
    reading = read(sample, model.muted | muted)
    weigh = _weigher(model, reading)
    together: dict[str, Signal] = {}
    for signal in [*_phrases(reading, weigh), *_others(reading, weigh)]:
        known = together.get(signal.key)
        together[signal.key] = Signal(signal.key, signal.words, signal.weight + (known.weight if known else 0.0))
    strongest = sorted(together.values(), key=lambda signal: (-abs(signal.weight), signal.key))
    told = [Signal(signal.key, signal.words, round(signal.weight, 3)) for signal in strongest]
    against = [signal for signal in told if signal.weight <= -_LEAST][:each]
    return tuple(sorted([signal for signal in told if signal.weight >= _LEAST][:each] + against, key=_strength))


def _strength(signal: Signal) -> tuple[float, str]:
    return -abs(signal.weight), signal.key


def _weigher(model: Model, reading: Reading) -> Callable[[str], float]:
    # Each feature counts once, so that its weight goes to the first who asks.
    left = {name: group.value * model.weight(name) for group in groups_of(reading) for name in group.names}
    return lambda name: left.pop(name, 0.0)


def _phrases(reading: Reading, weigh: Callable[[str], float]) -> Iterator[Signal]:
    forms, faces = reading.words.forms, reading.words.faces
    weights = _weights_of_words(reading, weigh)
    done = set()
    for start in sorted(range(len(forms)), key=lambda place: (-abs(weights[place]), place)):
        if start in done or not forms[start] or abs(weights[start]) < _LEAST:
            continue
        first = last = start
        while forms[start] not in MENTIONS and last - first + 1 < MAX_PHRASE:
            after, before = last + 1, first - 1
            if _joins(after, start, forms, weights, done):
                last = after
            elif _joins(before, start, forms, weights, done):
                first = before
            else:
                break
        places = range(first, last + 1)
        done.update(places)
        phrase = forms[first : last + 1]
        said = say_mention(phrase[0]) if phrase[0] in MENTIONS else say_words(faces[first : last + 1])
        yield Signal(key_of_words(phrase), said, sum(weights[place] for place in places))


def _joins(place: int, start: int, forms: tuple[str, ...], weights: list[float], done: set[int]) -> bool:
    if not 0 <= place < len(forms) or place in done or not forms[place] or forms[place] in MENTIONS:
        return False
    return weights[place] * weights[start] > 0 and abs(weights[place]) >= _JOINS * abs(weights[start])


def _weights_of_words(reading: Reading, weigh: Callable[[str], float]) -> list[float]:
    forms = reading.words.forms
    weights = [0.0] * len(forms)
    for place, form in enumerate(forms):
        weights[place] += weigh(f"w:{cut(form)}")
    for place, (one, two) in enumerate(pairwise(forms)):
        half = weigh(pair(cut(one), cut(two))) / 2
        weights[place] += half
        weights[place + 1] += half
    sentence = reading.sentence
    owners: list[int | None] = [None]
    for place, form in enumerate(forms):
        owners += [place] * len(form) + [None]
    for start in piece_starts(len(sentence)):
        weight = weigh(f"c:{sentence[start : start + PIECE]}")
        letters = [owner for owner in owners[start : start + PIECE] if owner is not None]
        for owner in letters:
            weights[owner] += weight / len(letters)
    return weights


def _others(reading: Reading, weigh: Callable[[str], float]) -> Iterator[Signal]:
    for host in reading.hosts:
        domain = domain_of(host)
        weight = weigh(f"h:{host}") + weigh(f"d:{domain}") + weigh(f"t:{domain.rpartition('.')[2]}")
        yield Signal(f"host:{host}", say_host(host), weight)
    for word in reading.path_words:
        yield Signal(f"path:{word}", say_path(word), weigh(f"u:{word}"))
    for host in reading.mail_hosts:
        yield Signal(f"mail:{host}", say_mail(host), weigh(f"m:{host}"))
    for form, face in zip(reading.name.forms, reading.name.faces, strict=True):
        if form:
            yield Signal(f"name:{form}", say_name(face), weigh(f"n:{cut(form)}"))
    for mark in reading.words.marks:
        yield Signal(f"mark:{mark}", say_mark(mark), weigh(f"p:{mark}"))
    for shape in reading.shapes:
        yield Signal(f"shape:{shape.partition(':')[0]}", say_shape(shape), weigh(f"s:{shape}"))
    for kind in reading.calls:
        yield Signal(f"call:{kind}", say_call(kind), weigh(f"l:{kind}"))
