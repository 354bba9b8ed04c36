"""What a thread shows: questions by the keys of its pages, each bounded whatever the thread's size."""

import re
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import BigInteger
from sqlalchemy import Integer
from sqlalchemy import LargeBinary
from sqlalchemy import Select
from sqlalchemy import TextualSelect
from sqlalchemy import bindparam
from sqlalchemy import literal_column
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy import union_all
from sqlalchemy.orm import Session

from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import STEP
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.site import Site
from commentsvc.rows import dialect_module


class Shown(NamedTuple):
    """One comment as a thread shows it; of a tombstone only its place is to be used."""

    id: int
    parent_id: int | None
    depth: int
    path: bytes
    state: str
    name: str
    website: str | None
    avatar: str
    moderator_id: int | None
    html: str
    created: datetime
    edited: datetime | None


# What `Shown` is made of, in its order, and how the revision is joined to it.
COLUMNS = (
    Comment.id,
    Comment.parent_id,
    Comment.depth,
    Comment.path,
    Comment.state,
    Comment.name,
    Comment.website,
    Comment.avatar,
    Comment.moderator_id,
    Revision.html,
    Comment.created,
    Comment.edited,
)
IS_SHOWN = (
    (Revision.site_id == Comment.site_id) & (Revision.comment_id == Comment.id) & (Revision.n == Comment.shown_revision)
)


def stretch(
    session: Session, site: Site, thread_id: int, limit: int, after: bytes = b"", before: bytes | None = None
) -> list[Shown]:
    """Return what is shown between two places of a thread, in order, at most `limit`."""
    question = _shown(site, thread_id).where(Comment.path > after)
    if before is not None:
        question = question.where(Comment.path < before)
    return _ask(session, question.order_by(Comment.path).limit(limit))


def roots(session: Session, site: Site, thread_id: int, limit: int, after: bytes | None, newest: bool) -> list[Shown]:
    """Return root comments after a place, oldest or newest first, at most `limit`."""
    question = _shown(site, thread_id).where(Comment.depth == 0)
    if newest:
        question = question.where(Comment.path < after) if after is not None else question
        return _ask(session, question.order_by(Comment.path.desc()).limit(limit))
    question = question.where(Comment.path > after) if after is not None else question
    return _ask(session, question.order_by(Comment.path).limit(limit))


def branches(session: Session, site: Site, thread_id: int, of: list[Shown], limit: int) -> dict[bytes, list[Shown]]:
    """Return the replies under each of some roots, in order and at most `limit` each, by the root's path."""
    found: dict[bytes, list[Shown]] = {root.path: [] for root in of}
    if not found:
        return found
    values: dict[str, object] = {"site": site.id, "thread": thread_id, "most": limit}
    for place, path in enumerate(found):
        values |= {f"after{place}": path, f"before{place}": end_of_branch(path)}
    # The parts come in the order they stand in, on both databases; each is in order by itself.
    for row in session.execute(_parts(session.get_bind().dialect.name, len(found)), values):
        found[row.path[:STEP]].append(Shown(*row))
    return {path: sorted(rows, key=lambda row: row.path) for path, rows in found.items()}


@cache
def _parts(database: str, many: int) -> TextualSelect:
    """Return the question for the replies of so many roots, written out: to build it costs ten times its answer."""
    parts = []
    for place in range(many):
        part = (
            select(*COLUMNS)
            .join(Revision, IS_SHOWN)
            .where(
                Comment.site_id == bindparam("site", type_=Integer),
                Comment.thread_id == bindparam("thread", type_=BigInteger),
                Comment.shown,
                Comment.path > bindparam(f"after{place}", type_=LargeBinary),
                Comment.path < bindparam(f"before{place}", type_=LargeBinary),
            )
            .order_by(Comment.path)
            .limit(bindparam("most", type_=Integer))
            .offset(literal_column("0"))
        )
        parts.append(select(part.subquery()))
    question = union_all(*parts)
    named = dialect_module(database).dialect(paramstyle="named")
    # The casts are for servers that can't tell a parameter's type; here each stands beside its column.
    written = re.sub(r"(:\w+)::\w+", r"\1", str(question.compile(dialect=named)))
    return text(written).columns(*(column for column in question.selected_columns))


def one_shown(session: Session, site: Site, thread_id: int, comment_id: int) -> Shown | None:
    """Return one comment that a thread shows."""
    return next(iter(_ask(session, _shown(site, thread_id).where(Comment.id == comment_id))), None)


def place_of(session: Session, site: Site, thread_id: int, comment_id: int) -> bytes | None:
    """Return the path of a comment that a thread shows."""
    return session.scalar(
        select(Comment.path).where(
            Comment.site_id == site.id, Comment.id == comment_id, Comment.thread_id == thread_id, Comment.shown
        )
    )


def is_cut_off(session: Session, site: Site, thread_id: int, path: bytes, limit: int) -> bool:
    """Tell whether at least `limit` replies of the same root are shown before a comment."""
    root = path[:STEP]
    before = select(Comment.path).where(
        Comment.site_id == site.id, Comment.thread_id == thread_id, Comment.shown,
        Comment.path > root, Comment.path < path,
    )  # fmt: skip
    return session.scalar(before.order_by(Comment.path).offset(limit - 1).limit(1)) is not None


def just_before(path: bytes) -> bytes:
    """Return a place after everything that stands before a comment."""
    # The last step ends with an id, which is never 0; under its forerunner, if there is one, there may be replies.
    return _moved(path, -1) + (b"\xff" if len(path) > STEP else b"")


def just_after(path: bytes) -> bytes:
    """Return a place after a root comment, and before the next one."""
    return _moved(path, 1)


def end_of_branch(path: bytes) -> bytes:
    """Return a place after everything under the root of a path."""
    # Times begin with a byte of 0 for the next few thousand years: no step starts with 255.
    return path[:STEP] + b"\xff"


def _moved(path: bytes, by: int) -> bytes:
    return (int.from_bytes(path, "big") + by).to_bytes(len(path), "big")


def _shown(site: Site, thread_id: int) -> Select:
    return (
        select(*COLUMNS)
        .join(Revision, IS_SHOWN)
        .where(Comment.site_id == site.id, Comment.thread_id == thread_id, Comment.shown)
    )


def _ask(session: Session, question: Select) -> list[Shown]:
    return [Shown(*row) for row in session.execute(question)]


def is_tombstone(shown: Shown) -> bool:
    """Tell whether a comment only keeps its place for the replies under it."""
    return shown.state != APPROVED
