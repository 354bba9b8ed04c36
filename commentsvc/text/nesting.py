"""Which element may stand in which, so that a parser reads the written HTML as the tree it was written from."""

PHRASING = frozenset(("strong", "em", "del", "code", "a", "br"))
BLOCKS = frozenset(("p", "pre", "blockquote", "ul", "ol", "hr", "h3", "h4", "h5", "h6", "table"))
VOID = frozenset(("br", "hr"))
# Where running text and blocks may both stand; the empty tag is the comment itself.
_FLOW = frozenset(("", "blockquote", "li", "td", "th"))
# What takes over the place of what it stands in: blocks within it are fine where they are fine around it.
_TRANSPARENT = frozenset(("strong", "em", "del", "a"))
_ONLY_IN = {
    "li": ("ul", "ol"),
    "thead": ("table",),
    "tbody": ("table",),
    "tr": ("thead", "tbody"),
    "th": ("tr",),
    "td": ("tr",),
}
# A parser moves text out of these, so that what is left in them is white space between rows.
_NO_TEXT = frozenset(("table", "thead", "tbody", "tr"))

# Browsers flatten trees that are deeper than 512; readers are lost long before. A table brings its four levels along.
_DEEPEST = 100
_LEVELS_OF_TABLE = 4


class Nesting:
    """The open elements of one comment, from the outside in."""

    def __init__(self) -> None:
        # One entry for each element of the source; None for those that were taken away.
        self._source: list[str | None] = []
        self._open: list[str] = [""]
        self._links = 0
        self._at_start_of_pre = False
        self.gap = ""

    def start(self, tag: str, wanted: bool) -> bool:
        """Open an element of the source; say whether it may stand here (where it is `wanted` at all).

        Where it may not, `gap` is the white space that keeps its text apart from what stands around it.
        """
        fits = wanted and self._fits(tag)
        self.gap = "" if tag in PHRASING else "\n"
        if tag in VOID:
            self._at_start_of_pre = self._at_start_of_pre and not fits
            return fits
        self._source.append(tag if fits else None)
        if fits:
            self._open.append(tag)
            self._links += tag == "a"
            self._at_start_of_pre = tag == "pre"
        return fits

    def end(self) -> str | None:
        """Close the innermost element of the source; return its tag, or None where it was taken away."""
        tag = self._source.pop()
        if tag is not None:
            self._open.pop()
            self._links -= tag == "a"
            self._at_start_of_pre = False
        return tag

    def text(self, data: str) -> str:
        """Return the part of a text that may stand here."""
        if self._open[-1] in _NO_TEXT:
            return ""
        if self._at_start_of_pre:
            # A parser drops a line feed that follows <pre> at once.
            data = data.lstrip("\n")
            self._at_start_of_pre = not data
        return data

    def _fits(self, tag: str) -> bool:
        parent = self._open[-1]
        if len(self._open) > _DEEPEST - (_LEVELS_OF_TABLE if tag == "table" else 0):
            return tag in ("thead", "tbody", "tr", "th", "td") and parent in _ONLY_IN[tag]
        if tag in _ONLY_IN:
            return parent in _ONLY_IN[tag]
        if parent in _NO_TEXT or parent in ("ul", "ol"):
            return False
        if tag in BLOCKS:
            return self._room() in _FLOW
        # A link in a link closes the outer one, even across a table's cell.
        return not (tag == "a" and self._links)

    def _room(self) -> str:
        return next(tag for tag in reversed(self._open) if tag not in _TRANSPARENT)
