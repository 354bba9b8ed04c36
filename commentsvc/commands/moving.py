"""Commands that move comments in and out."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO
from typing import Any

import click

from commentsvc.commands.stage import in_app
from commentsvc.commands.stage import now
from commentsvc.moving.archive_lines import SOURCE_NAME
from commentsvc.moving.beside import BESIDE
from commentsvc.moving.exporters.known import EXPORTERS
from commentsvc.moving.exporters.pages import write_folder
from commentsvc.moving.files import Unwritable
from commentsvc.moving.files import written_whole
from commentsvc.moving.found import Progress
from commentsvc.moving.importers.declared import Choices
from commentsvc.moving.importers.known import IMPORTERS
from commentsvc.moving.report import Report
from commentsvc.moving.storing import bring_in
from commentsvc.people import managing
from commentsvc.text.refusal import TextRefused
from commentsvc.text.urls import parse_url
from commentsvc.web.service import service


def _source(_context: click.Context, _option: click.Parameter, name: str | None) -> str | None:
    if name is not None and not SOURCE_NAME.fullmatch(name):
        raise click.BadParameter("it is a short name in lower case, such as my-old-blog")
    return name


def _moved(
    _context: click.Context, _option: click.Parameter, pairs: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    for address in (address for pair in pairs for address in pair):
        try:
            parse_url(address)
        except TextRefused as refused:
            raise click.BadParameter(f"{address!r}: {refused.message}") from refused
    return pairs


@click.command("import")
@click.option("--site", "key", required=True, help="Key of the site that takes the comments.")
@click.option("--dry-run", is_flag=True, help="Store nothing, and say what would happen.")
@click.option(
    "--report",
    "sink",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for every skip and note, as JSON lines.",
)
@click.option(
    "--source",
    callback=_source,
    metavar="NAME",
    help="Remember ids under this name, where two files of one format count their comments alike.",
)
@click.option(
    "--moved",
    type=(str, str),
    multiple=True,
    callback=_moved,
    metavar="OLD NEW",
    help="Articles that stand under OLD in the file stand under NEW now; may be given several times.",
)
@click.option(
    "--pingbacks",
    type=click.Choice(["skip", "keep"]),
    default="skip",
    show_default=True,
    help="What becomes of WordPress's pingbacks and trackbacks, most of which are spam by machines.",
)
@click.argument("form", metavar="FORMAT", type=click.Choice(list(IMPORTERS)))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@in_app
def import_(
    key: str, dry_run: bool, sink: Path | None, source: str | None, moved: tuple[tuple[str, str], ...],
    pingbacks: str, form: str, file: Path,
) -> None:  # fmt: skip
    """Bring comments in from FILE; what is there already stays as it is.

    FORMAT is archive, wordpress, disqus, isso, remark42, commento, comentario, artalk, waline, cusdis or twikoo; FILE
    is plain, gzip, or a zip of one file. The same file twice changes nothing, and an import that was interrupted goes
    on when it is run again.
    """
    site = managing.site(key)
    with _opened(sink) as lines, _bars() as progress:
        report = Report(lines)
        choices = Choices(site.origins[0] if site.origins else Choices.origin, pingbacks == "keep")
        brought = IMPORTERS[form].read(file, progress, choices)
        brought = replace(brought, source=source) if source is not None else brought
        bring_in(site, brought, service().keys, now, report, progress, dry=dry_run, moved=moved, mailboxes=True)
    if dry_run:
        click.echo("A dry run: nothing was stored. This is what would happen.\n")
    click.echo(report.in_words())
    if not report.adds_up():
        raise click.ClickException("the numbers of the report do not add up; please tell the makers of commentsvc")


def _beside(_context: click.Context, _option: click.Parameter, typed: str | None) -> tuple[str, ...]:
    named = tuple(one.strip() for one in typed.split(",")) if typed else ()
    for one in named:
        if one not in BESIDE:
            raise click.BadParameter(f"there is no {one!r}; it is some of {', '.join(BESIDE)}")
    return named


@click.command("export")
@click.option("--site", "key", required=True, help="Key of the site.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(EXPORTERS)),
    default="archive",
    show_default=True,
    help="Whom the file is for: docs/moving.md tells what each takes along.",
)
@click.option(
    "--with",
    "beside",
    callback=_beside,
    metavar="WHAT,...",
    help="What an archive takes along besides: decisions, subscriptions, rules. All revisions are always in it.",
)
@click.argument("file", type=click.Path(allow_dash=True, path_type=Path))
@in_app
def export(key: str, form: str, beside: tuple[str, ...], file: Path) -> None:
    """Write all comments of a site to FILE; gzip where its name ends in .gz, `-` for the screen.

    The file appears when it is whole. It holds addresses of mail: keep it as you keep the database. The format html is
    for everybody to see, and holds published comments alone; there FILE is a name that ends in .zip, or a new folder.
    """
    if beside and form != "archive":
        raise click.UsageError("--with is for archives: no other format has a place for it")
    site = managing.site(key)
    exporter = EXPORTERS[form]
    if str(file) == "-":
        screen = sys.stdout.buffer
        exporter.write(site, screen, _unseen, beside)
        screen.flush()
        return
    if form == "html" and file.name.lower().endswith(".gz"):
        raise click.UsageError("pages of html are packed as a zip: name a FILE.zip, or a new folder")
    with _bars() as progress:
        if form == "html" and not file.name.lower().endswith(".zip"):
            written = write_folder(site, file, progress)
        elif file.is_dir():
            raise Unwritable(file, "it is a folder")
        else:
            with written_whole(file) as writer:
                written = exporter.write(site, writer, progress, beside)
    click.echo(f"{file} holds {written.threads + written.comments:,} threads and comments.")


def _unseen(_what: str, _done: int, _total: int) -> None:
    """Show nothing, where the screen takes the archive itself."""


@contextmanager
def _opened(path: Path | None) -> Iterator[IO[str] | None]:
    if path is None:
        yield None
        return
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise Unwritable(path, error.strerror or str(error)) from error
    with file:
        yield file


@contextmanager
def _bars() -> Iterator[Progress]:
    """Give a function that shows how far something is: one bar for each thing done, with rate and remaining time."""
    with ExitStack() as stack:
        shown: dict[str, Any] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in shown:
                stack.close()
                shown[what] = _bar(what, total)
                stack.enter_context(shown[what])
            shown[what].update(max(done - shown[what].pos, 0), current_item=done)

        yield progress


def _bar(what: str, total: int) -> Any:
    began = time.monotonic()

    def rate(done: int | None) -> str:
        return f"{(done or 0) / max(time.monotonic() - began, 0.001):,.0f}/s"

    return click.progressbar(length=max(total, 1), label=what, file=sys.stderr, show_pos=True, item_show_func=rate)
