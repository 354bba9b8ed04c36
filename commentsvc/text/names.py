"""The name of an author: plain text of one line, with nothing in it that can disturb what stands around it."""

import re
import unicodedata

from commentsvc.text.characters import LONE_SURROGATE
from commentsvc.text.characters import has_ink
from commentsvc.text.characters import is_blank
from commentsvc.text.characters import is_mark
from commentsvc.text.characters import is_noncharacter
from commentsvc.text.lookalikes import fold_lookalikes
from commentsvc.text.refusal import TextRefused

MAX_NAME = 80

# No language needs more on one letter; what is piled higher is there to cover other people's lines.
_MAX_MARKS = 8
_JOINERS = "\u200c\u200d"
# Scripts whose letters change shape by joiners: Arabic and its relatives, Indic, Myanmar, Khmer, Mongolian.
_JOINED_SCRIPTS = re.compile("[\u0620-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1820-\u18aa]")
_EMOJI_STYLE = "\ufe0e\ufe0f"
_EMOJI_CATEGORIES = ("So", "Sk")


def clean_name(raw: str) -> str:
    """Return a name as it is kept: NFC, runs of white space made one space, no control or format characters.

    Zero-width joiners stay between letters of scripts that need them and within emoji; of combining marks at most eight
    stay on one letter. At most 80 characters (code points) after that, refused and never cut.
    Raises TextRefused with code empty, too_long or invalid (NUL, half of a surrogate pair, a noncharacter).
    """
    if "\x00" in raw or LONE_SURROGATE.search(raw) or any(map(is_noncharacter, raw)):
        raise TextRefused("invalid", "The name holds characters that are not text.")
    name = _settled(raw)
    if not has_ink(name):
        raise TextRefused("empty", "Please enter your name.")
    if len(name) > MAX_NAME:
        raise TextRefused("too_long", f"A name has at most {MAX_NAME} characters; this one has {len(name)}.", MAX_NAME)
    return name


def skeleton(name: str) -> str:
    """Return what a name looks like, for comparing it with reserved names; never to be shown or kept as the name.

    Compatibility forms, case, accents, spaces and punctuation are folded away, and look-alikes of other scripts become
    Latin letters (after Unicode TS 39, by a small table): two names a reader may take for one have one skeleton.
    """
    folded = fold_lookalikes(unicodedata.normalize("NFKC", name))
    decomposed = unicodedata.normalize("NFKD", fold_lookalikes(folded.casefold()))
    letters = "".join(character for character in decomposed if character.isalnum())
    return fold_lookalikes(letters) or folded.casefold()


def _settled(raw: str) -> str:
    if raw.isascii() and raw.isprintable():
        return " ".join(raw.split())
    # What is taken out can bring together what composes, and what composes makes room under the limit of marks, so that
    # it goes round until it stands still; each round that changes anything makes the text shorter or more composed.
    while True:
        text = unicodedata.normalize("NFC", raw)
        text = " ".join("".join(_without_piled_marks(_without_format(text))).split())
        if text == raw:
            return text
        raw = text


def _without_format(text: str) -> str:
    text = " ".join(text.split())
    return "".join(character for place, character in enumerate(text) if _stays(text, place))


def _stays(text: str, place: int) -> bool:
    character = text[place]
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if character in _JOINERS:
        return _joins(character, before, after)
    if character in _EMOJI_STYLE:
        return bool(before) and (_is_emoji(before) or before in "0123456789#*\u203c\u2049")
    if unicodedata.category(character) in ("Cc", "Cf"):
        return False
    return not is_blank(character) and not _is_selector(character)


def _joins(joiner: str, before: str, after: str) -> bool:
    if not before or not after:
        return False
    if _JOINED_SCRIPTS.match(before) and _JOINED_SCRIPTS.match(after):
        return True
    return joiner == "\u200d" and (_is_emoji(before) or before in _EMOJI_STYLE) and _is_emoji(after)


def _is_emoji(character: str) -> bool:
    # Emoji are symbols; skin tones are modifier symbols.
    return unicodedata.category(character) in _EMOJI_CATEGORIES and ord(character) > 0xFF


def _is_selector(character: str) -> bool:
    # Marks that choose a form and show nothing themselves, and the grapheme joiner.
    return character == "\u034f" or "\ufe00" <= character <= "\ufe0d" or "\U000e0100" <= character <= "\U000e01ef"


def _without_piled_marks(text: str) -> list[str]:
    kept: list[str] = []
    piled = _MAX_MARKS  # A mark with nothing under it would sit on what stands before the name.
    for character in text:
        if not is_mark(character) and character not in _JOINERS:
            piled = 0
        elif is_mark(character):
            piled += 1
            if piled > _MAX_MARKS:
                continue
        kept.append(character)
    return kept
