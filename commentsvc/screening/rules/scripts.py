"""In which script a text is written, by the blocks of Unicode that its letters stand in.

That is all that can be said without a dictionary: English and French, or Russian and Bulgarian, are one script. Letters
that several languages of a script share say nothing about the language.
"""

from bisect import bisect_right
from collections import Counter

# First character, last character, script; in order. Blocks of letters, with those of their extensions in use today.
_BLOCKS = (
    (0x0041, 0x024F, "latin"),
    (0x0250, 0x02AF, "latin"),
    (0x0370, 0x03FF, "greek"),
    (0x0400, 0x052F, "cyrillic"),
    (0x0530, 0x058F, "armenian"),
    (0x0590, 0x05FF, "hebrew"),
    (0x0600, 0x06FF, "arabic"),
    (0x0700, 0x074F, "syriac"),
    (0x0750, 0x077F, "arabic"),
    (0x0780, 0x07BF, "thaana"),
    (0x0860, 0x08FF, "arabic"),
    (0x0900, 0x097F, "devanagari"),
    (0x0980, 0x09FF, "bengali"),
    (0x0A00, 0x0A7F, "gurmukhi"),
    (0x0A80, 0x0AFF, "gujarati"),
    (0x0B00, 0x0B7F, "oriya"),
    (0x0B80, 0x0BFF, "tamil"),
    (0x0C00, 0x0C7F, "telugu"),
    (0x0C80, 0x0CFF, "kannada"),
    (0x0D00, 0x0D7F, "malayalam"),
    (0x0D80, 0x0DFF, "sinhala"),
    (0x0E00, 0x0E7F, "thai"),
    (0x0E80, 0x0EFF, "lao"),
    (0x0F00, 0x0FFF, "tibetan"),
    (0x1000, 0x109F, "myanmar"),
    (0x10A0, 0x10FF, "georgian"),
    (0x1100, 0x11FF, "hangul"),
    (0x1200, 0x139F, "ethiopic"),
    (0x13A0, 0x13FF, "cherokee"),
    (0x1780, 0x17FF, "khmer"),
    (0x1800, 0x18AF, "mongolian"),
    (0x1C80, 0x1C8F, "cyrillic"),
    (0x1C90, 0x1CBF, "georgian"),
    (0x1D00, 0x1DBF, "latin"),
    (0x1E00, 0x1EFF, "latin"),
    (0x1F00, 0x1FFF, "greek"),
    (0x2C60, 0x2C7F, "latin"),
    (0x2D80, 0x2DDF, "ethiopic"),
    (0x2DE0, 0x2DFF, "cyrillic"),
    (0x3040, 0x30FF, "kana"),
    (0x3100, 0x312F, "bopomofo"),
    (0x3130, 0x318F, "hangul"),
    (0x31F0, 0x31FF, "kana"),
    (0x3400, 0x9FFF, "han"),
    (0xA640, 0xA69F, "cyrillic"),
    (0xA720, 0xA7FF, "latin"),
    (0xAB30, 0xAB6F, "latin"),
    (0xAC00, 0xD7AF, "hangul"),
    (0xF900, 0xFAFF, "han"),
    (0xFB00, 0xFB06, "latin"),
    (0xFB1D, 0xFB4F, "hebrew"),
    (0xFB50, 0xFDFF, "arabic"),
    (0xFE70, 0xFEFF, "arabic"),
    (0xFF21, 0xFF5A, "latin"),
    (0xFF66, 0xFF9D, "kana"),
    (0xFFA0, 0xFFDC, "hangul"),
    (0x20000, 0x3FFFF, "han"),
)
_STARTS = [first for first, _, _ in _BLOCKS]
SCRIPTS = tuple(sorted({script for _, _, script in _BLOCKS}))
OTHER = "other"
_NO_SPACES = frozenset({"han", "kana", "bopomofo", "thai", "lao", "khmer", "myanmar", "tibetan"})


def script_of(letter: str) -> str:
    """Return the script of a letter, or `other`."""
    number = ord(letter)
    place = bisect_right(_STARTS, number) - 1
    return _BLOCKS[place][2] if place >= 0 and number <= _BLOCKS[place][1] else OTHER


def letters_by_script(text: str) -> Counter[str]:
    """Return how many letters of each script a text has; digits, signs and emoji are no letters."""
    if text.isascii():
        return Counter(latin=sum(map(str.isalpha, text)))
    return Counter(script_of(character) for character in text if character.isalpha())


def has_no_spaces(text: str) -> bool:
    """Tell whether a text holds writing that puts no spaces between words."""
    return not text.isascii() and any(script_of(character) in _NO_SPACES for character in text)
