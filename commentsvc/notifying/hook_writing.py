"""A delivery in words: made when it is sent, of what is true then; None where nothing is left of what it was about."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import DELETED
from commentsvc.models.comment import Comment
from commentsvc.models.decision import Decision
from commentsvc.models.delivery import Delivery
from commentsvc.models.ids import to_text
from commentsvc.models.owned import comment_of
from commentsvc.models.owned import revision_of
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.models.webhook import REPORTED
from commentsvc.models.webhook import Webhook
from commentsvc.notifying import links
from commentsvc.notifying.hook_shapes import Said
from commentsvc.notifying.hook_shapes import Told
from commentsvc.notifying.hook_shapes import body
from commentsvc.notifying.hook_signing import message_id
from commentsvc.notifying.outbox import Outbox
from commentsvc.text.excerpts import plain_text


def write(session: Session, outbox: Outbox, webhook: Webhook, delivery: Delivery) -> bytes | None:
    """Return the body of a delivery; it holds no address of mail and no network."""
    site = session.get_one(Site, delivery.site_id)
    comment = comment_of(session, site, delivery.comment_id) if delivery.comment_id is not None else None
    if comment is None and delivery.comment_id is not None:
        return None
    desk, page = f"{outbox.settings.base_url}/moderate/{site.key}", None
    said = None
    if comment is not None:
        thread = session.get_one(Thread, (site.id, comment.thread_id))
        said = _said(session, comment, thread)
        page = links.comment_address(outbox, site, thread, comment.id) if comment.state == APPROVED else None
    if delivery.kind == REPORTED:
        desk += "/reports"
    elif comment is not None:
        desk += f"/comments/{to_text(comment.id)}"
    else:
        desk += f"/webhooks/{to_text(webhook.id)}"
    told = Told(
        id=message_id(delivery.id),
        kind=delivery.kind,
        site=site.key,
        site_name=site.name,
        at=delivery.at,
        facts=_facts(session, delivery),
        said=said,
        desk=desk,
        page=page,
        chat=webhook.chat,
    )
    return body(webhook.shape, told)


def _said(session: Session, comment: Comment, thread: Thread) -> Said:
    # What was taken back or removed is nobody's to read any more.
    has_text = comment.state != DELETED
    html = revision_of(session, comment, comment.shown_revision).html if has_text else None
    held = comment.held_revision if has_text else None
    waiting = revision_of(session, comment, held).html if held is not None else None
    return Said(
        id=to_text(comment.id),
        parent=to_text(comment.parent_id) if comment.parent_id is not None else None,
        url=thread.url,
        title=thread.title or comment.title,
        name=comment.name if comment.withdrawn is None else None,
        by_moderator=comment.moderator_id is not None,
        state=comment.state,
        html=html,
        text=plain_text(html) if html is not None else None,
        waiting_html=waiting,
        waiting_text=plain_text(waiting) if waiting is not None else None,
        created=comment.created,
    )


def _facts(session: Session, delivery: Delivery) -> dict[str, Any]:
    if "reasons" in delivery.facts or delivery.comment_id is None:
        return delivery.facts
    # Of a comment that was posted the log knows why it waits, or did not.
    reasons = session.scalar(
        select(Decision.reasons)
        .where(Decision.site_id == delivery.site_id, Decision.comment_id == delivery.comment_id)
        .order_by(Decision.id)
        .limit(1)
    )
    return delivery.facts | {"reasons": reasons or []}
