"""One table of all comments, for spreadsheets and scripts: CSV (RFC 4180), every cell quoted, none a formula."""

import csv
import io
from collections.abc import Collection
from collections.abc import Iterator
from typing import IO

from commentsvc.models.ids import to_text
from commentsvc.models.site import Site
from commentsvc.moving.exporters.contents import OutComment
from commentsvc.moving.exporters.contents import OutThread
from commentsvc.moving.exporters.contents import contents_of
from commentsvc.moving.exporters.declared import Exporter
from commentsvc.moving.exporters.declared import Written
from commentsvc.moving.found import Progress
from commentsvc.moving.times import write_time

COLUMNS = (
    "thread_url", "thread_title", "thread_id", "id", "parent", "state", "created", "edited",
    "name", "email", "website", "network", "moderator", "markup", "text",
)  # fmt: skip
# Spreadsheets take a cell for a formula that begins so, also in full width and after blanks.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Without it Excel reads UTF-8 as something else.
_MARK = "\ufeff"


def write_csv(site: Site, out: IO[bytes], progress: Progress, _beside: Collection[str]) -> Written:
    """Write a row for each comment, in UTF-8 with a byte order mark, the names of the columns in the first one."""
    text = io.TextIOWrapper(out, encoding="utf-8", errors="replace", newline="", write_through=False)
    try:
        text.write(_MARK)
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        threads = comments = 0
        with contents_of(site, progress) as contents:
            for thread, group in contents.by_thread():
                threads += 1
                for comment in group:
                    comments += 1
                    writer.writerow([safe_cell(value) for value in _row(thread, comment)])
        text.flush()
    finally:
        # The file is its opener's to close.
        text.detach()
    return Written(threads, comments)


def safe_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; an apostrophe says that it is text."""
    is_formula = text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)
    return f"'{text}" if is_formula else text


def _row(thread: OutThread, comment: OutComment) -> Iterator[str]:
    yield thread.url
    yield thread.title or ""
    yield thread.ref or ""
    yield to_text(comment.id)
    yield to_text(comment.parent_id) if comment.parent_id is not None else ""
    yield comment.state
    yield write_time(comment.created) or ""
    yield write_time(comment.edited) or ""
    yield comment.name
    yield comment.email or ""
    yield comment.website or ""
    yield comment.network or ""
    yield "yes" if comment.moderator_id is not None else ""
    yield comment.markup
    yield comment.source


CSV = Exporter(
    name="csv",
    target="Spreadsheets and scripts",
    taken="any program that opens CSV in UTF-8. A cell that a spreadsheet would take for a formula begins with an "
    "apostrophe.",
    carried=(
        "a row for each comment of every state: its thread, ids, state, times, name, address of mail, website, "
        "shortened network, whether a moderator wrote it, and the text as it was written",
    ),
    dropped=(
        "earlier versions, decisions, rules and subscriptions: a table has one row for a comment",
        "threads without comments",
        "HTML: the text stands as its author wrote it",
    ),
    suffix="csv",
    media_type="text/csv",
    write=write_csv,
)
