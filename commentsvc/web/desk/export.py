"""Taking all comments of a site along, for its owners: in which format, and what goes with them."""

import tempfile

from flask import current_app
from flask import g
from flask import request
from flask import send_file
from flask import url_for
from werkzeug.wrappers import Response

from commentsvc.moderators import moderating
from commentsvc.moving.beside import BESIDE
from commentsvc.moving.beside import REVISIONS
from commentsvc.moving.exporters.archive import ARCHIVE
from commentsvc.moving.exporters.known import EXPORTERS
from commentsvc.moving.leaving import take_along
from commentsvc.web.desk.page import page
from commentsvc.web.service import service

# What is asked for by a tick; all versions of a text are in every archive.
OFFERED = {
    "decisions": "what was decided on comments and threads, with the notes",
    "subscriptions": "confirmed mailboxes and what they hear of: these are addresses of people who read here",
    "rules": "the rules of the site",
}
WORDS = {
    "archive": "Archive: everything, for another commentsvc or a safe place",
    "wordpress": "WordPress",
    "disqus": "Isso, Remark42, Comentario and others, in the XML of Disqus",
    "csv": "A table for spreadsheets",
    "html": "Pages to read and to keep, of published comments alone",
}
IMPORTING = "desk.import_file"


def export() -> Response:
    """Show what can be taken along; give it as a file."""
    if request.method != "POST":
        return _form("archive", [])
    form, ticked = request.form.get("format", ""), request.form.getlist("with")
    beside = [one for one in BESIDE if one in ticked and one != REVISIONS]
    if form not in EXPORTERS:
        return _form("archive", beside, "Please choose one of the formats.", 422)
    if beside and form != ARCHIVE.name:
        return _form(form, beside, "Only an archive has a place for these: choose it, or take the ticks away.", 422)
    exporter, now = EXPORTERS[form], service().now()
    # Written first and sent then: whoever is slow to take it holds no connection to the database, and what arrives is
    # whole.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        take_along(g.site, g.moderator, exporter, beside, file, now)
        file.seek(0)
        name = f"{g.site.key}-comments-{now:%Y-%m-%d}.{exporter.suffix}"
        answer = send_file(file, mimetype=exporter.media_type, as_attachment=True, download_name=name)
    except BaseException:
        file.close()
        raise
    # Whatever a browser makes of it, nothing in it may run in the name of the desk.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _form(chosen: str, beside: list[str], problem: str | None = None, status: int = 200) -> Response:
    has_import = IMPORTING in current_app.view_functions
    return page(
        "desk/export.html",
        "import",
        moderating.sizes(g.site),
        status,
        exporters=[(one, WORDS[one.name]) for one in EXPORTERS.values()],
        offered=OFFERED,
        chosen=chosen,
        beside=beside,
        problem=problem,
        importing=url_for(IMPORTING, site=g.site.key) if has_import else None,
    )
