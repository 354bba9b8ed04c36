"""The machine that was measured, told so that figures can be read."""

import os
import platform
import re
import sqlite3
import subprocess
import sys
from datetime import UTC
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from bench.subjects import nginx_path
from bench.wrk import wrk_path

# File systems in memory: nothing that is written there is on a disk.
IN_MEMORY = ("tmpfs", "ramfs")


def facts(folder: Path, seconds: int, rounds: int) -> list[str]:
    """Return lines on the machine, the programs, the disk of a folder, and the day."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    programs = [
        f"Python {platform.python_version()}",
        f"granian {version('granian')}",
        f"SQLite {sqlite3.sqlite_version}",
        *(f"{name} {found}" for name, found in (("nginx", nginx_version()), ("wrk", wrk_version())) if found),
    ]
    measured = f"medians of {rounds} rounds of {seconds} s" if rounds > 1 else f"one round of {seconds} s"
    return [
        f"{datetime.now(UTC):%Y-%m-%d}, commentsvc {version('commentsvc')}; {measured}",
        f"{processor()}, {os.cpu_count()} cores (one for the server, one for the load), {memory / (1 << 30):.0f} GiB",
        f"Linux {platform.release().partition('-')[0]}, {', '.join(programs)}; files on {file_system(folder)}",
    ]


def processor() -> str:
    """Return the processor's name as it tells it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model", "Hardware"):
            return value.strip()
    return platform.machine()


def file_system(folder: Path) -> str:
    """Return the kind of file system that a folder is on, such as ext4."""
    found, where = "an unknown file system", ""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, point, kind = line.split(" ")[:3]
        if folder.resolve().is_relative_to(point) and len(point) >= len(where):
            found, where = kind, point
    return found


def nginx_version() -> str | None:
    """Return the version of nginx; None where it is not there."""
    path = nginx_path()
    return _number(subprocess.run([path, "-v"], capture_output=True, text=True, check=False).stderr) if path else None


def wrk_version() -> str | None:
    """Return the version of wrk; None where it is not there."""
    path = wrk_path()
    # It prints its version, then how it is used, and fails.
    return _number(subprocess.run([path, "-v"], capture_output=True, text=True, check=False).stdout) if path else None


def why_not() -> str | None:
    """Say in a sentence why nothing can be measured here; None where it can."""
    if sys.platform != "linux":
        return "The bench needs Linux: it pins processes to cores and reads /proc."
    if len(os.sched_getaffinity(0)) < 2:
        return "The bench needs two cores: one for the server, one for the load."
    return None


def _number(said: str) -> str:
    found = re.search(r"\d+\.\d+(\.\d+)?", said)
    return found[0] if found else "of an unknown version"
