"""The command that puts a backup in place."""

from dataclasses import replace as with_other
from pathlib import Path

import click
from flask import Flask

from commentsvc import database
from commentsvc.commands.stage import now
from commentsvc.commands.stage import opened
from commentsvc.operators import migrating
from commentsvc.operators import restoring
from commentsvc.settings import Settings
from commentsvc.settings import load
from commentsvc.web.lanes import page_store


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Take the place of a database that is there, which is kept aside.")
def restore(file: Path, replace: bool) -> None:
    """Put the backup FILE and its secret in place of the SQLite database, after reading it through.

    Stop the service first. A backup of an older version is migrated; one of a newer version is refused.
    """
    settings = load()
    target = restoring.require_restorable(settings, file, replace)
    with restoring.draft_of(file, target) as draft:
        _migrate(settings, draft)
        done = restoring.put_in_place(draft, target, now())
    # What was kept ready tells of what came after the backup.
    page_store(settings).forget_all()
    click.echo(f"{target} holds {done.comments:,} comments of {file}; it was read through and is sound.")
    if done.aside is not None:
        click.echo(f"What was there before is {done.aside}; remove it when you no longer need it.")
    if not done.has_secret and not settings.secret_key:
        click.echo(f"{file}.secret is not there: receipts and links given before may be worth nothing.", err=True)
    click.echo("Who was erased since the backup is there again: erase them once more (docs/privacy.md).")


def _migrate(settings: Settings, draft: Path) -> None:
    there = with_other(settings, database_url=settings.database_url.set(database=str(draft)))
    app = Flask("commentsvc")
    database.configure(app, there)
    with opened(app):
        migrating.migrate(there)
