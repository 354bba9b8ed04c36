"""Our own comments in many languages, half of them spam, and ways to disguise them."""

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from commentsvc.screening.learning.sample import Decided
from commentsvc.screening.learning.sample import Sample

_WORD = re.compile(r"(?<![\w/.:@])[^\W\d_]{3,}(?![\w/.:@])")
_CYRILLIC = str.maketrans("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ")
_DIGITS = str.maketrans("aeiost", "431057")


def comments(*languages: str) -> list[Decided]:
    """Return the comments of the collection, of all languages or of some, good and spam by turns."""
    found: dict[bool, list[Decided]] = {True: [], False: []}
    for line in Path(__file__).with_name("comments.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            kind, language, name, website, text = line.split("|", 4)
            if not languages or language in languages:
                found[kind == "spam"].append(Decided(Sample(text, name=name, website=website), kind == "spam"))
    for kind in found.values():
        random.Random(7).shuffle(kind)
    return [one for both in zip(found[True], found[False], strict=False) for one in both]


def disguised(one: Decided, way: str) -> Decided:
    """Return a comment with the words of its text, but not its links, disguised in one way."""
    text = _WORD.sub(lambda found: WAYS[way](found[0]), one.sample.text)
    return Decided(replace(one.sample, text=text), one.spam)


def _wide(word: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in word)


def _bold(word: str) -> str:
    small = {chr(ord("a") + place): chr(0x1D41A + place) for place in range(26)}
    large = {chr(ord("A") + place): chr(0x1D400 + place) for place in range(26)}
    return word.translate(str.maketrans(small | large))


WAYS: dict[str, Callable[[str], str]] = {
    "Cyrillic letters": lambda word: word.translate(_CYRILLIC),
    "digits": lambda word: word.translate(_DIGITS),
    "spaces": lambda word: " ".join(word) if len(word) > 3 else word,
    "dots": lambda word: ".".join(word) if len(word) > 3 else word,
    "nothing to see": lambda word: "\u200b".join(word),
    "soft hyphens": lambda word: "\u00ad".join(word),
    "full width": _wide,
    "bold letters of mathematics": _bold,
    "accents": lambda word: unicodedata.normalize("NFC", "".join(f"{letter}\u0301" for letter in word)),
    "piles of marks": lambda word: "".join(f"{letter}\u0300\u0323\u0331" for letter in word),
    "drawn out": lambda word: word + word[-1] * 4,
    "capitals": str.upper,
}
