"""The allow list of a comment's HTML and what enforces it; the only file that knows bleach."""

import html
import re
import threading
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bleach.html5lib_shim import BleachHTMLParser
from bleach.sanitizer import BleachSanitizerFilter

from commentsvc.text.characters import CONTROL
from commentsvc.text.characters import LONE_SURROGATE
from commentsvc.text.hrefs import safe_href
from commentsvc.text.nesting import Nesting
from commentsvc.text.reading import read
from commentsvc.text.walking import walk
from commentsvc.text.writing import end_tag
from commentsvc.text.writing import escape
from commentsvc.text.writing import start_tag

TAGS = frozenset(
    "p br strong em del code pre blockquote ul ol li a hr h3 h4 h5 h6 table thead tbody tr th td".split()  # noqa: SIM905
)
ATTRIBUTES = {
    "a": ("href", "title"),
    "code": ("class",),
    "ol": ("start", "dir"),
    "th": ("align", "dir"),
    "td": ("align", "dir"),
} | dict.fromkeys(("p", "pre", "blockquote", "ul", "li", "h3", "h4", "h5", "h6", "table"), ("dir",))
SCHEMES = frozenset(("http", "https", "mailto"))
REL = "nofollow ugc noopener"

# What imported HTML says in other words; it becomes ours on the tree.
_SAID_BY_US = {"b": "strong", "i": "em", "s": "del", "strike": "del", "h1": "h3", "h2": "h4"}
_KNOWN = TAGS | _SAID_BY_US.keys()
_NAMES: dict[str, Any] = {tag: list(names) for tag, names in ATTRIBUTES.items()}
# Of these the first strong letter decides the direction of reading; containers decide for what stands first in them.
_TURNING = frozenset(("p", "li", "blockquote", "h3", "h4", "h5", "h6", "td", "th"))
_CONTAINERS = frozenset(("li", "blockquote", "td", "th"))

_LANGUAGE = re.compile(r"language-[A-Za-z0-9_+#-]{1,30}")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# More digits than any character has; bleach hands them to int(), which refuses thousands of them with an error.
_ENDLESS_REFERENCE = re.compile(r"&#(?=[xX]?0*[0-9a-fA-F]{8})")
_WHITE = re.compile(r"\s+")


@dataclass(frozen=True)
class Sanitized:
    """HTML that keeps to the allow list, the distinct http(s) targets of its links, and whether there is text in it.

    White space is no text; `visible` says what `plain_text` of the HTML would say by not being empty.
    """

    html: str
    targets: frozenset[str]
    visible: bool


def sanitize(source: str) -> str:
    """Return HTML that keeps to the allow list (TAGS, ATTRIBUTES, SCHEMES) and that a browser reads as it is written.

    Elements outside the list are taken away and their text stays; so it is with links whose target is not allowed.
    Cleaning twice is cleaning once, and an answer that is parsed and written again (HTML, "serializing HTML fragments")
    is the same.
    """
    return sanitize_and_count(source).html


def sanitize_and_count(source: str) -> Sanitized:
    """Return what `sanitize` returns, together with where its links go and whether there is text in it."""
    fit = LONE_SURROGATE.sub("\ufffd", CONTROL.sub("", source))
    fit = _ENDLESS_REFERENCE.sub("&amp;#", fit)
    tokens = read(fit)
    if tokens is None:
        tokens = walk(_own.parser.parseFragment(fit))
    policy = _Policy()
    # Bleach's filter, but the policy writes: bleach leaves references as it found them, and a browser does not.
    policy.render(_Filter(tokens))
    return Sanitized("".join(policy.written), frozenset(policy.targets), policy.visible)


class _Filter(BleachSanitizerFilter):
    """Lets through what is on the allow list, of a stream of tokens."""

    def __init__(self, tokens: Any) -> None:
        super().__init__(
            tokens, _KNOWN, _NAMES, allowed_protocols=SCHEMES, strip_disallowed_tags=True, strip_html_comments=True
        )

    def __iter__(self) -> Iterator[dict[str, Any]]:
        # Texts that follow each other are put together by bleach, for filters of its own that come behind it.
        return self.sanitize_stream(self.source)


