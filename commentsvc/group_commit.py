"""Group commit: on SQLite, what several threads have to store at the same time shares one transaction and one flush.

A commit waits for the disk, and only one can be under way; whoever comes meanwhile would wait for as many flushes as
stand before them. Instead the first in line stores for all who wait, and each is answered after the common commit.
PostgreSQL does the same by itself, among its connections.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from commentsvc.database import engine
from commentsvc.database import transaction
from commentsvc.refusals import DatabaseAway

# Few enough that nobody waits long for the others.
AT_ONCE = 32

T = TypeVar("T")
Act = Callable[[Session], T]


def store(act: Act[T]) -> T:
    """Run an act in a transaction that others' acts may share, and return what it returns once that is committed.

    The act takes the session; it may be run twice, when it or another that shared the transaction fails: then all are
    rolled back and each is run in one of its own. Raises what the act raises, and DatabaseAway.
    """
    bound = engine()
    if bound.dialect.name != "sqlite":
        return _alone(act)
    line = _lines.setdefault(bound, _Line())
    job = _Job(act)
    if not line.is_mine_to_lead(job):
        job.woken.wait()
        if job.leads:
            line.lead()
    else:
        line.lead()
    return job.result()


@dataclass(slots=True, eq=False)
class _Job:
    act: Act[Any]
    woken: threading.Event = field(default_factory=threading.Event)
    # Set where the one who led before leaves the lead to this one.
    leads: bool = False
    returned: Any = None
    raised: Exception | None = None

    def result(self) -> Any:
        if self.raised is not None:
            raise self.raised
        return self.returned

    def run_alone(self) -> None:
        try:
            self.returned = _alone(self.act)
        except Exception as error:
            self.raised = error


class _Line:
    """Those who have something to store, and who of them stores for all."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Job] = []
        self._is_led = False

    def is_mine_to_lead(self, job: _Job) -> bool:
        """Stand in line; true for the one who is to lead."""
        with self._lock:
            self._waiting.append(job)
            if self._is_led:
                return False
            self._is_led = True
            return True

    def waiting(self) -> int:
        """Return how many stand in line."""
        return len(self._waiting)

    def lead(self) -> None:
        """Store what waits, the own job first of all, and leave the lead to the next in line."""
        with self._lock:
            group, self._waiting = self._waiting[:AT_ONCE], self._waiting[AT_ONCE:]
        try:
            _run(group)
        finally:
            with self._lock:
                heir = self._waiting[0] if self._waiting else None
                self._is_led = heir is not None
            for job in group:
                job.woken.set()
            if heir is not None:
                heir.leads = True
                heir.woken.set()


def _run(group: list[_Job]) -> None:
    if len(group) == 1:
        group[0].run_alone()
        return
    try:
        with transaction() as session:
            results = [job.act(session) for job in group]
    except DatabaseAway as away:
        # Asking again for each would only make the last ones wait longer for the same answer.
        for job in group:
            job.raised = DatabaseAway(str(away))
    except Exception:
        for job in group:
            job.run_alone()
    else:
        for job, result in zip(group, results, strict=True):
            job.returned = result


def _alone(act: Act[T]) -> T:
    with transaction() as session:
        return act(session)


_lines: WeakKeyDictionary[Engine, _Line] = WeakKeyDictionary()
