"""Whether what is kept of sites is true: the log, counts, what is shown, the queue; and kept numbers put right.

However large a site is, what is looked at is not held: only the ids of what is wrong are.
"""

from array import array
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.examining.finding import Check
from commentsvc.examining.finding import Finding
from commentsvc.examining.finding import Tally
from commentsvc.examining.surroundings import is_local
from commentsvc.models import soundness
from commentsvc.models.chain import broken_links
from commentsvc.models.decision import SITE_CHAIN
from commentsvc.models.ids import to_text
from commentsvc.models.site import Site
from commentsvc.models.site import all_sites
from commentsvc.models.site import site_by_key
from commentsvc.models.thread import lock_thread
from commentsvc.moving.batches import persist
from commentsvc.refusals import UnknownSite
from commentsvc.settings import Settings

MEND = "--mend puts it right."
RESTORE = "A backup may have it."

ORIGINS = Check("origins", "Origins", "sites", "have pages on https, which can't use a service without it")
DECISIONS = Check("decisions", "Log of decisions", "rows", "are not as they were written")
COUNTS = Check("counts", "Numbers of comments", "threads", "tell another number than are approved", MEND)
SHOWN = Check("shown", "What is shown", "comments", "do not agree with their state and their replies", MEND)
REPLIES = Check("replies", "Numbers of replies", "comments", "are kept with another number than are shown", MEND)
QUEUE = Check("queue", "What waits", "comments", "wait outside of the queue, or do not wait and stand in it", MEND)
TEXTS = Check("texts", "Texts", "comments", "lack a text that is shown or waits", RESTORE)
PLACES = Check("places", "Order of replies", "comments", "do not stand under what they answer", RESTORE)
ADDRESSES = Check("addresses", "Ways to a thread", "threads", "have neither an address nor a stable id")


def chosen(key: str | None) -> list[Site]:
    """Return all sites, or the one of this key; raise UnknownSite or DatabaseAway."""
    with reading() as session:
        if key is None:
            return all_sites(session)
        found = site_by_key(session, key)
    if found is None:
        raise UnknownSite(key)
    return [found]


def examine_sites(
    sites: list[Site], settings: Settings, clock: Callable[[], datetime], mend: bool
) -> Iterator[Finding]:
    """Yield what each check of sites comes to, having put kept numbers right where that is wanted; raise DatabaseAway.

    Each thread is mended in a transaction of its own, and its pages are made anew where they tell something else then.
    """
    yield _origins(sites, settings)
    yield _decisions(sites)
    look = _look(sites)
    after = look
    if mend and look.wrong():
        for site in sites:
            _mend(site, look, clock)
        after = _look(sites)
    for check, before, now in zip(KEPT, look.tallies(), after.tallies(), strict=True):
        # What is wrong again was changed meanwhile by somebody else than the service, or can't be mended.
        yield check.came_to(now) if now.wrong else check.came_to(before, mended=before.wrong > 0)
    for check, question in ((TEXTS, soundness.without_text), (PLACES, soundness.misplaced)):
        yield _ask(check, question, sites, "comments")
    yield _ask(ADDRESSES, soundness.unreachable, sites, "threads")


def _origins(sites: list[Site], settings: Settings) -> Finding:
    tally = Tally(len(sites))
    blocked = not settings.secure and not is_local(settings.base_url)
    for site in sites:
        # Browsers load nothing without https into a page with it (W3C Mixed Content).
        if blocked and any(origin.startswith("https://") for origin in site.origins):
            tally.add(site.key)
    return ORIGINS.came_to(tally)


def _decisions(sites: list[Site]) -> Finding:
    tally = Tally()
    for site in sites:
        with reading() as session:
            tally.looked_at += soundness.decisions(session, site)
            for broken in broken_links(session, site):
                chain = "its own" if broken.thread_id == SITE_CHAIN else to_text(broken.thread_id)
                tally.add(f"{site.key}, chain {chain}, row {broken.seq} ({broken.why})")
    return DECISIONS.came_to(tally)


@dataclass
class _Look:
    """What is not kept true: tallies of it, and by site the threads, and the comments with their threads."""

    counts: Tally = field(default_factory=Tally)
    shown: Tally = field(default_factory=Tally)
    replies: Tally = field(default_factory=Tally)
    queue: Tally = field(default_factory=Tally)
    threads: dict[int, "array[int]"] = field(default_factory=dict)
    comments: dict[int, tuple["array[int]", "array[int]"]] = field(default_factory=dict)

    def tallies(self) -> tuple[Tally, ...]:
        """Return the tallies in the order of the checks."""
        return self.counts, self.shown, self.replies, self.queue

    def wrong(self) -> bool:
        """Tell whether anything is wrong."""
        return any(tally.wrong for tally in self.tallies())


KEPT = (COUNTS, SHOWN, REPLIES, QUEUE)


def _look(sites: list[Site]) -> _Look:
    look = _Look()
    for site in sites:
        with reading() as session:
            threads, comments = soundness.sizes(session, site)
            look.counts.looked_at += threads
            for tally in (look.shown, look.replies, look.queue):
                tally.looked_at += comments
            look.threads[site.id] = array("q")
            for thread_id in soundness.wrong_counts(session, site):
                look.threads[site.id].append(thread_id)
                look.counts.add(f"{site.key}/{to_text(thread_id)}")
            homes, ids = look.comments[site.id] = array("q"), array("q")
            for wrong in soundness.wrong_comments(session, site):
                homes.append(wrong.thread_id)
                ids.append(wrong.id)
                for tally, is_wrong in zip(look.tallies()[1:], wrong[2:], strict=True):
                    if is_wrong:
                        tally.add(f"{site.key}/{to_text(wrong.id)}")
    return look


def _mend(site: Site, look: _Look, clock: Callable[[], datetime]) -> None:
    mended = set()
    for thread_id, found in groupby(zip(*look.comments[site.id], strict=True), key=itemgetter(0)):
        _mend_thread(site, thread_id, [comment_id for _, comment_id in found], clock)
        mended.add(thread_id)
    for thread_id in look.threads[site.id]:
        if thread_id not in mended:
            _mend_thread(site, thread_id, [], clock)


def _mend_thread(site: Site, thread_id: int, comment_ids: list[int], clock: Callable[[], datetime]) -> None:
    def mend() -> None:
        with transaction() as session:
            thread = lock_thread(session, site, thread_id)
            if thread is not None:
                soundness.put_right(session, thread, comment_ids, clock())

    persist(mend)


def _ask(check: Check, question: Callable[[Session, Site], Iterator[int]], sites: list[Site], things: str) -> Finding:
    tally = Tally()
    for site in sites:
        with reading() as session:
            tally.looked_at += getattr(soundness.sizes(session, site), things)
            for found in question(session, site):
                tally.add(f"{site.key}/{to_text(found)}")
    return check.came_to(tally)
