"""Letters that could not be sent: to whom, why, and a button that has them sent again."""

from dataclasses import dataclass

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.models import letter as kinds
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.moderators import moderating
from commentsvc.notifying import parking
from commentsvc.web.desk.page import page
from commentsvc.web.desk.words import ago
from commentsvc.web.service import service

WORDS = {
    kinds.CONFIRM: "Please confirm your address",
    kinds.COMMENT: "A comment that somebody follows",
    kinds.APPROVED: "Your comment is published",
    kinds.REJECTED: "Your comment was not approved",
    kinds.PENDING: "Comments wait",
    kinds.DIGEST: "Comments wait, once a day",
    kinds.WEEKLY: "The week in numbers",
    kinds.INVITATION: "An invitation",
}


@dataclass(frozen=True)
class Line:
    """A letter as the page shows it."""

    id: str
    words: str
    recipient: str
    error: str
    ago: str


def letters() -> Response:
    """Show the letters that were given up, the last first."""
    now = service().now()
    lines = [
        Line(to_text(one.id), WORDS[one.kind], one.recipient, one.error or "", ago(one.parked or now, now))
        for one in parking.look(g.site)
    ]
    sizes = moderating.sizes(g.site)
    return page("desk/letters.html", "letters", sizes, lines=lines, is_open=service().outbox.is_open)


def send_letters() -> Response:
    """Have letters sent again, one or all that the page showed, and lead back."""
    numbers = [number for number in map(from_text, request.form.getlist("id")) if number is not None]
    parking.send_again(g.site, numbers, service().now())
    return redirect(url_for("desk.letters", site=g.site.key), 303)
