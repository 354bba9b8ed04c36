"""The queue and the other lists of comments, each with its search."""

from flask import g
from flask import redirect
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc import moderating
from commentsvc.models import desk
from commentsvc.models.ids import to_text
from commentsvc.web.desk.cards import card_of
from commentsvc.web.desk.page import page
from commentsvc.web.desk.page import page_asked
from commentsvc.web.desk.page import with_words
from commentsvc.web.desk.page import words_asked
from commentsvc.web.desk.words import LIST_NAMES
from commentsvc.web.desk.words import OFFERED
from commentsvc.web.desk.words import ago
from commentsvc.web.desk.words import counted
from commentsvc.web.service import service

LISTS = desk.LISTS


def enter() -> Response:
    """Go to the queue of the moderator's first site, or say how to get a site."""
    if not g.sites:
        return page("desk/no_site.html", "", {})
    site, _ = g.sites[0]
    return redirect(url_for("desk.listing", site=site.key, name=desk.QUEUE), 303)


def listing(name: str) -> Response:
    """Show a page of the queue or of another list."""
    now = service().now()
    words, after = words_asked(), page_asked()
    view = moderating.look(g.site, name, words, after)
    if not view.listing.entries and after is not None:
        # Everything on this page was decided: on with the first one.
        return redirect(url_for("desk.listing", site=g.site.key, name=name, **with_words(after=None)), 303)
    further = view.listing.next
    return page(
        "desk/list.html",
        name,
        view.sizes,
        title=LIST_NAMES[name],
        size=view.sizes[name],
        oldest=ago(view.oldest, now) if view.oldest is not None else None,
        published=counted(view.sizes["approved"]),
        cards=[card_of(entry, name, now) for entry in view.listing.entries],
        acts=OFFERED[name],
        words=words,
        after=to_text(after) if after is not None else None,
        further=to_text(further) if further is not None else None,
    )
