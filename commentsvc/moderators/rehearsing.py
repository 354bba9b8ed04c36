"""A rule is rehearsed: on comments that moderators decided already, before it decides on any."""

from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.authors.judging import Case
from commentsvc.authors.judging import gather
from commentsvc.authors.submission import Text
from commentsvc.database import reading
from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import REJECTED
from commentsvc.models.comment import SPAM
from commentsvc.models.comment import Comment
from commentsvc.models.comment import Revision
from commentsvc.models.decision import Decision
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.moderators import ruling
from commentsvc.screening.policy import APPROVE
from commentsvc.screening.policy import KNOWN
from commentsvc.screening.rules import kinds
from commentsvc.screening.rules.judge import judge_rules
from commentsvc.screening.rules.judge import ready
from commentsvc.screening.rules.rule import Rule
from commentsvc.text.excerpts import plain_text
from commentsvc.text.rendering import render

LAST = 200
AT_MOST = 1000
EXCERPT = 160


@dataclass(frozen=True)
class Example:
    """A comment of a rehearsal: whose it is, how it begins, what the moderators made of it."""

    comment_id: int
    name: str
    excerpt: str
    state: str


@dataclass(frozen=True)
class Rehearsal:
    """What a rule would have done with the last decided comments, newest first.

    `rightly` are those it hits that moderators found to be spam or rejected, `wrongly` those they approved; `missed`
    are spam or rejected ones that it lets pass.
    """

    decided: int
    rightly: list[Example]
    wrongly: list[Example]
    missed: list[Example]

    @property
    def hit(self) -> int:
        """How many comments the rule hits."""
        return len(self.rightly) + len(self.wrongly)


def rehearse(site: Site, rule: Rule, last: int = LAST) -> Rehearsal:
    """Return what a rule would have done with the last comments that moderators decided; raise DatabaseAway.

    Each is judged as it would have been when it came, by the text it has now, and apart from the site's other rules.
    """
    acting = replace(rule, is_on=True)
    ruling.remember_texts(site, acting)
    made = ready(acting, "")
    found = Rehearsal(0, [], [], [])
    with reading() as session:
        cases = _decided(session, site, acting, min(last, AT_MOST))
        for case, state in cases:
            is_hit = judge_rules(gather(session, site, case, [made]), [made]).action != APPROVE
            example = Example(case.comment_id or 0, case.name, plain_text(case.text.html, EXCERPT), state)
            if is_hit:
                (found.wrongly if state == APPROVED else found.rightly).append(example)
            elif state != APPROVED:
                found.missed.append(example)
    return replace(found, decided=len(cases))


def _decided(session: Session, site: Site, rule: Rule, last: int) -> list[tuple[Case, str]]:
    chosen = _last_decided(session, site, last)
    known = _known(session, site, chosen) if rule.kind == kinds.FIRST_TIME else set()
    rows = session.execute(
        select(Comment, Revision, Thread.created)
        .join(
            Revision,
            (Revision.site_id == Comment.site_id)
            & (Revision.comment_id == Comment.id)
            & (Revision.n == Comment.shown_revision),
        )
        .join(Thread, (Thread.site_id == Comment.site_id) & (Thread.id == Comment.thread_id))
        .where(Comment.site_id == site.id, Comment.id.in_(chosen))
        .order_by(Comment.id.desc())
    )
    return [
        (_case(comment, revision, began, comment.id in known, rule), comment.state) for comment, revision, began in rows
    ]


def _case(comment: Comment, revision: Revision, began: datetime, known: bool, rule: Rule) -> Case:
    # Rendering is what costs, and links alone need it.
    links = render(revision.source, revision.markup).links if rule.kind == kinds.LINKS else 0
    return Case(
        text=Text(revision.source, revision.html, links),
        name=comment.name,
        email=comment.email,
        website=comment.website,
        network=comment.network,
        at=comment.created,
        thread_age=comment.created - began,
        known=known,
        comment_id=comment.id,
    )


def _last_decided(session: Session, site: Site, last: int) -> list[int]:
    # Those that stand as a moderator left them; what its author took back is no example any more.
    decided = (
        select(Decision.comment_id, Decision.id)
        .join(Comment, (Comment.site_id == Decision.site_id) & (Comment.id == Decision.comment_id))
        .where(
            Decision.site_id == site.id,
            Decision.actor == "moderator",
            Decision.state_to == Comment.state,
            Comment.state.in_((APPROVED, SPAM, REJECTED)),
            Comment.moderator_id.is_(None),
        )
        .order_by(Decision.id.desc())
        # A comment that was decided again and again is one.
        .limit(2 * last)
    )
    return list(dict.fromkeys(row.comment_id for row in session.execute(decided)))[:last]


def _known(session: Session, site: Site, comment_ids: list[int]) -> set[int]:
    # Receipts are not kept; that they made an author known is said by the decision on the submission.
    rows = session.execute(
        select(Decision.comment_id, Decision.reasons).where(
            Decision.site_id == site.id, Decision.comment_id.in_(comment_ids), Decision.act == "submit"
        )
    )
    return {comment_id for comment_id, reasons in rows if comment_id is not None and KNOWN in reasons}
