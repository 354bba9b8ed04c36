"""Imports by upload: which file an owner brought, what is being done with it, how far, and what came of it."""

from datetime import datetime
from typing import Any
from typing import cast

from sqlalchemy import JSON
from sqlalchemy import BigInteger
from sqlalchemy import CursorResult
from sqlalchemy import ForeignKey
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import delete
from sqlalchemy import or_
from sqlalchemy import select
from sqlalchemy import update
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.site import Site

# The file is there, and nothing was done with it.
UPLOADED = "uploaded"
# A dry run goes through it, and has gone.
LOOKING = "looking"
LOOKED = "looked"
# It is being imported.
RUNNING = "running"
DONE = "done"
# A run ended before its end; it goes on when it is started again.
STOPPED = "stopped"
# The file can't be taken, and is gone.
FAILED = "failed"
# It was waited for too long, and is gone.
EXPIRED = "expired"

GOING = (LOOKING, RUNNING)
# Those whose file is still wanted.
OPEN = (UPLOADED, LOOKING, LOOKED, RUNNING, STOPPED)
SHOWN = 10


class ImportJob(Base):
    """One uploaded file. A run of it is known by a token: whoever has another one has nothing to say any more."""

    __tablename__ = "import_job"

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    moderator_id: Mapped[int | None] = mapped_column(ForeignKey("moderator.id", ondelete="SET NULL"))
    form: Mapped[str] = mapped_column(String(20))
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Its name in the folder of uploads of one host, and how that host is called.
    file: Mapped[str] = mapped_column(String(32))
    size: Mapped[int] = mapped_column(BigInteger)
    host: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10))
    # Whether the last run was a dry one.
    dry: Mapped[bool]
    created: Mapped[datetime] = mapped_column(UtcDateTime)

    token: Mapped[str | None] = mapped_column(String(32))
    # Of the process that has begun the run, and holds the file.
    pid: Mapped[int | None]
    started: Mapped[datetime | None] = mapped_column(UtcDateTime)
    beat: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What is being done, since when, how much of it, of how much.
    stage: Mapped[str | None] = mapped_column(String(20))
    since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    error: Mapped[str | None] = mapped_column(Text)


def job_of(session: Session, site: Site, job_id: int) -> ImportJob | None:
    """Return an import of a site as it is now."""
    return session.get(ImportJob, (site.id, job_id), populate_existing=True)


def newest_jobs(session: Session, site: Site) -> list[ImportJob]:
    """Return the newest imports of a site, the last first."""
    found = select(ImportJob).where(ImportJob.site_id == site.id).order_by(ImportJob.id.desc()).limit(SHOWN)
    return list(session.scalars(found))


def going_jobs(session: Session, site: Site) -> list[ImportJob]:
    """Return the imports of a site that are said to be running."""
    return list(session.scalars(select(ImportJob).where(ImportJob.site_id == site.id, ImportJob.state.in_(GOING))))


def tell(session: Session, site: Site, job_id: int, token: str, values: dict[str, Any]) -> bool:
    """Change the row of a run; False where the run was ended by somebody else."""
    told = session.execute(
        update(ImportJob)
        .where(
            ImportJob.site_id == site.id,
            ImportJob.id == job_id,
            ImportJob.token == token,
            ImportJob.state.in_(GOING),
        )
        .values(values),
        execution_options={"synchronize_session": False},
    )
    return cast(CursorResult[Any], told).rowcount == 1


def expire(session: Session, before: datetime) -> int:
    """Give up imports of all sites that were left alone since some time, and return how many."""
    # A run that goes on for longer than that beats all the same.
    last = (ImportJob.created < before, or_(ImportJob.beat.is_(None), ImportJob.beat < before))
    given_up = session.execute(
        update(ImportJob).where(ImportJob.state.in_(OPEN), *last).values(state=EXPIRED, token=None),
        execution_options={"synchronize_session": False},
    )
    return cast(CursorResult[Any], given_up).rowcount


def forget(session: Session, before: datetime) -> int:
    """Erase imports of all sites that are long over, and return how many."""
    gone = session.execute(
        delete(ImportJob).where(ImportJob.created < before, ImportJob.state.not_in(OPEN)),
        execution_options={"synchronize_session": False},
    )
    return cast(CursorResult[Any], gone).rowcount
