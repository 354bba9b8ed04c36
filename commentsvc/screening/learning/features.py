"""What was read of a comment as features, which are what the filter learns from."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

from commentsvc.screening.learning.mentions import domain_of
from commentsvc.screening.learning.reading import Reading

# Kept with what was learned, which is learned anew whenever a comment would be taken apart otherwise.
FEATURES = 1
PIECE = 4

_MAX_WORD = 24
# Of a very long text pieces are taken from its beginning and its end.
_PIECES_FROM = 2_000
_PIECES_TO = 1_000


@dataclass(frozen=True)
class Group:
    """Features of one kind, each at most once; `value` is how much one of them counts."""

    value: float
    names: tuple[str, ...]


def groups_of(reading: Reading) -> list[Group]:
    """Return the features of a comment by kind; the first letter of a name tells what it is.

    w: a word; b: two neighbours; c: four characters; p: punctuation; h, d, t, u: host, domain, end and path of links;
    m: host of mail; n: a word of the name; s: shape; l: a call.
    """
    forms = [cut(form) for form in reading.words.forms]
    sentence = reading.sentence
    domains = [domain_of(host) for host in reading.hosts]
    return [
        _group(1.0, [f"w:{form}" for form in forms if form]),
        _group(1.0, [pair(one, two) for one, two in pairwise(forms) if one and two]),
        _group(1.0, [f"c:{sentence[start : start + PIECE]}" for start in piece_starts(len(sentence))]),
        _group(0.5, [f"p:{mark}" for mark in reading.words.marks]),
        _group(
            1.0,
            [
                *(f"h:{host}" for host in reading.hosts),
                *(f"d:{domain}" for domain in domains),
                *(f"t:{domain.rpartition('.')[2]}" for domain in domains),
                *(f"u:{word}" for word in reading.path_words),
                *(f"m:{host}" for host in reading.mail_hosts),
            ],
        ),
        _group(0.7, [f"n:{cut(form)}" for form in reading.name.forms if form]),
        _group(0.7, [f"s:{shape}" for shape in reading.shapes]),
        _group(1.5, [f"l:{kind}" for kind in reading.calls]),
    ]


def hash_of(name: str) -> int:
    """Return the number under which a feature is kept: 64 bits, the same everywhere and always."""
    return int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def cut(form: str) -> str:
    """Return as much of a word as is compared."""
    return form[:_MAX_WORD]


def pair(one: str, two: str) -> str:
    """Return the feature of two neighbours."""
    return f"b:{one} {two}"


def piece_starts(length: int) -> list[int]:
    """Return where the character pieces of a sentence begin."""
    last = length - PIECE + 1
    if length <= _PIECES_FROM + _PIECES_TO:
        return list(range(last))
    return [*range(_PIECES_FROM), *range(length - _PIECES_TO, last)]


def _group(weight: float, names: Iterable[str]) -> Group:
    distinct = tuple(dict.fromkeys(names))
    # Between "each counts in full" and "all together count once": a long comment says more, but not ten times more.
    return Group(weight / max(len(distinct), 1) ** 0.25, distinct)
