"""Threads as pages of HTML that need nothing: one for each, an index, and one style, in a zip or a folder."""

import os
import shutil
import zipfile
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from typing import cast

from commentsvc.models.ids import to_text
from commentsvc.models.site import Site
from commentsvc.moving.exporters.contents import Contents
from commentsvc.moving.exporters.contents import OutComment
from commentsvc.moving.exporters.contents import OutThread
from commentsvc.moving.exporters.contents import contents_of
from commentsvc.moving.exporters.contents import is_published
from commentsvc.moving.exporters.declared import Exporter
from commentsvc.moving.exporters.declared import Written
from commentsvc.moving.exporters.style import STYLE
from commentsvc.moving.files import Unwritable
from commentsvc.moving.found import Progress
from commentsvc.moving.times import write_time
from commentsvc.text.hrefs import safe_href
from commentsvc.text.writing import end_tag
from commentsvc.text.writing import escape
from commentsvc.text.writing import start_tag

# Opens a file of the export by its name, which is made of ids and never of what anybody wrote.
_Open = Callable[[str], AbstractContextManager[IO[bytes]]]
_DEEPEST = 6
_REL = "nofollow ugc noopener"
# Nothing in these pages runs, loads from elsewhere or sends anything, whatever a program that changes them overlooks.
_POLICY = "script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'"
_FOREVER = (1980, 1, 1, 0, 0, 0)


def write_zip(site: Site, out: IO[bytes], progress: Progress, _beside: Collection[str]) -> Written:
    """Write the pages of a site as a zip."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:

        def opened(name: str) -> AbstractContextManager[IO[bytes]]:
            info = zipfile.ZipInfo(name, _FOREVER)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            # A long thread may pack to more than a zip of the old kind can hold.
            return cast(AbstractContextManager[IO[bytes]], archive.open(info, "w", force_zip64=True))

        with contents_of(site, progress) as contents:
            return _write(contents, opened)


def write_folder(site: Site, folder: Path, progress: Progress) -> Written:
    """Write the pages of a site into a folder, which appears when all is written; raise Unwritable where it exists."""
    if folder.exists():
        raise Unwritable(folder, "it is there already; name a folder that is not")
    draft = folder.with_name(f"{folder.name}.{os.getpid()}.unfinished")
    try:
        draft.mkdir(mode=0o755)
    except OSError as error:
        raise Unwritable(folder, error.strerror or str(error)) from error
    try:

        @contextmanager
        def opened(name: str) -> Iterator[IO[bytes]]:
            with (draft / name).open("wb") as file:
                yield file

        with contents_of(site, progress) as contents:
            written = _write(contents, opened)
        draft.rename(folder)
    except OSError as error:
        raise Unwritable(folder, error.strerror or str(error)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return written


def _write(contents: Contents, opened: _Open) -> Written:
    with opened("style.css") as file:
        file.write(STYLE.encode())
    with opened("index.html") as file:
        _put(file, _index(contents))
    threads = comments = 0
    for thread, group in contents.by_thread(shown_only=True):
        if thread.count:
            threads += 1
            with opened(_name(thread)) as file:
                comments += _put(file, _page(contents.site, thread, group))
    return Written(threads, comments)


def _put(file: IO[bytes], pieces: Iterator[str]) -> int:
    # Whole comments are marked by their element, so they are counted where they are written.
    count = 0
    for piece in pieces:
        count += piece.startswith("<article")
        file.write(piece.encode("utf-8", "replace"))
    return count


def _index(contents: Contents) -> Iterator[str]:
    site = contents.site
    yield _head(site, site.name)
    yield f'<h1>{_text("bdi", site.name)}</h1>\n<ul class="threads">\n'
    for thread in contents.threads():
        if thread.count:
            link = _text("a", thread.title or thread.url, {"href": _name(thread)})
            yield f"<li>{link} {_text('span', _count(thread.count), {'class': 'meta'})}</li>\n"
    yield f"</ul>\n{_FOOT}"


def _page(site: Site, thread: OutThread, group: Iterator[OutComment]) -> Iterator[str]:
    title = thread.title or thread.url
    yield _head(site, f"{title} · {site.name}")
    article = safe_href(thread.url)
    where = _text("a", thread.url, {"href": article, "rel": "noopener"}) if article else _text("span", thread.url)
    yield f'<p class="meta">{_text("a", site.name, {"href": "index.html"})}</p>\n<h1>{_text("bdi", title)}</h1>\n'
    yield f'<p class="meta">{_count(thread.count)} on {where}</p>\n'
    for comment in group:
        yield _comment(comment)
    yield _FOOT


def _comment(comment: OutComment) -> str:
    number = to_text(comment.id)
    place = {"id": f"c-{number}", "class": f"comment depth-{min(comment.depth, _DEEPEST)}"}
    if not is_published(comment):
        return f'{start_tag("section", place)}<p class="gone">This comment is not here any more.</p></section>\n'
    href = safe_href(comment.website) if comment.website else None
    name = _text("bdi", comment.name)
    author = f"{start_tag('a', {'href': href, 'rel': _REL})}{name}</a>" if href else name
    badge = " " + _text("span", "moderator", {"class": "badge"}) if comment.moderator_id is not None else ""
    time = f"{comment.created:%Y-%m-%d %H:%M} UTC"
    when = _text("time", time, {"datetime": write_time(comment.created) or ""})
    link = f"{start_tag('a', {'href': f'#c-{number}'})}{when}</a>"
    parent = ""
    if comment.parent_id is not None:
        parent = " · " + _text("a", "in reply to this", {"href": f"#c-{to_text(comment.parent_id)}"})
    edited = " · edited" if comment.edited is not None else ""
    # The HTML was made by the renderer and sanitized last; nothing changes it here.
    return (
        f'{start_tag("article", place)}\n<p class="by">{author}{badge}'
        f' <span class="meta">{link}{edited}{parent}</span></p>'
        f'\n<div class="text">{comment.html}</div>\n</article>\n'
    )


def _head(site: Site, title: str) -> str:
    return (
        f'<!DOCTYPE html>\n{start_tag("html", {"lang": site.language})}\n<head>\n<meta charset="utf-8">\n'
        f"{start_tag('meta', {'http-equiv': 'Content-Security-Policy', 'content': _POLICY})}\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'{_text("title", title)}\n<link rel="stylesheet" href="style.css">\n</head>\n<body>\n<main>\n'
    )


_FOOT = "</main>\n</body>\n</html>\n"


def _text(tag: str, text: str, attributes: dict[str, str] | None = None) -> str:
    return f"{start_tag(tag, attributes or {})}{escape(text)}{end_tag(tag)}"


def _count(number: int) -> str:
    return "1 comment" if number == 1 else f"{number:,} comments"


def _name(thread: OutThread) -> str:
    return f"{to_text(thread.id)}.html"


HTML = Exporter(
    name="html",
    target="A folder of pages to keep, or to put on any web server",
    taken="open `index.html`; the pages need no server, no script and nothing from elsewhere. FILE is a name that ends "
    "in `.zip`, or a folder that is not there yet.",
    carried=(
        "a page for each thread with published comments, and an index",
        "published comments as readers saw them, with name, website, badge and time, in their order",
        "a place with nothing in it for a comment that is gone and has published replies",
        "links to each comment (`#c-ID`)",
    ),
    dropped=(
        "what is not published: pages are for everybody to see",
        "addresses of mail and networks, for the same reason",
        "earlier versions, decisions, rules and subscriptions",
    ),
    suffix="zip",
    media_type="application/zip",
    write=write_zip,
)
