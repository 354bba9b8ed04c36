"""A thread: the comments of one article, found by its addresses or by the owner's stable id."""

from collections.abc import Iterable
from datetime import datetime
from datetime import timedelta
from typing import cast

from sqlalchemy import BigInteger
from sqlalchemy import ForeignKey
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import LargeBinary
from sqlalchemy import String
from sqlalchemy import Table
from sqlalchemy import Text
from sqlalchemy import UniqueConstraint
from sqlalchemy import bindparam
from sqlalchemy import func
from sqlalchemy import select
from sqlalchemy import text
from sqlalchemy import update
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import aliased
from sqlalchemy.orm import mapped_column

from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.database import note_change
from commentsvc.models.ids import new_id
from commentsvc.models.site import Site
from commentsvc.rows import Prepared
from commentsvc.rows import connection
from commentsvc.rows import row_of
from commentsvc.rows import write_new

_IS_MERGED = text("merged_id IS NOT NULL")


class Thread(Base):
    """The comments of one article."""

    __tablename__ = "thread"
    __table_args__ = (
        UniqueConstraint("site_id", "ref"),
        Index("ix_thread_merged", "site_id", "merged_id", sqlite_where=_IS_MERGED, postgresql_where=_IS_MERGED),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    # The stable id that the owner gives in data-thread.
    ref: Mapped[str | None] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(String(300))
    closed: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    # The comment that stands first, where a moderator pinned one; it is a root.
    pinned_id: Mapped[int | None] = mapped_column(BigInteger)
    # The thread that took over everything of this one, for good: never one that was merged itself.
    merged_id: Mapped[int | None] = mapped_column(BigInteger)

    # Kept in the transaction that changes them, never counted when read.
    count: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(BigInteger, default=1)
    changed: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    log_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    log_head: Mapped[bytes] = mapped_column(LargeBinary(32), default=b"")

    def touch(self, session: Session, now: datetime) -> None:
        """Say that what the thread shows has changed: to other processes by version and time, here after the commit."""
        self.version += 1
        self.changed = now
        note_change(session, ("thread", self.site_id, self.id))

    def closes(self, site: Site) -> datetime | None:
        """Return when the thread will close by its age, or did."""
        return None if site.close_after_days is None else self.created + timedelta(days=site.close_after_days)

    def closed_since(self, site: Site, now: datetime) -> datetime | None:
        """Return since when the thread takes no comments: closed by hand, or older than the site's limit."""
        if self.closed is not None:
            return self.closed
        end = self.closes(site)
        return end if end is not None and end <= now else None


class Address(Base):
    """One canonical URL of a thread; a thread may have several."""

    __tablename__ = "address"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "thread_id"], ["thread.site_id", "thread.id"], ondelete="CASCADE"),
        Index(None, "site_id", "thread_id"),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    canonical: Mapped[str] = mapped_column(Text, primary_key=True)
    raw: Mapped[str] = mapped_column(Text)
    thread_id: Mapped[int] = mapped_column(BigInteger)


def find_thread(session: Session, site: Site, canonical: str, ref: str | None) -> Thread | None:
    """Return the thread of an article: by the owner's stable id first, then by canonical address."""
    return _find(session, site, canonical, ref, lock=False)[0]


def open_thread(session: Session, site: Site, canonical: str, raw: str, ref: str | None, now: datetime) -> Thread:
    """Return the thread of an article, locked for writing; make it where there is none.

    `save_thread` stores what is changed of it. An existing thread learns neither an address nor a stable id here:
    anybody may claim any. Raises IntegrityError where another process has just made the same thread; a new transaction
    finds it.
    """
    found, is_taken = _find(session, site, canonical, ref, lock=True)
    if found is not None:
        return found
    thread = Thread(site_id=site.id, id=new_id(now), ref=ref, url=raw, created=now, changed=now)
    thread.count = thread.log_seq = 0
    thread.version = 1
    thread.log_head = b""
    write_new(session, thread)
    note_change(session, ("new", site.id, 0))
    # Taken, and yet not found: by a thread with another stable id, which keeps the address.
    if not is_taken:
        write_new(session, Address(site_id=site.id, canonical=canonical, raw=raw, thread_id=thread.id))
    return thread


def save_thread(session: Session, thread: Thread) -> None:
    """Store what was changed of a thread that `open_thread` gave."""
    _SAVE.run(connection(session), {f"new_{name}": getattr(thread, name) for name in (*_KEY, *_CHANGING)})


