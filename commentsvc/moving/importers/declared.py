"""What an importer declares of itself, and what the operator may choose."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from commentsvc.moving.found import Brought
from commentsvc.moving.found import Progress


@dataclass(frozen=True)
class Choices:
    """`origin` is where articles stand that a file knows by their path alone; `pingbacks`: take them as comments."""

    origin: str = "https://site.invalid"
    pingbacks: bool = False


@dataclass(frozen=True)
class Importer:
    """An importer: its format, whose files it reads and how one gets them, what comes over, what does not, and it."""

    name: str
    source: str
    obtained: str
    carried: tuple[str, ...]
    dropped: tuple[str, ...]
    read: Callable[[Path, Progress, Choices], Brought]


def table_of(importers: list[Importer]) -> str:
    """Return what comes over and what does not, as the table of the documentation."""
    rows = [f"| `{one.name}` | {'; '.join(one.carried)} | {'; '.join(one.dropped)} |" for one in importers]
    return "\n".join(["| format | comes over | does not, and why |", "|---|---|---|", *rows])


def ways_of(importers: list[Importer]) -> str:
    """Return how to get the file out of each source, as a list of the documentation."""
    return "\n".join(f"- **{one.source}** (`{one.name}`): {one.obtained}" for one in importers)
