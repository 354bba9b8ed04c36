"""What the service refuses, as exceptions that carry facts; the doors turn them into a status and words."""

from dataclasses import dataclass
from datetime import datetime


class Refusal(Exception):
    """Stands above everything the service refuses to do."""


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field: its name, a code for programs, a sentence for people."""

    field: str
    code: str
    message: str


class Invalid(Refusal):
    """Says which fields of a request cannot be taken."""

    def __init__(self, *errors: FieldError) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))


class UnknownSite(Refusal):
    """Says that no site has this key."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"there is no site {key!r}")


class SiteChanged(Refusal):
    """Says that a site is not any more as the caller knows it."""


class UnknownComment(Refusal):
    """Says that the site has no such comment."""


class UnknownNotice(Refusal):
    """Says that there is no such notice, or that it is decided already."""


class UnknownThread(Refusal):
    """Says that the site has no such thread."""


class UnknownRelocation(Refusal):
    """Says that the site has no such move of its addresses."""

    def __init__(self) -> None:
        super().__init__("the site has no such move; --undo alone lists those it has")


class UnknownDecision(Refusal):
    """Says that the site has no such decision, or none that can be taken back."""


class TextChanged(Refusal):
    """Says that a comment has another text by now than the one that was changed."""


class Rearranged(Refusal):
    """Says that comments or threads stand elsewhere by now: something was moved or merged since."""


class NotToEdit(Refusal):
    """Says that a comment is not a moderator's to edit: its author took it back."""


class UnknownRule(Refusal):
    """Says that the site has no such rule."""


class UnknownWebhook(Refusal):
    """Says that the site has no such webhook."""


class ForeignOrigin(Refusal):
    """Says that a page or article is not one of the site's."""

    def __init__(self, origin: str | None) -> None:
        self.origin = origin
        super().__init__(f"{origin} is not an origin of this site")


class ThreadClosed(Refusal):
    """Says that a thread takes no more comments."""

    def __init__(self, since: datetime | None) -> None:
        self.since = since
        super().__init__("comments are closed")


class ReceiptMissing(Refusal):
    """Says that the request shows no receipt."""


class ReceiptWrong(Refusal):
    """Says that the receipt is not the one of this comment."""


class EditTooLate(Refusal):
    """Says that the time for editing is over, or that the comment can't be edited in its state."""


class KeyReused(Refusal):
    """Says that an idempotency key came again with another request."""


class TooMany(Refusal):
    """Says that a rate limit is reached, and in how many seconds to try again."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"try again in {retry_after} s")


class DatabaseAway(Refusal):
    """Says that the database can't be reached or written now; nothing was stored."""

    def __init__(self, why: str, retry_after: int = 5) -> None:
        self.why = why
        self.retry_after = retry_after
        super().__init__(why)


class SchemaMismatch(Refusal):
    """Says that the database's schema is not the one this version works with."""


class UnknownModerator(Refusal):
    """Says that nobody signs in with this address of mail."""

    def __init__(self, email: str) -> None:
        self.email = email
        super().__init__(f"there is no moderator {email!r}")


class SignInRefused(Refusal):
    """Says that address and password do not belong together, and never which of them is wrong."""


class InvitationOver(Refusal):
    """Says that an invitation was used, is too old, or never was."""


class SecondFactorOver(Refusal):
    """Says that a sign-in waited too long for its second factor, or was ended."""


class InvitationForAnother(Refusal):
    """Says that an invitation is for another address of mail than that of who is signed in."""


class LastOwner(Refusal):
    """Says that a site would be left without an owner."""


class TokenMissing(Refusal):
    """Says that the request shows no token."""


class TokenWrong(Refusal):
    """Says that a token is unknown, was revoked, or has ended."""


class TokenTooNarrow(Refusal):
    """Says that a token, or the role of whose it is, does not allow an act."""


class LinkOver(Refusal):
    """Says that the link of a letter is none of ours, is too old, or that nothing is left of what it was about."""


class NotByLetter(Refusal):
    """Says why a moderator can't act by the link of a letter: a code, and which comment it is about, if any."""

    def __init__(self, why: str, comment_id: int | None = None) -> None:
        self.why = why
        self.comment_id = comment_id
        super().__init__(why)


class UnknownImport(Refusal):
    """Says that a site has no such import by upload."""


class NoRoom(Refusal):
    """Says that a file can't be taken, since the disk has no room for it, or its folder can't be used."""


class LettersOff(Refusal):
    """Says that this service sends no letters."""
