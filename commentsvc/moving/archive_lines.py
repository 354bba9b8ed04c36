"""One line of an archive, read field by field."""

import re
from typing import Any

from commentsvc.models.source import MAX_ID
from commentsvc.models.source import MAX_NAME
from commentsvc.models.source import Identity
from commentsvc.moving.times import read_time

SOURCE_NAME = re.compile(rf"[a-z0-9][a-z0-9.-]{{0,{MAX_NAME - 1}}}")


class Line:
    """One line, read field by field; what has to be mended is noted."""

    def __init__(self, number: int, values: dict[str, Any]) -> None:
        """Take the line's number and what it says."""
        self.number = number
        self.values = values
        self.notes: list[str] = []

    def id(self, name: str) -> str | None:
        """Return an id; None where there is none, or it can't be one."""
        return id_of(self.values.get(name))

    def text(self, name: str) -> str | None:
        """Return a text."""
        return self._of_type(name, str, "no text")

    def number_of(self, name: str) -> int | None:
        """Return a whole number."""
        return self._of_type(name, int, "no whole number")

    def says(self, name: str) -> bool | None:
        """Return whether a field says yes; None where it says nothing."""
        value = self.values.get(name)
        if value is None or isinstance(value, bool):
            return value
        self.notes.append(f"{name}: neither true nor false, left out")
        return None

    def items(self, name: str) -> list[Any] | None:
        """Return a list."""
        return self._of_type(name, list, "no list")

    def time(self, name: str) -> Any:
        """Return a time."""
        text = self.text(name)
        time = read_time(text) if text is not None else None
        if text is not None and time is None:
            self.notes.append(f"{name}: no time that can be read, left out")
        return time

    def sources(self) -> tuple[Identity, ...]:
        """Return the ids it came under elsewhere."""
        found = []
        for item in self.items("sources") or ():
            name, source_id = (item[0], id_of(item[1])) if isinstance(item, list) and len(item) == 2 else (None, None)
            if isinstance(name, str) and SOURCE_NAME.fullmatch(name) and source_id is not None:
                found.append((name, source_id))
            else:
                self.notes.append("sources: one that is no name and id, left out")
        return tuple(found)

    def _of_type(self, name: str, kind: type, what: str) -> Any:
        value = self.values.get(name)
        if value is None or (isinstance(value, kind) and not isinstance(value, bool)):
            return value
        self.notes.append(f"{name}: {what}, left out")
        return None


def id_of(value: Any) -> str | None:
    """Return an id as text; None where a value can't be one."""
    # Many programs number their comments.
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return text if isinstance(text, str) and 0 < len(text) <= MAX_ID and text.isprintable() else None


def named(values: dict[str, Any]) -> str:
    """Return how a report names a line."""
    return short(values.get("id"))


def short(value: Any) -> str:
    """Return anything as a few characters for a report."""
    text = str(value)
    return "".join(character if character.isprintable() else "?" for character in text[:60])
