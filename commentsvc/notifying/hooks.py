"""Which events webhooks hear of: rows in the transaction that causes them.

They hear at once, also of what a moderator decides: the published page shows it at once too, and a receiver that keeps
a copy must not lag behind it. What is taken back within the minute in which letters wait is an event of its own.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from commentsvc.models.comment import DELETED
from commentsvc.models.comment import Comment
from commentsvc.models.decision import Decision
from commentsvc.models.delivery import Event
from commentsvc.models.delivery import forget_answers
from commentsvc.models.delivery import queue_up
from commentsvc.models.report import Report
from commentsvc.models.site import Site
from commentsvc.models.webhook import EDITED
from commentsvc.models.webhook import REPORTED
from commentsvc.models.webhook import at_work

# A host of very many sites asks for some of them again.
REMEMBERED = 1000


def posted(session: Session, site: Site, comment: Comment, now: datetime) -> None:
    """Tell that a comment was stored, in whichever state."""
    by = "author" if comment.moderator_id is None else "moderator"
    facts = {"from": None, "to": comment.state, "by": by}
    _tell(session, site, Event(f"comment.{comment.state}", comment.id, comment.created, comment.id, facts), now)


def decided(session: Session, site: Site, decision: Decision, now: datetime) -> None:
    """Tell what a decision changed on a comment: its state, else its text; what changes neither is not told."""
    before, after = decision.state_from, decision.state_to
    if after == DELETED and decision.comment_id is not None:
        forget_answers(session, site, decision.comment_id)
    is_text = (decision.shown_from, decision.held_from) != (decision.shown_to, decision.held_to)
    if after is None or (before == after and not is_text):
        return
    kind = EDITED if before == after else f"comment.{after}"
    facts = {"from": before, "to": after, "by": decision.actor, "reasons": list(decision.reasons)}
    _tell(session, site, Event(kind, decision.id, decision.at, decision.comment_id, facts), now)


def reported(session: Session, site: Site, report: Report, now: datetime) -> None:
    """Tell that a reader reported a comment; the reader's words stay on the desk."""
    facts = {"by": "reader", "reasons": [report.reason]}
    _tell(session, site, Event(REPORTED, report.id, report.at, report.comment_id, facts), now)


def _tell(session: Session, site: Site, event: Event, now: datetime) -> None:
    # Most sites have none, and every post asks. One that is added or goes on again is a link of the site's chain: while
    # its head is the same as when there was none, there is none.
    if site.log_head in _without:
        return
    webhooks = at_work(session, site)
    if not webhooks and site.log_head:
        if len(_without) >= REMEMBERED:
            _without.clear()
        _without.add(site.log_head)
    for webhook in webhooks:
        if event.kind in webhook.events:
            queue_up(session, site, webhook.id, event, now)


# Heads of chains of sites that have no webhook at work.
_without: set[bytes] = set()
