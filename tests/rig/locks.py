"""Another process that holds an SQLite database, in ways that programs, backups and file systems do.

Run by itself it holds what it is told to until its input ends; it imports nothing that takes time.
"""

import contextlib
import fcntl
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# Bytes of the -shm file: each reader holds one of five while it reads (sqlite.org/walformat.html, "WAL locks").
FIRST, NUMBER = 123, 5


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Hold an exclusive transaction: nobody else can write."""
    with _other_process("writing", path):
        yield


@contextlib.contextmanager
def locked_readers(path: Path) -> Iterator[None]:
    """Lock the bytes that each reader needs one of: nobody else can read, and SQLite asks again for ten seconds."""
    with _other_process("readers", path):
        yield


@contextlib.contextmanager
def _other_process(what: str, path: Path) -> Iterator[None]:
    command = [sys.executable, "-I", __file__, what, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            process.stdin.close()


def _hold(what: str, path: str) -> None:
    if what == "writing":
        connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        connection.execute("BEGIN EXCLUSIVE")
    else:
        handle = os.open(f"{path}-shm", os.O_RDWR)
        fcntl.lockf(handle, fcntl.LOCK_EX, NUMBER, FIRST)
    print("held", flush=True)
    # Everything is let go when this process ends.
    sys.stdin.read()


if __name__ == "__main__":
    _hold(sys.argv[1], sys.argv[2])
