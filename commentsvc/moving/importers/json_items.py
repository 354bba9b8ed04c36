"""JSON of another program, however large, read item by item: what stands in its lists, and single values."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from typing import NamedTuple
from typing import NoReturn

from commentsvc.moving.found import Progress
from commentsvc.moving.found import Remark
from commentsvc.moving.importers.text import Text
from commentsvc.moving.unpacking import BrokenFile

# A thread with all its comments may be one item.
_MAX_ITEM = 16 << 20
# Objects in objects that lead to a list.
_MAX_DEPTH = 4
_BLANK = " \t\r\n"


class Item(NamedTuple):
    """A value with the line it begins on: an item of the list under `key`, such as data.comments, or a single value."""

    key: str
    line: int
    value: Any
    in_list: bool


def json_items(path: Path, progress: Progress) -> Iterator[Item | Remark]:
    """Yield every item of the lists of a JSON file, and at the end what was mended in its text.

    A list that is the whole file has the key "". Raises BrokenFile with line and column.
    """
    text = Text(path, progress)
    reader = _Reader(path, text.pieces())
    yield from _value(reader, "", 0)
    if reader.peek():
        reader.refuse("there is something behind its end")
    yield from text.remarks()


def _value(reader: "_Reader", key: str, depth: int) -> Iterator[Item]:
    first = reader.peek()
    if first == "[":
        yield from _list(reader, key)
    elif first == "{" and depth < _MAX_DEPTH:
        yield from _object(reader, key, depth)
    else:
        line = reader.line
        yield Item(key, line, reader.decode(), False)


def _list(reader: "_Reader", key: str) -> Iterator[Item]:
    reader.skip()
    if reader.peek() == "]":
        reader.skip()
        return
    while True:
        reader.peek()
        line = reader.line
        yield Item(key, line, reader.decode(), True)
        if reader.one_of(",]") == "]":
            return


def _object(reader: "_Reader", key: str, depth: int) -> Iterator[Item]:
    reader.skip()
    if reader.peek() == "}":
        reader.skip()
        return
    while True:
        if reader.peek() != '"':
            reader.refuse("a name in quotes is missing")
        name = reader.decode()
        reader.one_of(":")
        yield from _value(reader, f"{key}.{name}" if key else name, depth + 1)
        if reader.one_of(",}") == "}":
            return


class _Reader:
    """Text of which as much is in memory as the item at hand needs."""

    def __init__(self, path: Path, pieces: Iterator[str]) -> None:
        self.line = 1
        self._path = path
        self._pieces = pieces
        self._text = ""
        self._at = 0
        # Where the line of `_at` begins; before the text in memory it is negative.
        self._line_start = 0
        self._is_whole = False
        # Control characters in texts are mended later, like those of every importer.
        self._decoder = json.JSONDecoder(strict=False, parse_constant=_no_number)

    def peek(self) -> str:
        """Return the next character that is not blank, or nothing at the end."""
        while True:
            end = self._at
            while end < len(self._text) and self._text[end] in _BLANK:
                end += 1
            self._go(end)
            if end < len(self._text):
                return self._text[end]
            if not self._more(1):
                return ""

    def skip(self) -> None:
        """Leave a character behind."""
        self._at += 1

    def one_of(self, expected: str) -> str:
        """Return the next character, which is one of some."""
        found = self.peek()
        if not found or found not in expected:
            self.refuse(f"{' or '.join(expected)} is missing" if found else "it is cut off")
        self.skip()
        return found

    def decode(self) -> Any:
        """Return the value that stands here, whole."""
        if not self.peek():
            self.refuse("it is cut off")
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                # Twice as much each time, so that a long item is not tried over and over.
                held = len(self._text) - self._at
                if self._more(max(min(held, _MAX_ITEM - held), 1)):
                    continue
                self._go(min(error.pos, len(self._text)))
                self.refuse(f"this is not JSON: {error.msg}")
            except (ValueError, RecursionError) as error:
                self.refuse(f"this is not JSON that can be read: {error}")
            # A number may go on in the next piece.
            if end < len(self._text) or not self._more(1):
                self._go(end)
                return value

    def refuse(self, why: str) -> NoReturn:
        """Raise BrokenFile for what stands here."""
        raise BrokenFile(self._path, why, self.line, self._at - self._line_start + 1)

    def _go(self, end: int) -> None:
        lines = self._text.count("\n", self._at, end)
        if lines:
            self.line += lines
            self._line_start = self._text.rindex("\n", self._at, end) + 1
        self._at = end

    def _more(self, at_least: int) -> bool:
        """Read on, and return whether there was more."""
        if self._is_whole:
            return False
        if len(self._text) - self._at > _MAX_ITEM:
            self.refuse("an item is too long")
        kept = [self._text[self._at :]]
        self._line_start -= self._at
        self._at = 0
        added = 0
        while added < at_least:
            piece = next(self._pieces, None)
            if piece is None:
                self._is_whole = True
                break
            kept.append(piece)
            added += len(piece)
        self._text = "".join(kept)
        return added > 0


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")
