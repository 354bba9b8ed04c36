"""Learns in the background what moderators have decided, at a gentle pace, one process at a time for each site."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from datetime import timedelta

from sqlalchemy import func
from sqlalchemy import select

from commentsvc.background import Background
from commentsvc.database import reading
from commentsvc.models import learnt
from commentsvc.models.decision import Decision
from commentsvc.models.learnt import Learnt
from commentsvc.models.site import Site
from commentsvc.moderators import teaching
from commentsvc.moderators.learning_apart import learn_apart
from commentsvc.refusals import DatabaseAway
from commentsvc.screening.learning.features import FEATURES

log = logging.getLogger(__name__)

# How often it is looked whether there is something to learn, in seconds.
EVERY = 3.0
# What was decided long ago costs no more than what was decided last, so who has much rests longer.
REST = timedelta(seconds=5)
REST_EACH = timedelta(milliseconds=25)


class Student:
    """Keeps the filters of all sites up to date, in a thread of this process."""

    def __init__(
        self, context: Callable[[], AbstractContextManager[object]], clock: Callable[[], datetime],
        by: teaching.Learn = learn_apart,
    ) -> None:  # fmt: skip
        """Take the context in which the database is reached, the clock, and by what a model is made."""
        self._context = context
        self._clock = clock
        self._by = by
        # The newest decision of each site that was read here, and when that was.
        self._read: dict[int, tuple[int, float]] = {}
        self._background = Background("student", self._study)

    def start(self) -> None:
        """Learn from now on in a thread of this process; called by whoever answers first after a fork."""
        self._background.start()

    def look(self) -> int:
        """Read what was decided, learn where it is time, and return for how many sites; raise DatabaseAway."""
        with reading() as session:
            newest = select(func.max(Decision.id)).where(Decision.site_id == Site.id).scalar_subquery()
            sites = [(site, number or 0) for site, number in session.execute(select(Site, newest))]
        for site, number in sites:
            self._absorb(site, number)
        with reading() as session:
            waiting = learnt.stale(session, FEATURES)
        now = self._clock()
        return sum(teaching.make(site, now, self._by) for site, row in waiting if _is_time(row, now))

    def _absorb(self, site: Site, newest: int) -> None:
        read, at = self._read.get(site.id, (0, 0.0))
        # A decision of another process may be stored late, before the newest one: it is looked for a while longer.
        if read == newest and time.monotonic() - at > teaching.OVERLAP.total_seconds():
            return
        teaching.absorb(site, read)
        if read != newest:
            self._read[site.id] = newest, time.monotonic()

    def _study(self) -> None:
        complained = False
        while True:
            time.sleep(EVERY)
            try:
                with self._context():
                    self.look()
                complained = False
            except DatabaseAway:
                # The watcher says so.
                pass
            except Exception:
                if not complained:
                    log.exception("learning failed")
                complained = True


def _is_time(row: Learnt, now: datetime) -> bool:
    return row.made_at is None or now - row.made_at >= REST + (row.spam + row.good) * REST_EACH
