"""What all workloads share."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.loading import Databases
from bench.report import Found
from bench.wrk import Load

# How every browser asks.
PACKED = {"Accept-Encoding": "gzip"}


@dataclass(frozen=True)
class Bench:
    """What all workloads share: cores, load, databases, and how far sizes go."""

    folder: Path
    server_core: int
    load: Load
    databases: Databases
    # Threads of these sizes are read, and databases of these numbers of comments.
    threads: tuple[int, ...]
    totals: tuple[int, ...]


Workload = Callable[[Bench], Found]
