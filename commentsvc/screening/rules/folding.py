"""Texts as they look: what a disguised word and the plain one have in common."""

import unicodedata

from commentsvc.screening.learning.disguises import unmask
from commentsvc.text.lookalikes import fold_lookalikes

# Signs that pass for letters within a word, and that part words elsewhere: c@sino, mail@casino.
_SIGNS = str.maketrans(dict.fromkeys("@$|", " "))


def folded(text: str) -> tuple[str, ...]:
    """Return the forms a text can be taken for: NFKC, small letters, no accents, look-alikes as Latin letters.

    There are two where small and capital letters of another script pass for different Latin ones (Greek nu is an N when
    large and a v when small): one keeps to the letter, one to the look. Each is of one line.
    """
    plain = _spaced(unmask(text).text)
    by_letter = fold_lookalikes(plain.casefold())
    if text.isascii():
        return (by_letter,)
    by_look = fold_lookalikes(fold_lookalikes(plain).casefold())
    return (by_letter,) if by_look == by_letter else (by_letter, by_look)


def worded(text: str) -> list[list[str]]:
    """Return the words of each form a text can be taken for, with signs as letters and as what parts words."""
    forms = [*folded(text)]
    if any(sign in text for sign in "@$|"):
        forms += folded(text.translate(_SIGNS))
    return [_words(form) for form in dict.fromkeys(forms)]


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _words(form: str) -> list[str]:
    # Marks belong to the letter before them: in Indic writing they are vowels.
    return "".join(character if _is_of_a_word(character) else " " for character in form).split()


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or (character > "\u02ff" and unicodedata.category(character).startswith("M"))
