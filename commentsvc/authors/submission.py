"""A submission: what arrived, before it is a comment, and the check that all its fields can be taken."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from commentsvc.models import ids
from commentsvc.models.site import Site
from commentsvc.refusals import FieldError
from commentsvc.refusals import ForeignOrigin
from commentsvc.refusals import Invalid
from commentsvc.text.addresses import Address
from commentsvc.text.addresses import canonical_address
from commentsvc.text.bodies import clean_body
from commentsvc.text.emails import clean_email
from commentsvc.text.names import clean_name
from commentsvc.text.refusal import TextRefused
from commentsvc.text.rendering import render
from commentsvc.text.websites import clean_website

MAX_REF = 200
MAX_TITLE = 300


@dataclass(frozen=True)
class Submission:
    """What arrived, as typed; `ref` is the owner's stable id of the article, `network` the shortened address."""

    url: str
    body: str
    name: str
    email: str | None = None
    website: str | None = None
    ref: str | None = None
    title: str | None = None
    parent: str | None = None
    receipts: tuple[str, ...] = ()
    network: str | None = None
    idempotency_key: str | None = None
    # Whether its author wants to hear by mail what becomes of it, and of replies.
    notify: bool = False
    # In which language those letters are wanted.
    language: str | None = None


@dataclass(frozen=True)
class Text:
    """A comment's text: as written, as shown, and the number of its links."""

    source: str
    html: str
    links: int


@dataclass(frozen=True)
class Checked:
    """A submission whose fields can be taken."""

    address: Address
    ref: str | None
    title: str | None
    parent_id: int | None
    name: str
    email: str | None
    website: str | None
    text: Text


def check(site: Site, submission: Submission) -> Checked:
    """Check all fields of a submission; raise Invalid naming each that is wrong, or ForeignOrigin."""
    errors: list[FieldError] = []

    def field(name: str, clean: Callable[[], Any]) -> Any:
        try:
            return clean()
        except TextRefused as refused:
            errors.append(FieldError(name, refused.code, refused.message))
            return None

    address = field("url", lambda: canonical_address(submission.url))
    body = field("body", lambda: clean_body(submission.body))
    name = field("name", lambda: clean_name(submission.name))
    email = field("email", lambda: clean_email(submission.email or "")) if _given(submission.email) else None
    if site.email_required and not _given(submission.email):
        errors.append(FieldError("email", "empty", "Please enter your email address."))
    website = field("website", lambda: clean_website(submission.website or "")) if _given(submission.website) else None
    parent_id = ids.from_text(submission.parent) if submission.parent is not None else None
    if submission.parent is not None and parent_id is None:
        errors.append(unknown_parent())
    if errors or address is None or body is None or name is None:
        raise Invalid(*errors)
    if address.origin not in site.origins:
        raise ForeignOrigin(address.origin)
    return Checked(
        address=address,
        ref=clean_ref(submission.ref),
        title=clean_title(submission.title),
        parent_id=parent_id,
        name=name,
        email=email,
        website=website if site.website_field else None,
        text=shown_text(body),
    )


def check_text(raw: str) -> Text:
    """Return a comment's text as it is kept and as it is shown; raise Invalid naming the field."""
    try:
        source = clean_body(raw)
    except TextRefused as refused:
        raise Invalid(FieldError("body", refused.code, refused.message)) from refused
    return shown_text(source)


def shown_text(source: str) -> Text:
    """Render a text; raise Invalid where nothing of it could be seen, as of a link's definition alone."""
    rendered = render(source)
    if not rendered.visible:
        raise Invalid(FieldError("body", "empty", "Nothing of this text would be seen. Please type your comment."))
    return Text(source, rendered.html, rendered.links)


def article_address(site: Site, url: str) -> Address:
    """Return the address of one of the site's articles; raise Invalid or ForeignOrigin."""
    try:
        address = canonical_address(url)
    except TextRefused as refused:
        raise Invalid(FieldError("url", refused.code, refused.message)) from refused
    if address.origin not in site.origins:
        raise ForeignOrigin(address.origin)
    return address


def clean_ref(raw: str | None) -> str | None:
    """Return the owner's stable id of an article, or None; raise Invalid."""
    if raw is None or not raw.strip():
        return None
    ref = raw.strip()
    if len(ref) > MAX_REF:
        raise Invalid(FieldError("id", "too_long", f"The id of a thread has at most {MAX_REF} characters."))
    if not ref.isprintable():
        raise Invalid(FieldError("id", "control", "The id of a thread can't hold control characters."))
    return ref


def clean_title(raw: str | None) -> str | None:
    """Return the title of an article as plain text; a title that is no use is none, since readers did not type it."""
    if raw is None:
        return None
    printable = "".join(character if character.isprintable() else " " for character in raw)
    return " ".join(printable.split())[:MAX_TITLE].strip() or None


def unknown_parent() -> FieldError:
    """Say that the comment replied to is not there."""
    return FieldError("parent", "unknown", "The comment you reply to is no longer there.")


def _given(text: str | None) -> bool:
    return text is not None and bool(text.strip())
