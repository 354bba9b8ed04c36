"""HTML that was escaped into another document: whether it could stand in a `div` there (RFC 4287, 3.1.1.2)."""

from html.parser import HTMLParser

VOID = ("br", "hr", "img")


def faults(text: str) -> list[str]:
    """Return what is wrong with some HTML: elements that are not closed, characters that are not escaped."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.found + [f"{tag} is not closed" for tag in reader.open]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        if tag in ("html", "head", "body"):
            self.found.append(f"{tag} stands in no div")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        if not self.open or self.open.pop() != tag:
            self.found.append(f"{tag} is closed out of turn")

    def handle_data(self, data: str) -> None:
        """Look for what should be escaped."""
        if "<" in data or "&" in data:
            self.found.append(f"{data!r} is not escaped")

    def handle_decl(self, decl: str) -> None:
        """Refuse a document's beginning."""
        self.found.append(f"<!{decl}> stands in no div")
