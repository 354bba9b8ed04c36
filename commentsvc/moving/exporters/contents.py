"""What a site holds, read for any exporter: threads and their comments in order, as they were at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.moving.batches import BATCH
from commentsvc.moving.found import Progress

EXPORTING = "Exporting"


class OutThread(NamedTuple):
    """A thread as exporters see it: `count` is how many of its comments are approved."""

    id: int
    url: str
    title: str | None
    ref: str | None
    created: datetime
    closed: datetime | None
    count: int


class OutComment(NamedTuple):
    """A comment as exporters see it: `html` is what readers see, sanitized; `source` what was written, in `markup`."""

    id: int
    thread_id: int
    parent_id: int | None
    depth: int
    state: str
    shown: bool
    name: str
    email: str | None
    website: str | None
    network: str | None
    moderator_id: int | None
    created: datetime
    edited: datetime | None
    markup: str
    source: str
    html: str


@dataclass(frozen=True)
class Contents:
    """A site's threads and comments; the session sees one moment, however long it takes to write them."""

    site: Site
    session: Session
    progress: Progress

    def threads(self) -> Iterator[OutThread]:
        """Yield the threads that were not merged into another, in the order of their ids."""
        columns = (getattr(Thread, name) for name in OutThread._fields)
        question = select(*columns).where(Thread.site_id == self.site.id, Thread.merged_id.is_(None))
        for row in self.session.execute(question.order_by(Thread.id).execution_options(yield_per=BATCH)):
            yield OutThread(*row)

    def comments(self, shown_only: bool = False) -> Iterator[OutComment]:
        """Yield the comments thread by thread, parents before their replies; `shown_only`: what readers see."""
        question = select(*_COLUMNS).join(Revision, _IS_SHOWN).where(Comment.site_id == self.site.id)
        if shown_only:
            question = question.where(Comment.shown)
        total, done = self._total(shown_only), 0
        rows = self.session.execute(
            question.order_by(Comment.thread_id, Comment.path).execution_options(yield_per=BATCH)
        )
        for part in rows.partitions():
            yield from (OutComment(*row) for row in part)
            done += len(part)
            self.progress(EXPORTING, done, total)

    def by_thread(self, shown_only: bool = False) -> Iterator[tuple[OutThread, Iterator[OutComment]]]:
        """Yield each thread with its comments, which are to be gone through before the next thread is asked for."""
        groups = groupby(self.comments(shown_only), lambda comment: comment.thread_id)
        thread_id, group = next(groups, (None, iter(())))
        for thread in self.threads():
            if thread.id != thread_id:
                yield thread, iter(())
                continue
            yield thread, group
            thread_id, group = next(groups, (None, iter(())))

    def _total(self, shown_only: bool) -> int:
        counted = select(func.count()).select_from(Comment).where(Comment.site_id == self.site.id)
        return self.session.scalar(counted.where(Comment.shown) if shown_only else counted) or 0


@contextmanager
def contents_of(site: Site, progress: Progress) -> Iterator[Contents]:
    """Give what a site holds now; raise DatabaseAway."""
    with reading() as session:
        yield Contents(site, session, progress)


def address_in(network: str | None) -> str | None:
    """Return the first address of a shortened network, where a format knows single addresses alone."""
    return network.partition("/")[0] if network else None


def is_published(comment: OutComment) -> bool:
    """Tell whether readers see what a comment says."""
    return comment.state == APPROVED


_COLUMNS = tuple(
    getattr(Revision if name in ("markup", "source", "html") else Comment, name) for name in OutComment._fields
)
_IS_SHOWN = (
    (Revision.site_id == Comment.site_id) & (Revision.comment_id == Comment.id) & (Revision.n == Comment.shown_revision)
)
