"""What the desk's pages have in common: the lists at the left with their sizes, the sites, the notice."""

from dataclasses import dataclass
from typing import Any

from flask import Response
from flask import g
from flask import make_response
from flask import render_template
from flask import request
from flask import url_for

from commentsvc.models import desk
from commentsvc.models.ids import from_text
from commentsvc.models.site import Site
from commentsvc.moderators import looking
from commentsvc.web.desk.past import who_was_first
from commentsvc.web.desk.words import LIST_NAMES
from commentsvc.web.desk.words import Notice
from commentsvc.web.desk.words import counted
from commentsvc.web.desk.words import notice_of

# Longer words cost much to look for, and are never typed.
MAX_WORDS = 200
# Of so many comments it is said who was first.
MAX_FIRST = 5


@dataclass(frozen=True)
class Place:
    """A list of the desk as the menu shows it: its code, name, address, and how many comments it holds, in words."""

    code: str
    name: str
    url: str
    size: str


def page(template: str, here: str, sizes: dict[str, int], status: int = 200, **values: Any) -> Response:
    """Render a page of the desk; `here` is the code of the place in the menu, `sizes` those of the lists."""
    site = g.get("site")
    places = _places(site, sizes) if site is not None else []
    html = render_template(template, here=here, places=places, site=site, notice=_notice(), **values)
    return make_response(html, status)


def plain(template: str, status: int = 200, **values: Any) -> Response:
    """Render a page for somebody who is not signed in."""
    return make_response(render_template(template, **values), status)


def words_asked() -> str:
    """Return the words to search for."""
    # PostgreSQL refuses to be asked for NUL, and no text holds it.
    return request.values.get("q", "").replace("\0", "").strip()[:MAX_WORDS]


def page_asked() -> int | None:
    """Return the id after which the page begins."""
    return from_text(request.values.get("after", ""))


def with_words(**values: Any) -> dict[str, Any]:
    """Return values for a link that keeps to the search and the page, without those that are nothing."""
    kept = {"q": words_asked(), "after": request.values.get("after", "") if page_asked() is not None else ""}
    return {name: value for name, value in (kept | values).items() if value}


def _notice() -> Notice | None:
    asked = request.args.get("first", "")
    if not asked or g.get("site") is None:
        return notice_of(request.args)
    # Ids of comments: their names are read, never taken from the address.
    ids = [number for number in map(from_text, asked.split("-")[:MAX_FIRST]) if number is not None]
    return notice_of(request.args, who_was_first(looking.who_was_first(g.site, ids), g.moderator.id))


def _places(site: Site, sizes: dict[str, int]) -> list[Place]:
    return [
        Place(name, LIST_NAMES[name], url_for("desk.listing", site=site.key, name=name), counted(sizes[name]))
        for name in desk.LISTS
    ]
