"""Comments from elsewhere, brought as a file by an owner: look what would come, then import, and follow the run."""

from collections.abc import Callable
from contextlib import suppress
from typing import IO
from urllib.parse import urlsplit

from flask import Request
from flask import Response
from flask import current_app
from flask import g
from flask import redirect
from flask import request
from flask import send_file
from flask import url_for
from werkzeug.wrappers import Response as BaseResponse

from commentsvc.models import import_job as states
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.moderators import moderating
from commentsvc.moving import jobs
from commentsvc.moving.archive_lines import SOURCE_NAME
from commentsvc.moving.importers.known import IMPORTERS
from commentsvc.moving.jobs import Wish
from commentsvc.moving.starting import start
from commentsvc.moving.uploads import Arriving
from commentsvc.moving.uploads import Uploads
from commentsvc.moving.uploads import uploads_of
from commentsvc.refusals import FieldError
from commentsvc.refusals import Invalid
from commentsvc.refusals import UnknownImport
from commentsvc.web.desk import import_words
from commentsvc.web.desk.page import page
from commentsvc.web.service import service

# What the form may have beside the file, in bytes, and how many parts; the parser's own pieces have 64 KB.
MAX_FIELDS = 256 * 1024
MAX_PARTS = 20
MAX_MOVED = 50


