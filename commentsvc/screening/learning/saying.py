"""Signals in words that a moderator understands; what they quote is as the comment has it."""

from collections.abc import Sequence

from commentsvc.screening.learning import phrases
from commentsvc.screening.learning.mentions import HANDLE
from commentsvc.screening.learning.mentions import LINK
from commentsvc.screening.learning.mentions import MAIL
from commentsvc.screening.learning.mentions import PHONE
from commentsvc.screening.learning.mentions import TIME
from commentsvc.screening.learning.reading import NAMED

_LONGEST_QUOTE = 60

_MENTIONS = {
    LINK: "a link in the text",
    MAIL: "an email address in the text",
    PHONE: "a telephone number in the text",
    HANDLE: "somebody's @name in the text",
    TIME: "a time, such as 2:19",
}
_CALLS = {
    phrases.LOOK: "asks to look at something elsewhere",
    phrases.FOLLOW: "asks to subscribe, follow or join",
    phrases.MINE: "speaks of a channel, site or shop of its own",
    phrases.MONEY: "speaks of earning, lending or winning money",
    phrases.GOODS: "offers goods or services",
    phrases.ADULT: "speaks of sex or dating",
    phrases.CONTACT: "asks to get in touch by other means",
    phrases.FLATTERY: "praises the article or the site in general words",
}
_SHAPES = {
    "length:0": "has no words",
    "length:1": "is one word",
    "length:2": "is two or three words long",
    "length:3": "is four to seven words long",
    "length:4": "is eight to fifteen words long",
    "length:5": "is sixteen to thirty-one words long",
    "length:6": "is thirty-two to sixty-three words long",
    "length:7": "is longer than sixty-three words",
    "repeats:1": "says the same words again and again",
    "lines": "has line breaks",
    "capitals:0": "has no capital letters",
    "capitals:1": "has few capital letters",
    "capitals:2": "has many capital letters",
    "capitals:3": "is written in capitals for a large part",
    "capitals:4": "is written in capitals",
    "digits:1": "has some digits",
    "digits:2": "has many digits",
    "emoji": "has emoji",
    "exclamations:1": "has an exclamation mark",
    "exclamations:2": "has two exclamation marks",
    "exclamations:3": "has three or more exclamation marks",
    "questions:1": "has a question mark",
    "questions:2": "has several question marks",
    "dots:1": "has dots …",
    "amounts:1": "names an amount of money or a percentage",
    "links:0": "has no link",
    "links:1": "has one link",
    "links:2": "has links to two sites",
    "links:3": "has links to three sites",
    "links:4": "has links to four or more sites",
    "bare link:1": "is a link and nothing else",
    "link taken apart:1": "has a link that is taken apart to hide it",
    "query:1": "has a link with a query (?…)",
    "shortener:1": "has a shortened link",
    "numeric host:1": "has a link to a bare number",
    "website:1": "gives a website",
    "replaced:1": "has digits or signs in place of letters",
    "mixed:1": "has words that mix look-alike letters of different scripts",
    "drawn out:1": "has words drawn out, as in sooo",
    "spaced:1": "has words s p a c e d out",
    "hidden:1": "has invisible characters inside words",
    "reordered:1": "has characters that turn the direction of writing",
    "ornate:1": "has ornamental letters",
    "piled:1": "has marks piled on letters",
}


def say_words(faces: Sequence[str]) -> str:
    """Return words of the text in quotes."""
    # Characters of a script that has no spaces are put together again.
    quote = ("" if all(len(face) == 1 and not face.isascii() for face in faces) else " ").join(faces)
    return f"the word{'s' if len(faces) > 1 else ''} “{_short(quote)}”"


def say_mention(sign: str) -> str:
    """Return what stands in the text in place of a word: a link, an address, a number."""
    return _MENTIONS[sign]


def say_mark(mark: str) -> str:
    """Return punctuation or emoji in quotes."""
    return f"the marks “{mark}”"


def say_host(host: str) -> str:
    """Return to where a link or the website of the author leads."""
    return f"a link to {_short(host)}"


def say_path(word: str) -> str:
    """Return a word of a link's address."""
    return f"the word “{_short(word)}” in the address of a link"


def say_mail(host: str) -> str:
    """Return where an address of mail is at."""
    return f"an email address at {_short(host)}"


def say_name(face: str) -> str:
    """Return a word of the author's name in quotes."""
    return f"“{_short(face)}” in the name"


def say_shape(shape: str) -> str:
    """Return what a comment looks like; shapes that differ in degree alone share their words."""
    name, _, band = shape.partition(":")
    if name == "script":
        return f"is written in {band} letters"
    if name == "length":
        return _SHAPES.get(shape, _SHAPES["length:7"])
    return _SHAPES.get(shape) or _SHAPES[name]


def say_call(kind: str) -> str:
    """Return what a comment asks for; in the name of its author it is said to be there."""
    if kind.startswith(NAMED):
        return f"the name {_CALLS[kind.removeprefix(NAMED)]}"
    return _CALLS[kind]


def _short(quote: str) -> str:
    return quote if len(quote) <= _LONGEST_QUOTE else f"{quote[:_LONGEST_QUOTE]}…"
