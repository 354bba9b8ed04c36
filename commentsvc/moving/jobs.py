"""Imports by upload, as their owners start them and see them; who goes through the file is another process."""

import secrets
import socket
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from datetime import timedelta

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import import_job
from commentsvc.models.ids import new_id
from commentsvc.models.import_job import ImportJob
from commentsvc.models.import_job import job_of
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moving.uploads import KEPT
from commentsvc.moving.uploads import Uploads
from commentsvc.refusals import UnknownImport

# How long a run may be silent before it is taken for dead where its process can't be seen; and until it begins.
SILENT = timedelta(seconds=90)
BEGINS = timedelta(seconds=60)
REMEMBERED = timedelta(days=30)


@dataclass(frozen=True)
class Wish:
    """What an owner chose: the format, and what the command calls --source, --moved and --pingbacks keep."""

    form: str
    source: str | None = None
    moved: tuple[tuple[str, str], ...] = field(default=())
    pingbacks: bool = False


@dataclass(frozen=True)
class View:
    """An import as it stands: `dead` where its run ended before its end, `here` where its file lies on this host."""

    job: ImportJob
    dead: bool
    here: bool

    @property
    def going(self) -> bool:
        """Whether somebody is at it."""
        return self.job.state in import_job.GOING and not self.dead

    @property
    def waits(self) -> bool:
        """Whether a run of it ended before its end, so that it can go on."""
        return self.dead or self.job.state == import_job.STOPPED


def add(site: Site, owner: Moderator, wish: Wish, file: str, size: int, now: datetime) -> int:
    """Remember a file that was uploaded, and return the number of its import; raise DatabaseAway."""
    options = {"source": wish.source, "moved": [list(pair) for pair in wish.moved], "pingbacks": wish.pingbacks}
    job = ImportJob(site_id=site.id, id=new_id(now), moderator_id=owner.id, form=wish.form, options=options)
    job.file, job.size, job.host = file, size, socket.gethostname()[:80]
    job.state, job.dry, job.created, job.done, job.total = import_job.UPLOADED, True, now, 0, 0
    with transaction() as session:
        session.add(job)
    return job.id


def wish_of(job: ImportJob) -> Wish:
    """Return what the owner chose."""
    options = job.options
    return Wish(job.form, options["source"], tuple((old, new) for old, new in options["moved"]), options["pingbacks"])


def look(site: Site, job_id: int, uploads: Uploads, now: datetime) -> View:
    """Return an import; raise UnknownImport."""
    with reading() as session:
        return _view(_job(session, site, job_id), uploads, now)


def newest(site: Site, uploads: Uploads, now: datetime) -> list[View]:
    """Return the newest imports of a site, the last first."""
    with reading() as session:
        return [_view(job, uploads, now) for job in import_job.newest_jobs(session, site)]


def claim(site: Site, job_id: int, dry: bool, uploads: Uploads, now: datetime) -> str | None:
    """Say that a run begins, dry or not, and return its token; None where it can't, or another one is going on.

    Raises UnknownImport.
    """
    with transaction() as session:
        # Whoever starts another one at the same moment waits here.
        session.get(Site, site.id, with_for_update={"key_share": True})
        job = _job(session, site, job_id)
        view = _view(job, uploads, now)
        if not view.here or job.state not in _before(view, dry):
            return None
        others = [one for one in import_job.going_jobs(session, site) if one.id != job.id]
        if any(_view(one, uploads, now).going for one in others):
            return None
        job.state, job.dry = import_job.LOOKING if dry else import_job.RUNNING, dry
        job.token = secrets.token_hex(16)
        job.started = job.beat = now
        job.pid = job.ended = job.stage = job.since = job.error = job.report = None
        job.done = job.total = 0
        return job.token


def drop(site: Site, job_id: int, uploads: Uploads, now: datetime) -> None:
    """End a run, if there is one, and erase the file; what was imported stays. Raises UnknownImport."""
    with transaction() as session:
        session.get(Site, site.id, with_for_update={"key_share": True})
        job = _job(session, site, job_id)
        if job.state in import_job.OPEN:
            # The process that runs it sees within a second that it has nothing to say any more.
            job.state, job.token, job.ended = import_job.EXPIRED, None, now
        file = job.file
    uploads.erase(file, report=True)


def stopped(site: Site, job_id: int, token: str, why: str, now: datetime) -> None:
    """Say that a run ended before its end, and can go on."""
    with transaction() as session:
        ended = {"state": import_job.STOPPED, "token": None, "error": why, "ended": now}
        import_job.tell(session, site, job_id, token, ended)


def tidy(uploads: Uploads, now: datetime) -> int:
    """Erase files that nobody came back for within a day, and what is said of imports a month ago; return how many."""
    with transaction() as session:
        given_up = import_job.expire(session, now - KEPT)
        forgotten = import_job.forget(session, now - REMEMBERED)
    return given_up + forgotten + uploads.sweep(now)


def _before(view: View, dry: bool) -> tuple[str, ...]:
    """Return the states in which a run may begin: a dry one comes first, and is not needed where it went on."""
    again = (import_job.STOPPED,) if view.job.dry == dry else ()
    dead = (view.job.state,) if view.dead and view.job.dry == dry else ()
    return (*((import_job.UPLOADED,) if dry else (import_job.LOOKED,)), *again, *dead)


def _view(job: ImportJob, uploads: Uploads, now: datetime) -> View:
    here = uploads.has(job.file)
    if job.state not in import_job.GOING:
        return View(job, False, here)
    if not here:
        dead = now - (job.beat or job.created) > SILENT
    elif job.pid is None:
        dead = not uploads.is_held(job.file) and now - (job.started or job.created) > BEGINS
    else:
        dead = not uploads.is_held(job.file)
    return View(job, dead, here)


def _job(session: Session, site: Site, job_id: int) -> ImportJob:
    job = job_of(session, site, job_id)
    if job is None:
        raise UnknownImport
    return job
