"""One batch of the undo of a site's move, its last steps first."""

from dataclasses import dataclass
from datetime import datetime

from commentsvc.database import note_change
from commentsvc.database import transaction
from commentsvc.models import relocation
from commentsvc.models.arrangement import Arrangement
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.relocation import RelocationStep
from commentsvc.models.site import Site
from commentsvc.models.thread import Address
from commentsvc.moderators import arranging
from commentsvc.moderators.moving_on import MERGES
from commentsvc.refusals import Rearranged
from commentsvc.refusals import UnknownRelocation
from commentsvc.text.prefixes import Removal
from commentsvc.text.prefixes import read_beginning


@dataclass(frozen=True)
class Back:
    """How many steps were looked at, how many of them stay, and the number of the last that was looked at."""

    steps: int
    stuck: int
    reached: int


def step(site: Site, by: Actor, relocation_id: int, before: int, limit: int, now: datetime) -> Back:
    """Take the last steps of a move before one back, at most `limit`, in one transaction.

    A step stays where a later merge stands in its way. Raises UnknownRelocation and DatabaseAway.
    """
    with transaction() as session:
        made = relocation.lock_relocation(session, site, relocation_id)
        if made is None:
            raise UnknownRelocation
        removal = Removal(read_beginning(made.old), read_beginning(made.new))
        steps = _few_merges(relocation.steps_before(session, made, before, limit))
        merges = [session.get_one(Arrangement, (site.id, one.arrangement_id)) for one in steps if one.arrangement_id]
        ids = {one.thread_id for one in steps} | {end for each in merges for end in (each.source_id, each.target_id)}
        threads = relocation.threads_of(session, site, ids, lock=True)
        touched, stuck = set(), 0
        for one in steps:
            thread = threads[one.thread_id]
            try:
                if one.arrangement_id is not None:
                    undone = arranging.undo_within(session, site, by, one.arrangement_id, now)
                    touched.add(undone.source_id)
            except Rearranged:
                stuck += 1
                continue
            if one.url is not None and thread.url == removal.of_url(one.url):
                thread.url = one.url
            given = session.get(Address, (site.id, one.canonical)) if one.canonical is not None else None
            if given is not None:
                session.delete(given)
            touched.add(thread.id)
            session.delete(one)
        relocation.bring_comments_back(session, made, 1_000_000, touched)
        for thread_id in sorted(touched):
            threads[thread_id].touch(session, now)
            record(session, site, threads[thread_id], act="readdress-undo", by=by, at=now, batch=made.id)
        if touched:
            note_change(session, ("new", site.id, 0))
            session.get_one(Site, site.id, with_for_update=True).touch()
        return Back(len(steps), stuck, steps[-1].n if steps else 0)


def _few_merges(steps: list[RelocationStep]) -> list[RelocationStep]:
    merges = [place for place, one in enumerate(steps) if one.arrangement_id is not None]
    return steps[: merges[MERGES]] if len(merges) > MERGES else steps
