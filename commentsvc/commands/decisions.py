"""Commands on the log of decisions."""

import re
import sys
import time
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from pathlib import Path

import click

from commentsvc.commands.stage import in_app
from commentsvc.commands.stage import now
from commentsvc.models.chain import Head
from commentsvc.models.decision import SITE_CHAIN
from commentsvc.models.ids import from_text
from commentsvc.moderators import reviewing
from commentsvc.moderators.reviewing import LogHead
from commentsvc.moderators.reviewing import write_time
from commentsvc.moving.files import written_whole
from commentsvc.people import managing

# What was decided a moment ago may still be on its way into the database, which is waited for at most so long.
SETTLED = timedelta(seconds=5)

_HEAD = re.compile(r"(?P<key>\S+) (?P<until>\S+Z) (?P<rows>\d{1,18}) (?P<hash>[0-9a-f]{64})")
_CHAIN = re.compile(r"(?P<key>\S+)/(?P<chain>\w+) (?P<seq>\d{1,18}) (?P<hash>[0-9a-f]{64})")


@click.group()
def decisions() -> None:
    """The log of decisions."""


@decisions.command("verify")
@click.option("--site", "key", help="Only this site.")
@click.option("--head", "head", help="A head that was kept before, or a file of heads: the log must go on from it.")
@in_app
def decisions_verify(key: str | None, head: str | None) -> None:
    """Look for changed, removed or inserted rows; exit 1 where there is one."""
    kept = [one for one in _read_heads(head) if key in (None, one.key)] if head is not None else []
    if head is not None and not kept:
        raise click.UsageError("there is no head of this site in what --head names")
    is_broken = False
    for site_key, broken in managing.verify_decisions(key).items():
        for place in broken:
            is_broken = True
            click.echo(f"{site_key}: {reviewing.in_words(place)}")
    for one in kept:
        for words in reviewing.compare_with(managing.site(one.key), one):
            is_broken = True
            click.echo(f"{one.key}: {words}")
    if is_broken:
        raise click.ClickException("the decision log does not hold")
    click.echo("The decision log holds, and goes on from the head." if kept else "The decision log holds.")


@decisions.command("head")
@click.option("--site", "key", help="Only this site.")
@click.option("--chains", is_flag=True, help="Add a line for each chain, so that it can be told which was rewritten.")
@click.option("--until", help="The log as it was at this time (UTC, as in 2026-03-14T00:00:00Z) instead of now.")
@in_app
def decisions_head(key: str | None, chains: bool, until: str | None) -> None:
    """Print site, time, number of rows and one hash over the whole log, to be kept where nobody can change it.

    Only decisions up to the time are told of. It waits five seconds for those of this moment.
    """
    end = _time(until) if until is not None else now()
    time.sleep(max((end + SETTLED - now()).total_seconds(), 0) if end <= now() else 0)
    for line in managing.sites():
        if key in (None, line.site.key):
            for words in _in_lines(reviewing.head_of(line.site, end), chains):
                click.echo(words)
    if key is not None:
        managing.site(key)


@decisions.command("export")
@click.option("--site", "key", required=True, help="Key of the site.")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@in_app
def decisions_export(key: str, file: Path) -> None:
    """Write the log of a site to FILE as JSON Lines; gzip where its name ends in .gz, `-` for the screen.

    The file appears when it is whole.
    """
    lines = reviewing.exported(managing.site(key), now())
    if str(file) == "-":
        sys.stdout.buffer.writelines(lines)
        sys.stdout.buffer.flush()
        return
    count = -1
    with written_whole(file) as writer:
        for line in lines:
            writer.write(line)
            count += 1
    click.echo(f"{file} holds {count:,} decisions.")


def _in_lines(head: LogHead, chains: bool) -> Iterator[str]:
    yield f"{head.key} {write_time(head.until)} {head.rows} {head.hash}"
    for thread_id, end in sorted(head.chains.items()) if chains else ():
        yield f"{head.key}/{reviewing.chain_name(thread_id)} {end.seq} {end.hash.hex()}"


def _read_heads(given: str) -> list[LogHead]:
    # A line is no path that could be there: it has spaces, and ends with a hash.
    try:
        text = given if _HEAD.fullmatch(given.strip()) else Path(given).read_text(encoding="utf-8")
    except (OSError, UnicodeError, ValueError) as error:
        raise click.UsageError(f"--head is neither a head nor a file that can be read: {given}") from error
    found: list[LogHead] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if head := _HEAD.fullmatch(line):
            found.append(LogHead(head["key"], _time(head["until"]), int(head["rows"]), head["hash"], {}))
            continue
        chain = _CHAIN.fullmatch(line)
        number = (SITE_CHAIN if chain["chain"] == "site" else from_text(chain["chain"])) if chain else None
        if chain is None or number is None or not found or found[-1].key != chain["key"]:
            raise click.UsageError(f"this is no line of a head: {line[:100]}")
        found[-1].chains[number] = Head(int(chain["seq"]), bytes.fromhex(chain["hash"]))
    return found


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"this is no time: {text}") from error
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
