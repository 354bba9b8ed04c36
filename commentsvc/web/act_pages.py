"""What the link of a moderator's letter opens: the comments that wait, with buttons; a GET changes nothing.

Nobody is signed in here and no cookie is read. The page works without scripts and has none.
"""

from dataclasses import dataclass

from flask import Blueprint
from flask import Response
from flask import g
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for

from commentsvc.models import desk
from commentsvc.models import ids
from commentsvc.models.site import Site
from commentsvc.moderators import acting_by_letter as acting
from commentsvc.moderators import looking
from commentsvc.moderators.acting_by_letter import Opened
from commentsvc.moderators.moderating import UNDO
from commentsvc.notifying import links
from commentsvc.people import managing
from commentsvc.refusals import NotByLetter
from commentsvc.web.desk.cards import Card
from commentsvc.web.desk.cards import card_of
from commentsvc.web.desk.past import DID
from commentsvc.web.desk.past import who_was_first
from commentsvc.web.desk.words import APPROVE
from commentsvc.web.desk.words import REJECT
from commentsvc.web.desk.words import SPAM
from commentsvc.web.desk.words import counted
from commentsvc.web.form_tokens import require_own_page
from commentsvc.web.service import service
from commentsvc.web.visitors import limited_network

act_pages = Blueprint("act_pages", __name__, url_prefix=f"/r/<site>/{links.ACT}/<secret>")

BUTTONS = (APPROVE, SPAM, REJECT)
DONE = {"approve": "Approved", "spam": "Marked as spam", "reject": "Rejected", "undo": "Undone: it is as before"}

# Nothing is left to try on the letter's page for these.
WITHOUT_PAGE = (acting.UNKNOWN, acting.OLD, acting.LEFT, acting.VIEWER, acting.MOVED, acting.FACTOR)
# Of these somebody may be trying many.
GUESSED = (acting.UNKNOWN, acting.FORGED)
AGAIN = "Nothing was changed. The page with the comments, opened again, has new buttons."
WORDS = {
    acting.UNKNOWN: (
        404,
        "This link is not known here",
        "It is incomplete, or belongs to another site. Open it once more from the letter, or sign in to the desk.",
    ),
    acting.OLD: (
        410,
        "This letter is too old to act from",
        "Its link was good for seven days. What waits now stands on the desk.",
    ),
    acting.LEFT: (
        403,
        "This letter is for somebody who has left",
        "Whoever it was written to does not moderate this site any more. An owner of the site can ask them back.",
    ),
    acting.VIEWER: (
        403,
        "You look on here, and do not decide",
        "Your role was changed since this letter was written. An owner of the site can change it again.",
    ),
    acting.MOVED: (
        403,
        "This letter went to another address",
        "Your account has another address by now. Use the letters that come to that one, or sign in to the desk.",
    ),
    acting.FACTOR: (
        403,
        "Please sign in to decide",
        "You have set up a second factor, so that a letter alone is not enough. The comments wait on the desk.",
    ),
    acting.FORGED: (403, "This button was made for something else", AGAIN),
    acting.LATE: (410, "This page was open for a long time", f"Its buttons were good for an hour. {AGAIN}"),
    acting.USED: (410, "This button was used already", f"Each is good once. {AGAIN}"),
    acting.DECIDED: (
        409,
        "This comment was decided in the meantime",
        "Nothing was changed. On the desk you can decide otherwise.",
    ),
    acting.EDITED: (
        409,
        "The text was changed in the meantime",
        "Nothing was changed: its author wrote it anew, so please read it again first.",
    ),
    acting.GONE: (410, "This comment is gone", "Its author took it back, or it was moved. Nothing was changed."),
    acting.TOO_LATE: (
        410,
        "The minute to undo is over",
        "Nothing was changed. On the desk the decision can still be taken back.",
    ),
}


@dataclass(frozen=True)
class Waiting:
    """A comment on the page, and the buttons below it: class, verb, and what the button sends."""

    card: Card
    buttons: list[tuple[str, str, str]]


@act_pages.get("")
def show(site: str, secret: str) -> Response:
    """Show the comments that wait to whom the letter was written."""
    found = g.site = managing.site(site)
    batch = ids.from_text(request.args.get("did", ""))
    try:
        opened = acting.open_letter(service().keys, found, secret, service().now(), batch)
    except NotByLetter as refusal:
        return _refused(found, secret, refusal)
    return _page(found, secret, opened)


@act_pages.post("")
def act(site: str, secret: str) -> Response:
    """Do what a button says with its comment, or take that back, and lead to the page."""
    found = g.site = managing.site(site)
    require_own_page()
    what, _, token = request.form.get("do", "").partition(":")
    comment_id = ids.from_text(request.form.get("comment", ""))
    keys, now = service().keys, service().now()
    try:
        if comment_id is None:
            raise NotByLetter(acting.FORGED)
        if what == UNDO:
            batch = acting.take_back(keys, found, secret, comment_id, token, now)
        else:
            batch = acting.decide(keys, found, secret, comment_id, what, token, now)
    except NotByLetter as refusal:
        return _refused(found, secret, refusal)
    return redirect(url_for(".show", site=site, secret=secret, did=ids.to_text(batch)), 303)  # pyright: ignore[reportReturnType]


@act_pages.after_request
def keep_private(response: Response) -> Response:
    """Keep every answer, refusals too, out of caches and search engines, and the page without any script."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    )
    return response


def _page(site: Site, secret: str, opened: Opened) -> Response:
    now = service().now()
    waiting = [
        Waiting(
            card_of(one.entry, desk.QUEUE, now),
            [(button.code, button.verb, f"{button.code}:{one.tokens[button.code]}") for button in BUTTONS],
        )
        for one in opened.waiting
    ]
    done = opened.done
    page = render_template(
        "act/waiting.html",
        site=site,
        secret=secret,
        moderator=opened.moderator,
        waiting=waiting,
        count=opened.count,
        counted=counted(opened.count),
        done=done,
        did=DONE.get(done.act) if done is not None else None,
        done_id=ids.to_text(done.comment_id) if done is not None else None,
    )
    return Response(page, content_type="text/html; charset=utf-8")


def _refused(site: Site, secret: str, refusal: NotByLetter) -> Response:
    if refusal.why in GUESSED:
        # What is right is never counted: a stranger in the same network must not be able to lock a moderator out.
        service().limiter.hit(service().settings.sign_in_limit, "act-by-letter", limited_network())
    status, title, words = WORDS[refusal.why]
    page = render_template(
        "act/refused.html",
        site=site,
        title=title,
        words=words,
        who=_who(site, refusal) if refusal.why == acting.DECIDED else None,
        again=url_for(".show", site=site.key, secret=secret) if refusal.why not in WITHOUT_PAGE else None,
    )
    return Response(page, status, content_type="text/html; charset=utf-8")


def _who(site: Site, refusal: NotByLetter) -> str | None:
    # Names of moderators are for moderators: whoever comes so far has shown a token that was good.
    past = looking.who_was_first(site, [refusal.comment_id] if refusal.comment_id is not None else [])
    if not past:
        return None
    act = past[0].decision.act
    who = who_was_first(past, 0)
    return f"{who[:1].upper()}{who[1:]} {DID.get(act, act.replace('-', ' '))}."
