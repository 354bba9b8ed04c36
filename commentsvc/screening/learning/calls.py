"""Which kinds of asking are in a comment: to look elsewhere, to subscribe, to buy.

A site learns by itself what each kind weighs, so that nothing is held for a phrase alone, and one decision teaches
about all phrases of its kind, in other languages too.
"""

from commentsvc.screening.learning.disguises import unmask
from commentsvc.screening.learning.phrases import PHRASES
from commentsvc.screening.learning.words import split_words


def calls_in(sentence: str) -> list[str]:
    """Return the kinds of asking in a sentence: folded words, with one space before, between and after them."""
    phrases = _LATIN if sentence.isascii() else _ALL
    return [kind for kind, folded in phrases.items() if any(phrase in sentence for phrase in folded)]


def _folded(phrase: str) -> str:
    words = " ".join(split_words(unmask(phrase.strip("_")).text).forms)
    return f"{' ' * phrase.startswith('_')}{words}{' ' * phrase.endswith('_')}"


_ALL = {
    kind: tuple(sorted({_folded(phrase.strip()) for phrase in table.split("|")})) for kind, table in PHRASES.items()
}
_LATIN = {kind: tuple(phrase for phrase in folded if phrase.isascii()) for kind, folded in _ALL.items()}
