"""Asks Akismet about comments off the request path, and tells it where moderators saw one otherwise.

A comment waits until the answer is there. One that never comes leaves it to the moderators. What is sent: the comment's
text, its author's name and website, the article's address, and the shortened network. Never an address of mail.
"""

import http.client
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from urllib.parse import unquote
from urllib.parse import urlencode
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.acts import apply
from commentsvc.models.acts import locked
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import SPAM
from commentsvc.models.comment import Comment
from commentsvc.models.decision import RULE
from commentsvc.models.decision import record
from commentsvc.models.owned import revision_of
from commentsvc.models.remote_check import CHECK
from commentsvc.models.remote_check import HAM
from commentsvc.models.remote_check import Key
from commentsvc.models.remote_check import RemoteCheck
from commentsvc.models.remote_check import claim_check
from commentsvc.models.remote_check import due_checks
from commentsvc.models.remote_check import forget_checks
from commentsvc.models.site import Site
from commentsvc.notifying.telling import on_decided
from commentsvc.settings import BadSetting
from commentsvc.settings import Settings

log = logging.getLogger(__name__)

REASON = "akismet"
PATHS = {CHECK: "/1.1/comment-check", "spam": "/1.1/submit-spam", HAM: "/1.1/submit-ham"}
AT_ONCE = 50
# Seconds for each step of an answer.
TIME = 10.0
LEASE = timedelta(minutes=2)
FIRST_DELAY = timedelta(seconds=30)
MAX_DELAY = timedelta(hours=1)
# With these delays half a day; then the comment is left to the moderators.
MAX_ATTEMPTS = 18
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Account:
    """Where to ask, and by which key."""

    secure: bool
    host: str
    port: int | None
    key: str


class Unanswered(Exception):
    """Says why there is no answer, without the key."""


def account(settings: Settings) -> Account | None:
    """Return whom to ask, or None where nobody is; raise BadSetting."""
    if not settings.akismet_url:
        return None
    parts = urlsplit(settings.akismet_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.username or parts.path.strip("/"):
        raise BadSetting("AKISMET_URL", "(hidden)", "expected https://YOUR-KEY@rest.akismet.com")
    return Account(parts.scheme == "https", parts.hostname, parts.port, unquote(parts.username))


def ask_due(settings: Settings, clock: Callable[[], datetime]) -> int:
    """Ask and tell what is due, and return how much was; raise DatabaseAway."""
    ours = account(settings)
    if ours is None:
        return 0
    with reading() as session:
        keys = due_checks(session, clock(), AT_ONCE)
    done = 0
    for key in keys:
        try:
            done += _ask(ours, key, clock)
        except Unanswered as error:
            # What is due after it would fare no better, and rests where it is.
            log.warning("Akismet did not answer: %s", error)
            break
    if keys:
        with transaction() as session:
            forget_checks(session, clock() - KEPT)
    return done


def _ask(ours: Account, key: Key, clock: Callable[[], datetime]) -> bool:
    now = clock()
    with transaction() as session:
        row = claim_check(session, key, now, now + LEASE)
        if row is None:
            return False
        site, comment = session.get_one(Site, key[0]), session.get_one(Comment, key)
        kind, attempts = row.kind, row.attempts
        source = revision_of(session, comment, comment.newest_revision).source
        # What was taken back or erased is nobody else's business.
        if comment.withdrawn is not None or comment.state not in (PENDING, SPAM, APPROVED) or not source:
            row.at = None
            return False
        fields = _fields(ours, site, comment, source)
    try:
        words = _post(ours, PATHS[kind], fields)
        if kind == CHECK and words not in ("true", "false"):
            raise Unanswered("it does not take the question; is the key right?")
    except Unanswered:
        with transaction() as session:
            row = session.get(RemoteCheck, key)
            if row is not None and row.at is not None:
                wait = min(FIRST_DELAY * 2 ** (attempts - 1), MAX_DELAY)
                row.at = now + wait if attempts < MAX_ATTEMPTS else None
        raise
    with transaction() as session:
        _take_in(session, key, kind, words, clock())
    return True


def _take_in(session: Session, key: Key, kind: str, words: str, now: datetime) -> None:
    site = session.get_one(Site, key[0])
    pairs = locked(session, site, [key[1]])
    row = session.get(RemoteCheck, key, populate_existing=True)
    # A moderator was faster, or the comment went to another thread: then it is asked about again.
    if row is None or row.at is None or row.kind != kind or not pairs:
        return
    row.at = None
    if kind != CHECK:
        row.said = kind
        return
    row.said = "spam" if words == "true" else HAM
    comment, thread = pairs[0]
    # A text that was written anew is not the one that was asked about.
    if comment.state != PENDING or comment.withdrawn is not None or comment.newest_revision != 1:
        return
    if row.said == HAM and not row.approves:
        return
    act = "spam" if row.said == "spam" else "approve"
    change = apply(session, thread, comment, act, now)
    reasons = (REASON,) if act == "spam" else ()
    made = record(
        session, site, thread,
        act=act, by=RULE, at=now, comment_id=comment.id, change=change, reasons=reasons,
    )  # fmt: skip
    on_decided(session, site, comment, made, now)


def _fields(ours: Account, site: Site, comment: Comment, source: str) -> dict[str, str]:
    return {
        "api_key": ours.key,
        "blog": site.origins[0],
        "blog_lang": site.language,
        "blog_charset": "UTF-8",
        # Of the network what we keep: an address is asked for, and its last part is not theirs to know.
        "user_ip": (comment.network or "0.0.0.0/0").partition("/")[0],
        "permalink": comment.url or site.origins[0],
        "comment_type": "reply" if comment.parent_id is not None else "comment",
        "comment_author": comment.name,
        "comment_author_url": comment.website or "",
        "comment_content": source,
        "comment_date_gmt": comment.created.isoformat(),
    }


def _post(ours: Account, path: str, fields: dict[str, str]) -> str:
    kind = http.client.HTTPSConnection if ours.secure else http.client.HTTPConnection
    connection = kind(ours.host, ours.port, timeout=TIME)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": "commentsvc"}
        connection.request("POST", path, urlencode(fields), headers)
        answer = connection.getresponse()
        words = answer.read(200).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        raise Unanswered(type(error).__name__) from error
    finally:
        connection.close()
    # A redirect is not followed: it would carry what people wrote to somebody else.
    if answer.status != http.client.OK:
        raise Unanswered(f"status {answer.status}")
    return words
