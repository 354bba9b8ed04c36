"""The queue and the other lists of comments, each with its search."""

from flask import g
from flask import redirect
from flask import request
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.models import desk
from commentsvc.models.ids import to_text
from commentsvc.moderators import moderating
from commentsvc.refusals import UnknownSite
from commentsvc.web.desk.cards import card_of
from commentsvc.web.desk.page import page
from commentsvc.web.desk.page import page_asked
from commentsvc.web.desk.page import words_asked
from commentsvc.web.desk.wanting import clears
from commentsvc.web.desk.wanting import kept
from commentsvc.web.desk.wanting import reasons
from commentsvc.web.desk.wanting import wanted
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


def find() -> Response:
    """Go from the filter's form to the list of the site that it names."""
    asked = request.args.get("site", "")
    key = next((site.key for site, _ in g.sites if site.key == asked), None)
    if key is None:
        raise UnknownSite(asked)
    name = request.args.get("list", desk.QUEUE)
    return redirect(url_for("desk.listing", site=key, name=name if name in LISTS else desk.QUEUE, **kept()), 303)


def listing(name: str) -> Response:
    """Show a page of the queue or of another list."""
    now = service().now()
    sought, after = wanted(), page_asked()
    view = moderating.look(g.site, name, sought, after)
    if not view.listing.entries and after is not None:
        # Everything on this page was decided: on with the first one.
        return redirect(url_for("desk.listing", site=g.site.key, name=name, **kept()), 303)
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
        words=words_asked(),
        kept=kept(),
        clears=clears(name) if sought else [],
        reasons=reasons(),
        lists=LIST_NAMES,
        shown=now.timestamp(),
        after=to_text(after) if after is not None else None,
        further=to_text(further) if further is not None else None,
    )
