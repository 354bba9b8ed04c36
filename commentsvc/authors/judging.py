"""A comment is judged: by the site's policy, by its rules, and by whom else it asks."""

import hashlib
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.authors import receipts
from commentsvc.authors.submission import Text
from commentsvc.keys import Keyring
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import REJECTED
from commentsvc.models.comment import SPAM
from commentsvc.models.comment import Comment
from commentsvc.models.decision import Decision
from commentsvc.models.remote_check import ask_about
from commentsvc.models.rule import ScreeningRule
from commentsvc.models.rule import standing_orders
from commentsvc.models.site import Site
from commentsvc.models.text_mark import last_said
from commentsvc.models.text_mark import mark
from commentsvc.models.text_mark import sent_from
from commentsvc.moderators import filtering
from commentsvc.notifying.outbox import asks_akismet
from commentsvc.screening import policy
from commentsvc.screening.policy import Policy
from commentsvc.screening.policy import Standing
from commentsvc.screening.policy import Verdict
from commentsvc.screening.policy import strictest
from commentsvc.screening.rules import kinds
from commentsvc.screening.rules.facts import Facts
from commentsvc.screening.rules.folding import folded
from commentsvc.screening.rules.judge import Ready
from commentsvc.screening.rules.judge import judge_rules
from commentsvc.screening.rules.judge import ready
from commentsvc.screening.rules.rule import Rule
from commentsvc.screening.suspicion import Signs
from commentsvc.screening.suspicion import judge_signs
from commentsvc.text.excerpts import plain_text
from commentsvc.text.names import skeleton

# For so long a comment that was spam or rejected takes away what its author's approved ones earned.
FORGIVEN_AFTER = timedelta(days=30)
# Rules that are ready are kept by their version; a host of very many sites makes some of them again.
KEPT_READY = 500
# What is not written to a site's log, as a moderator's new name may be, is seen after so long.
ORDERS_LAST = timedelta(seconds=60)


@dataclass(frozen=True)
class Case:
    """What is judged: the comment, when it came, how old its thread was, whether its author is known.

    `comment_id` is that of a comment which is stored already, so that it is not taken for an earlier one of its own.
    """

    text: Text
    name: str
    email: str | None
    website: str | None
    network: str | None
    at: datetime
    thread_age: timedelta
    known: bool
    comment_id: int | None = None


@dataclass(frozen=True)
class Judgement:
    """The verdict on a comment, the mark of its text where a rule will ask for it, whether another service is asked.

    `asks` is None where none is, else whether the comment is approved where that finds nothing.
    """

    verdict: Verdict
    digest: bytes | None = None
    asks: bool | None = None

    def remember(self, session: Session, site: Site, comment_id: int, at: datetime) -> None:
        """Keep the mark of the comment's text, and what is to be asked about it."""
        if self.digest is not None:
            mark(session, site.id, comment_id, self.digest, at)
        if self.asks is not None:
            ask_about(session, site.id, comment_id, self.asks, at)


def judge(session: Session, site: Site, case: Case, *, limits: bool = True, signs: Signs | None = None) -> Judgement:
    """Return the verdict on a comment within the transaction that stores it: the strictest of all that are asked.

    The rules are those of the site as it was read for this request. Without `limits` (COMMENTSVC_RATE_LIMITS=off) those
    against floods and repeats are not asked. `signs` tell how a new comment was sent; an edit has none.
    """
    orders, moderators = _orders(session, site, case.at)
    is_reserved = _is_reserved(case.name, [*moderators, *site.reserved_names])
    standing = Standing(links=case.text.links, known=case.known, reserved=is_reserved)
    verdicts = [policy.judge(standing, Policy(hold=site.hold, links=site.hold_links))]
    rules = [each for each in _made_ready(session, site.id, orders) if limits or each.rule.kind not in FLOODS]
    if rules:
        verdicts.insert(0, judge_rules(gather(session, site, case, rules), rules))
    if signs is not None:
        verdicts.append(judge_signs(signs, site.proof, known=case.known))
    learnt = filtering.verdict(
        session, site, filtering.sample_of(case.text.source, case.text.html, case.name, case.website, case.email)
    )
    if learnt is not None:
        verdicts.append(learnt)
    verdict = strictest(*verdicts)
    digest = digest_of(case.text.source) if _asks(rules, kinds.DUPLICATE) else None
    if signs is None or case.known or verdict.action not in (policy.APPROVE, policy.HOLD) or not asks_akismet():
        return Judgement(verdict, digest)
    approves = verdict.action == policy.APPROVE
    waits = Verdict(policy.HOLD, (policy.AWAITING_CHECK,)) if approves else verdict
    return Judgement(waits, digest, approves)


FLOODS = (kinds.DUPLICATE, kinds.TOO_FAST)


