"""Commands on the log of decisions."""

import click

from commentsvc import managing
from commentsvc.commands.stage import in_app


@click.group()
def decisions() -> None:
    """The log of decisions."""


@decisions.command("verify")
@click.option("--site", "key", help="Only this site.")
@in_app
def decisions_verify(key: str | None) -> None:
    """Look for changed, removed or inserted rows; exit 1 where there is one."""
    found = managing.verify_decisions(key)
    for site_key, broken in found.items():
        for place in broken:
            click.echo(f"{site_key}: chain {place.thread_id}, row {place.seq}: {place.why}")
    if any(found.values()):
        raise click.ClickException("the decision log does not hold")
    click.echo("The decision log holds.")
