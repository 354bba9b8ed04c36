"""What moderators decide teaches the filter: their decisions become lessons, and the lessons a model.

A comment is a lesson as long as a moderator's Approve or Spam stands: undo takes the lesson away as if it had never
been. Rejecting, deleting, rules, the filter itself and imports teach nothing. The model is made anew from the lessons
each time, so that it never knows more than they say.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from datetime import datetime
from datetime import timedelta
from html import unescape

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models import learnt
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.decision import Decision
from commentsvc.models.learnt import Learnt
from commentsvc.models.learnt import Lesson
from commentsvc.models.site import Site
from commentsvc.screening.learning.features import FEATURES
from commentsvc.screening.learning.learning import ENOUGH
from commentsvc.screening.learning.learning import RATE
from commentsvc.screening.learning.learning import learn
from commentsvc.screening.learning.model import ENOUGH_TO_KNOW
from commentsvc.screening.learning.model import Model
from commentsvc.screening.learning.sample import Decided
from commentsvc.screening.learning.sample import Sample
from commentsvc.screening.policy import HOLD

# The reason that the filter gives for a verdict.
FILTER = "filter"

TEACHES = {"approve": False, "spam": True}
STATE = {False: "approved", True: "spam"}
# What was just decided may be committed after what was decided later: so far back is read again.
OVERLAP = timedelta(minutes=1)
BATCH = 400
# How long a process may be learning before another one takes over.
LEASE = timedelta(minutes=15)

Learn = Callable[[list[Decided], frozenset[str], float], Model]

_HREF = re.compile(r'\shref="([^"]*)"')


def sample_of(source: str, html: str, name: str, website: str | None, email: str | None) -> Sample:
    """Return a comment as the filter sees it: as it was typed, and where its links lead."""
    links = tuple(dict.fromkeys(unescape(href) for href in _HREF.findall(html)))
    return Sample(source, name, website or "", (email or "").rpartition("@")[2], links)


def relearn(site: Site, now: datetime, by: Learn = learn) -> bool:
    """Learn at once whatever a site's moderators have decided; say whether there was something, and nobody else at it.

    Raises DatabaseAway.
    """
    absorb(site)
    return make(site, now, by)


def absorb(site: Site, after: int = 0) -> bool:
    """Bring the lessons up to what the log of decisions says, and say whether one changed; raise DatabaseAway.

    Reads what is new in the log (`after` is a decision up to which nothing was missing lately), and for each comment in
    it all that was decided on it. Twice is once.
    """
    with reading() as session:
        row = learnt.learnt_of(session, site)
    after = max(row.seen if row is not None else 0, after) - _ids_of(OVERLAP)
    changed = False
    while True:
        with reading() as session:
            news = _news(session, site, after)
            different = _different(session, site, {comment_id for _, comment_id in news if comment_id is not None})
        if different:
            changed = True
            _store(site, different.keys(), news[-1][0])
        if len(news) < BATCH:
            return changed
        after = news[-1][0]


def make(site: Site, now: datetime, by: Learn = learn) -> bool:
    """Make a site's model anew from its lessons, where it is out of date and no other process is at it.

    Says whether it did. Raises DatabaseAway.
    """
    token = secrets.token_hex(16)
    with transaction() as session:
        if not learnt.claim(session, site, FEATURES, token, now, now + LEASE):
            return False
    try:
        with reading() as session:
            row = learnt.learnt_of(session, site)
            if row is None:
                return False
            wanted, rate = row.wanted, row.rate
            muted = frozenset(one.key for one in learnt.muted_of(session, site))
            lessons = learnt.newest_lessons(session, site, ENOUGH)
        model = by([_decided(one) for one in lessons], muted, rate)
    except BaseException:
        with transaction() as session:
            row = learnt.learnt_of(session, site, lock=True)
            if row is not None and row.claim == token:
                row.claim = row.claimed_until = None
        raise
    with transaction() as session:
        home = locked_site(session, site)
        row = learnt.learnt_of(session, site, lock=True) if home is not None else None
        # Whoever took so long that another process took over leaves it to that one.
        if home is None or row is None or row.claim != token:
            return False
        row.claim = row.claimed_until = None
        row.model = model.to_bytes()
        row.made, row.made_at, row.features = wanted, now, FEATURES
        row.spam, row.good = model.spam, model.good
        row.knows_since = (row.knows_since or now) if model.knows else None
        mark(session, home, row)
        return True


def mark(session: Session, site: Site, row: Learnt) -> None:
    """Tell all processes by the site's row what its filter works with from now on; the site is locked."""
    muted = frozenset(one.key for one in learnt.muted_of(session, site))
    works = row.is_on and row.model is not None and min(row.spam, row.good) >= ENOUGH_TO_KNOW
    site.filter_mark = mark_of(row.model, muted, row.sure) if works and row.model is not None else None


def mark_of(model: bytes, muted: frozenset[str], sure: str) -> str:
    """Return what tells one state of a filter from all others, in 32 characters."""
    digest = hashlib.blake2b(model, digest_size=16)
    digest.update("\n".join([sure, *sorted(muted)]).encode())
    return digest.hexdigest()


def locked_site(session: Session, site: Site) -> Site | None:
    """Return a site as it is now, locked until the transaction ends; None where it was removed."""
    # Not its key: comments that are being stored point at it and need not wait.
    return session.get(Site, site.id, with_for_update={"key_share": True}, populate_existing=True)


