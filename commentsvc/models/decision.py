"""Decisions: what a moderator, an author or a rule did, as rows of a chain that only grows.

Each row holds the hash of the row before it in its chain, so that a changed, removed or inserted row is found.
There is a chain per thread (thread_id) and one per site for rules and people (thread_id 0). A row holds codes and
ids only. What is said in words lies in `decision_note`, which can be erased: the row keeps a salted commitment to it.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy import BigInteger
from sqlalchemy import ForeignKey
from sqlalchemy import ForeignKeyConstraint
from sqlalchemy import Index
from sqlalchemy import LargeBinary
from sqlalchemy import String
from sqlalchemy import Text
from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import Session
from sqlalchemy.orm import mapped_column

from commentsvc import tallies
from commentsvc.database import Base
from commentsvc.database import UtcDateTime
from commentsvc.models.ids import new_id
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.rows import row_of
from commentsvc.rows import write_new

SITE_CHAIN = 0


class Decision(Base):
    """What was done, by whom, when, why, from which state to which."""

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("site_id", "thread_id", "seq"),
        Index(None, "site_id", "comment_id"),
        Index(None, "site_id", "batch"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    thread_id: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
    # Acts that were asked for together carry the same number, so that they are undone together.
    batch: Mapped[int] = mapped_column(BigInteger)
    comment_id: Mapped[int | None] = mapped_column(BigInteger)
    act: Mapped[str] = mapped_column(String(20))
    # author, moderator, rule or operator; with the moderator's id.
    actor: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None]
    state_from: Mapped[str | None] = mapped_column(String(10))
    state_to: Mapped[str | None] = mapped_column(String(10))
    # Numbers of the revision shown, and of the one that waits, before and after.
    shown_from: Mapped[int | None]
    shown_to: Mapped[int | None]
    held_from: Mapped[int | None]
    held_to: Mapped[int | None]
    reasons: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    commitment: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class DecisionNote(Base):
    """The words that belong to a decision, apart from the chain, so that they can be erased."""

    __tablename__ = "decision_note"
    __table_args__ = (
        ForeignKeyConstraint(["site_id", "decision_id"], ["decision.site_id", "decision.id"], ondelete="CASCADE"),
    )

    site_id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    words: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class Actor:
    """Who decides: kind and, for a moderator, the id."""

    kind: str
    id: int | None = None


AUTHOR = Actor("author")
RULE = Actor("rule")
OPERATOR = Actor("operator")


@dataclass(frozen=True)
class Change:
    """What an act changed on a comment: state, revision shown, revision that waits; each before and after."""

    state: tuple[str | None, str | None] = (None, None)
    shown: tuple[int | None, int | None] = (None, None)
    held: tuple[int | None, int | None] = (None, None)


def record(
    session: Session,
    site: Site,
    thread: Thread | None,
    *,
    act: str,
    by: Actor,
    at: datetime,
    comment_id: int | None = None,
    change: Change | None = None,
    reasons: tuple[str, ...] = (),
    note: str | None = None,
    batch: int | None = None,
    number: int | None = None,
) -> Decision:
    """Append a decision to the chain of a thread, or of the site where there is none; the chain's owner is locked.

    `number` is its id, where it has one already.
    """
    change = change or Change()
    owner: Thread | Site = site if thread is None else thread
    decision_id = new_id(at) if number is None else number
    salt = secrets.token_bytes(16) if note else b""
    row: dict[str, Any] = {
        "site_id": site.id,
        "id": decision_id,
        "thread_id": SITE_CHAIN if thread is None else thread.id,
        "seq": owner.log_seq + 1,
        "batch": batch or decision_id,
        "comment_id": comment_id,
        "act": act,
        "actor": by.kind,
        "actor_id": by.id,
        "state_from": change.state[0],
        "state_to": change.state[1],
        "shown_from": change.shown[0],
        "shown_to": change.shown[1],
        "held_from": change.held[0],
        "held_to": change.held[1],
        "reasons": list(reasons),
        "at": at,
        "commitment": hashlib.sha256(salt + note.encode()).digest() if note else None,
    }
    decision = row_of(Decision, row | {"hash": link(owner.log_head, row)})
    tallies.count(session.info, ("decision", decision_id), tallies.DECISIONS, act, by.kind)
    if comment_id is not None and act == "submit":
        verdict = "approve" if change.state[1] == "approved" else "hold"
        tallies.count(session.info, ("post", comment_id), tallies.POSTS, verdict)
    elif comment_id is not None and by == RULE and act in tallies.VERDICTS:
        # What a rule sets aside at once has arrived just before, in the same transaction.
        tallies.count(session.info, ("post", comment_id), tallies.POSTS, act)
    owner.log_seq = decision.seq
    owner.log_head = decision.hash
    write_new(session, decision)
    if note:
        write_new(session, DecisionNote(site_id=site.id, decision_id=decision_id, salt=salt, words=note))
    return decision


# A new column would change the hash of every row there is.
_FIELDS = tuple(column.name for column in Decision.__table__.columns if column.name != "hash")


def link(head: bytes, row: dict[str, Any]) -> bytes:
    """Return the hash of a row, without its own, that follows a row with the hash `head`."""
    fields = {name: _plain(row[name]) for name in _FIELDS}
    return hashlib.sha256(head + _write(fields).encode()).digest()


# Made once: a log is walked by the hundred thousand.
_write = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return value.hex() if isinstance(value, bytes) else value
