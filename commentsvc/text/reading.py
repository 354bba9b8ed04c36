"""HTML that is a tree as it stands, as our Markdown makes it, is told so, where a parser would build the tree first."""

import re
from typing import Any

from commentsvc.text.nesting import BLOCKS
from commentsvc.text.nesting import PHRASING
from commentsvc.text.nesting import VOID

# Without the table, of which a parser asks much more than that it is well formed.
_BLOCKS = BLOCKS - {"table"}
_LISTS = frozenset(("ul", "ol"))
# Where blocks may stand, with nothing open around them that a parser would close first; the empty tag is the comment.
_FLOW = frozenset(("", "li", "blockquote"))
# A start with its attributes, an end, a text. Carriage returns are another sign to a parser, and NUL is none.
_TOKEN = re.compile(
    r"<(?P<start>[a-z][a-z0-9]*)(?P<attributes>(?: [a-z]+=\"[^\"\0\r]*\")*)>"
    r"|</(?P<end>[a-z][a-z0-9]*)>"
    r"|(?P<text>[^<\0\r]+)"
)
# Deeper than anybody writes: to look through them at each start would take ever longer.
_DEEPEST = 100
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')


def read(source: str) -> list[dict[str, Any]] | None:
    """Return the tokens of HTML that is a tree as it stands; None of any other, which takes a parser to say what it is.

    They are those that `walk` tells of the tree that a parser (HTML, "parsing HTML fragments") builds of it: everything
    is closed in its place, is where it may stand, and no attribute is there twice. References are left as they are.
    """
    tokens: list[dict[str, Any]] = []
    open_tags = [""]
    place = 0
    while place < len(source):
        found = _TOKEN.match(source, place)
        if found is None:
            return None
        place = found.end()
        kind = found.lastgroup
        if kind == "text":
            text = found[0]
            if open_tags[-1] in _LISTS and not text.isspace():
                return None
            # A parser takes the first line break of a pre away.
            if open_tags[-1] == "pre" and text[0] == "\n":
                return None
            tokens.append({"type": "Characters", "data": text})
        elif kind == "end":
            tag = found["end"]
            if tag != open_tags.pop() or not open_tags:
                return None
            tokens.append({"type": "EndTag", "name": tag})
        else:
            tag = found["start"]
            given = _ATTRIBUTE.findall(found["attributes"])
            data = {(None, name): value for name, value in given}
            if not _may_stand(tag, open_tags) or len(data) < len(given) or len(open_tags) > _DEEPEST:
                return None
            if tag in VOID:
                tokens.append({"type": "EmptyTag", "name": tag, "data": data})
            else:
                tokens.append({"type": "StartTag", "name": tag, "data": data})
                open_tags.append(tag)
    return tokens if len(open_tags) == 1 else None


def _may_stand(tag: str, open_tags: list[str]) -> bool:
    around = open_tags[-1]
    if tag in _BLOCKS:
        return around in _FLOW
    if tag == "li":
        return around in _LISTS
    # A parser opens some of these again where they are within themselves, or ends them.
    return tag in PHRASING and around not in _LISTS and tag not in open_tags
