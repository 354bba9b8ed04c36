"""The kinds of rules: what each is called, and what can be set of it."""

from dataclasses import dataclass
from typing import Any

from commentsvc.screening.rules.scripts import SCRIPTS

LINKS = "links"
WORDS = "words"
NAME = "name"
EMAIL = "email"
NETWORK = "network"
FIRST_TIME = "first-time"
OLD_THREAD = "old-thread"
SCRIPT = "script"
DUPLICATE = "duplicate"
TOO_FAST = "too-fast"

NUMBER, LINES, CHOICE, FLAG = "number", "lines", "choice", "flag"

MAX_LINES = 100_000
MAX_LINE = 200


@dataclass(frozen=True)
class Field:
    """One setting of a kind: its name, how it is asked for, of what form it is, its bounds and what it begins with.

    `choices` are codes with the words they stand under.
    """

    name: str
    label: str
    form: str
    start: Any
    low: int = 1
    high: int = 1
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Kind:
    """A kind of rule: code, what it is called, the reason it gives where none is typed, and its settings."""

    code: str
    title: str
    reason: str
    fields: tuple[Field, ...] = ()


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            LINKS,
            "Links",
            "many links",
            (Field("at_least", "Links, at least", NUMBER, 2, 1, 100, help="Different targets, as readers see them."),),
        ),
        Kind(
            WORDS,
            "Words and phrases",
            "a word on the list",
            (
                Field(
                    "words",
                    "Words or phrases, one a line",
                    LINES,
                    (),
                    help="Large and small letters, accents and look-alikes count as one: casino also finds Cаsinо with"  # noqa: RUF001
                    " two Cyrillic letters.",
                ),
                Field("inside", "Also within words: press finds WordPress", FLAG, False),
                Field(
                    "where",
                    "Where to look",
                    CHOICE,
                    "text",
                    choices=(
                        ("text", "In the comment, the name and the website"),
                        ("everywhere", "In these, the mail address and the network"),
                    ),
                ),
            ),
        ),
        Kind(
            NAME,
            "Name of the author",
            "a name on the list",
            (Field("names", "Names, one a line", LINES, (), help="The whole name; names that look alike are one."),),
        ),
        Kind(
            EMAIL,
            "Mail address or its domain",
            "a mail address on the list",
            (
                Field(
                    "emails",
                    "Addresses or domains, one a line",
                    LINES,
                    (),
                    help="jo@mail.example is one address; mail.example is everybody there and below.",
                ),
            ),
        ),
        Kind(
            NETWORK,
            "Address or network",
            "a network on the list",
            (
                Field(
                    "networks",
                    "Addresses or networks, one a line",
                    LINES,
                    (),
                    help="Only a shortened network is kept of a visitor (a /24 of IPv4, a /48 of IPv6): one address"
                    " stands for all of its network.",
                ),
            ),
        ),
        Kind(FIRST_TIME, "First-time author", "first comment here"),
        Kind(
            OLD_THREAD,
            "Old thread",
            "an old article",
            (Field("days", "Thread older than, in days", NUMBER, 90, 1, 36_500),),
        ),
        Kind(
            SCRIPT,
            "Script",
            "written in another script",
            (
                Field(
                    "mode",
                    "What to catch",
                    CHOICE,
                    "others",
                    choices=(
                        ("others", "Comments in other scripts than these"),
                        ("these", "Comments in these scripts"),
                    ),
                ),
                Field(
                    "scripts",
                    "Scripts, one a line",
                    LINES,
                    ("latin",),
                    help="It sees the script and not the language; it cannot tell English from French. Known: "
                    + ", ".join(SCRIPTS)
                    + ".",
                ),
                Field("share", "From so many percent of the letters", NUMBER, 50, 1, 100),
            ),
        ),
        Kind(
            DUPLICATE,
            "The same text again",
            "the same text was sent before",
            (
                Field("days", "Within, in days", NUMBER, 30, 1, 365),
                Field("length", "Only texts of at least so many characters", NUMBER, 20, 1, 10_000),
            ),
        ),
        Kind(
            TOO_FAST,
            "Too fast",
            "many comments from one network",
            (
                Field("more_than", "More than so many comments from one network", NUMBER, 3, 1, 100),
                Field("minutes", "Within, in minutes", NUMBER, 5, 1, 1440),
            ),
        ),
    )
}
