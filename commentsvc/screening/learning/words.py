"""A text as words: each as it is compared, and as it was written."""

import re
from dataclasses import dataclass

from commentsvc.screening.learning.disguises import fold
from commentsvc.screening.learning.disguises import has_replaced_letters
from commentsvc.screening.learning.disguises import mixes_scripts

# More than a comment of ten thousand characters has; what comes after it in an imported text is not read.
MAX_WORDS = 2_000

_MENTIONS = "\ue001-\ue005"
# Vowel signs of Indic writing belong to the word, though they are no letters by category.
_LETTER = "\\w\u0900-\u0963\u0966-\u0dff"
# In c@sh, cl!ck and don't one word goes on; "wow!great" is two.
_TOKEN = re.compile(
    rf"[{_MENTIONS}]|([$€£@]?[{_LETTER}]+(?:(?:['\u2019@$€£|-]|(?<![{_LETTER}]{{3}})!)[{_LETTER}]+)*)|([^\w\s{_MENTIONS}]+)"
)
# Four or more single letters with the same gap between them: s p a c e d, s.p.a.c.e.d
_SPACED = re.compile(r"(?<![^\W_])[^\W\d_]([ .\-_*|~·,]{1,2})(?:[^\W\d_]\1){2,}[^\W\d_](?![^\W_])")
# Written without spaces between words: each character is read as a word, and pairs of them as neighbours.
_UNSPACED = re.compile(
    "([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\U00020000-\U0003ffff])"
)
_LONG_RUN = re.compile(r"(.)\1{2,}")


@dataclass(frozen=True)
class Words:
    """Words in order: `forms` to compare by, `faces` as written; `marks` are runs of punctuation and emoji."""

    forms: tuple[str, ...]
    faces: tuple[str, ...]
    marks: tuple[str, ...] = ()
    replaced: int = 0
    mixed: int = 0
    drawn_out: int = 0
    spaced: int = 0


def split_words(text: str) -> Words:
    """Return the words of an unmasked text with its mentions replaced; at most MAX_WORDS of them.

    Numbers are compared by their shape (2026 is 0000), since a year or a count says nothing later; a mention is a word.
    """
    text, spaced = _SPACED.subn(_closed, text)
    forms: list[str] = []
    faces: list[str] = []
    marks: list[str] = []
    replaced = mixed = drawn_out = 0
    for found in _TOKEN.finditer(text):
        if len(forms) >= MAX_WORDS:
            break
        token = found[0]
        if found[2]:
            marks.append(_LONG_RUN.sub(r"\1\1", token)[:4])
        elif not found[1]:
            forms.append(token)
            faces.append(token)
        elif not token.isascii() and _UNSPACED.search(token):
            parts = [part for part in _UNSPACED.split(token[:MAX_WORDS]) if part]
            forms.extend(map(_form, parts))
            faces.extend(parts)
        else:
            for part in token.split("-"):
                form = _form(part)
                if form:
                    forms.append(form)
                    faces.append(part)
                    replaced += has_replaced_letters(part)
                    mixed += mixes_scripts(part)
                    drawn_out += bool(_LONG_RUN.search(part))
    return Words(tuple(forms[:MAX_WORDS]), tuple(faces[:MAX_WORDS]), tuple(marks), replaced, mixed, drawn_out, spaced)


def _form(part: str) -> str:
    return "0" * min(len(part), 6) if part.isdigit() else fold(part)


def _closed(found: re.Match[str]) -> str:
    return found[0].replace(found[1], "")
