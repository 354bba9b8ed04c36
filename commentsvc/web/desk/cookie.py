"""What the session cookie holds of a moderator: the token of their session, which is kept on the server."""

from flask import session

from commentsvc.people import second_factor
from commentsvc.people import signing_in
from commentsvc.people.second_factor import Waiting
from commentsvc.people.signing_in import SignedIn
from commentsvc.web.service import service

TOKEN = "token"  # noqa: S105
# Of a session that owes its second factor; under another name, so that nothing takes it for one that does not.
HALF = "half"


def holder() -> SignedIn | None:
    """Return who is signed in with this browser; None for a stranger and where the session has ended."""
    token = session.get(TOKEN)
    return signing_in.signed_in(token, service().now()) if isinstance(token, str) else None


def token() -> str:
    """Return the token of this browser's session; empty where it has none."""
    found = session.get(TOKEN)
    return found if isinstance(found, str) else ""


def half() -> tuple[str, Waiting] | None:
    """Return the token of a sign-in that waits for its second factor, and whose it is."""
    found = session.get(HALF)
    if not isinstance(found, str):
        return None
    waiting = second_factor.waiting(found, service().now())
    return (found, waiting) if waiting is not None else None


def begin(token: str) -> None:
    """Put a new session in the place of whatever this browser had, which ends."""
    end()
    session.permanent = True
    session[TOKEN] = token


def begin_half(token: str) -> None:
    """Keep a sign-in that owes its second factor, in the place of whatever this browser had."""
    end()
    session[HALF] = token


def end() -> None:
    """End this browser's session, here and on the server."""
    ended = [session.get(name) for name in (TOKEN, HALF)]
    session.clear()
    for token in ended:
        if isinstance(token, str):
            signing_in.sign_out(token)
