"""New comments of an import become rows, all of a batch in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.keys import Keyring
from commentsvc.keys import avatar
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.comment import place
from commentsvc.models.decision import OPERATOR
from commentsvc.models.decision import Change
from commentsvc.models.decision import record
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.source import COMMENT
from commentsvc.models.source import Identity
from commentsvc.models.source import Source
from commentsvc.models.thread import Thread
from commentsvc.moving.batches import Moments
from commentsvc.moving.found import FoundComment
from commentsvc.moving.staging import StagedComment
from commentsvc.refusals import UnknownThread
from commentsvc.text.rendering import RENDERER

IMPORT = "import"


@dataclass(frozen=True)
class Fresh:
    """A comment that is new here: our ids of it and of its parent, its identities, and the HTML of its revisions."""

    staged: StagedComment
    our_id: int
    parent_id: int | None
    identities: tuple[Identity, ...]
    notes: list[str]
    html: list[str]


def store(session: Session, site: Site, source: str, batch: list[Fresh], keys: Keyring, moment: Moments) -> None:
    """Store new comments with their revisions, identities and decisions; keep counts and shape of threads true.

    Parents come before their replies, or are there. Raises UnknownThread where a thread was removed meanwhile.
    """
    now = moment()
    threads = _locked(session, site, batch)
    people = _people(session, batch, now)
    nodes = _parents(session, site, batch)
    comments = []
    for fresh in batch:
        parent = nodes[fresh.parent_id] if fresh.parent_id is not None else None
        comment = _comment(site, fresh, parent, people, keys)
        nodes[comment.id] = comment
        comments.append(comment)
        if comment.shown:
            threads[comment.thread_id].count += 1
            _hold_up(session, nodes, comment)
        # With the comment, so that an import that was interrupted pins it too, and one after it never does so again.
        if fresh.staged.found.pinned and parent is None and threads[comment.thread_id].pinned_id is None:
            threads[comment.thread_id].pinned_id = comment.id
    # Rows without the unit of work, since that costs more than all the rest here.
    session.execute(insert(Comment.__table__), [_row(comment) for comment in comments])  # pyright: ignore[reportArgumentType]
    revisions = [row for fresh in batch for row in _revisions(site, fresh, people)]
    session.execute(insert(Revision.__table__), revisions)  # pyright: ignore[reportArgumentType]
    if sources := _sources(site, batch):
        session.execute(insert(Source.__table__), sources)  # pyright: ignore[reportArgumentType]
    for comment in comments:
        change = Change(
            state=(None, comment.state), shown=(None, comment.shown_revision), held=(None, comment.held_revision)
        )
        record(
            session, site, threads[comment.thread_id],
            act=IMPORT, by=OPERATOR, at=moment(), comment_id=comment.id, change=change, reasons=(source,),
        )  # fmt: skip
    for thread_id in {comment.thread_id for comment in comments if comment.shown}:
        threads[thread_id].touch(session, now)


def _locked(session: Session, site: Site, batch: list[Fresh]) -> dict[int, Thread]:
    # In one order, as everywhere, so that nobody waits for each other.
    wanted = {fresh.staged.home for fresh in batch}
    question = select(Thread).where(Thread.site_id == site.id, Thread.id.in_(wanted)).order_by(Thread.id)
    found = {thread.id: thread for thread in session.scalars(question.with_for_update())}
    if found.keys() != wanted:
        raise UnknownThread("a thread was removed while its comments were being imported")
    return found


def _people(session: Session, batch: list[Fresh], now: datetime) -> dict[str, int]:
    names = {}
    for found in (fresh.staged.found for fresh in batch):
        for email in (found.moderator, *(revision.moderator for revision in found.revisions)):
            if email is not None:
                names.setdefault(email, found.name)
    if not names:
        return {}
    people = {one.email: one for one in session.scalars(select(Moderator).where(Moderator.email.in_(names)))}
    for email in names.keys() - people.keys():
        # Somebody with a name and a badge: without password, invitation and site there is nothing they can open.
        people[email] = Moderator(email=email, name=names[email], created=now)
        session.add(people[email])
    session.flush()
    return {email: one.id for email, one in people.items()}


def _parents(session: Session, site: Site, batch: list[Fresh]) -> dict[int, Comment]:
    wanted = {fresh.parent_id for fresh in batch} - {fresh.our_id for fresh in batch} - {None}
    if not wanted:
        return {}
    question = select(Comment).where(Comment.site_id == site.id, Comment.id.in_(wanted))
    return {comment.id: comment for comment in session.scalars(question)}


def _comment(site: Site, fresh: Fresh, parent: Comment | None, people: dict[str, int], keys: Keyring) -> Comment:
    found = fresh.staged.found
    depth, path = place(fresh.our_id, found.created, parent)
    assert found.name is not None
    return Comment(
        site_id=site.id,
        id=fresh.our_id,
        thread_id=fresh.staged.home,
        parent_id=fresh.parent_id,
        depth=depth,
        path=path,
        state=found.state,
        shown=found.state == APPROVED,
        shown_replies=0,
        queued=_queued(found),
        withdrawn=found.withdrawn,
        erased=found.erased,
        name=found.name,
        email=found.email,
        website=found.website,
        avatar=found.avatar or avatar(keys, site.key, found.name),
        network=found.network,
        moderator_id=people[found.moderator] if found.moderator is not None else None,
        generation=found.generation,
        url=found.url,
        title=found.title,
        shown_revision=found.shown,
        held_revision=found.held,
        created=found.created,
        edited=found.edited,
    )


def _queued(found: FoundComment) -> datetime | None:
    if found.held is not None:
        return next(revision.at for revision in found.revisions if revision.n == found.held)
    return found.created if found.state == PENDING else None


def _hold_up(session: Session, nodes: dict[int, Comment], comment: Comment) -> None:
    # What is shown holds up what it answers: that becomes a tombstone where it was not shown by itself.
    node = comment
    while node.parent_id is not None:
        parent = nodes.get(node.parent_id)
        if parent is None:
            parent = nodes[node.parent_id] = session.get_one(Comment, (node.site_id, node.parent_id))
        parent.shown_replies += 1
        if parent.shown:
            return
        parent.shown = True
        node = parent


def _row(comment: Comment) -> dict[str, Any]:
    return {name: getattr(comment, name) for name in _COLUMNS}


_COLUMNS = tuple(Comment.__table__.columns.keys())


def _revisions(site: Site, fresh: Fresh, people: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "site_id": site.id,
            "comment_id": fresh.our_id,
            "n": revision.n,
            "markup": revision.markup,
            "source": revision.source,
            "html": html,
            "renderer": RENDERER,
            "by": revision.by,
            "by_id": people[revision.moderator] if revision.moderator is not None else None,
            "at": revision.at,
        }
        for revision, html in zip(fresh.staged.found.revisions, fresh.html, strict=True)
    ]


def _sources(site: Site, batch: list[Fresh]) -> list[dict[str, Any]]:
    ours = {one: fresh.our_id for fresh in batch for one in fresh.identities}
    return [
        {"site_id": site.id, "source": name, "kind": COMMENT, "source_id": source_id, "our_id": our_id}
        for (name, source_id), our_id in ours.items()
    ]
