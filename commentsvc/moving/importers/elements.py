"""XML of another program, read element by element within bounds of memory; DTDs and entities are refused."""

import html.entities
import re
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from defusedxml.ElementTree import ParseError

from commentsvc.moving.found import Progress
from commentsvc.moving.found import Remark
from commentsvc.moving.importers.text import Text
from commentsvc.moving.unpacking import BrokenFile

# Far beyond any export; what is more was made to fill the memory.
_MAX_DEPTH = 64
_MAX_NAMES = 2000
_MAX_TEXT = 4 << 20
_MAX_UNFINISHED = 8 << 20

_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
# What is not one of the five of XML, whose references are left to the parser.
_REFERENCE = re.compile("&(?!(?:amp|lt|gt|quot|apos);)(#?[0-9A-Za-z]{1,31};)")
_UNFINISHED_REFERENCE = re.compile("&#?[0-9A-Za-z]{0,31}$")

# The name under which an importer knows an element, by namespace and local name; None leaves it and all in it out.
Naming = Callable[[str, str], str | None]


@dataclass
class Record:
    """An element that an importer asked for: texts and attributes of what is in it by path, such as author/name."""

    name: str
    line: int
    attributes: dict[str, dict[str, str]]
    # The one it stands in, as far as it was read.
    above: "Record | None"
    fields: dict[str, str] = field(default_factory=dict)
    # For what the importer wants to remember of it.
    memory: dict[str, Any] = field(default_factory=dict)

    def text(self, path: str) -> str | None:
        """Return the text of an element, without blanks around it; None where it is missing or blank."""
        return self.fields.get(path, "").strip() or None


def records(
    path: Path, progress: Progress, root: str, naming: Naming, wanted: frozenset[str]
) -> Iterator[Record | Remark]:
    """Yield the wanted elements as each ends, inner ones first, and at the end what was mended.

    Raises BrokenFile with line and column for what is no XML, has another root, a DTD, or more than memory should hold.
    """
    text = Text(path, progress, _declared)
    target = _Target(path, root, naming, wanted)
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    target.expat = parser.parser
    unfinished = 0
    try:
        for piece in _readable(text):
            target.moved = False
            parser.feed(piece)
            # The parser holds a tag or a remark in memory until it is whole.
            unfinished = 0 if target.moved else unfinished + len(piece)
            if unfinished > _MAX_UNFINISHED:
                raise BrokenFile(path, "a tag or a remark is too long", *_place(parser))
            yield from target.done
            target.done.clear()
        parser.close()
        yield from target.done
    except ParseError as error:
        line, column = error.position
        raise BrokenFile(path, f"this is not XML: {str(error).split(':')[0]}", line, column + 1) from error
    except DefusedXmlException as error:
        raise BrokenFile(path, "it has a DTD or entities, which are not read", *_place(parser)) from error
    yield from text.remarks()


class _Target:
    """What the parser tells of each element; only the texts of wanted elements are kept."""

    def __init__(self, path: Path, root: str, naming: Naming, wanted: frozenset[str]) -> None:
        self.expat: Any = None
        self.done: list[Record] = []
        self.moved = False
        self._path = path
        self._root = root
        self._naming = naming
        self._wanted = wanted
        self._names: dict[str, str | None] = {}
        # Paths of the open elements, within the wanted one they stand in.
        self._paths: list[str] = []
        self._open: list[tuple[int, Record]] = []
        self._left_out = 0
        self._texts: list[str] = []
        self._size = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.moved = True
        if self._left_out or (name := self._name(tag)) is None:
            self._left_out += 1
            if self._left_out > _MAX_DEPTH:
                self._refuse("elements stand too deep in each other")
            return
        if not self._paths and name != self._root:
            self._refuse(f"it begins with <{name[:60]}>, and not with <{self._root}>")
        if len(self._paths) >= _MAX_DEPTH:
            self._refuse("elements stand too deep in each other")
        self._texts.clear()
        if name in self._wanted:
            above = self._open[-1][1] if self._open else None
            record = Record(name, self.expat.CurrentLineNumber, {"": _local(attributes)}, above)
            self._open.append((len(self._paths), record))
            self._paths.append("")
            self._size = 0
            return
        before = self._paths[-1] if self._paths else ""
        self._paths.append(f"{before}/{name}" if before else name)
        if self._open and attributes:
            self._open[-1][1].attributes.setdefault(self._paths[-1], _local(attributes))

    def data(self, text: str) -> None:
        self.moved = True
        if self._open and not self._left_out:
            self._size += len(text)
            if self._size > _MAX_TEXT:
                self._refuse("an entry is too long")
            self._texts.append(text)

    def end(self, _tag: str) -> None:
        if self._left_out:
            self._left_out -= 1
            return
        path = self._paths.pop()
        if not self._open:
            return
        depth, record = self._open[-1]
        if depth == len(self._paths):
            self._open.pop()
            self.done.append(record)
        elif self._texts:
            record.fields.setdefault(path, "".join(self._texts))
        self._texts.clear()

    def _name(self, tag: str) -> str | None:
        if tag not in self._names:
            if len(self._names) >= _MAX_NAMES:
                self._refuse("it has too many kinds of elements")
            space, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
            # The root is looked at by its own name, so that another program's file is told as that.
            self._names[tag] = local if not self._paths and local == self._root else self._naming(space, local)
            if not self._paths and self._names[tag] is None:
                self._refuse(f"it begins with <{local[:60]}>, and not with <{self._root}>")
        return self._names[tag]

    def _refuse(self, why: str) -> None:
        raise BrokenFile(self._path, why, self.expat.CurrentLineNumber, self.expat.CurrentColumnNumber + 1)


def _readable(text: Text) -> Iterator[str]:
    """Yield text that an XML parser takes, where the writers of exports were careless."""
    tail = ""
    is_first = True
    for piece in text.pieces():
        whole = tail + piece
        if is_first:
            bare = whole.lstrip()
            if len(bare) < len(whole):
                text.count("blanks before the beginning, taken out", len(whole) - len(bare))
            whole = bare
            is_first = not whole
        # A reference may be cut in two by the end of a piece.
        cut = _UNFINISHED_REFERENCE.search(whole, max(len(whole) - 40, 0))
        tail = whole[cut.start() :] if cut else ""
        whole = whole[: cut.start()] if cut else whole
        yield _REFERENCE.sub(lambda match: _character(match, text), whole) if "&" in whole else whole
    yield tail


def _character(match: re.Match[str], text: Text) -> str:
    reference = match[0]
    if reference[1] != "#":
        character = html.entities.html5.get(match[1])  # pyright: ignore[reportAttributeAccessIssue]
        if character is None or any(one in "<>&\"'" for one in character):
            return reference
        text.count("entities of HTML, which XML has not, read as their letters")
        return character
    digits = reference[2:-1]
    try:
        point = int(digits[1:], 16) if digits[:1] in ("x", "X") else int(digits)
    except ValueError:
        return reference
    is_fit = point in (9, 10, 13) or 0x20 <= point < 0xD800 or 0xE000 <= point < 0xFFFE or 0x10000 <= point < 0x110000
    if is_fit:
        return reference
    text.count("references to control characters, taken out")
    return ""


def _declared(head: bytes) -> str | None:
    found = _ENCODING.search(head)
    return found[1].decode("ascii") if found else None


def _local(attributes: dict[str, str]) -> dict[str, str]:
    return {name.rpartition("}")[2]: value for name, value in attributes.items()}


def _place(parser: Any) -> tuple[int, int]:
    return parser.parser.CurrentLineNumber, parser.parser.CurrentColumnNumber + 1
