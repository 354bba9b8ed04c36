"""What all that an archive has beside threads and comments needs when it is stored."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.models.comment import Comment
from commentsvc.models.site import Site
from commentsvc.models.source import COMMENT
from commentsvc.models.source import THREAD
from commentsvc.models.source import known
from commentsvc.models.thread import Thread
from commentsvc.moving.batches import Moments
from commentsvc.moving.found import FoundMore
from commentsvc.moving.report import Report
from commentsvc.moving.staging import Staging
from commentsvc.moving.threads import Ids


@dataclass(frozen=True)
class Intake:
    """One import after its threads and comments are stored; a dry one stores nothing."""

    site: Site
    ids: Ids
    staging: Staging
    report: Report
    moment: Moments
    dry: bool

    def skip(self, found: FoundMore, reason: str) -> None:
        """Say that an entry was left out, and why."""
        self.report.skip("other", found.line, f"{found.kind} {found.id}", reason)

    def count(self, is_new: bool) -> None:
        """Say that an entry was stored, or was there already."""
        if is_new:
            self.report.others_imported += 1
        else:
            self.report.others_there += 1

    def known(self, session: Session, kind: str, batch: Iterable[FoundMore]) -> dict[str, int]:
        """Return our ids of entries that came under other ids before, by those."""
        found = known(session, self.site, kind, [(self.ids.source, one.id) for one in batch])
        return {found_id: our_id for (_, found_id), our_id in found.items()}

    def comments(self, session: Session, found_ids: Iterable[str | None]) -> dict[str, int]:
        """Return our ids of comments by those of the file, of the site or of an earlier file."""
        wanted = {one for one in found_ids if one is not None}
        settled = {one: our_id for one in wanted if (our_id := self.staging.our_comment(one)) is not None}
        return self._there(session, wanted - settled.keys(), COMMENT) | settled

    def threads(self, session: Session, found_ids: Iterable[str | None]) -> dict[str, int]:
        """Return our ids of threads likewise; one that was merged here meanwhile is still itself."""
        wanted = {one for one in found_ids if one is not None}
        there = self._there(session, wanted, THREAD)
        settled = {one: our_id for one in wanted if (our_id := self.staging.our_thread(one)) is not None}
        return settled | there

    def _there(self, session: Session, wanted: set[str], kind: str) -> dict[str, int]:
        before = known(session, self.site, kind, [(self.ids.source, one) for one in wanted])
        found = {one: before.get((self.ids.source, one), self.ids.ours(one)) for one in wanted}
        table = Comment if kind == COMMENT else Thread
        numbers = {number for number in found.values() if number is not None}
        rows = select(table.id).where(table.site_id == self.site.id, table.id.in_(numbers))
        there = set(session.scalars(rows))
        return {one: number for one, number in found.items() if number is not None and number in there}
