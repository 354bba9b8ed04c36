"""Several hosts on one machine: network namespaces on a bridge, seen by nobody outside."""

import contextlib
import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

NET = "10.77.0"
HERE = f"{NET}.1"
BRIDGE = "comments"
MARK = "COMMENTSVC_CLUSTER_INSIDE"
NAMES = Path("/run/netns")
CLONE_NEWNET = 0x40000000


def enter_own_network(words: list[str]) -> None:
    """Run this program again in a network of its own, as root there; return in the one that runs there."""
    if os.environ.get(MARK):
        _lay_bridge()
        return
    _again(words)


def _again(words: list[str]) -> NoReturn:
    # Without root, the user's own namespaces would hold one user alone, and PostgreSQL refuses root.
    if os.geteuid() != 0:
        sys.exit("Network namespaces need root: sudo make cluster")
    unshare = ["unshare", "--net", "--mount"]
    os.execvpe(unshare[0], [*unshare, sys.executable, *words], os.environ | {MARK: "1"})  # noqa: S606


def _lay_bridge() -> None:
    NAMES.mkdir(exist_ok=True)
    _run("mount", "-t", "tmpfs", "tmpfs", str(NAMES))
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", BRIDGE, "type", "bridge")
    _run("ip", "addr", "add", f"{HERE}/24", "dev", BRIDGE)
    _run("ip", "link", "set", BRIDGE, "up")


class Host:
    """A host with an address of its own, whose cable can be pulled."""

    def __init__(self, name: str, number: int) -> None:
        """Plug it in."""
        self.name = name
        self.address = f"{NET}.{number}"
        _run("ip", "netns", "add", name)
        _run("ip", "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", name)
        _run("ip", "link", "set", f"to-{name}", "master", BRIDGE, "up")
        inside = ("ip", "-n", name)
        _run(*inside, "link", "set", "lo", "up")
        _run(*inside, "addr", "add", f"{self.address}/24", "dev", "eth0")
        _run(*inside, "link", "set", "eth0", "up")

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Have what this thread starts meanwhile run on this host."""
        with open("/proc/thread-self/ns/net") as home, (NAMES / self.name).open() as away:  # noqa: PTH123
            _set_network(away.fileno())
            try:
                yield
            finally:
                _set_network(home.fileno())

    def pull_cable(self) -> None:
        """Cut it off from all others: nothing is refused, nothing comes back."""
        _run("ip", "link", "set", f"to-{self.name}", "down")

    def plug_in(self) -> None:
        """Connect it again."""
        _run("ip", "link", "set", f"to-{self.name}", "up")


def _set_network(handle: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(handle, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
