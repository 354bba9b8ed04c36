"""The comments of a file, batch by batch: which are there already, which are new, and under which comment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.keys import Keyring
from commentsvc.models.comment import Comment
from commentsvc.models.ids import new_id
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.source import COMMENT
from commentsvc.models.source import Identity
from commentsvc.models.source import known
from commentsvc.moving.batches import Moments
from commentsvc.moving.batches import persist
from commentsvc.moving.report import Report
from commentsvc.moving.rows import Fresh
from commentsvc.moving.rows import store
from commentsvc.moving.staging import StagedComment
from commentsvc.moving.threads import Ids
from commentsvc.text.excerpts import plain_text
from commentsvc.text.rendering import render


@dataclass(frozen=True)
class _Skipped:
    staged: StagedComment
    reason: str


@dataclass(frozen=True)
class _There:
    staged: StagedComment
    # None where it was erased since: it must not come back.
    our_id: int | None


_Outcome = Fresh | _There | _Skipped


class _Place(NamedTuple):
    thread_id: int
    created: datetime


class Importer:
    """Takes the comments of one file in their turn."""

    def __init__(self, site: Site, ids: Ids, keys: Keyring, moment: Moments, dry: bool) -> None:
        """Take what stays the same for the whole file."""
        self._site = site
        self._ids = ids
        self._keys = keys
        self._moment = moment
        self._dry = dry
        self._people: set[str] = set()

    def take(self, batch: list[StagedComment], report: Report) -> dict[int, int]:
        """Store the new ones of a batch, report what became of each, and return our ids by their numbers."""
        outcomes = persist(lambda: self._attempt(batch))
        settled = {}
        for outcome in outcomes:
            found = outcome.staged.found
            if isinstance(outcome, _Skipped):
                report.skip(COMMENT, found.line, found.id, outcome.reason)
                continue
            if outcome.our_id is not None:
                settled[outcome.staged.n] = outcome.our_id
            if isinstance(outcome, _There):
                report.comments_there += 1
                continue
            report.comments_imported += 1
            for words in outcome.notes:
                report.note(COMMENT, found.line, found.id, words)
        return settled

    def _attempt(self, batch: list[StagedComment]) -> list[_Outcome]:
        with reading() as session:
            sorter = _Sorter(session, self._site, self._ids, self._moment, batch)
            strangers = self._strangers(session, batch)
        outcomes: list[_Outcome] = []
        for staged in batch:
            outcome = sorter.outcome(staged)
            if isinstance(outcome, Fresh):
                self._render(outcome)
                if staged.found.moderator in strangers:
                    strangers.remove(staged.found.moderator)
                    outcome.notes.append("moderator: has no account here; the badge is kept, without any access")
            outcomes.append(outcome)
        fresh = [outcome for outcome in outcomes if isinstance(outcome, Fresh)]
        if fresh and not self._dry:
            with transaction() as session:
                store(session, self._site, self._ids.source, fresh, self._keys, self._moment)
        self._people.update(outcome.staged.found.moderator or "" for outcome in fresh)
        return outcomes

    def _render(self, fresh: Fresh) -> None:
        found = fresh.staged.found
        for revision in found.revisions:
            html = render(revision.source, revision.markup).html
            fresh.html.append(html)
            if revision.n == found.shown and revision.source and not plain_text(html):
                fresh.notes.append("body: nothing of it can be seen")

    def _strangers(self, session: Session, batch: list[StagedComment]) -> set[str]:
        named = {staged.found.moderator for staged in batch} - {None} - self._people
        if not named:
            return set()
        return {one for one in named if one} - set(
            session.scalars(select(Moderator.email).where(Moderator.email.in_(named)))
        )


class _Sorter:
    """What the site has of a batch's comments and of their parents."""

    def __init__(self, session: Session, site: Site, ids: Ids, moment: Moments, batch: list[StagedComment]) -> None:
        self.ids = ids
        self.moment = moment
        identities = [one for staged in batch for one in ids.of(staged.found.id, staged.found.sources)]
        parents = [staged.found.parent for staged in batch if staged.up is None and staged.found.parent is not None]
        self.known = known(session, site, COMMENT, [*identities, *((ids.source, one) for one in parents)])
        ours = {ids.ours(text) for text in (*(staged.found.id for staged in batch), *parents)}
        ours |= {staged.given for staged in batch} | {staged.parent_id for staged in batch} | {*self.known.values()}
        rows = session.execute(
            select(Comment.id, Comment.thread_id, Comment.created).where(
                Comment.site_id == site.id, Comment.id.in_(ours - {None})
            )
        )
        self.there = {row[0]: _Place(row[1], row[2]) for row in rows}
        # What has its turn in this batch: our id by number, and our thread.
        self.settled: dict[int, tuple[int, int]] = {}

    def outcome(self, staged: StagedComment) -> _Outcome:
        found = staged.found
        identities = self.ids.of(found.id, found.sources)
        own = self.ids.ours(found.id)
        before = next((self.known[one] for one in identities if one in self.known), None)
        if before is not None:
            place = self.there.get(before)
            if place is None:
                return _There(staged, None)
            if place.created != found.created:
                return _Skipped(
                    staged,
                    'id: another comment came under it before; give the header a "source" of its own,'
                    " or the command --source",
                )
            self.settled[staged.n] = before, place.thread_id
            return _There(staged, before)
        if own is not None and own in self.there and self.there[own].created == found.created:
            self.settled[staged.n] = own, self.there[own].thread_id
            return _There(staged, own)
        our_id = own if own is not None and own not in self.there else staged.given
        while our_id in self.there:
            our_id = new_id(self.moment())
        self.settled[staged.n] = our_id, staged.home
        notes = list(found.notes)
        parent_id = self.parent(staged, notes)
        return Fresh(staged, our_id, parent_id, tuple(self.new_identities(identities, found.id, our_id)), notes, [])

    def new_identities(self, identities: Iterable[Identity], found_id: str, our_id: int) -> Iterable[Identity]:
        # An id of ours that was kept needs no further memory.
        kept = self.ids.ours(found_id) == our_id
        return (one for one in identities if not (kept and one == (self.ids.source, found_id)))

    def parent(self, staged: StagedComment, notes: list[str]) -> int | None:
        found = staged.found
        if found.parent is None:
            return None
        if staged.circle:
            notes.append("parent: answers this comment itself, which is kept as one of its own")
            return None
        if staged.up is not None:
            parent_id, thread_id = self.settled.get(staged.up, (staged.parent_id, staged.home))
        else:
            parent_id = self.known.get((self.ids.source, found.parent), self.ids.ours(found.parent))
            thread_id = None
        if parent_id in self.there:
            thread_id = self.there[parent_id].thread_id
        if parent_id is None or thread_id is None:
            where = "in another thread" if staged.elsewhere else "not to be found, or skipped itself"
            notes.append(f"parent: {where}; kept as a comment of its own")
            return None
        if thread_id != staged.home:
            notes.append("parent: in another thread; kept as a comment of its own")
            return None
        return parent_id
