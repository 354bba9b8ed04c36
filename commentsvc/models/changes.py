"""What changed lately: the questions by which a process hears of others' commits."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy import tuple_
from sqlalchemy.orm import Session

from commentsvc.models.site import Site
from commentsvc.models.thread import Thread

COLUMNS = (Thread.site_id, Thread.id, Thread.version, Thread.created, Thread.changed)


class Changed(NamedTuple):
    """A thread that changed lately."""

    site_id: int
    id: int
    version: int
    created: datetime
    changed: datetime


def changed_threads(session: Session, since: datetime) -> list[Changed]:
    """Return the threads of all sites that changed since a time."""
    return [Changed(*row) for row in session.execute(select(*COLUMNS).where(Thread.changed >= since))]


def newest_changes(session: Session, most: int) -> list[Changed]:
    """Return the threads of all sites that changed last, however long ago that is."""
    found = session.execute(select(*COLUMNS).order_by(Thread.changed.desc()).limit(most))
    return [Changed(*row) for row in found]


def threads_by_key(session: Session, keys: list[tuple[int, int]]) -> list[Changed]:
    """Return the threads with these keys, of site and thread, as far as they are there."""
    wanted = select(*COLUMNS).where(tuple_(Thread.site_id, Thread.id).in_(keys))
    return [Changed(*row) for row in session.execute(wanted)]


def site_versions(session: Session) -> dict[int, int]:
    """Return the version of each site's settings."""
    return {row[0]: row[1] for row in session.execute(select(Site.id, Site.version))}


class Seen(NamedTuple):
    """What a database shows at one moment: the version of each site, and the threads that changed lately."""

    sites: dict[int, int]
    threads: list[Changed]


def look(session: Session, since: datetime) -> Seen:
    """Return what a database shows now."""
    return Seen(site_versions(session), changed_threads(session, since))


def shows(replica: Seen, named: list[Changed], primary: Seen, newest: list[Changed]) -> bool:
    """Tell whether a replica shows all that the primary showed just before.

    `newest` are the primary's last changes, however long ago, and `named` the same threads on the replica: one that
    stands still for a day lacks the last of them, also when nothing has changed lately.
    """
    there = {row[:2]: row for row in (*replica.threads, *named)}
    for row in (*primary.threads, *newest):
        other = there.get(row[:2])
        # It was asked later, and may know more; the same number at another time is another history.
        if other is None or other.version < row.version or (other.version == row.version and other != row):
            return False
    sites = replica.sites
    return sites.keys() == primary.sites.keys() and all(sites[each] >= primary.sites[each] for each in sites)
