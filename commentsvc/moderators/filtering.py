"""The learning filter of a site: what it thinks of a comment and why, and what its moderators make of that."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import desk
from commentsvc.models import learnt
from commentsvc.models.decision import Actor
from commentsvc.models.decision import record
from commentsvc.models.learnt import Learnt
from commentsvc.models.learnt import Muted
from commentsvc.models.learnt import Tally
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moderators.teaching import FILTER
from commentsvc.moderators.teaching import locked_row
from commentsvc.moderators.teaching import locked_site
from commentsvc.moderators.teaching import mark
from commentsvc.moderators.teaching import mark_of
from commentsvc.moderators.teaching import sample_of
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownComment
from commentsvc.refusals import UnknownSite
from commentsvc.screening.learning.explaining import Signal
from commentsvc.screening.learning.explaining import explain as signals_of
from commentsvc.screening.learning.features import FEATURES
from commentsvc.screening.learning.learning import RATE
from commentsvc.screening.learning.model import ENOUGH_TO_KNOW
from commentsvc.screening.learning.model import Model
from commentsvc.screening.learning.model import OutdatedModel
from commentsvc.screening.learning.model import model_from_bytes
from commentsvc.screening.learning.sample import Sample
from commentsvc.screening.learning.weighing import Opinion
from commentsvc.screening.learning.weighing import weigh
from commentsvc.screening.policy import HOLD
from commentsvc.screening.policy import SPAM
from commentsvc.screening.policy import Verdict

# From which probability on the filter is very sure.
SURE = 0.99
LEAST_RATE, MOST_RATE = 0.001, 0.1
MAX_MUTED = 500
# How many signals for, and as many against, a moderator is shown.
EACH = 6
# So long back it is told how the filter did.
LOOKED_BACK = timedelta(days=366)
MAX_IN_MEMORY = 32


@dataclass(frozen=True)
class Explanation:
    """Why the filter thinks so of a comment; `opinion` is None where there is no model yet."""

    entry: desk.Entry
    opinion: Opinion | None
    signals: tuple[Signal, ...]
    is_on: bool


@dataclass(frozen=True)
class Status:
    """How a site's filter stands: its settings, what it has learnt from, and how it did by month.

    `lessons` are the comments called spam and good, `learnt_from` the different ones that the model is made of, and
    `missing` how many more of each must be decided before it marks anything.
    """

    is_on: bool
    rate: float
    sure: str
    lessons: tuple[int, int]
    learnt_from: tuple[int, int]
    missing: tuple[int, int]
    learnt_at: datetime | None
    knows_since: datetime | None
    is_stale: bool
    muted: list[Muted]
    tallies: list[Tally]


@dataclass(frozen=True)
class _Known:
    mark: str
    model: Model
    muted: frozenset[str]
    sure: str


# What was read last, by site; the mark tells whether it is what the site works with.
_known: OrderedDict[int, _Known] = OrderedDict()
_lock = threading.Lock()


def verdict(session: Session, site: Site, sample: Sample) -> Verdict | None:
    """Return the filter's verdict on a comment within the transaction that stores it; None where it has none.

    It is hold, or spam where the filter is very sure and the site wants that. Costs nothing where the filter is off or
    knows too little, and reads the database only when it has learnt since the last time. Why it thinks so is not kept:
    `explain` tells.
    """
    known = _current(session, site)
    if known is None:
        return None
    found = weigh(known.model, sample, known.muted)
    if not found.spam:
        return None
    very_sure = known.sure == SPAM and (found.probability or 0.0) >= SURE
    return Verdict(SPAM if very_sure else HOLD, (FILTER,))


def opinion(session: Session, site: Site, sample: Sample) -> Opinion | None:
    """Return what the filter thinks of a comment; None where it is off or knows too little (`status` says how much)."""
    known = _current(session, site)
    return weigh(known.model, sample, known.muted) if known is not None else None


def chances(site: Site, entries: Iterable[desk.Entry]) -> dict[int, float]:
    """Return how probable it is that each of some comments is spam, by id; empty while the filter marks nothing."""
    with reading() as session:
        known = _current(session, site)
    if known is None:
        return {}
    found = {entry.comment.id: weigh(known.model, _sample(entry), known.muted).probability for entry in entries}
    return {comment_id: probability for comment_id, probability in found.items() if probability is not None}


def explain(site: Site, comment_id: int) -> Explanation:
    """Return what the filter thinks now of a comment's newest text, and why; raise UnknownComment or DatabaseAway."""
    with reading() as session:
        return _explained(session, site, comment_id)


def status(site: Site, now: datetime) -> Status:
    """Return how a site's filter stands; raise DatabaseAway."""
    with reading() as session:
        row = learnt.learnt_of(session, site)
        learnt_from = (row.spam, row.good) if row is not None else (0, 0)
        return Status(
            is_on=row.is_on if row is not None else True,
            rate=row.rate if row is not None else RATE,
            sure=row.sure if row is not None else HOLD,
            lessons=learnt.counts(session, site),
            learnt_from=learnt_from,
            missing=(max(ENOUGH_TO_KNOW - learnt_from[0], 0), max(ENOUGH_TO_KNOW - learnt_from[1], 0)),
            learnt_at=row.made_at if row is not None else None,
            knows_since=row.knows_since if row is not None else None,
            is_stale=row is not None and row.is_stale(FEATURES),
            muted=learnt.muted_of(session, site),
            tallies=learnt.tallies(session, site, f"{now - LOOKED_BACK:%Y-%m}"),
        )


