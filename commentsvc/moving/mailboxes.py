"""Mailboxes of an archive and what they hear of: those that somebody confirmed, and those that want no mail."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.ids import new_id
from commentsvc.models.subscription import REPLIES
from commentsvc.models.subscription import SITE
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import Subscription
from commentsvc.models.subscription import fold
from commentsvc.moving.batches import BATCH
from commentsvc.moving.batches import persist
from commentsvc.moving.found import FoundMore
from commentsvc.moving.intake import Intake
from commentsvc.rows import write_new

MAILBOX = "mailbox"
SUBSCRIPTION = "subscription"


def take_mailboxes(intake: Intake) -> None:
    """Store the mailboxes that are new here; what somebody said of one that is there stays."""
    seen: set[str] = set()
    for batch in intake.staging.aside.batches(MAILBOX, BATCH):
        fresh = persist(lambda batch=batch, seen=seen: _attempt_mailboxes(intake, batch, seen))
        seen = seen | {fold(one.values["email"]) for one in fresh}
        for number in range(len(batch)):
            intake.count(number < len(fresh))


def take_subscriptions(intake: Intake) -> None:
    """Store what those mailboxes hear of; what is there stays, also where it was ended."""
    for batch in intake.staging.aside.batches(SUBSCRIPTION, BATCH):
        fresh, lost = persist(lambda batch=batch: _attempt_subscriptions(intake, batch))
        for found, reason in lost:
            intake.skip(found, reason)
        for number in range(len(batch) - len(lost)):
            intake.count(number < fresh)


def leave_mailboxes(intake: Intake) -> None:
    """Leave all of them out, and say so."""
    for kind in (MAILBOX, SUBSCRIPTION):
        for batch in intake.staging.aside.batches(kind, BATCH):
            for found in batch:
                intake.skip(found, f"{kind}: comes only by the command, from whoever runs the service")


def _attempt_mailboxes(intake: Intake, batch: Sequence[FoundMore], before: set[str]) -> list[FoundMore]:
    with reading() as session:
        there = _boxes(session, intake, [one.values["email"] for one in batch]).keys() | before
        taken = _taken(session, intake, Mailbox, batch)
    fresh: dict[str, FoundMore] = {}
    for found in batch:
        folded = fold(found.values["email"])
        if folded not in there:
            fresh.setdefault(folded, found)
    if fresh and not intake.dry:
        with transaction() as session:
            for folded, found in fresh.items():
                made = Mailbox(
                    site_id=intake.site.id,
                    id=_id(intake, found, taken),
                    email=found.values["email"],
                    folded=folded,
                    proven=_time(found, "proven"),
                    silenced=_time(found, "silenced"),
                    created=_time(found, "created") or intake.moment(),
                )
                write_new(session, made)
    return list(fresh.values())


def _attempt_subscriptions(intake: Intake, batch: Sequence[FoundMore]) -> tuple[int, list[tuple[FoundMore, str]]]:
    aside = intake.staging.aside
    emails = {one.values["mailbox"]: aside.one(MAILBOX, one.values["mailbox"]) for one in batch}
    with reading() as session:
        boxes = _boxes(session, intake, [box.values["email"] for box in emails.values() if box is not None])
        taken = _taken(session, intake, Subscription, batch)
        wanted = [(one.values["hears"], one.values["about"]) for one in batch]
        comments = intake.comments(session, (about for hears, about in wanted if hears == REPLIES))
        threads = intake.threads(session, (about for hears, about in wanted if hears not in (REPLIES, SITE)))
        rows = session.execute(
            select(Subscription.mailbox_id, Subscription.kind, Subscription.about_id).where(
                Subscription.site_id == intake.site.id, Subscription.mailbox_id.in_(boxes.values())
            )
        )
        there: set[tuple[object, str, int]] = {(row[0], row[1], row[2]) for row in rows}
    fresh: list[tuple[FoundMore, int | None, int]] = []
    lost: list[tuple[FoundMore, str]] = []
    for found in batch:
        hears, about = found.values["hears"], found.values["about"]
        about_id = 0 if hears == SITE else (comments if hears == REPLIES else threads).get(about)
        box = emails[found.values["mailbox"]]
        if box is None or about_id is None:
            lost.append((found, f"{'mailbox' if box is None else 'about'}: not in the file, or skipped itself"))
            continue
        folded = fold(box.values["email"])
        # In a dry run the mailbox is not there yet.
        key = (boxes.get(folded, folded), hears, about_id)
        if key not in there:
            there.add(key)
            fresh.append((found, boxes.get(folded), about_id))
    if fresh and not intake.dry:
        with transaction() as session:
            for found, mailbox_id, about_id in fresh:
                made = Subscription(
                    site_id=intake.site.id,
                    id=_id(intake, found, taken),
                    mailbox_id=mailbox_id,
                    kind=found.values["hears"],
                    about_id=about_id,
                    language=found.values["language"],
                    created=_time(found, "created") or _time(found, "confirmed"),
                    confirmed=_time(found, "confirmed"),
                    ended=_time(found, "ended"),
                )
                write_new(session, made)
    return len(fresh), lost


def _boxes(session: Session, intake: Intake, emails: Sequence[str]) -> dict[str, int]:
    folded = {fold(email) for email in emails}
    rows = select(Mailbox.folded, Mailbox.id).where(Mailbox.site_id == intake.site.id, Mailbox.folded.in_(folded))
    return {row[0]: row[1] for row in session.execute(rows)}


def _taken(
    session: Session, intake: Intake, table: type[Mailbox] | type[Subscription], batch: Sequence[FoundMore]
) -> set[int]:
    ours = {intake.ids.ours(one.id) for one in batch} - {None}
    return set(session.scalars(select(table.id).where(table.site_id == intake.site.id, table.id.in_(ours))))


def _id(intake: Intake, found: FoundMore, taken: set[int]) -> int:
    # Links in letters that were sent name them, so they stay what they were where they can.
    own = intake.ids.ours(found.id)
    return own if own is not None and own not in taken else new_id(intake.moment())


def _time(found: FoundMore, name: str) -> datetime | None:
    text = found.values[name]
    return datetime.fromisoformat(text) if text is not None else None
