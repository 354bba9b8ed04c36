"""The service's processes end together, however they are ended, so that it can always be started again."""

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from commentsvc.serving import STOP_SECONDS
from tests.rig.live import Live
from tests.rig.live import live_service
from tests.rig.outages import until


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with live_service(f"sqlite:///{tmp_path}/comments.db", width=2) as live:
        yield live


def is_running(process: int) -> bool:
    """Tell whether a process runs; one that has ended may wait to be counted, where nobody inherits it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_workers_end_with_the_process_that_watches_and_leave_the_port(live: Live) -> None:
    workers = live.workers()
    assert len(workers) == 2
    live.process.kill()
    live.process.wait()
    until(lambda: not any(is_running(worker) for worker in workers))
    live.start()


DEAF = """
import os, signal, sys
from commentsvc import serving
watcher = os.getpid()
if os.fork():
    sys.exit()
signal.signal(signal.SIGTERM, signal.SIG_IGN)
serving._end_with(watcher)
print(os.getpid(), flush=True)
signal.pause()
"""


def test_a_worker_that_never_heard_the_signal_ends_all_the_same() -> None:
    ran = subprocess.run([sys.executable, "-c", DEAF], stdout=subprocess.PIPE, text=True, check=True, timeout=60)
    # The pipe is closed by the last that holds it.
    worker = int(ran.stdout)
    until(lambda: not is_running(worker))


def test_a_worker_that_dies_again_and_again_is_followed_by_another(live: Live) -> None:
    lasting, unlucky = live.workers()
    for _ in range(3):
        os.kill(unlucky, signal.SIGKILL)
        until(lambda before=unlucky: lasting in live.workers() and set(live.workers()) - {lasting, before} != set())
        (unlucky,) = set(live.workers()) - {lasting, unlucky}
    until(lambda: is_whole(live))
    assert live.process is not None and live.process.poll() is None


def is_whole(live: Live) -> bool:
    with urllib.request.urlopen(f"{live.base}/metrics") as answer:
        return b"commentsvc_processes 2\n" in answer.read()


def test_a_service_that_is_told_to_end_while_it_starts_does(live: Live) -> None:
    live.stop()
    command = [sys.executable, "-m", "commentsvc.serving", "127.0.0.1", str(live.port), "2"]
    live.process = subprocess.Popen(command, env=live.environ, start_new_session=True)
    # They are there, and far from having made the application.
    until(lambda: len(live.workers()) == 2)
    live.process.send_signal(signal.SIGTERM)
    # Sooner than the one that watches loses its patience with them.
    assert live.process.wait(STOP_SECONDS - 2) == 0
