"""One run through an upload, dry or not: the importer core, told of how far it is, and ended when nobody wants it."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any

from commentsvc.database import transaction
from commentsvc.keys import Keyring
from commentsvc.models import import_job
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.import_job import ImportJob
from commentsvc.models.site import Site
from commentsvc.models.source import COMMENT
from commentsvc.models.source import THREAD
from commentsvc.moving import jobs
from commentsvc.moving.batches import persist
from commentsvc.moving.found import Found
from commentsvc.moving.found import FoundComment
from commentsvc.moving.found import FoundMore
from commentsvc.moving.found import Unusable
from commentsvc.moving.importers.declared import Choices
from commentsvc.moving.importers.known import IMPORTERS
from commentsvc.moving.mailboxes import MAILBOX
from commentsvc.moving.mailboxes import SUBSCRIPTION
from commentsvc.moving.report import SHOWN
from commentsvc.moving.report import Report
from commentsvc.moving.storing import bring_in
from commentsvc.moving.unpacking import BrokenFile
from commentsvc.moving.uploads import Uploads
from commentsvc.refusals import DatabaseAway

log = logging.getLogger(__name__)

# In seconds, how often a run says how far it is.
BEATS = 1.0
ACT = "import-file"

UNPROVEN = "proven: addresses are confirmed anew; whoever runs the service takes them over by the command"
AWAY = "The database could not be reached."
FAULT = "Something went wrong. This is a fault of the service, not of your file; it was logged."
ENDED = "The service was stopped while it was at it."


class Stopped(Exception):
    """Says that nobody wants the run to go on."""


class Run:
    """A run that was claimed with a token."""

    def __init__(
        self, site: Site, job_id: int, token: str, uploads: Uploads, keys: Keyring, clock: Callable[[], datetime],
        context: Callable[[], AbstractContextManager[object]], stop: threading.Event,
    ) -> None:  # fmt: skip
        """Take what it works on; `stop` ends it after its batch, `context` is where the database is reached."""
        self._site = site
        self._job_id = job_id
        self._token = token
        self._uploads = uploads
        self._keys = keys
        self._clock = clock
        self._context = context
        self._stop = stop
        self._over = threading.Event()
        self._states: Counter[str] = Counter()
        self._place: tuple[str, int, int] | None = None
        self._since: datetime | None = None

    def carry_out(self, pid: int) -> bool:
        """Go through the file and say what came of it; False where the run is not wanted, or another has the file."""
        job = jobs.look(self._site, self._job_id, self._uploads, self._clock()).job
        with self._uploads.held(job.file) as is_ours:
            if not is_ours or not self._tell({"pid": pid, "beat": self._clock()}):
                return False
            beating = threading.Thread(target=self._beat, name="commentsvc-beat", daemon=True)
            beating.start()
            try:
                self._go_through(job)
            finally:
                self._over.set()
                beating.join()
        return True

    def progress(self, what: str, done: int, total: int) -> None:
        """Note how far it is; raise Stopped where it should end."""
        if self._stop.is_set():
            raise Stopped
        if self._place is None or self._place[0] != what:
            self._since = self._clock()
        self._place = (what, done, total)

    def _go_through(self, job: ImportJob) -> None:
        wish = jobs.wish_of(job)
        site = self._site
        with self._uploads.written_report(job.file) as sink:
            report = Report(sink)
            path = self._uploads.path(job.file)
            try:
                choices = Choices(site.origins[0] if site.origins else Choices.origin, wish.pingbacks)
                brought = IMPORTERS[wish.form].read(path, self.progress, choices)
                brought = replace(brought, source=wish.source or brought.source, entries=self._counted(brought.entries))
                bring_in(
                    site, brought, self._keys, self._clock, report, self.progress, dry=job.dry, moved=wish.moved
                )  # fmt: skip
            except BrokenFile as broken:
                self._uploads.erase(job.file, report=True)
                self._end(job, report, import_job.FAILED, _without_path(str(broken), str(path)))
                return
            except Stopped:
                self._end(job, report, import_job.STOPPED, ENDED)
                return
            except DatabaseAway as away:
                log.warning("an import ended: %s", away)
                self._end(job, report, import_job.STOPPED, AWAY)
                return
            except Exception:
                log.exception("an import failed")
                self._end(job, report, import_job.STOPPED, FAULT)
                return
        self._end(job, report, import_job.LOOKED if job.dry else import_job.DONE, None)
        if not job.dry:
            self._uploads.erase(job.file)

    def _counted(self, entries: Iterator[Found]) -> Iterator[Found]:
        for found in entries:
            if isinstance(found, FoundComment):
                self._states[found.state] += 1
            yield _as_of_an_owner(found)

    def _end(self, job: ImportJob, report: Report, state: str, error: str | None) -> None:
        now = self._clock()
        told = {"state": state, "error": error, "ended": now, "beat": now, "report": self._numbers(report)}
        told["token"] = None

        def store() -> None:
            with transaction() as session:
                home = session.get(Site, self._site.id, with_for_update={"key_share": True}, populate_existing=True)
                is_ours = import_job.tell(session, self._site, self._job_id, self._token, told)
                # What was stored is told in the log, also where the run was ended by somebody.
                if home is not None and not job.dry and (state == import_job.DONE or report.comments_imported):
                    by = Actor("moderator", job.moderator_id)
                    record(session, home, None, act=ACT, by=by, at=now, reasons=_reasons(job, report, state))
                if not is_ours:
                    log.info("an import was ended by its owner")

        persist(store)

    def _numbers(self, report: Report) -> dict[str, Any]:
        return report.totals() | {
            "states": dict(self._states),
            "reasons": report.reasons.most_common(SHOWN),
            "skips": report.skipped.total(),
            "first": report.first_skips[:SHOWN],
            "notes": report.notes.most_common(SHOWN),
            "remarks": report.remarks[:SHOWN],
            "adds_up": report.adds_up(),
        }

    def _beat(self) -> None:
        while not self._over.wait(BEATS):
            values: dict[str, Any] = {"beat": self._clock()}
            if self._place is not None:
                stage, done, total = self._place
                values |= {"stage": stage, "since": self._since, "done": done, "total": total}
            try:
                with self._context():
                    wanted = self._tell(values)
            except DatabaseAway:
                continue
            if not wanted:
                self._stop.set()

    def _tell(self, values: dict[str, Any]) -> bool:
        with transaction() as session:
            return import_job.tell(session, self._site, self._job_id, self._token, values)


def _as_of_an_owner(found: Found) -> Found:
    # Whoever runs the service may vouch for strangers' addresses. The owner of one site may not: a file of their own
    # making would have letters sent to anybody. That somebody wants none is taken from everyone.
    if not isinstance(found, FoundMore) or found.kind not in (MAILBOX, SUBSCRIPTION):
        return found
    if found.kind == MAILBOX and found.values.get("silenced"):
        return replace(found, values=found.values | {"proven": None})
    return Unusable("other", found.line, f"{found.kind} {found.id}", UNPROVEN)


def _reasons(job: ImportJob, report: Report, state: str) -> tuple[str, ...]:
    threads = report.threads_made
    told = [job.form, f"comments-{report.comments_imported}", f"new-threads-{threads}"]
    for name, count in (("already-there", report.comments_there), ("skipped", report.skipped[COMMENT])):
        told += [f"{name}-{count}"] if count else []
    told += [f"threads-skipped-{report.skipped[THREAD]}"] if report.skipped[THREAD] else []
    return (*told, *(("ended-early",) if state != import_job.DONE else ()))


def _without_path(words: str, path: str) -> str:
    # Where the service keeps the file is nobody's business.
    words = words.replace(path, "", 1).lstrip(",: ").replace(path, "the file")
    return words[:1].upper() + words[1:]
