"""Starts a run of an upload in a process of its own, which ends with this one: neither memory nor readers suffer."""

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

from commentsvc.models.ids import to_text
from commentsvc.models.site import Site
from commentsvc.moving import jobs
from commentsvc.refusals import DatabaseAway
from commentsvc.settings import PREFIX
from commentsvc.settings import Settings

log = logging.getLogger(__name__)

# The module by its name: programs stand above everyone.
PROGRAM = "commentsvc.commands.import_run"
ENDED = "The process that went through the file was ended."

Context = Callable[[], AbstractContextManager[object]]
# Those of this process, by the number of their import.
children: dict[int, subprocess.Popen[bytes]] = {}


def start(
    site: Site, job_id: int, token: str, settings: Settings, context: Context, clock: Callable[[], datetime]
) -> None:
    """Start the run that was claimed with a token; where no process can be made, the import says so."""
    command = [sys.executable, "-m", PROGRAM, site.key, to_text(job_id), token]
    try:
        # Its standard input ends when this process does, however that ends.
        child = subprocess.Popen(
            command, env=_environ(settings), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        log.warning("an import can't be started: %s", error)
        jobs.stopped(site, job_id, token, "No process can be started for it at the moment.", clock())
        return
    children[job_id] = child

    def see_to_its_end() -> None:
        code = child.wait()
        if child.stdin is not None:
            child.stdin.close()
        if code != 0:
            try:
                with context():
                    jobs.stopped(site, job_id, token, ENDED, clock())
            except DatabaseAway as away:
                log.warning("the end of an import was not noted: %s", away)
        if children.get(job_id) is child:
            del children[job_id]

    threading.Thread(target=see_to_its_end, name="commentsvc-import", daemon=True).start()


def _environ(settings: Settings) -> dict[str, str]:
    # What it needs to know of the service; a relative path means another file from another folder.
    known = {
        "DATABASE_URL": settings.database_url.render_as_string(hide_password=False),
        "BASE_URL": settings.base_url,
        "SECRET_KEY": settings.secret_key,
        "OLD_SECRET_KEYS": ",".join(settings.old_secret_keys),
        "UPLOAD_FOLDER": settings.upload_folder,
        "LOG_LEVEL": settings.log_level,
    }
    path = os.pathsep.join(filter(None, sys.path))
    return os.environ | {PREFIX + name: value for name, value in known.items()} | {"PYTHONPATH": path}
