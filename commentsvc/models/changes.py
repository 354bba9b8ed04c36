"""What changed lately: the questions by which a process hears of others' commits."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.models.site import Site
from commentsvc.models.thread import Thread


class Changed(NamedTuple):
    """A thread that changed lately."""

    site_id: int
    id: int
    version: int
    created: datetime


def changed_threads(session: Session, since: datetime) -> list[Changed]:
    """Return the threads of all sites that changed since a time."""
    columns = (Thread.site_id, Thread.id, Thread.version, Thread.created)
    return [Changed(*row) for row in session.execute(select(*columns).where(Thread.changed >= since))]


def site_versions(session: Session) -> dict[int, int]:
    """Return the version of each site's settings."""
    return {row[0]: row[1] for row in session.execute(select(Site.id, Site.version))}
