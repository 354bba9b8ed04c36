"""Our own archive as one of the formats that a site can leave with."""

from collections.abc import Collection
from typing import IO

from commentsvc.models.site import Site
from commentsvc.moving.exporters.declared import Exporter
from commentsvc.moving.exporters.declared import Written
from commentsvc.moving.exporting import archive_of
from commentsvc.moving.found import Progress

_THREAD = b'{"kind":"thread"'
_COMMENT = b'{"kind":"comment"'


def write_archive(site: Site, out: IO[bytes], progress: Progress, beside: Collection[str]) -> Written:
    """Write a site's archive with what is wanted beside threads and comments."""
    threads = comments = 0
    for line in archive_of(site, progress, beside):
        out.write(line)
        threads += line.startswith(_THREAD)
        comments += line.startswith(_COMMENT)
    return Written(threads, comments)


ARCHIVE = Exporter(
    name="archive",
    target="Another commentsvc, or a safe place",
    taken="`commentsvc import --site KEY archive FILE`; it is JSON Lines, which any script reads.",
    carried=(
        "everything that readers wrote, with all versions of it, in every state, with times to the microsecond",
        "ids, so that receipts go on opening their comments",
        "threads with all their addresses, those merged into others, closed ones and pins",
        "by choice the rules of the site, confirmed mailboxes and what they hear of, and what was decided on comments "
        "and threads, with the notes",
    ),
    dropped=(
        "settings of the site, accounts, sessions and tokens: they belong to an installation",
        "decisions on settings and people, for the same reason",
        "reports, notices, letters that wait, and what the filter has learnt: it learns it again",
        "HTML, which is made of the source again",
    ),
    suffix="jsonl.gz",
    media_type="application/gzip",
    write=write_archive,
)
