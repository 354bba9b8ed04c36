"""The HTML of a comment in what WordPress lets comments hold: a few elements within lines, and blank lines between."""

import re
from html.parser import HTMLParser

from commentsvc.text.writing import end_tag
from commentsvc.text.writing import escape
from commentsvc.text.writing import start_tag

# Of what we publish, what its list for comments has.
_KEPT = frozenset(("a", "blockquote", "code", "del", "em", "strong"))
_HEADINGS = frozenset(("h3", "h4", "h5", "h6", "th"))
_PARTED = frozenset(("p", "pre", "ul", "ol", "table", "h3", "h4", "h5", "h6", "hr", "blockquote"))
_LINES = frozenset(("br", "li", "tr"))
_RULE = "* * *"
_BLANK = re.compile(r"\n[ \t]+(?=\n)")
_MANY_LINES = re.compile(r"\n{3,}")
_WHITE = re.compile(r"[ \t]*\n[ \t]*")


def reduced(html: str) -> str:
    """Return sanitized HTML without the elements that WordPress would take away, and with line ends in their place.

    WordPress makes paragraphs and breaks of line ends when it shows a comment; so does our importer.
    """
    reducer = _Reducer()
    reducer.feed(html)
    reducer.close()
    return _MANY_LINES.sub("\n\n", _BLANK.sub("\n", "".join(reducer.pieces))).strip()


class _Reducer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        # Of each open list the number of the next item; None where its items have dots.
        self._lists: list[int | None] = []
        self._in_pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _PARTED:
            self.pieces.append(self._gap(tag))
        elif tag in _LINES:
            self.pieces.append("\n")
        if tag in _KEPT:
            self.pieces.append(start_tag(tag, {name: given[name] for name in ("href", "title") if name in given}))
        elif tag in _HEADINGS:
            self.pieces.append(start_tag("strong", {}))
        elif tag == "ol":
            self._lists.append(int(given.get("start") or 1))
        elif tag == "ul":
            self._lists.append(None)
        elif tag == "li":
            self.pieces.append(self._mark())
        elif tag == "hr":
            self.pieces.append(f"{_RULE}\n\n")
        elif tag == "pre":
            self._in_pre += 1
        # What was kept apart by cells and items must not run together.
        if tag in ("td", "th"):
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _KEPT:
            self.pieces.append(end_tag(tag))
        elif tag in _HEADINGS:
            self.pieces.append(end_tag("strong"))
        elif tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        elif tag == "pre":
            self._in_pre -= 1
        if tag in _PARTED and tag != "hr":
            self.pieces.append(self._gap(tag))

    def handle_data(self, data: str) -> None:
        self.pieces.append(escape(data if self._in_pre else _WHITE.sub(" ", data)))

    def _gap(self, tag: str) -> str:
        # Of a list within a list each item begins a line anyway.
        return "\n\n" if not self._lists else "" if tag in ("ol", "ul") else "\n"

    def _mark(self) -> str:
        depth = "  " * max(len(self._lists) - 1, 0)
        number = self._lists[-1] if self._lists else None
        if number is None:
            return f"{depth}- "
        self._lists[-1] = number + 1
        return f"{depth}{number}. "
