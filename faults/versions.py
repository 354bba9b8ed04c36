"""The version before the newest schema and this one serve the same database, while it is migrated and afterwards."""

import re
import subprocess
import tarfile
import time
from io import BytesIO
from pathlib import Path

from commentsvc.schema import revisions
from faults.relay import Relay
from faults.service import ROOT
from faults.service import Service
from faults.stage import Bout
from faults.stage import Stage
from faults.stage import opened

MIGRATIONS = "migrations/versions"
TOGETHER = 4.0


def side_by_side(stage: Stage, bout: Bout, rounds: int) -> None:
    """The version before the newest schema serves while the database is migrated, then beside this one, then leaves."""
    former = _former_version()
    if not former:
        bout.skipped = "the history of the code is not here (git)"
        return
    tree = stage.folder / "former"
    if not tree.exists():
        _unpack(former, tree)
    schema = max(path.name[:4] for path in (tree / MIGRATIONS).glob("[0-9]*_*.py"))
    for number in range(rounds):
        home = stage.folder / f"versions-{number}"
        home.mkdir()
        with opened(stage.kind, home, root=tree) as own:
            _through(own, bout)
            bout.rounds += 1
            bout.settle(own)
            bout.examine(own)
            told = own.acknowledged.everything()
            bout.acknowledged += len(told.comments) + len(told.decisions)
            bout.letters += len(told.letters)
    bout.notes.append(f"schema {schema} of {former[:7]}, then {revisions()[-1]}")


def _through(stage: Stage, bout: Bout) -> None:
    old = stage.service
    new = Service(old.folder, old.database_url, old.settings, port=old.port + 1)
    leaving, arriving = stage.crowd(port=old.port, writers=2), stage.crowd(port=new.port, writers=2)
    try:
        with Relay(old.port) as road:
            leaving.port = road.port
            with leaving.at_work():
                began = leaving.all_acknowledged_since(time.monotonic()) and time.monotonic()
                ran = new.command("migrate")
                if ran.returncode != 0:
                    bout.wrong(f"migrate: {ran.stderr.strip()[-200:]}")
                bout.recoveries.append(leaving.all_acknowledged_since(time.monotonic()))
                new.start()
                with arriving.at_work():
                    time.sleep(TOGETHER)
                    for crowd in (leaving, arriving):
                        crowd.all_acknowledged_since(time.monotonic())
                    if not old.answers("/readyz"):
                        bout.wrong("the older version says that it is not ready")
                    # As an operator tells the proxy first.
                    road.targets = [new.port]
                    old.stop()
                    bout.recoveries.append(leaving.all_acknowledged_since(time.monotonic()))
                ended = time.monotonic()
        for crowd in (leaving, arriving):
            bout.require_busy(crowd)
        bout.require_reads(leaving, began, ended)
        for words in _wrong_words_of(old):
            bout.wrong(words)
        stage.service = new
        bout.look(stage)
    except BaseException:
        new.stop()
        raise


def _wrong_words_of(old: Service) -> list[str]:
    # It must not start again, and say why in one line that a person understands.
    old.log.write_bytes(b"")
    old.spawn()
    assert old.process is not None
    status = old.process.wait(60)
    old.process = None
    said = old.log.read_text().strip()
    if status == 1 and "newer" in said and "\n" not in said:
        return []
    return [f"the older version on the newer schema ended with {status}: {said[-200:]}"]


def _former_version() -> str:
    # The last commit without the newest migration; where that is not committed yet, the last one.
    newest = next((ROOT / MIGRATIONS).glob(f"{revisions()[-1]}_*.py"))
    added = _git("log", "-1", "--format=%H", "--diff-filter=A", "--", str(newest.relative_to(ROOT)))
    # An archive that lies within another history has none of its own.
    if added is None or _git("rev-parse", "--show-prefix") != b"\n":
        return ""
    wanted = f"{added.decode().strip()}^" if added.strip() else "HEAD"
    found = _git("rev-parse", "--verify", "--quiet", f"{wanted}^{{commit}}") or b""
    return found.decode().strip() if re.fullmatch(rb"[0-9a-f]{40,64}\s*", found) else ""


def _unpack(commit: str, tree: Path) -> None:
    archive = _git("archive", "--format=tar", commit)
    assert archive is not None
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(tree, filter="data")


def _git(*words: str) -> bytes | None:
    try:
        ran = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False)  # noqa: S607
    except OSError:
        return None
    return ran.stdout if ran.returncode == 0 else None
