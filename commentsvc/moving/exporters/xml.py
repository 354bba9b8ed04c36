"""XML of an export, written element by element: every text is escaped here, and none goes around it."""

import re
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from typing import IO
from xml.sax.saxutils import XMLGenerator

# What XML 1.0 has no place for, in whatever way it is written (section 2.2).
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REPLACEMENT = "\ufffd"


class Xml:
    """A document that is being written to a file of bytes, in UTF-8."""

    def __init__(self, out: IO[bytes]) -> None:
        """Begin the document."""
        self._sax = XMLGenerator(out, encoding="utf-8", short_empty_elements=True)  # pyright: ignore[reportArgumentType]
        self._sax.startDocument()

    @contextmanager
    def inside(self, name: str, attributes: Mapping[str, str] | None = None) -> Iterator[None]:
        """Write an element around whatever is written meanwhile."""
        self._start(name, attributes)
        self.line()
        yield
        self._sax.endElement(name)
        self.line()

    def element(self, name: str, text: str | None = "", attributes: Mapping[str, str] | None = None) -> None:
        """Write an element with a text; nothing where there is no text."""
        if text is None:
            return
        self._start(name, attributes)
        self._sax.characters(fit(text))
        self._sax.endElement(name)
        self.line()

    def cdata(self, name: str, text: str | None) -> None:
        """Write an element whose text stands in CDATA, as programs expect that look for it there without parsing."""
        self._start(name, None)
        # The only thing that CDATA cannot hold is its own end, which is split between two of them.
        whole = fit(text or "").replace("]]>", "]]]]><![CDATA[>")
        self._sax.ignorableWhitespace(f"<![CDATA[{whole}]]>")
        self._sax.endElement(name)
        self.line()

    def line(self) -> None:
        """Begin a new line."""
        self._sax.ignorableWhitespace("\n")

    def close(self) -> None:
        """End the document."""
        self._sax.endDocument()

    def _start(self, name: str, attributes: Mapping[str, str] | None) -> None:
        given = {key: fit(value) for key, value in (attributes or {}).items()}
        self._sax.startElement(name, given)  # pyright: ignore[reportArgumentType]


def fit(text: str) -> str:
    """Return text that XML 1.0 can hold; what it can't is replaced."""
    return _UNFIT.sub(REPLACEMENT, text)