class _Own(threading.local):
    # Each thread has its own, made at its first use: a shared one gives one reader another's comment.
    def __init__(self) -> None:
        self.parser = BleachHTMLParser(_KNOWN, strip=True, consume_entities=False, namespaceHTMLElements=False)


class _Policy:
    """What the allow list cannot say: targets, values, direction and nesting; it writes what bleach has let through."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.targets: set[str] = set()
        self.visible = False
        self.nesting = Nesting()
        self.undecided = False

    def render(self, tokens: Iterable[dict[str, Any]]) -> None:
        for token in tokens:
            kind = token["type"]
            if kind == "Characters":
                self.text(token["data"])
            elif kind in ("StartTag", "EmptyTag"):
                self.start(token["name"], token["data"])
            elif kind == "EndTag":
                self.end()
            elif kind == "Entity":
                self.text(_character(token["name"]))

    def start(self, name: str, data: dict[tuple[str | None, str], str]) -> None:
        tag = _SAID_BY_US.get(name, name)
        given = {key: _decode(value) for (_, key), value in data.items()}
        attributes = _attributes(tag, given) if given else {}
        if not self.nesting.start(tag, tag in TAGS and (tag != "a" or "href" in attributes)):
            self.text(self.nesting.gap)
            return
        if tag in _TURNING:
            attributes |= self.direction(tag, given.get("dir"))
        if tag == "a" and not attributes["href"].startswith("mailto:"):
            self.targets.add(attributes["href"])
        self.written.append(start_tag(tag, attributes))

    def end(self) -> None:
        tag = self.nesting.end()
        if tag is None:
            self.text(self.nesting.gap)
            return
        if tag in _CONTAINERS:
            self.undecided = False
        self.written.append(end_tag(tag))

    def text(self, data: str) -> None:
        fit = self.nesting.text(data)
        if fit:
            if not fit.isspace():
                self.visible = True
                self.undecided = False
            self.written.append(escape(fit))

    def direction(self, tag: str, given: str | None) -> dict[str, str]:
        # A browser leaves out children with a dir of their own when it looks for the letter that decides, so that a
        # quote would stay left-to-right around Hebrew paragraphs: what stands first in a container therefore has none.
        stated = (given or "").lower() in ("ltr", "rtl")
        if self.undecided and not stated:
            self.undecided = tag in _CONTAINERS
            return {}
        self.undecided = tag in _CONTAINERS and not stated
        return {} if stated else {"dir": "auto"}


def _attributes(tag: str, given: dict[str, str]) -> dict[str, str]:
    if tag == "a":
        return _link(given)
    kept: dict[str, str] = {}
    if tag == "code" and _LANGUAGE.fullmatch(given.get("class", "")):
        kept["class"] = given["class"]
    if tag == "ol" and _NUMBER.fullmatch(given.get("start", "").strip()):
        kept["start"] = str(int(given["start"]))
    if tag in ("th", "td") and given.get("align", "").lower() in ("left", "center", "right"):
        kept["align"] = given["align"].lower()
    if given.get("dir", "").lower() in ("ltr", "rtl"):
        kept["dir"] = given["dir"].lower()
    return kept


def _link(given: dict[str, str]) -> dict[str, str]:
    href = safe_href(given.get("href", ""))
    if href is None:
        return {}
    kept = {"href": href}
    title = _WHITE.sub(" ", given.get("title", "")).strip()
    if title:
        kept["title"] = title
    return kept | {"rel": REL}


@lru_cache(maxsize=256)
def _character(name: str) -> str:
    return _decode(f"&{name};")


def _decode(text: str) -> str:
    # Only whole references, as bleach's tokenizer leaves them; what they stand for is then held to the rules for text.
    if "&" not in text:
        return text
    decoded = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return CONTROL.sub("", decoded.replace("\r", "\n"))


_own = _Own()