def lock_thread(session: Session, site: Site, thread_id: int) -> Thread | None:
    """Return a thread of the site as it is now, locked until the transaction ends."""
    return session.scalar(
        select(Thread)
        .where(Thread.site_id == site.id, Thread.id == thread_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def lock_threads(session: Session, site: Site, thread_ids: Iterable[int]) -> dict[int, Thread]:
    """Return threads of the site by id, locked in one order until the transaction ends; unknown ones are left out."""
    found = {thread_id: lock_thread(session, site, thread_id) for thread_id in sorted(set(thread_ids))}
    return {thread_id: thread for thread_id, thread in found.items() if thread is not None}


def addresses_of(session: Session, site: Site, thread_id: int) -> list[Address]:
    """Return the addresses of a thread."""
    held = select(Address).where(Address.site_id == site.id, Address.thread_id == thread_id)
    return list(session.scalars(held.order_by(Address.canonical)))


def counts_of(
    session: Session, site: Site, canonicals: list[str], refs: list[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the numbers of approved comments by canonical address, and by stable id; unknown ones are left out."""
    by_address: dict[str, int] = {}
    by_ref: dict[str, int] = {}
    if canonicals:
        rows = session.execute(
            select(Address.canonical, Thread.count)
            .join(Thread, (Address.site_id == Thread.site_id) & (Address.thread_id == Thread.id))
            .where(Address.site_id == site.id, Address.canonical.in_(canonicals))
        )
        by_address = {row[0]: row[1] for row in rows}
    if refs:
        heir = aliased(Thread)
        rows = session.execute(
            select(Thread.ref, func.coalesce(heir.count, Thread.count))
            .join(heir, (heir.site_id == Thread.site_id) & (heir.id == Thread.merged_id), isouter=True)
            .where(Thread.site_id == site.id, Thread.ref.in_(refs))
        )
        by_ref = {ref: count for ref, count in rows if ref is not None}
    return by_address, by_ref


# Made once, and read past the unit of work: every post and every page asks one of them.
_TABLE = cast(Table, Thread.__table__)
# A thread that was merged while its row was waited for is left out, even if the address was read before.
_STANDS = _TABLE.c.merged_id.is_(None)
_WITH_REF = select(_TABLE).where(_TABLE.c.site_id == bindparam("site"), _TABLE.c.ref == bindparam("ref"), _STANDS)
_AT_ADDRESS = (
    select(_TABLE)
    .join(Address.__table__, (Address.site_id == _TABLE.c.site_id) & (Address.thread_id == _TABLE.c.id))
    .where(Address.site_id == bindparam("site"), Address.canonical == bindparam("canonical"), _STANDS)
)
_MERGED = Prepared(
    select(_TABLE.c.merged_id).where(_TABLE.c.site_id == bindparam("site"), _TABLE.c.ref == bindparam("ref"))
)
_WITH_ID = select(_TABLE).where(_TABLE.c.site_id == bindparam("site"), _TABLE.c.id == bindparam("id"), _STANDS)
_ASKED = {
    False: (Prepared(_WITH_REF), Prepared(_AT_ADDRESS), Prepared(_WITH_ID)),
    True: (
        Prepared(_WITH_REF.with_for_update()),
        Prepared(_AT_ADDRESS.with_for_update(of=_TABLE)),
        Prepared(_WITH_ID.with_for_update()),
    ),
}
_KEY = ("site_id", "id")
_CHANGING = ("url", "title", "closed", "count", "version", "changed", "log_seq", "log_head")
_SAVE = Prepared(
    update(_TABLE)
    .where(*(_TABLE.c[name] == bindparam(f"new_{name}") for name in _KEY))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)


def _find(session: Session, site: Site, canonical: str, ref: str | None, lock: bool) -> tuple[Thread | None, bool]:
    # The thread, and whether the address is taken, by it or by another.
    by_ref, by_address, by_id = _ASKED[lock]
    to = connection(session)
    if ref is not None:
        values = by_ref.first(to, {"site": site.id, "ref": ref})
        if values is None:
            merged = _MERGED.first(to, {"site": site.id, "ref": ref})
            # The row that it was merged into is locked alone: two locks could be taken in another order elsewhere.
            if merged is not None and merged["merged_id"] is not None:
                values = by_id.first(to, {"site": site.id, "id": merged["merged_id"]})
        if values is not None:
            return row_of(Thread, values), False
    values = by_address.first(to, {"site": site.id, "canonical": canonical})
    # A thread with another stable id is another article that happens to share the address.
    if values is not None and ref is not None and values["ref"] not in (None, ref):
        return None, True
    return (row_of(Thread, values), True) if values is not None else (None, False)
