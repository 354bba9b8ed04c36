"""What authors do with their own data: see all their comments, take everything along, erase it; without JavaScript."""

import json
from typing import Any

from flask import Blueprint
from flask import Response
from flask import redirect
from flask import render_template
from flask import request
from flask import url_for

from commentsvc.authors import erasing
from commentsvc.authors import own_data
from commentsvc.authors import revising
from commentsvc.authors.own_data import Door
from commentsvc.models import ids
from commentsvc.models.site import Site
from commentsvc.notifying import outbox
from commentsvc.notifying.recovering import MINE
from commentsvc.people import managing
from commentsvc.readers import publishing
from commentsvc.refusals import DatabaseAway
from commentsvc.refusals import Invalid
from commentsvc.refusals import TooMany
from commentsvc.web import lanes
from commentsvc.web import receipt_pages
from commentsvc.web.forms import DeleteForm
from commentsvc.web.forms import status_of
from commentsvc.web.problems import problem_of
from commentsvc.web.service import service

HTML = "text/html; charset=utf-8"
ALL = "all"

own_data_pages = Blueprint("own_data_pages", __name__, url_prefix="/r/<site>")
own_data_pages.after_request(receipt_pages.keep_private)


@own_data_pages.get("/<receipt>/all")
def all_mine(site: str, receipt: str) -> Response:
    """List all comments that are provably by the author of this one."""
    return _list(managing.site(site), _receipt_door(site, receipt))


@own_data_pages.get(f"/{MINE}/<secret>")
def recovered(site: str, secret: str) -> Response:
    """List all comments that carry the address to which this link was mailed."""
    return _list(managing.site(site), _link_door(site, secret))


@own_data_pages.get("/<receipt>/data")
def data(site: str, receipt: str) -> Response:
    """Give what is kept of one comment as a file."""
    found, number, now = managing.site(site), receipt_pages.comment_id_in(receipt), service().now()
    return _file(found, own_data.of_one(found, number, receipt, service().keys, now))


@own_data_pages.get("/<receipt>/all/data")
def all_data(site: str, receipt: str) -> Response:
    """Give what is kept of all comments that are provably by the author of this one as a file."""
    found = managing.site(site)
    return _file(found, own_data.of_all(found, _receipt_door(site, receipt), service().now()))


@own_data_pages.get(f"/{MINE}/<secret>/data")
def recovered_data(site: str, secret: str) -> Response:
    """Give what is kept of a mailbox and all comments that carry its address as a file."""
    found = managing.site(site)
    return _file(found, own_data.of_all(found, _link_door(site, secret), service().now()))


@own_data_pages.get("/<receipt>/erase")
def ask(site: str, receipt: str) -> Response:
    """Ask whether a comment, or all of its author's, is to be erased, and say what that means."""
    found, number = managing.site(site), receipt_pages.comment_id_in(receipt)
    mine = revising.read(found, number, receipt, service().keys)
    if mine.comment.erased is not None:
        return _to_receipt(site, receipt)
    # What its author has taken back is not shown again.
    comment = publishing.own_json(mine) if mine.comment.withdrawn is None else None
    return _erase_page(found, own_data.count(_receipt_door(site, receipt)), comment=comment, own=mine)


@own_data_pages.post("/<receipt>/erase")
def erase(site: str, receipt: str) -> Response:
    """Erase a comment, or all of its author's, and lead back to the receipt."""
    found, number = managing.site(site), receipt_pages.comment_id_in(receipt)
    pages, now = lanes.page_store(service().settings), service().now()
    try:
        receipt_pages.take(DeleteForm(receipt_pages.subject("erase")))
        if request.form.get("what") == ALL:
            erasing.erase_all(found, _receipt_door(site, receipt), pages, now)
        else:
            erasing.erase(found, number, receipt, service().keys, pages, now)
    except (Invalid, TooMany, DatabaseAway) as refusal:
        return _erase_again(found, refusal)
    return _to_receipt(site, receipt)


@own_data_pages.get(f"/{MINE}/<secret>/erase")
def ask_for_all(site: str, secret: str) -> Response:
    """Ask whether everything of a mailbox is to be erased, and say what that means."""
    return _erase_page(managing.site(site), own_data.count(_link_door(site, secret)))


@own_data_pages.post(f"/{MINE}/<secret>/erase")
def erase_for_all(site: str, secret: str) -> Response:
    """Erase everything of a mailbox, and say so: afterwards the link leads nowhere."""
    found = managing.site(site)
    try:
        receipt_pages.take(DeleteForm(receipt_pages.subject("erase")))
        pages = lanes.page_store(service().settings)
        erased = erasing.erase_all(found, _link_door(site, secret), pages, service().now())
    except (Invalid, TooMany, DatabaseAway) as refusal:
        return _erase_again(found, refusal)
    return _page("erased", found, erased=erased)


def _receipt_door(site: str, receipt: str) -> Door:
    number = receipt_pages.comment_id_in(receipt)
    return own_data.by_own_receipt(managing.site(site), number, receipt, service().keys)


def _link_door(site: str, secret: str) -> Door:
    return own_data.by_link(managing.site(site), secret, service().keys, service().now())


def _list(site: Site, door: Door) -> Response:
    leaf = own_data.leaf(site, door, service().keys, ids.from_text(request.args.get("before", "")))
    return _page(
        "all",
        site,
        leaf=leaf,
        states=receipt_pages.STATES,
        withdrawn=receipt_pages.WITHDRAWN,
        has_letters=outbox.current() is not None,
        is_first="before" not in request.args,
    )


def _file(site: Site, content: dict[str, Any]) -> Response:
    response = Response(json.dumps(content, ensure_ascii=False, indent=2) + "\n", content_type="application/json")
    name = f"{site.key}-my-comments-{service().now():%Y-%m-%d}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _erase_page(site: Site, count: int | None, **values: Any) -> Response:
    return _page("erase", site, form=DeleteForm(receipt_pages.subject("erase")), count=count, **values)


def _erase_again(site: Site, refusal: Invalid | TooMany | DatabaseAway) -> Response:
    # The database may be away: the page asks again without it.
    problem = problem_of(refusal)
    response = _erase_page(site, None, problem=problem, what=request.form.get("what", ""))
    response.status_code = status_of(problem)
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _to_receipt(site: str, receipt: str) -> Response:
    return redirect(url_for("receipt_pages.show", site=site, receipt=receipt), 303)  # pyright: ignore[reportReturnType]


def _page(name: str, site: Site, **values: Any) -> Response:
    named = request.view_args or {}
    html = render_template(
        f"receipt/{name}.html", site=site.key, site_name=site.name, named=named, receipt=named.get("receipt"),
        language=site.language, **values,
    )  # fmt: skip
    return Response(html, content_type=HTML)
