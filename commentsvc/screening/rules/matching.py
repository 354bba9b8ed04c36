"""Finds any of many words in a text, in time that grows with the text and not with the number of words."""

from collections.abc import Iterable
from collections.abc import Set

from commentsvc.screening.rules.folding import folded
from commentsvc.screening.rules.folding import worded
from commentsvc.screening.rules.scripts import has_no_spaces

# So many words of a phrase are compared; phrases that are longer are found anywhere in the text, letter by letter.
LONGEST_PHRASE = 10
# Patterns are sorted by their first letters: few enough that short ones have them, enough that few share them.
_FIRST = 4


class Matcher:
    """Knows many words and phrases, made ready once, and says whether a text holds one of them."""

    def __init__(self, lines: Iterable[str], inside: bool) -> None:
        """Take the lines; with `inside` each is also found within words, else as whole words.

        Writing without spaces between words (Chinese, Japanese, Thai) is always looked for within.
        """
        phrases: set[str] = set()
        pieces: set[str] = set()
        for line in lines:
            forms = [] if inside or has_no_spaces(line) else worded(line)
            if forms and all(0 < len(words) <= LONGEST_PHRASE for words in forms):
                phrases.update(" ".join(words) for words in forms)
            else:
                pieces.update(filter(None, folded(line)))
        self.phrases: Set[str] = phrases
        self.pieces: Set[str] = pieces
        self._phrase_lengths = sorted({phrase.count(" ") + 1 for phrase in phrases})
        self._piece_lengths = _lengths_by_start(pieces)
        self._start_lengths = sorted({len(start) for start in self._piece_lengths})

    def finds(self, text: str) -> bool:
        """Tell whether a text holds any of the words."""
        if self.phrases and any(self._phrase_in(words) for words in worded(text)):
            return True
        return bool(self.pieces) and any(self._piece_in(form) for form in folded(text))

    def _phrase_in(self, words: list[str]) -> bool:
        for length in self._phrase_lengths:
            for place in range(len(words) - length + 1):
                if " ".join(words[place : place + length]) in self.phrases:
                    return True
        return False

    def _piece_in(self, form: str) -> bool:
        for place in range(len(form)):
            for start in self._start_lengths:
                for length in self._piece_lengths.get(form[place : place + start], ()):
                    if form[place : place + length] in self.pieces:
                        return True
        return False


def _lengths_by_start(pieces: Iterable[str]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for piece in pieces:
        found.setdefault(piece[:_FIRST], set()).add(len(piece))
    return {start: tuple(sorted(lengths)) for start, lengths in found.items()}
