"""Signals that a site's moderators said to ignore: each has a key, and what it stands for is not read at all.

Keys: `words:` and one to four folded words, `mention:`, `mark:`, `host:`, `path:`, `mail:`, `name:`, `shape:`, `call:`.
"""

from collections.abc import Iterable
from dataclasses import replace

from commentsvc.screening.learning.mentions import HANDLE
from commentsvc.screening.learning.mentions import LINK
from commentsvc.screening.learning.mentions import MAIL
from commentsvc.screening.learning.mentions import PHONE
from commentsvc.screening.learning.mentions import TIME
from commentsvc.screening.learning.words import Words

MENTIONS = {LINK: "link", MAIL: "mail", PHONE: "phone", HANDLE: "handle", TIME: "time"}
# Longer phrases are not muted as one.
MAX_PHRASE = 4

_WORDS = "words:"


def key_of_words(forms: Iterable[str]) -> str:
    """Return the key of a phrase of folded words, or of a mention, which stands alone."""
    forms = tuple(forms)
    return f"mention:{MENTIONS[forms[0]]}" if forms[0] in MENTIONS else _WORDS + " ".join(forms)


def heard(kind: str, values: Iterable[str], muted: frozenset[str]) -> tuple[str, ...]:
    """Return the values of a kind, such as host, that are not muted; a shape is muted in all its bands."""
    return tuple(value for value in values if f"{kind}:{value.partition(':')[0]}" not in muted)


def mute_words(words: Words, muted: frozenset[str], kind: str = _WORDS) -> Words:
    """Return words with an empty form for each that is part of a muted phrase, which tears its neighbours apart."""
    phrases = {tuple(key.removeprefix(kind).split(" ")) for key in muted if key.startswith(kind)}
    phrases |= {(sign,) for sign, name in MENTIONS.items() if f"mention:{name}" in muted}
    longest = max(map(len, phrases), default=0)
    forms = list(words.forms)
    for place in range(len(forms)):
        for length in range(1, min(longest, MAX_PHRASE, len(forms) - place) + 1):
            if words.forms[place : place + length] in phrases:
                forms[place : place + length] = [""] * length
    marks = tuple(mark for mark in words.marks if f"mark:{mark}" not in muted)
    return replace(words, forms=tuple(forms), marks=marks)
