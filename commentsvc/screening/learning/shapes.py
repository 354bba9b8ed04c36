"""The shape of a comment: length, capitals, signs of haste and of disguise, scripts; each in a few bands."""

import re

from commentsvc.screening.learning.mentions import Mentioned
from commentsvc.screening.learning.words import Words

_EMOJI = re.compile(
    "[\u203c\u2049\u2190-\u21ff\u2300-\u23ff\u2460-\u27bf\u2900-\u29ff\u2b00-\u2bff\u3030\u303d\U0001f000-\U0001faff]"
)
_MONEY = re.compile(r"[$€£¥₽₹₿]\s?\d|\d\s?(?:[$€£¥₽₹₿%]|usd\b|eur\b|\u0440\u0443\u0431|元|万)", re.IGNORECASE)
_SCRIPTS = {
    "Latin": re.compile("[A-Za-z\u00c0-\u024f]"),
    "Cyrillic": re.compile("[\u0400-\u052f]"),
    "Greek": re.compile("[\u0370-\u03ff]"),
    "Arabic": re.compile("[\u0600-\u06ff\u0750-\u077f]"),
    "Hebrew": re.compile("[\u0590-\u05ff]"),
    "Chinese or Japanese": re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"),
    "Korean": re.compile("[\u1100-\u11ff\uac00-\ud7af]"),
    "Thai": re.compile("[\u0e00-\u0e7f]"),
    "Indic": re.compile("[\u0900-\u0dff]"),
}
# A script is one of the comment's own when this share of its letters is written in it.
_SHARE = 0.25
_FEWEST_LETTERS = 6
_CAPITALS = (0.002, 0.12, 0.3, 0.7)
_SHORTENERS = frozenset(
    (
        *("bit.ly", "goo.gl", "t.co", "tinyurl.com", "ow.ly", "is.gd", "v.gd", "buff.ly", "adf.ly", "bit.do", "j.mp"),
        *("cutt.ly", "rb.gy", "rebrand.ly", "shorturl.at", "tiny.cc", "lnkd.in", "soo.gd", "s.id", "linktr.ee", "q.gs"),
        *("clck.ru", "vk.cc", "u.to", "bc.vc", "ouo.io", "shorte.st", "linkbucks.com", "urlz.fr", "t.cn", "url.cn"),
        *("dwz.cn", "wa.me", "t.me", "t.ly", "tr.im", "x.co", "po.st", "qr.ae", "snip.ly", "bl.ink"),
    )
)
_NUMERIC_HOST = re.compile(r"[\d.]+|\[.*\]")


def shapes_of(written: str, words: Words, mentioned: Mentioned, signs: tuple[str, ...]) -> list[str]:
    """Return the shape as names with a band: "capitals:4", "links:1"; `written` is unmasked text without mentions."""
    shape = [f"{sign}:1" for sign in signs]
    shape.extend(_lengths(written, words))
    shape.extend(_letters(written))
    shape.extend(_punctuation(written))
    shape.extend(_links(words, mentioned))
    for name, count in (
        ("replaced", words.replaced),
        ("mixed", words.mixed),
        ("drawn out", words.drawn_out),
        ("spaced", words.spaced),
    ):
        if count:
            shape.append(f"{name}:1")
    return shape


def _lengths(written: str, words: Words) -> list[str]:
    count = len(words.forms)
    shape = [f"length:{count.bit_length()}"]
    if count > 8 and len(set(words.forms)) < count / 2:
        shape.append("repeats:1")
    lines = written.count("\n")
    if lines:
        shape.append(f"lines:{min(lines.bit_length(), 4)}")
    return shape


def _letters(written: str) -> list[str]:
    shape = []
    letters = sum(map(str.isalpha, written))
    if letters >= _FEWEST_LETTERS:
        share = sum(map(str.isupper, written)) / letters
        shape.append(f"capitals:{sum(share >= edge for edge in _CAPITALS)}")
    digits = sum(map(str.isdigit, written))
    if digits:
        shape.append(f"digits:{1 if digits < 0.1 * len(written) else 2}")
    if written.isascii():
        if letters:
            shape.append("script:Latin")
        return shape
    emoji = len(_EMOJI.findall(written))
    if emoji:
        shape.append(f"emoji:{min(emoji.bit_length(), 4)}")
    for name, script in _SCRIPTS.items():
        if len(script.findall(written)) > _SHARE * letters:
            shape.append(f"script:{name}")
    return shape


def _punctuation(written: str) -> list[str]:
    shape = []
    exclamations = written.count("!")
    if exclamations:
        shape.append(f"exclamations:{min(exclamations, 3)}")
    questions = written.count("?")
    if questions:
        shape.append(f"questions:{min(questions, 2)}")
    if "..." in written or "…" in written:
        shape.append("dots:1")
    if _MONEY.search(written):
        shape.append("amounts:1")
    return shape


def _links(words: Words, mentioned: Mentioned) -> list[str]:
    count = len(mentioned.hosts)
    if not count:
        return ["links:0"]
    shape = [f"links:{min(count, 4)}"]
    if len(words.forms) <= count + 1:
        shape.append("bare link:1")
    if mentioned.taken_apart:
        shape.append("link taken apart:1")
    if mentioned.queries:
        shape.append("query:1")
    if any(host in _SHORTENERS for host in mentioned.hosts):
        shape.append("shortener:1")
    if any(_NUMERIC_HOST.fullmatch(host) for host in mentioned.hosts):
        shape.append("numeric host:1")
    return shape
