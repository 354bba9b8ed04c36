"""What an exporter declares of itself: for whom its file is, what goes over, and what has no place in it."""

from collections.abc import Callable
from collections.abc import Collection
from dataclasses import dataclass
from typing import IO
from typing import NamedTuple

from commentsvc.models.site import Site
from commentsvc.moving.found import Progress


class Written(NamedTuple):
    """How many threads and comments a file holds."""

    threads: int
    comments: int


# Takes a site, the file to write, who is told how far it is, and what goes along (of an archive alone).
Write = Callable[[Site, IO[bytes], Progress, Collection[str]], Written]


@dataclass(frozen=True)
class Exporter:
    """An exporter: its format, who takes its files and how, what goes over, what does not, and it."""

    name: str
    target: str
    taken: str
    carried: tuple[str, ...]
    dropped: tuple[str, ...]
    suffix: str
    media_type: str
    write: Write


def table_of(exporters: list[Exporter]) -> str:
    """Return what goes over and what does not, as the table of the documentation."""
    rows = [f"| `{one.name}` | {'; '.join(one.carried)} | {'; '.join(one.dropped)} |" for one in exporters]
    return "\n".join(["| format | goes over | does not, and why |", "|---|---|---|", *rows])


def ways_of(exporters: list[Exporter]) -> str:
    """Return for whom each format is and how its file is taken in there, as a list of the documentation."""
    return "\n".join(f"- **{one.target}** (`{one.name}`): {one.taken}" for one in exporters)
