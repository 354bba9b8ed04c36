"""What goes into an archive beside threads and comments where it is asked for: rules, mailboxes, earlier decisions."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.models.decision import SITE_CHAIN
from commentsvc.models.decision import Decision
from commentsvc.models.decision import DecisionNote
from commentsvc.models.ids import to_text
from commentsvc.models.moderator import Moderator
from commentsvc.models.rule import ScreeningRule
from commentsvc.models.site import Site
from commentsvc.models.subscription import SITE
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import Subscription
from commentsvc.moving.batches import BATCH
from commentsvc.moving.found import Progress
from commentsvc.moving.lines import line_of
from commentsvc.moving.past import PAST
from commentsvc.moving.past import read_past
from commentsvc.moving.rows import IMPORT
from commentsvc.moving.times import write_time

# All versions of each text are in every archive: without them, edits that wait for a moderator would be lost.
REVISIONS = "revisions"
RULES = "rules"
SUBSCRIPTIONS = "subscriptions"
DECISIONS = "decisions"
BESIDE = (REVISIONS, DECISIONS, SUBSCRIPTIONS, RULES)

WRITING_DECISIONS = "Decisions"


def rules_of(session: Session, site: Site) -> Iterator[bytes]:
    """Yield a site's rules in their order, then those that were removed, which decisions still name."""
    question = select(ScreeningRule).where(ScreeningRule.site_id == site.id)
    gone = ScreeningRule.removed.is_not(None)
    rows = session.scalars(question.order_by(gone, ScreeningRule.place, ScreeningRule.id))
    for place, row in enumerate(rows, 1):
        yield line_of(
            kind="rule",
            id=to_text(row.id),
            place=place,
            rule=row.kind,
            action=row.action,
            reason=row.reason,
            settings=row.settings,
            on=None if row.is_on else False,
            changed=write_time(row.changed),
            removed=write_time(row.removed),
        )


def mailboxes_of(session: Session, site: Site) -> Iterator[bytes]:
    """Yield the mailboxes whose owners confirmed them, or want no mail at all."""
    is_told = Mailbox.proven.is_not(None) | Mailbox.silenced.is_not(None)
    question = select(*Mailbox.__table__.columns).where(Mailbox.site_id == site.id, is_told).order_by(Mailbox.id)
    for row in session.execute(question.execution_options(yield_per=BATCH)):
        yield line_of(
            kind="mailbox",
            id=to_text(row.id),
            email=row.email,
            proven=write_time(row.proven),
            silenced=write_time(row.silenced),
            created=write_time(row.created),
        )


def subscriptions_of(session: Session, site: Site) -> Iterator[bytes]:
    """Yield what those mailboxes hear of, or heard of until they ended it."""
    on = (Mailbox.site_id == Subscription.site_id) & (Mailbox.id == Subscription.mailbox_id)
    is_told = Mailbox.proven.is_not(None) | Mailbox.silenced.is_not(None)
    question = select(*Subscription.__table__.columns).join(Mailbox, on)
    question = question.where(Subscription.site_id == site.id, Subscription.confirmed.is_not(None), is_told)
    for row in session.execute(question.order_by(Subscription.id).execution_options(yield_per=BATCH)):
        yield line_of(
            kind="subscription",
            id=to_text(row.id),
            mailbox=to_text(row.mailbox_id),
            hears=row.kind,
            about=to_text(row.about_id) if row.kind != SITE else None,
            language=row.language,
            created=write_time(row.created),
            confirmed=write_time(row.confirmed),
            ended=write_time(row.ended),
        )


def decisions_of(session: Session, site: Site, progress: Progress) -> Iterator[bytes]:
    """Yield what was decided on comments and threads, oldest first, with the words that were not erased.

    Those on settings and people belong to an installation, and so do imports.
    """
    ours = Decision.site_id == site.id, Decision.thread_id != SITE_CHAIN, Decision.act != IMPORT
    total = session.scalar(select(func.count()).select_from(Decision).where(*ours)) or 0
    on = (DecisionNote.site_id == Decision.site_id) & (DecisionNote.decision_id == Decision.id)
    question = select(*Decision.__table__.columns, DecisionNote.words).outerjoin(DecisionNote, on).where(*ours)
    done = 0
    for rows in session.execute(question.order_by(Decision.id).execution_options(yield_per=BATCH)).partitions():
        told = [_told(row) for row in rows]
        ids = {one["moderator"] for one in told} - {None}
        named = session.execute(select(Moderator.id, Moderator.email).where(Moderator.id.in_(ids)))
        people = {row[0]: row[1] for row in named}
        for one in told:
            yield line_of(**(one | {"moderator": people.get(one["moderator"])}))
        done += len(rows)
        progress(WRITING_DECISIONS, done, total)


def _told(row: Row) -> dict[str, Any]:
    if row.act == PAST:
        what = read_past(row.reasons)
    else:
        what = {
            "act": row.act,
            "actor": row.actor,
            "moderator": row.actor_id,
            "batch": to_text(row.batch) if row.batch != row.id else None,
            "state_from": row.state_from,
            "state_to": row.state_to,
            "shown_from": row.shown_from,
            "shown_to": row.shown_to,
            "held_from": row.held_from,
            "held_to": row.held_to,
            "reasons": row.reasons or None,
        }
    return {
        "kind": "decision",
        "id": what.pop("id", None) or to_text(row.id),
        "thread": to_text(row.thread_id),
        "comment": to_text(row.comment_id) if row.comment_id is not None else None,
        "at": write_time(row.at),
        **what,
        "note": row.words,
    }
