"""The forms that readers fill in without JavaScript, by Flask-WTF and with tokens of our own.

The fields are not checked here: the verbs do that, so that every door refuses the same in the same words.
"""

import hashlib
import json
from collections.abc import Iterable

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms import EmailField
from wtforms import StringField
from wtforms import TextAreaField
from wtforms import URLField
from wtforms.validators import InputRequired

from commentsvc.models.site import Site
from commentsvc.notifying import outbox
from commentsvc.refusals import FieldError
from commentsvc.web.form_tokens import SignedToken
from commentsvc.web.form_tokens import Subject
from commentsvc.web.problems import Problem

TOKEN = "csrf_token"  # noqa: S105 - the name of the field


class SignedForm(FlaskForm):
    """A form that is known by its signed token and not by a session."""

    class Meta(FlaskForm.Meta):
        """Wires the form to its token, whatever the application's settings for sessions are."""

        csrf = True  # pyright: ignore[reportAssignmentType]
        csrf_class = SignedToken
        csrf_field_name = TOKEN  # pyright: ignore[reportAssignmentType]

    def __init__(self, subject: Subject, **values: str) -> None:
        """Take what was sent with the request, or else these values; the subject is what the token is bound to."""
        # Without files: one that is sent under the name of a field is no text.
        sent = request.form if self.is_submitted() else None
        super().__init__(formdata=sent, meta={"csrf_context": subject}, data=values)

    def in_order(self, errors: Iterable[FieldError]) -> list[FieldError]:
        """Return errors in the order of the form's fields; what belongs to none of them comes first."""
        places = {name: place for place, name in enumerate(self._fields)}
        return sorted(errors, key=lambda error: -1 if error.field == TOKEN else places.get(error.field, -1))

    def problems(self) -> list[FieldError]:
        """Return what the form itself knows to be wrong: the token, a box that must be ticked."""
        self.validate()
        code = {TOKEN: "token"}
        return [
            FieldError(name, code.get(name, "empty"), str(message))
            for name, messages in self.errors.items()
            if name is not None
            for message in messages
        ]

    def typed(self, name: str) -> str:
        """Return what was typed into a field, or nothing where the form does not have it."""
        return (self[name].data or "") if name in self else ""


class CommentForm(SignedForm):
    """The form under a thread."""

    body = TextAreaField("Comment")
    name = StringField("Name")
    email = EmailField("Email")
    website = URLField("Website")
    notify = BooleanField("Tell me about replies by email")
    consent = BooleanField(validators=[InputRequired("Please tick this box to go on.")])
    # Nobody sees it, and no browser fills it in. Programs that fill in whatever there is give themselves away.
    subject = StringField("Leave this empty")

    def suit(self, site: Site) -> None:
        """Leave out what the site does not ask for, or cannot do."""
        if outbox.current() is None:
            del self.notify
        if not site.website_field:
            del self.website
        if site.consent is None:
            del self.consent

    def idempotency_key(self, *where: str | None) -> str:
        """Return a key that is the same for the same text from the same page and place.

        So a double click or a reload stores one comment, while two readers of one cached page don't collide. `where`
        holds the network too: a receipt must not go to whoever repeats somebody's words with the token of their page.
        """
        typed = [self.typed(name) for name in ("body", "name", "email", "website")]
        return hashlib.sha256(json.dumps([self.typed(TOKEN), *where, *typed]).encode()).hexdigest()


class FollowForm(SignedForm):
    """The form in which readers ask for letters about new comments without writing one."""

    # Beside the form of a comment, which has an address too.
    email = EmailField("Your email address", id="follow-email")
    kind = StringField()
    # Nobody sees it. Programs that fill in whatever there is give themselves away.
    homepage = StringField("Leave this empty")


class EditForm(SignedForm):
    """The form in which authors change their own comment."""

    body = TextAreaField("Comment")


class LettersForm(SignedForm):
    """The form in which authors turn letters about replies on or off: a button."""


class DeleteForm(SignedForm):
    """The form in which authors take their own comment back: a button."""


def status_of(problem: Problem) -> int:
    """Return the HTTP status of a form that is shown again: a token that is not good is not a field that is wrong."""
    return 403 if any(error.field == TOKEN for error in problem.errors) else problem.status
