"""Text without its disguises: what a reader takes it for, and how much was done to hide it from a program."""

# Look-alikes are the subject here.
# ruff: noqa: RUF001

import re
import unicodedata
from dataclasses import dataclass

from commentsvc.text.lookalikes import fold_lookalikes

# How few are taken for a slip or for style.
_FEW_ORNATE = 3

_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
_INVISIBLE = re.compile(f"[{_UNSEEN}]+")
# Between these letters nothing invisible has a use; in Arabic or Indic writing and within emoji joiners have.
_PLAIN = "A-Za-z0-9\u00c0-\u052f"
_HIDDEN = re.compile(f"(?<=[{_PLAIN}])[{_UNSEEN}]+(?=[{_PLAIN}])")
_REORDERING = re.compile("[\u202d\u202e]")
# Letters of mathematics, full width, in circles and in squares.
_ORNATE = re.compile("[\u24b6-\u24e9\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7cb\U0001f130-\U0001f189]")
# A byte-order mark is left by programs and says nothing; private characters would be taken for our own.
_NOT_TEXT = re.compile("[\ufeff\ue000-\uf8ff]")
# Accents and vowel points, which are often left out or piled up; the marks of Indic writing are letters.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0652\u0670"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_DIGITS_AS_LETTERS = str.maketrans(
    {"3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g", "€": "e", "£": "l", "!": "i"}
    | dict.fromkeys("'’_-", None)
)
_RUN = re.compile(r"(.)\1{2,}")
_LATIN = re.compile("[A-Za-z]")
_LATIN_LIKE = re.compile("[\u0370-\u058f\u13a0-\u13ff]")
_REPLACED = re.compile(r"[a-z][0-9@$€£!|]+[a-z]|^[@$€£][a-z]{2}|^[0-9][a-z]{3}|[a-z]{2}[@$€£]+$")


@dataclass(frozen=True)
class Unmasked:
    """A text as it looks, in compatibility form and without accents, and the signs of disguise that were met."""

    text: str
    signs: tuple[str, ...] = ()


def unmask(text: str) -> Unmasked:
    """Return a text in NFKC, without what is invisible and without accents; case and look-alikes are left for `fold`.

    Signs: hidden (something invisible inside words), reordered (a direction override), ornate (letters of
    mathematics, full width or in circles), piled (more accents than any language has).
    """
    if text.isascii():
        return Unmasked(text)
    signs = []
    text = _NOT_TEXT.sub("", text)
    if _HIDDEN.search(text):
        signs.append("hidden")
    if _REORDERING.search(text):
        signs.append("reordered")
    text = _INVISIBLE.sub("", text)
    if len(_ORNATE.findall(text)) >= _FEW_ORNATE:
        signs.append("ornate")
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    bare = _ACCENTS.sub("", apart)
    if len(apart) - len(bare) > len(bare) // 2 + _FEW_ORNATE and _LATIN.search(bare):
        signs.append("piled")
    # NFKC again: what the accents held apart may compose now. Compatibility forms can hide private characters no more.
    return Unmasked(unicodedata.normalize("NFKC", bare), tuple(signs))


def fold(word: str) -> str:
    """Return the letters that a word shows: small, look-alikes and digits among letters as Latin, runs made one.

    Sale, SALE, s4le, saaaale, and sale with a Cyrillic a have one form, which is for comparing and never shown.
    """
    small = _RUN.sub(r"\1", word.casefold())
    if not small.isalpha():
        small = small.translate(_DIGITS_AS_LETTERS)
    return fold_lookalikes(small)


def has_replaced_letters(word: str) -> bool:
    """Say whether digits or signs stand in a word in place of letters: v1agra, fr33, c@sh."""
    return not word.isalpha() and bool(_REPLACED.search(word.lower()))


def mixes_scripts(word: str) -> bool:
    """Say whether a word is written in Latin letters and in letters of another script that look alike."""
    return bool(_LATIN.search(word) and _LATIN_LIKE.search(word))
