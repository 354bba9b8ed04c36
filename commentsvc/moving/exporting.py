"""A site leaves as an archive: everything that its readers wrote, in an order that is always the same."""

from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Row
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.ids import to_text
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.source import COMMENT
from commentsvc.models.source import THREAD
from commentsvc.models.source import Identity
from commentsvc.models.source import identities_of
from commentsvc.models.thread import Address
from commentsvc.models.thread import Thread
from commentsvc.moving.archive import FORMAT
from commentsvc.moving.archive import OUR_IDS
from commentsvc.moving.archive import VERSION
from commentsvc.moving.batches import BATCH
from commentsvc.moving.beside import DECISIONS
from commentsvc.moving.beside import RULES
from commentsvc.moving.beside import SUBSCRIPTIONS
from commentsvc.moving.beside import decisions_of
from commentsvc.moving.beside import mailboxes_of
from commentsvc.moving.beside import rules_of
from commentsvc.moving.beside import subscriptions_of
from commentsvc.moving.found import Progress
from commentsvc.moving.lines import line_of
from commentsvc.moving.lines import present
from commentsvc.moving.times import write_time

EXPORTING = "Exporting"


def archive_of(site: Site, progress: Progress, beside: Collection[str] = ()) -> Iterator[bytes]:
    """Yield a site's archive line by line, as it was at one moment: threads, then their comments in order.

    `beside` names what else goes along: rules, subscriptions, decisions. What a key's absence says as well is left out,
    and so is HTML, since a renderer makes it of the source. Raises DatabaseAway.
    """
    with reading() as session:
        threads = session.scalar(select(func.count()).select_from(Thread).where(Thread.site_id == site.id)) or 0
        comments = session.scalar(select(func.count()).select_from(Comment).where(Comment.site_id == site.id)) or 0
        yield line_of(format=FORMAT, version=VERSION, ids=OUR_IDS, threads=threads, comments=comments)
        if RULES in beside:
            yield from rules_of(session, site)
        yield from _threads(session, site)
        yield from _comments(session, site, comments, progress)
        if SUBSCRIPTIONS in beside:
            yield from mailboxes_of(session, site)
            yield from subscriptions_of(session, site)
        if DECISIONS in beside:
            yield from decisions_of(session, site, progress)


def _threads(session: Session, site: Site) -> Iterator[bytes]:
    question = select(*Thread.__table__.columns).where(Thread.site_id == site.id).order_by(Thread.id)
    for rows in session.execute(question.execution_options(yield_per=BATCH)).partitions():
        ids = [row.id for row in rows]
        addresses: dict[int, list[str]] = {}
        held = select(Address.thread_id, Address.raw).where(Address.site_id == site.id, Address.thread_id.in_(ids))
        for thread_id, raw in session.execute(held.order_by(Address.canonical)):
            addresses.setdefault(thread_id, []).append(raw)
        identities = identities_of(session, site, THREAD, ids)
        for row in rows:
            yield line_of(
                kind=THREAD,
                id=to_text(row.id),
                url=row.url,
                title=row.title,
                ref=row.ref,
                created=write_time(row.created),
                closed=write_time(row.closed),
                addresses=addresses.get(row.id, []),
                merged=to_text(row.merged_id) if row.merged_id is not None else None,
                sources=identities.get(row.id),
            )


def _comments(session: Session, site: Site, total: int, progress: Progress) -> Iterator[bytes]:
    question = (
        select(*Comment.__table__.columns).where(Comment.site_id == site.id).order_by(Comment.thread_id, Comment.path)
    )
    done = 0
    for rows in session.execute(question.execution_options(yield_per=BATCH)).partitions():
        ids = [row.id for row in rows]
        revisions = revisions_of(session, site, ids)
        identities = identities_of(session, site, COMMENT, ids)
        people = people_of(session, rows, revisions)
        pinned = _pinned(session, site, {row.thread_id for row in rows})
        for row in rows:
            yield comment_line(row, revisions[row.id], identities.get(row.id), people, row.id in pinned)
        done += len(rows)
        progress(EXPORTING, done, total)


def revisions_of(session: Session, site: Site, ids: Sequence[int]) -> dict[int, list[Row]]:
    """Return the revisions of comments in order, without their HTML, by the comment's id."""
    columns = (column for column in Revision.__table__.columns if column.name != "html")
    rows = session.execute(
        select(*columns)
        .where(Revision.site_id == site.id, Revision.comment_id.in_(ids))
        .order_by(Revision.comment_id, Revision.n)
    )
    return {comment_id: list(group) for comment_id, group in groupby(rows, lambda row: row.comment_id)}


def people_of(session: Session, rows: Any, revisions: dict[int, list[Row]]) -> dict[int, str]:
    """Return the addresses of mail of the moderators who wrote some comments or revisions, by their ids."""
    ids = {row.moderator_id for row in rows} | {one.by_id for group in revisions.values() for one in group}
    named = session.execute(select(Moderator.id, Moderator.email).where(Moderator.id.in_(ids - {None})))
    return {row[0]: row[1] for row in named}


def comment_line(
    row: Any, revisions: list[Row], identities: list[Identity] | None, people: dict[int, str], pinned: bool = False
) -> bytes:
    """Return a comment's line; `row` is a comment or its row, with all its revisions in order."""
    shown = next(revision for revision in revisions if revision.n == row.shown_revision)
    return line_of(
        kind=COMMENT,
        id=to_text(row.id),
        thread=to_text(row.thread_id),
        parent=to_text(row.parent_id) if row.parent_id is not None else None,
        name=row.name,
        email=row.email,
        website=row.website,
        body=shown.source,
        markup=_markup(shown),
        created=write_time(row.created),
        state=row.state,
        edited=write_time(row.edited),
        withdrawn=write_time(row.withdrawn),
        erased=write_time(row.erased),
        pinned=True if pinned else None,
        avatar=row.avatar,
        network=row.network,
        moderator=people.get(row.moderator_id),
        generation=row.generation if row.generation != 1 else None,
        url=row.url,
        title=row.title,
        shown=row.shown_revision if row.shown_revision != 1 else None,
        held=row.held_revision,
        revisions=None if _is_plain(row, revisions) else [_revision(revision, people) for revision in revisions],
        sources=identities,
    )


def _pinned(session: Session, site: Site, thread_ids: Collection[int]) -> set[int | None]:
    pinned = select(Thread.pinned_id).where(Thread.site_id == site.id, Thread.id.in_(thread_ids))
    return set(session.scalars(pinned))


def _is_plain(row: Any, revisions: list[Row]) -> bool:
    """Tell whether the comment's own fields say everything about its one revision."""
    one = revisions[0]
    by = ("author", None) if row.moderator_id is None else ("moderator", row.moderator_id)
    return len(revisions) == 1 and (one.n, one.at, one.by, one.by_id) == (1, row.created, *by)


def _revision(revision: Row, people: dict[int, str]) -> dict[str, Any]:
    return present(
        n=revision.n,
        body=revision.source,
        markup=_markup(revision),
        by=revision.by if revision.by != "author" else None,
        moderator=people.get(revision.by_id),
        at=write_time(revision.at),
    )


def _markup(revision: Row) -> str | None:
    return revision.markup if revision.markup != "markdown" else None
