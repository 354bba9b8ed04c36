"""Which characters are blank, invisible or unfit to be kept, for every kind of text."""

import re
import unicodedata

# Half of a UTF-16 pair; no encoding can carry it, so that neither a database nor an answer could.
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
# What has no meaning in text: C0 without tab, line feed and carriage return, and DELETE.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

# Letters and symbols by category that show nothing: Hangul fillers, the blank Braille cell, Khmer inherent vowels.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159")
_WITHOUT_INK = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf", "Cs"))
_MARKS = frozenset(("Mn", "Mc", "Me"))


def is_blank(character: str) -> bool:
    """Say whether a character is a letter or symbol by its category and yet shows nothing."""
    return character in _BLANK


def is_mark(character: str) -> bool:
    """Say whether a character sits on the one before it (Unicode category M)."""
    return unicodedata.category(character) in _MARKS


def is_noncharacter(character: str) -> bool:
    """Say whether a code point is one of the 66 that Unicode keeps out of exchange."""
    point = ord(character)
    return 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE


def has_ink(text: str) -> bool:
    """Say whether anything in a text can be seen: more than white space, format characters, fillers and marks alone."""
    return any(
        unicodedata.category(character) not in _WITHOUT_INK and character not in _BLANK and not is_mark(character)
        for character in text
    )
