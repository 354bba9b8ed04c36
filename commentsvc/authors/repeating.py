"""What is sent twice under one idempotency key is stored once, and gets the first answer again."""

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from datetime import timedelta

from sqlalchemy import Row
from sqlalchemy.orm import Session

from commentsvc.authors.submission import Submission
from commentsvc.models.kept_answer import KeptAnswer
from commentsvc.models.kept_answer import keep_answer
from commentsvc.models.kept_answer import kept_answer
from commentsvc.models.site import Site
from commentsvc.refusals import KeyReused

# How long a repeated request gets the answer of the first.
REPEAT_WITHIN = timedelta(hours=24)


def first_answer(session: Session, site: Site, submission: Submission, now: datetime) -> Row[bytes, int, int] | None:
    """Return fingerprint, comment_id and status of the answer given before; raise KeyReused for another's key."""
    if submission.idempotency_key is None:
        return None
    kept = kept_answer(session, site.id, _hash(submission.idempotency_key), now - REPEAT_WITHIN)
    if kept is not None and kept.fingerprint != _fingerprint(submission):
        raise KeyReused
    return kept


def keep_first_answer(
    session: Session, site: Site, submission: Submission, comment_id: int, status: int, now: datetime
) -> None:
    """Keep the answer of a submission that has a key."""
    if submission.idempotency_key is None:
        return
    kept = KeptAnswer(
        site_id=site.id,
        key_hash=_hash(submission.idempotency_key),
        fingerprint=_fingerprint(submission),
        comment_id=comment_id,
        status=status,
        at=now,
    )
    keep_answer(session, kept, now - REPEAT_WITHIN)


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _fingerprint(submission: Submission) -> bytes:
    # What a person typed and where, not what the network or the browser adds to it.
    typed = asdict(submission) | {"network": None, "receipts": None, "idempotency_key": None, "title": None}
    typed |= {"language": None}
    return hashlib.sha256(json.dumps(typed, sort_keys=True).encode()).digest()
