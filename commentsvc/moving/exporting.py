"""A site leaves as an archive: everything that its readers wrote, in an order that is always the same."""

import json
from collections.abc import Iterator
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
from commentsvc.moving.found import Progress
from commentsvc.moving.times import write_time

EXPORTING = "Exporting"


def archive_of(site: Site, progress: Progress) -> Iterator[bytes]:
    """Yield a site's archive line by line, as it was at one moment: threads, then their comments in order.

    What a key's absence says as well is left out. HTML is not in it, since a renderer makes it of the source; nor are
    decisions, which are of a kind of their own that readers of this version skip. Raises DatabaseAway.
    """
    with reading() as session:
        threads = session.scalar(select(func.count()).select_from(Thread).where(Thread.site_id == site.id)) or 0
        comments = session.scalar(select(func.count()).select_from(Comment).where(Comment.site_id == site.id)) or 0
        yield _line(format=FORMAT, version=VERSION, ids=OUR_IDS, threads=threads, comments=comments)
        yield from _threads(session, site)
        # Here whatever else is asked for takes its place: each kind is a line with a `kind` of its own.
        yield from _comments(session, site, comments, progress)


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
            yield _line(
                kind=THREAD,
                id=to_text(row.id),
                url=row.url,
                title=row.title,
                ref=row.ref,
                created=write_time(row.created),
                closed=write_time(row.closed),
                addresses=addresses.get(row.id, []),
                sources=identities.get(row.id),
            )


def _comments(session: Session, site: Site, total: int, progress: Progress) -> Iterator[bytes]:
    question = (
        select(*Comment.__table__.columns).where(Comment.site_id == site.id).order_by(Comment.thread_id, Comment.path)
    )
    done = 0
    for rows in session.execute(question.execution_options(yield_per=BATCH)).partitions():
        ids = [row.id for row in rows]
        revisions = _revisions(session, site, ids)
        identities = identities_of(session, site, COMMENT, ids)
        people = _people(session, rows, revisions)
        for row in rows:
            yield _comment(row, revisions[row.id], identities.get(row.id), people)
        done += len(rows)
        progress(EXPORTING, done, total)


def _revisions(session: Session, site: Site, ids: list[int]) -> dict[int, list[Row]]:
    columns = (column for column in Revision.__table__.columns if column.name != "html")
    rows = session.execute(
        select(*columns)
        .where(Revision.site_id == site.id, Revision.comment_id.in_(ids))
        .order_by(Revision.comment_id, Revision.n)
    )
    return {comment_id: list(group) for comment_id, group in groupby(rows, lambda row: row.comment_id)}


def _people(session: Session, rows: Any, revisions: dict[int, list[Row]]) -> dict[int, str]:
    ids = {row.moderator_id for row in rows} | {one.by_id for group in revisions.values() for one in group}
    named = session.execute(select(Moderator.id, Moderator.email).where(Moderator.id.in_(ids - {None})))
    return {row[0]: row[1] for row in named}


def _comment(row: Row, revisions: list[Row], identities: list[Identity] | None, people: dict[int, str]) -> bytes:
    shown = next(revision for revision in revisions if revision.n == row.shown_revision)
    return _line(
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


def _is_plain(row: Row, revisions: list[Row]) -> bool:
    """Tell whether the comment's own fields say everything about its one revision."""
    one = revisions[0]
    by = ("author", None) if row.moderator_id is None else ("moderator", row.moderator_id)
    return len(revisions) == 1 and (one.n, one.at, one.by, one.by_id) == (1, row.created, *by)


def _revision(revision: Row, people: dict[int, str]) -> dict[str, Any]:
    return _present(
        n=revision.n,
        body=revision.source,
        markup=_markup(revision),
        by=revision.by if revision.by != "author" else None,
        moderator=people.get(revision.by_id),
        at=write_time(revision.at),
    )


def _markup(revision: Row) -> str | None:
    return revision.markup if revision.markup != "markdown" else None


def _line(**values: Any) -> bytes:
    return json.dumps(_present(**values), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
