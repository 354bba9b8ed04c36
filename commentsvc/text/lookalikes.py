"""Letters that look like Latin ones, for comparing names: a small table, in the spirit of Unicode TS 39."""

# Look-alikes are the subject here.
# ruff: noqa: RUF001

# One row per Latin letter: what passes for it among Cyrillic, Greek, Armenian, Cherokee, odd Latin letters and digits.
_LOOKS_LIKE = {
    "a": "аАαΑɑ@",
    "b": "вВΒβЬьᏴ",
    "c": "сСϲϹςᏟ",
    "d": "ԁԀđĐᎠ",
    "e": "еЕΕεєЄҽᎬ",
    "f": "ƒϝք",
    "g": "ɡցԌԍᏀ",
    "h": "нНһҺΗհħĦᎻ",
    "i": "іІΙιıɩӏӀl1|ƖᏆ",
    "j": "јЈϳɉᎫ",
    "k": "кКΚκᏦ",
    "m": "мМΜᎷ",
    "n": "ΝηпПոռ",
    "o": "оОοΟσօ0øØ",
    "p": "рРρΡᏢ",
    "q": "ԛԚգ",
    "r": "гГᎡ",
    "s": "ѕЅ$ᏚՏ",
    "t": "тТτΤᎢ",
    "u": "υսՍ",
    "v": "νѵѴᏙ",
    "w": "ωԝԜᎳѡ",
    "x": "хХχΧ",
    "y": "уУΥγүҮᎩ",
    "z": "ΖᏃ",
}
_TABLE = str.maketrans({odd: latin for latin, row in _LOOKS_LIKE.items() for odd in row} | {"æ": "ae", "œ": "oe"})


def fold_lookalikes(text: str) -> str:
    """Return a text with each look-alike as the Latin letter, in lower case, that it passes for."""
    return text.translate(_TABLE)
