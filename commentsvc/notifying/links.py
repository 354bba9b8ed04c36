"""The links of letters: their secrets stand in the path under /r/, are made by key and are nowhere stored."""

from urllib.parse import urlencode

from commentsvc.authors import receipts
from commentsvc.keys import Keyring
from commentsvc.models.ids import to_text
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.notifying.outbox import Outbox

# What a link is good for. A secret made for one is none for another, nor the receipt of a comment.
CONFIRM = "confirm"
UNSUBSCRIBE = "unsubscribe"
MAILBOX = "mailbox"
INVITATION = "invitation"
# Look at the comments that wait, and act: of a letter to a moderator.
ACT = "act"


def secret(keys: Keyring, site: Site, use: str, number: int) -> str:
    """Return the secret by which a link acts on a subscription, mailbox, invitation or letter."""
    return receipts.make(keys, _purpose(site, use), number, 1)


def number_of(keys: Keyring, site: Site, use: str, given: str) -> int | None:
    """Return the id that a link's secret is of; None where it is not the secret of this site and use."""
    number = receipts.comment_id_of(given)
    if number is None or not receipts.is_right(given, keys, _purpose(site, use), number, 1):
        return None
    return number


def address(outbox: Outbox, site: Site, use: str, number: int) -> str:
    """Return the whole address of a link under /r/."""
    return f"{outbox.settings.base_url}/r/{site.key}/{use}/{secret(outbox.keys, site, use, number)}"


def receipt_address(outbox: Outbox, site: Site, comment_id: int, generation: int) -> str:
    """Return the address of a comment's receipt page."""
    return f"{outbox.settings.base_url}/r/{site.key}/{receipts.make(outbox.keys, site.key, comment_id, generation)}"


def comment_address(outbox: Outbox, site: Site, thread: Thread, comment_id: int) -> str:
    """Return where a published comment stands on the thread's plain page."""
    number = to_text(comment_id)
    asked = {"url": thread.url} | ({"id": thread.ref} if thread.ref else {}) | {"comment": number}
    return f"{outbox.settings.base_url}/sites/{site.key}/thread?{urlencode(asked)}#comment-{number}"


def queue_address(outbox: Outbox, site: Site) -> str:
    """Return where moderators see what waits."""
    return f"{outbox.settings.base_url}/moderate/{site.key}/queue"


def statistics_address(outbox: Outbox, site: Site) -> str:
    """Return where moderators see the numbers of their site."""
    return f"{outbox.settings.base_url}/moderate/{site.key}/statistics"


def invitation_address(outbox: Outbox, site: Site, invitation_id: int) -> str:
    """Return where an invitation is taken."""
    return f"{outbox.settings.base_url}/moderate/join/{secret(outbox.keys, site, INVITATION, invitation_id)}"


def _purpose(site: Site, use: str) -> str:
    # No site's key holds a line end.
    return f"{use}\n{site.key}"