def gather(session: Session, site: Site, case: Case, rules: Sequence[Ready]) -> Facts:
    """Return what these rules look at, as it was when the comment came; only what they ask for is looked up."""
    said_before = None
    same_network: tuple[timedelta, ...] = ()
    if _asks(rules, kinds.DUPLICATE):
        since = case.at - timedelta(days=_largest(rules, kinds.DUPLICATE, "days"))
        last = last_said(session, site.id, digest_of(case.text.source), case.at, since, case.comment_id)
        said_before = case.at - last if last is not None else None
    if case.network is not None and _asks(rules, kinds.TOO_FAST):
        within = timedelta(minutes=_largest(rules, kinds.TOO_FAST, "minutes"))
        enough = _largest(rules, kinds.TOO_FAST, "more_than")
        times = sent_from(session, site.id, case.network, case.at, within, enough, case.comment_id)
        same_network = tuple(case.at - time for time in times)
    reads = _asks(rules, kinds.WORDS) or _asks(rules, kinds.SCRIPT)
    return Facts(
        text=case.text.source,
        shown=plain_text(case.text.html) if reads else "",
        links=case.text.links,
        name=case.name,
        email=case.email,
        website=case.website,
        network=case.network,
        known=case.known,
        thread_age=case.thread_age,
        said_before=said_before,
        same_network=same_network,
    )


def digest_of(source: str) -> bytes:
    """Return the mark of a text: texts that look alike have the same."""
    return hashlib.blake2b(folded(source)[0].encode(), digest_size=16).digest()


def rule_from(row: ScreeningRule) -> Rule:
    """Return a stored rule as screening knows it."""
    return Rule(row.kind, row.settings, row.action, row.reason, row.is_on, row.id)


def is_known(session: Session, site: Site, shown: Iterable[str], keys: Keyring, now: datetime) -> bool:
    """Tell whether an author is known: by receipts of as many approved comments as the site asks for, and never typed.

    A comment among those shown that was found to be spam or rejected in the last 30 days takes it away.
    """
    by_id = {comment_id: receipt for receipt in shown if (comment_id := receipts.comment_id_of(receipt)) is not None}
    if not by_id:
        return False
    found = session.execute(
        select(Comment.id, Comment.generation, Comment.state).where(Comment.site_id == site.id, Comment.id.in_(by_id))
    )
    own = [row for row in found if receipts.is_right(by_id[row.id], keys, site.key, row.id, row.generation)]
    if sum(row.state == APPROVED for row in own) < max(site.trust, 1):
        return False
    refused = [row.id for row in own if row.state in (SPAM, REJECTED)]
    return not refused or not _refused_since(session, site, refused, now - FORGIVEN_AFTER)


def _refused_since(session: Session, site: Site, comment_ids: list[int], since: datetime) -> bool:
    question = select(Decision.id).where(
        Decision.site_id == site.id,
        Decision.comment_id.in_(comment_ids),
        Decision.state_to.in_((SPAM, REJECTED)),
        Decision.at > since,
    )
    return session.scalar(question.limit(1)) is not None


def _is_reserved(name: str, names: list[str]) -> bool:
    return bool(names) and skeleton(name) in {_skeleton(each) for each in names}


# The names of moderators are compared with each post.
_skeleton = lru_cache(4096)(skeleton)


def _orders(session: Session, site: Site, at: datetime) -> tuple[list[tuple[int, int]], list[str]]:
    # Every change of rules is a link of the site's chain: while its head is the same, nothing has to be asked.
    kept = _kept_orders.get((site.id, site.log_head))
    if kept is not None and abs(at - kept[0]) < ORDERS_LAST:
        return kept[1]
    found = standing_orders(session, site.id)
    if len(_kept_orders) >= KEPT_READY:
        _kept_orders.clear()
    if site.log_head:
        _kept_orders[site.id, site.log_head] = at, found
    return found


_kept_orders: dict[tuple[int, bytes], tuple[datetime, tuple[list[tuple[int, int]], list[str]]]] = {}


def _made_ready(session: Session, site_id: int, orders: list[tuple[int, int]]) -> list[Ready]:
    missing = [number for number, version in orders if (site_id, number, version) not in _ready]
    if missing:
        if len(_ready) + len(missing) > KEPT_READY:
            _ready.clear()
        rows = session.scalars(
            select(ScreeningRule).where(ScreeningRule.site_id == site_id, ScreeningRule.id.in_(missing))
        )
        for row in rows:
            _ready[site_id, row.id, row.version] = ready(rule_from(row), row.code)
    return [_ready[site_id, number, version] for number, version in orders if (site_id, number, version) in _ready]


_ready: dict[tuple[int, int, int], Ready] = {}


def _asks(rules: Sequence[Ready], kind: str) -> bool:
    return any(each.rule.kind == kind for each in rules)


def _largest(rules: Sequence[Ready], kind: str, setting: str) -> int:
    return max(each.rule.settings[setting] for each in rules if each.rule.kind == kind)