def locked_row(session: Session, site: Site) -> Learnt:
    """Return the row of a site's filter, locked; make it where there is none. The site is locked."""
    row = learnt.learnt_of(session, site, lock=True)
    if row is None:
        row = Learnt(site_id=site.id, is_on=True, rate=RATE, sure=HOLD, seen=0, wanted=0, made=-1, features=0)
        row.spam = row.good = 0
        row.model = None
        session.add(row)
        session.flush()
    return row


def lesson_of(site: Site, comment: Comment, history: Sequence[Decision]) -> Lesson | None:
    """Return the lesson that a comment is by what was decided on it, in that order; None where it is none."""
    acts: list[tuple[Decision, Decision | None]] = []
    marked = set()
    for row in history:
        stands = acts[-1][1] if acts else None
        by_moderator = row.actor == "moderator"
        undone = next((place for place in reversed(range(len(acts))) if _takes_back(row, acts[place][0])), None)
        if undone is not None:
            del acts[undone]
        elif by_moderator and row.act in TEACHES:
            acts.append((row, row))
        elif row.state_from != row.state_to:
            acts.append((row, None))
        elif by_moderator:
            acts.append((row, stands))
        if FILTER in row.reasons and not by_moderator:
            marked.add(row.held_to or row.shown_to)
    taught = acts[-1][1] if acts else None
    if taught is None or comment.state != STATE[TEACHES[taught.act]]:
        return None
    # The text that the moderator saw: the one that waited, where one did.
    revision = taught.held_from or taught.shown_to or 1
    return Lesson(
        site_id=site.id,
        comment_id=comment.id,
        revision=revision,
        spam=TEACHES[taught.act],
        marked=revision in marked,
        decision_id=taught.id,
        month=f"{taught.at:%Y-%m}",
    )


def _takes_back(row: Decision, done: Decision) -> bool:
    return row.act == "undo" and (
        (row.state_to, row.state_from, row.shown_to, row.shown_from, row.held_to, row.held_from)
        == (done.state_from, done.state_to, done.shown_from, done.shown_to, done.held_from, done.held_to)
    )


def _news(session: Session, site: Site, after: int) -> list[tuple[int, int | None]]:
    # Comments as they arrive teach nothing, and are most of the log.
    rows = session.execute(
        select(Decision.id, Decision.comment_id)
        .where(Decision.site_id == site.id, Decision.id > after, Decision.act.not_in(("submit", "import")))
        .order_by(Decision.id)
        .limit(BATCH)
    )
    return [(number, comment_id) for number, comment_id in rows]


def _different(session: Session, site: Site, comment_ids: Iterable[int]) -> dict[int, Lesson | None]:
    ids = list(comment_ids)
    if not ids:
        return {}
    there = learnt.lessons_of(session, site, ids)
    comments = session.scalars(select(Comment).where(Comment.site_id == site.id, Comment.id.in_(ids)))
    history: dict[int, list[Decision]] = {}
    asked = select(Decision).where(Decision.site_id == site.id, Decision.comment_id.in_(ids)).order_by(Decision.id)
    for row in session.scalars(asked):
        if row.comment_id is not None:
            history.setdefault(row.comment_id, []).append(row)
    found = {comment.id: lesson_of(site, comment, _in_order(history.get(comment.id, []))) for comment in comments}
    kept = _with_text(session, site, [lesson for lesson in found.values() if lesson is not None])
    should = {number: lesson if number in kept else None for number, lesson in found.items()}
    return {number: should.get(number) for number in ids if _facts(should.get(number)) != _facts(there.get(number))}


def _in_order(history: list[Decision]) -> list[Decision]:
    # The chain knows the order better than the clocks of several hosts; a comment that was moved has been in two.
    if len({row.thread_id for row in history}) == 1:
        return sorted(history, key=lambda row: row.seq)
    return history


def _with_text(session: Session, site: Site, lessons: list[Lesson]) -> set[int]:
    # What was erased is no lesson any more.
    wanted = {(lesson.comment_id, lesson.revision) for lesson in lessons}
    rows = session.execute(
        select(Revision.comment_id, Revision.n).where(
            Revision.site_id == site.id,
            Revision.comment_id.in_({comment_id for comment_id, _ in wanted}),
            Revision.source != "",
        )
    )
    return {comment_id for comment_id, n in rows if (comment_id, n) in wanted}


def _facts(lesson: Lesson | None) -> tuple | None:
    if lesson is None:
        return None
    return lesson.revision, lesson.spam, lesson.marked, lesson.decision_id


def _store(site: Site, comment_ids: Iterable[int], seen: int) -> None:
    with transaction() as session:
        home = locked_site(session, site)
        if home is None:
            return
        row = locked_row(session, home)
        different = _different(session, home, comment_ids)
        for number, lesson in different.items():
            known = session.get(Lesson, (home.id, number))
            if lesson is not None:
                session.merge(lesson)
            elif known is not None:
                session.delete(known)
        row.seen = max(row.seen, seen)
        row.wanted += bool(different)


def _decided(one: learnt.Written) -> Decided:
    return Decided(sample_of(one.source, one.html, one.name, one.website, one.email), one.spam)


def _ids_of(duration: timedelta) -> int:
    # Ids are milliseconds, and 22 bits more.
    return int(duration.total_seconds() * 1000) << 22
