"""The text of a comment without its markup, for lists, titles and letters."""

from html.parser import HTMLParser

from commentsvc.text.characters import is_mark

_BLOCKS = frozenset("p br pre blockquote ul ol li hr h3 h4 h5 h6 table thead tbody tr th td".split())  # noqa: SIM905
_ELLIPSIS = "\u2026"
_JOINING = "\u200c\u200d\ufe0e\ufe0f"


def plain_text(html: str, limit: int | None = None) -> str:
    """Return the text of sanitized HTML on one line; at most `limit` characters, cut at a word and with an ellipsis.

    It is text and no HTML: a "<" in it is what somebody wrote, and has to be escaped where it is shown.
    """
    reader = _Text()
    try:
        reader.feed(html)
        reader.close()
    except AssertionError:
        # Python's parser gives up at some "<![", which no sanitizer leaves; what stands before it is read.
        pass
    text = " ".join("".join(reader.pieces).split())
    if limit is None or len(text) <= limit:
        return text
    return _cut(text, limit)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def _cut(text: str, limit: int) -> str:
    room = max(limit - 1, 0)
    words, space, _ = text[: room + 1].rpartition(" ")
    if space:
        return words.rstrip() + _ELLIPSIS
    # One long word: never between a letter and what belongs to it.
    while room and (is_mark(text[room]) or text[room] in _JOINING or text[room - 1] in _JOINING):
        room -= 1
    return text[:room] + _ELLIPSIS if limit > 0 else ""
