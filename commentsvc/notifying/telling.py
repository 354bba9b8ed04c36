"""Who hears of what: letters are written in the transaction that causes them."""

from datetime import datetime
from datetime import timedelta

from sqlalchemy.orm import Session

from commentsvc.authors import receipts
from commentsvc.authors.submission import Submission
from commentsvc.models import comment as states
from commentsvc.models import letter as letters
from commentsvc.models.comment import Comment
from commentsvc.models.decision import Decision
from commentsvc.models.ids import new_id
from commentsvc.models.invitation import Invitation
from commentsvc.models.letter import last_letter
from commentsvc.models.letter import last_told
from commentsvc.models.letter import withdraw_letters
from commentsvc.models.letter import write_letter
from commentsvc.models.moderator import MAY_DECIDE
from commentsvc.models.moderator import people_of
from commentsvc.models.owned import comment_of
from commentsvc.models.remote_check import on_moderated
from commentsvc.models.site import Site
from commentsvc.models.subscription import REPLIES
from commentsvc.models.subscription import Mailbox
from commentsvc.models.subscription import author_subscription
from commentsvc.models.subscription import fold
from commentsvc.models.subscription import listeners
from commentsvc.models.subscription import mailbox_for
from commentsvc.models.subscription import owns_one_of
from commentsvc.models.subscription import subscription_for
from commentsvc.notifying import hooks
from commentsvc.notifying.outbox import Outbox
from commentsvc.notifying.outbox import current

# A moderator can take a decision back as long before anybody hears of it.
UNDO_WITHIN = timedelta(seconds=60)
# A moderator hears at most so often that comments wait.
BETWEEN = timedelta(minutes=10)

OUTCOMES = {states.APPROVED: letters.APPROVED, states.REJECTED: letters.REJECTED, states.DELETED: letters.REJECTED}


def on_posted(session: Session, site: Site, comment: Comment, submission: Submission | None, now: datetime) -> None:
    """Write the letters of a comment that was just stored, in its transaction; raise IntegrityError in a race.

    What a rule found to be spam or rejected moves nobody to write to anybody.
    """
    hooks.posted(session, site, comment, now)
    outbox = current()
    if outbox is None or comment.state not in (states.PENDING, states.APPROVED):
        return
    if submission is not None and submission.notify and comment.email is not None:
        _subscribe_author(session, outbox, site, comment, comment.email, submission, now)
    if comment.state == states.APPROVED:
        _tell_listeners(session, site, comment, now, now)
    else:
        _tell_moderators(session, site, now)


def on_decided(session: Session, site: Site, comment: Comment, decision: Decision, now: datetime) -> None:
    """Write the letters of a decision on a comment in its transaction, and withdraw those of the one before.

    Nobody hears of a moderator's decision before the time to take it back is over.
    """
    hooks.decided(session, site, decision, now)
    if decision.actor == "moderator":
        on_moderated(session, site.id, comment.id, comment.state, now + UNDO_WITHIN)
    before, after = decision.state_from, decision.state_to
    if before == after or after is None or current() is None:
        return
    withdraw_letters(session, site, comment.id, now)
    due = now + UNDO_WITHIN if decision.actor == "moderator" else now
    if after == states.APPROVED:
        _tell_listeners(session, site, comment, due, now)
    _tell_author(session, site, comment, decision, due, now)


def on_held(session: Session, site: Site, now: datetime) -> None:
    """Tell moderators within its transaction that a comment, or the new text of one, waits again."""
    if current() is not None:
        _tell_moderators(session, site, now)


def on_invited(session: Session, site: Site, offer: Invitation, now: datetime) -> None:
    """Write the letter of an invitation, whose token must be `links.secret` of it, in its transaction."""
    if current() is not None:
        write_letter(session, site, letters.INVITATION, offer.id, offer.email, now, now)


