"""The text of a file of another program: decoded by what it says of itself, mended where that is not so."""

import codecs
import re
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

from commentsvc.moving.found import Progress
from commentsvc.moving.found import Remark
from commentsvc.moving.unpacking import BrokenFile
from commentsvc.moving.unpacking import unpacked

_CHUNK = 1 << 16
_HEAD = 1024
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_STRAY = re.compile("[\udc80-\udcff]")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Encodings of text alone: Python has others, which pack and escape.
_KNOWN = re.compile(
    r"utf-8|utf-16(-[lb]e)?|ascii|iso8859-\d+|cp125\d|koi8-[ru]|shift_jis|euc_(jp|kr)|big5|gb(2312|k|18030)"
)


class Text:
    """A file's text in pieces, without what no text holds; `remarks` tells afterwards what was mended."""

    def __init__(
        self, path: Path, progress: Progress, declared: Callable[[bytes], str | None] = lambda _: None
    ) -> None:
        """Take what finds the name of an encoding in a file's first bytes; without a name it is UTF-8."""
        self._path = path
        self._progress = progress
        self._declared = declared
        self._mended: Counter[str] = Counter()

    def pieces(self) -> Iterator[str]:
        """Yield the text; raise BrokenFile where the packing is broken or the encoding unknown."""
        with unpacked(self._path, self._progress) as stream:
            head = stream.read(_HEAD)
            encoding, marked = self._encoding(head)
            is_utf8 = encoding in ("utf-8", "ascii")
            decoder = codecs.getincrementaldecoder("utf-8" if is_utf8 else encoding)(
                "surrogateescape" if is_utf8 else "replace"
            )
            data = head[marked:]
            while data:
                yield self._mend(decoder.decode(data), is_utf8)
                data = stream.read(_CHUNK)
            yield self._mend(decoder.decode(b"", final=True), is_utf8)

    def count(self, words: str, times: int = 1) -> None:
        """Count something that was mended."""
        self._mended[words] += times

    def remarks(self) -> Iterator[Remark]:
        """Yield what was mended, and how often."""
        for words, times in self._mended.items():
            yield Remark(f"{words} ({times:,} times)")

    def _encoding(self, head: bytes) -> tuple[str, int]:
        for mark, name in _MARKS:
            if head.startswith(mark):
                return name, len(mark)
        told = self._declared(head)
        if told is None:
            return "utf-8", 0
        try:
            name = codecs.lookup(told).name
        except (LookupError, ValueError):
            name = ""
        if not _KNOWN.fullmatch(name):
            raise BrokenFile(self._path, f"its encoding {told!r} is not known", 1)
        # Without a mark at its beginning it can't be of two bytes a letter, or the declaration could not be read.
        return ("utf-8" if name.startswith("utf-16") else name), 0

    def _mend(self, text: str, is_utf8: bool) -> str:
        if is_utf8:
            text, times = _STRAY.subn(_as_windows, text)
            if times:
                self.count("bytes that are not UTF-8, read as Windows-1252", times)
        elif times := text.count("\ufffd"):
            self.count("letters that are not in the file's encoding, replaced", times)
        text, times = _UNFIT.subn("", text)
        if times:
            self.count("control characters, which are no text, taken out", times)
        return text


def _as_windows(stray: re.Match[str]) -> str:
    return bytes([ord(stray[0]) - 0xDC00]).decode("cp1252", errors="replace")
