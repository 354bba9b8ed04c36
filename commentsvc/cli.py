"""The command line: what an operator does, each a command."""

import contextlib
import os
from pathlib import Path

import click

from commentsvc import serving
from commentsvc.app import bare_app
from commentsvc.app import create_app
from commentsvc.commands.decisions import decisions
from commentsvc.commands.doctor import doctor
from commentsvc.commands.erasing import erase
from commentsvc.commands.filter import filter_
from commentsvc.commands.moderators import moderator
from commentsvc.commands.moving import export
from commentsvc.commands.moving import import_
from commentsvc.commands.relocating import threads
from commentsvc.commands.restoring import restore
from commentsvc.commands.rules import rules
from commentsvc.commands.sites import site
from commentsvc.commands.stage import Commands
from commentsvc.commands.stage import in_app
from commentsvc.commands.stage import now
from commentsvc.commands.stage import opened
from commentsvc.commands.stage import say_what_waits
from commentsvc.commands.tokens import token
from commentsvc.commands.webhooks import webhook
from commentsvc.commands.worker import worker
from commentsvc.demo import running
from commentsvc.operators import migrating
from commentsvc.operators import upkeep
from commentsvc.people import managing
from commentsvc.refusals import DatabaseAway
from commentsvc.settings import load

CONTEXT = {"help_option_names": ["-h", "--help"]}


@click.group(cls=Commands, context_settings=CONTEXT)
@click.version_option(package_name="commentsvc", prog_name="commentsvc")
def main() -> None:
    """Comments for any site, on your own server."""


@main.command()
@click.option(
    "--port", type=click.IntRange(1, 65_535), help="Port of the service; the next free one from 8080 if not given."
)
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Folder to keep; else all is temporary.")
def demo(port: int | None, keep: Path | None) -> None:
    """Show everything at work: a sample article, its comments, and the desk."""
    running.run(port, keep)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65_535), help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes.")
@click.option("--threads", type=click.IntRange(1, 256), help="Working threads of each process.")
def serve(host: str, port: int, workers: int, threads: int | None) -> None:
    """Run the service, ready for a reverse proxy in front."""
    if not os.environ.get("COMMENTSVC_BASE_URL"):
        os.environ["COMMENTSVC_BASE_URL"] = f"http://localhost:{port}"
    if threads is not None:
        os.environ["COMMENTSVC_THREADS"] = str(threads)
    # A log on a full disk keeps nobody from being served.
    with opened(create_app()), contextlib.suppress(OSError):
        try:
            say_what_waits()
        except DatabaseAway as away:
            click.echo(f"The database is away ({away}). Until it is back, what was read before can be read.", err=True)
        click.echo(f"Serving {load().base_url} on {host}:{port}; Ctrl-C ends it.")
    serving.serve(host, port, workers)


@main.command()
def migrate() -> None:
    """Bring the database to this version's schema."""
    settings = load()
    with opened(bare_app(settings)):
        done = migrating.migrate(settings)
    click.echo("The database is up to date." if not done else "The database was brought up to date.")


@main.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@in_app
def backup(file: Path) -> None:
    """Copy the live SQLite database to FILE, with its secret beside it, and read the copy back."""
    held = upkeep.backup(load(), file)
    click.echo(f"{file} holds {held:,} comments; it was read back and is sound.")


@main.command()
@click.option("--site", "key", help="Only this site.")
@click.option("--all", "everything", is_flag=True, help="Also what this version's renderer made.")
@in_app
def rerender(key: str | None, everything: bool) -> None:
    """Make the HTML of comments again from what was written, after an upgrade of the renderer."""
    for each in [managing.site(key)] if key else [line.site for line in managing.sites()]:
        done = upkeep.rerender(each, now(), everything)
        click.echo(f"{each.key}: {done.read:,} texts rendered, {done.changed:,} came out different.")


@main.command()
def routes() -> None:
    """List every address that the service answers."""
    for rule in sorted(bare_app(load()).url_map.iter_rules(), key=lambda rule: rule.rule):
        methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})) or "OPTIONS"
        click.echo(f"{methods:<18} {rule.rule}")


main.add_command(site)
main.add_command(restore)
main.add_command(threads)
main.add_command(moderator)
main.add_command(token)
main.add_command(decisions)
main.add_command(rules)
main.add_command(doctor)
main.add_command(import_)
main.add_command(export)
main.add_command(filter_)
main.add_command(erase)
main.add_command(webhook)
main.add_command(worker)


if __name__ == "__main__":
    main()