class FileRequest(Request):
    """A request whose file goes where its route says, as it arrives; that of others as Flask has it."""

    take_file: Callable[[int], IO[bytes]] | None = None

    def _get_file_stream(
        self, total_content_length: int | None, content_type: str | None, filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:  # fmt: skip
        if self.take_file is None:
            return super()._get_file_stream(total_content_length, content_type, filename, content_length)
        return self.take_file(total_content_length or 0)


def take_file() -> None:
    """Let this request bring a file as large as the setting says, which is written where uploads lie."""
    limit = service().settings.upload_limit << 20
    if request.method != "POST" or not limit:
        return
    request.max_content_length = limit + MAX_FIELDS
    request.max_form_memory_size = MAX_FIELDS
    request.max_form_parts = MAX_PARTS
    arrived: list[Arriving] = []
    g.arrived = arrived

    def begin(length: int) -> IO[bytes]:
        arrived.append(_uploads().begin(length))
        return arrived[-1]  # pyright: ignore[reportReturnType]

    request.take_file = begin  # pyright: ignore[reportAttributeAccessIssue]


def drop_what_is_left(_error: BaseException | None = None) -> None:
    """Erase what arrived with this request and was not taken: cut off, too large, or without a token."""
    for file in g.pop("arrived", ()):
        with suppress(OSError):
            file.drop()


def too_large() -> BaseResponse:
    """Say how large a file may be."""
    return _form(Invalid(FieldError("file", "too-large", _too_large())), 413)


def import_file() -> BaseResponse:
    """Show the form; take a file, and begin to look through it."""
    if request.method != "POST":
        return _form()
    if "arrived" not in g:
        words = "Files can't be brought here: whoever runs the service has switched it off."
        return _form(Invalid(FieldError("file", "off", words)))
    try:
        wish = _wish()
        file = _file()
    except Invalid as refused:
        return _form(refused)
    job_id = jobs.add(g.site, g.moderator, wish, file.path.name, file.size, service().now())
    file.close()
    g.arrived.remove(file)
    _begin(job_id, dry=True)
    return _to(job_id)


def import_job(job: str) -> BaseResponse:
    """Show an import: how far it is, what would come, or what came."""
    view = jobs.look(g.site, _number(job), _uploads(), service().now())
    return page(
        "desk/import_job.html",
        "import",
        moderating.sizes(g.site),
        code=job,
        view=view,
        job=view.job,
        importer=IMPORTERS.get(view.job.form),
        words=import_words.of(view),
        step=import_words.step(view.job),
        told=import_words.told(view.job.report, view.job.dry) if view.job.report else None,
        has_report=_uploads().report(view.job.file).is_file(),
    )


def import_start(job: str) -> BaseResponse:
    """Begin a run, or let one go on; where it can't begin, the page says why."""
    job_id = _number(job)
    if not _begin(job_id, dry=request.form.get("dry") == "yes"):
        view = jobs.look(g.site, job_id, _uploads(), service().now())
        # Pressed twice, or by two people: one run is what they wanted.
        return _to(job_id) if view.going or view.job.state == states.DONE else _to(job_id, "import-busy")
    return _to(job_id)


def import_drop(job: str) -> BaseResponse:
    """End a run and erase the file; what was imported stays."""
    jobs.drop(g.site, _number(job), _uploads(), service().now())
    return redirect(url_for("desk.import_file", site=g.site.key, did="import-drop"), 303)


def import_report(job: str) -> BaseResponse:
    """Give every skip and note as a file of JSON lines."""
    view = jobs.look(g.site, _number(job), _uploads(), service().now())
    path = _uploads().report(view.job.file)
    if view.going or not path.is_file():
        raise UnknownImport
    name = f"{g.site.key}-{view.job.form}-report.jsonl"
    return send_file(path, mimetype="application/jsonl", as_attachment=True, download_name=name)


def _begin(job_id: int, dry: bool) -> bool:
    ours = service()
    token = jobs.claim(g.site, job_id, dry, _uploads(), ours.now())
    if token is None:
        return False
    app = current_app._get_current_object()  # pyright: ignore[reportAttributeAccessIssue]
    start(g.site, job_id, token, ours.settings, app.app_context, ours.clock)
    return True


def _wish() -> Wish:
    errors = []
    form = request.form.get("format", "")
    if form not in IMPORTERS:
        errors.append(FieldError("format", "unknown", "Choose where your comments are now."))
    source = request.form.get("source", "").strip() or None
    if source is not None and not SOURCE_NAME.fullmatch(source):
        errors.append(FieldError("source", "invalid", "It is a short name in lower case, such as my-old-blog."))
    pairs = [line.split() for line in request.form.get("moved", "").splitlines() if line.strip()]
    if len(pairs) > MAX_MOVED or not all(len(pair) == 2 and all(map(_is_address, pair)) for pair in pairs):
        words = f"On each line write two addresses, the old one and the new one, at most {MAX_MOVED} lines."
        errors.append(FieldError("moved", "invalid", words))
    if errors:
        raise Invalid(*errors)
    return Wish(form, source, tuple((old, new) for old, new in pairs), "pingbacks" in request.form)


def _too_large() -> str:
    limit = service().settings.upload_limit
    return f"The file is larger than the {limit:,} MB that may be brought here. Nothing was stored."


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and len(text) <= 2048


def _file() -> Arriving:
    sent = request.files.get("file")
    file = next((one for one in g.arrived if sent is not None and one is sent.stream), None)
    if file is None or not file.size:
        raise Invalid(FieldError("file", "empty", "Choose the file with your comments; it must not be empty."))
    if file.size > service().settings.upload_limit << 20:
        raise Invalid(FieldError("file", "too-large", _too_large()))
    return file


def _form(refused: Invalid | None = None, status: int | None = None) -> Response:
    now = service().now()
    return page(
        "desk/import.html",
        "import",
        moderating.sizes(g.site),
        status or (422 if refused is not None else 200),
        importers=list(IMPORTERS.values()),
        errors={error.field: error.message for error in refused.errors} if refused is not None else {},
        # What was typed of a request that is too large was never read.
        typed=request.form if request.method == "POST" and status is None else {},
        limit=service().settings.upload_limit,
        earlier=[
            (to_text(view.job.id), IMPORTERS.get(view.job.form), import_words.of(view), view)
            for view in jobs.newest(g.site, _uploads(), now)
        ],
    )


def _to(job_id: int, did: str | None = None) -> BaseResponse:
    return redirect(url_for("desk.import_job", site=g.site.key, job=to_text(job_id), did=did), 303)


def _number(text: str) -> int:
    number = from_text(text)
    if number is None:
        raise UnknownImport
    return number


def _uploads() -> Uploads:
    return uploads_of(service().settings)
