"""What the session cookie holds of a moderator: the token of their session, which is kept on the server."""

from flask import session

from commentsvc import signing_in
from commentsvc.signing_in import SignedIn
from commentsvc.web.service import service

TOKEN = "token"  # noqa: S105


def holder() -> SignedIn | None:
    """Return who is signed in with this browser; None for a stranger and where the session has ended."""
    token = session.get(TOKEN)
    return signing_in.signed_in(token, service().now()) if isinstance(token, str) else None


def begin(token: str) -> None:
    """Put a new session in the place of whatever this browser had, which ends."""
    end()
    session.permanent = True
    session[TOKEN] = token


def end() -> None:
    """End this browser's session, here and on the server."""
    token = session.get(TOKEN)
    session.clear()
    if isinstance(token, str):
        signing_in.sign_out(token)
