"""Markdown and plain text become HTML that is not yet clean."""

import re
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from commentsvc.text.hrefs import safe_href

# Quotes and lists deeper than this are no reading; it also bounds the parser's recursion and its time with many "[".
_MAX_NESTING = 20
_OPTIONS = {"html": False, "linkify": True, "breaks": True, "xhtmlOut": False, "maxNesting": _MAX_NESTING}
# The page has an h1 and the thread an h2 of their own.
_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6"}
_CONTAINERS = ("blockquote_open", "list_item_open")
_ALIGNMENT = re.compile(r"text-align:(left|center|right)")
# The signs that our rules answer to; the parser's own set has more of them, and it asks every rule at each.
_SIGNS = re.compile(r"[\n!&*:<\[\\\]_`~]")
# Lines in which no rule finds anything: none of the signs within, none at the start that makes a block, no white space
# at the ends. Most comments are nothing else, and need no parser. (No possessive repetitions: those of Python 3.11.2
# match what they should not.)
_LINE = r"[^\s\d\0&*:<\[\\_`~>#+=|-][^\n\r\0&*:<\[\\_`~]*(?<!\s)"
_PROSE = re.compile(rf"{_LINE}(?:\n+{_LINE})*")
_GAP = re.compile("\n{2,}")
# In lower case; what a bare address begins with.
_BEGINNINGS = ("http:", "https:", "mailto:", "www.")


class Parser(MarkdownIt):
    """A parser that makes links of those targets alone that a comment may have; not to be shared between threads.

    The finder of bare addresses keeps state.
    """

    def __init__(self, preset: str) -> None:
        super().__init__(preset, _OPTIONS)
        self.linkify = _BareAddresses()
        self.inline.terminator_re = _SIGNS
        self.add_render_rule("text", _escape_text)

    def to_html(self, source: str) -> str | None:
        """Return the HTML of a source; None where it is nested so deeply that the innermost text would be left out."""
        if _PROSE.fullmatch(source) and not self.linkify.pretest(source):
            return _paragraphs(source)
        tokens = self.parse(source)
        if any(token.level >= _MAX_NESTING - 1 and token.type in _CONTAINERS for token in tokens):
            return None
        return self.renderer.render(tokens, self.options, {})

    def validateLink(self, url: str) -> bool:
        """Say whether a target may be linked to; one that the sanitizer would drop leaves the text as it was typed."""
        return safe_href(url) is not None

    def normalizeLinkText(self, link: str) -> str:
        """Return a bare address as it was typed: decoded, two different ones can look alike."""
        return link


def markdown_parser() -> Parser:
    """Make a parser of Markdown: CommonMark and bare addresses, strikethrough, tables; no raw HTML, no images."""
    parser = Parser("commonmark")
    parser.enable(["linkify", "strikethrough", "table"])
    # They find nothing where no HTML is allowed, and yet are asked at every line and sign.
    parser.disable(["html_block", "html_inline"])
    parser.core.ruler.push("our_elements", _say_in_our_elements)
    return parser


def plain_parser() -> Parser:
    """Make a parser of plain text: paragraphs, line breaks and bare addresses."""
    parser = Parser("zero")
    parser.enable(["linkify", "newline"])
    return parser


class _BareAddresses(LinkifyIt):
    """Finds addresses typed without any markup.

    They begin with http://, https://, mailto: or www.; without one of these README.md and main.rs, which are file
    names, would be links too. Mailboxes are not made links by themselves, since that is what harvesters look for.
    """

    def __init__(self) -> None:
        www: dict[str, Any] = {"validate": self._validate_www, "normalize": self._normalize_www}
        super().__init__(
            {"ftp:": None, "//": None, "www.": www},
            {"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False},
        )
        names = rf"(?:(?:{self.re['src_domain']})\.){{1,8}}{self.re['src_domain_root']}"
        tail = f"{names}{self.re['src_port']}{self.re['src_host_terminator']}{self.re['src_path']}"
        self._www_tail = re.compile(tail, re.IGNORECASE)

    def pretest(self, text: str) -> bool:
        """Say whether there may be an address in a text; the parser asks of every paragraph."""
        lower = text.lower()
        return any(beginning in lower for beginning in _BEGINNINGS)

    def test(self, text: str) -> bool:
        """Say whether there is an address in a text; the parser asks of every piece between other markup."""
        return self.pretest(text) and super().test(text)

    def _validate_www(self, text: str, pos: int) -> int:
        found = self._www_tail.match(text, pos)
        return len(found[0]) if found else 0

    def _normalize_www(self, match: Any) -> None:
        match.url = f"https://{match.url}"


def _paragraphs(prose: str) -> str:
    return "".join("<p>" + text.replace("\n", "<br>\n") + "</p>\n" for text in _GAP.split(prose))


def _escape_text(renderer: Any, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    # What need not be a reference is none: the sanitizer takes its time over each.
    return tokens[place].content.replace("&", "&amp;").replace("<", "&lt;")


def _say_in_our_elements(state: StateCore) -> None:
    for token in state.tokens:
        token.tag = _HEADINGS.get(token.tag, token.tag)
        if token.tag in ("th", "td"):
            _align(token)
        if token.children:
            token.children = list(_without_images(token.children))


def _align(cell: Token) -> None:
    found = _ALIGNMENT.fullmatch(str(cell.attrs.pop("style", "")))
    if found:
        cell.attrs["align"] = found[1]


def _without_images(tokens: list[Token]) -> Iterator[Token]:
    within_link = False
    for token in tokens:
        if token.type in ("link_open", "link_close"):
            within_link = token.type == "link_open"
        if token.tag == "s":
            token.tag = "del"
        if token.type != "image":
            yield token
        elif within_link:
            yield _text(token)
        else:
            attributes = {"href": token.attrs["src"]} | {k: v for k, v in token.attrs.items() if k == "title"}
            yield Token("link_open", "a", 1, attrs=attributes)
            yield _text(token)
            yield Token("link_close", "a", -1)


def _text(image: Token) -> Token:
    described = "".join(child.content for child in image.children or []).strip()
    return Token("text", "", 0, content=described or str(image.attrs["src"]))