def ask_to_confirm(
    session: Session, outbox: Outbox, site: Site, mailbox: Mailbox, subscription_id: int, network: str | None,
    now: datetime, again: bool = False,
) -> bool:  # fmt: skip
    """Write the letter that asks whether an address is theirs who typed it, unless that was asked too often lately.

    For each subscription there is one, unless it is to be sent `again`.
    """
    settings, limiter = outbox.settings, outbox.limiter
    # Each is counted whatever the other says, so that it can't be learnt which of them it was.
    by_address = limiter.allows(session, settings.confirm_limit, "confirm-address", mailbox.folded)
    by_network = limiter.allows(session, settings.confirm_network_limit, "confirm-network", network or "unknown")
    if by_address and by_network:
        event_id = new_id(now) if again else subscription_id
        write_letter(session, site, letters.CONFIRM, event_id, mailbox.email, now, now, subscription_id=subscription_id)
    return by_address and by_network


def _subscribe_author(
    session: Session, outbox: Outbox, site: Site, comment: Comment, email: str, submission: Submission, now: datetime
) -> None:
    mailbox = mailbox_for(session, site, email, now)
    if mailbox.silenced is not None:
        return
    # Anybody can type a proven address. Who shows the receipt of a comment that its owner has confirmed need not again.
    is_theirs = mailbox.proven is not None and owns_one_of(
        session, site, mailbox, _shown(session, outbox, site, submission.receipts)
    )
    confirmed = now if is_theirs else None
    language = submission.language
    subscription = subscription_for(session, site, mailbox, REPLIES, comment.id, confirmed, now, language)
    if not is_theirs:
        ask_to_confirm(session, outbox, site, mailbox, subscription.id, submission.network, now)


def _shown(session: Session, outbox: Outbox, site: Site, shown: tuple[str, ...]) -> list[int]:
    # Of which comments these are the receipts.
    found = []
    for receipt in shown:
        comment_id = receipts.comment_id_of(receipt)
        comment = comment_of(session, site, comment_id) if comment_id is not None else None
        if comment is not None and receipts.is_right(receipt, outbox.keys, site.key, comment.id, comment.generation):
            found.append(comment.id)
    return found


def _tell_listeners(session: Session, site: Site, comment: Comment, due: datetime, now: datetime) -> None:
    for subscription, mailbox in listeners(session, site, comment):
        about = {"comment_id": comment.id, "subscription_id": subscription.id}
        write_letter(session, site, letters.COMMENT, comment.id, mailbox.email, due, now, **about)


def _tell_author(
    session: Session, site: Site, comment: Comment, decision: Decision, due: datetime, now: datetime
) -> None:
    kind = OUTCOMES.get(comment.state)
    told = last_told(session, site, comment.id)
    # Who took it back knows; what a rule did is told by the receipt; what was undone in time is as if it never was.
    if kind is None or kind == told or decision.actor != "moderator" or (told is None and decision.act == "undo"):
        return
    found = author_subscription(session, site, comment.id)
    if found is None or not found[0].is_active or found[1].silenced is not None:
        return
    # Whose letters end when the comment's address is another one, or none.
    if comment.email is None or fold(comment.email) != found[1].folded:
        return
    about = {"comment_id": comment.id, "subscription_id": found[0].id}
    write_letter(session, site, kind, decision.id, found[1].email, due, now, **about)


def _tell_moderators(session: Session, site: Site, now: datetime) -> None:
    if site.tell_moderators == "off":
        return
    for person, role in people_of(session, site):
        if role not in MAY_DECIDE or person.password_hash is None:
            continue
        about = {"moderator_id": person.id}
        if site.tell_moderators == "digest":
            due = _next_hour(now, site.digest_hour)
            write_letter(session, site, letters.DIGEST, due.toordinal(), person.email, due, now, **about)
            continue
        last = last_letter(session, site, person.email, letters.PENDING)
        # One that is not on its way yet will tell of this comment too.
        if last is None or last.sent is not None or last.parked is not None or last.leased_until is not None:
            due = max(now, last.due + BETWEEN) if last is not None else now
            write_letter(session, site, letters.PENDING, new_id(now), person.email, due, now, **about)


def _next_hour(now: datetime, hour: int) -> datetime:
    due = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return due if due > now else due + timedelta(days=1)