def mute(site: Site, moderator: Moderator, comment_id: int, key: str, now: datetime) -> None:
    """Ignore from now on a signal that a moderator was shown of a comment, in every process with its next comment.

    Raises UnknownComment, Invalid where the comment has no such signal, and DatabaseAway.
    """
    with transaction() as session:
        home, row = _locked(session, site)
        if session.get(Muted, (site.id, key)) is not None:
            return
        signals = _explained(session, home, comment_id).signals
        words = next((signal.words for signal in signals if signal.key == key), None)
        if words is None or len(key) > learnt.MAX_KEY:
            raise Invalid(FieldError("key", "unknown", "The filter found no such signal in this comment."))
        if len(learnt.muted_of(session, home)) >= MAX_MUTED:
            raise Invalid(FieldError("key", "too_many", f"A filter can ignore {MAX_MUTED} signals at most."))
        session.add(Muted(site_id=site.id, key=key, words=words, moderator_id=moderator.id, at=now))
        _learn_anew(session, home, row)
        record(session, home, None, act="filter-mute", by=_by(moderator), at=now, note=key)


def unmute(site: Site, moderator: Moderator, key: str, now: datetime) -> None:
    """Heed a signal again; raise DatabaseAway."""
    with transaction() as session:
        home, row = _locked(session, site)
        muted = session.get(Muted, (site.id, key))
        if muted is None:
            return
        session.delete(muted)
        _learn_anew(session, home, row)
        record(session, home, None, act="filter-unmute", by=_by(moderator), at=now, note=key)


def set_rate(site: Site, moderator: Moderator, rate: float, now: datetime) -> None:
    """Say which share of good comments may be held, from 0.001 to 0.1; raise Invalid or DatabaseAway."""
    if not LEAST_RATE <= rate <= MOST_RATE:
        raise Invalid(FieldError("rate", "invalid", "Between 0.1 % and 10 % of the good comments may be held."))
    with transaction() as session:
        home, row = _locked(session, site)
        if row.rate == rate:
            return
        row.rate = rate
        _learn_anew(session, home, row)
        record(session, home, None, act="filter-rate", by=_by(moderator), at=now, reasons=(f"{rate:g}",))


def set_sure(site: Site, moderator: Moderator, action: str, now: datetime) -> None:
    """Say what becomes of a comment of which the filter is very sure: hold or spam; raise Invalid or DatabaseAway."""
    if action not in (HOLD, SPAM):
        raise Invalid(FieldError("sure", "invalid", "What the filter is sure of is held, or goes to spam."))
    with transaction() as session:
        home, row = _locked(session, site)
        if row.sure == action:
            return
        row.sure = action
        mark(session, home, row)
        record(session, home, None, act="filter-sure", by=_by(moderator), at=now, reasons=(action,))


def switch(site: Site, moderator: Moderator, on: bool, now: datetime) -> None:
    """Switch a site's filter on or off, binding for the next comment in every process; raise DatabaseAway."""
    with transaction() as session:
        home, row = _locked(session, site)
        if row.is_on == on:
            return
        row.is_on = on
        mark(session, home, row)
        record(session, home, None, act="filter-on" if on else "filter-off", by=_by(moderator), at=now)


def _current(session: Session, site: Site) -> _Known | None:
    # The site was read already, and its row tells by the mark whether what is in memory is right.
    if site.filter_mark is None:
        return None
    known = _known.get(site.id)
    if known is None or known.mark != site.filter_mark:
        known = _read(session, site)
        if known is not None:
            with _lock:
                _known[site.id] = known
                _known.move_to_end(site.id)
                while len(_known) > MAX_IN_MEMORY:
                    _known.popitem(last=False)
    return known


def _read(session: Session, site: Site) -> _Known | None:
    row, data = learnt.learnt_of(session, site), learnt.model_of(session, site)
    if row is None or data is None:
        return None
    muted = frozenset(one.key for one in learnt.muted_of(session, site))
    try:
        return _Known(mark_of(data, muted, row.sure), model_from_bytes(data), muted, row.sure)
    except OutdatedModel:
        # An older version made it; it is made anew soon.
        return None


def _explained(session: Session, site: Site, comment_id: int) -> Explanation:
    entry = desk.entry(session, site, comment_id)
    if entry is None:
        raise UnknownComment
    known, row = _read(session, site), learnt.learnt_of(session, site)
    is_on = row is None or row.is_on
    if known is None:
        return Explanation(entry, None, (), is_on)
    sample = _sample(entry)
    found = weigh(known.model, sample, known.muted)
    return Explanation(entry, found, signals_of(known.model, sample, EACH, known.muted), is_on)


def _sample(entry: desk.Entry) -> Sample:
    comment, revision = entry.comment, entry.revision
    return sample_of(revision.source, revision.html, comment.name, comment.website, comment.email)


def _locked(session: Session, site: Site) -> tuple[Site, Learnt]:
    home = locked_site(session, site)
    if home is None:
        raise UnknownSite(site.key)
    return home, locked_row(session, home)


def _learn_anew(session: Session, site: Site, row: Learnt) -> None:
    row.wanted += 1
    session.flush()
    mark(session, site, row)


def _by(moderator: Moderator) -> Actor:
    return Actor("moderator", moderator.id)
