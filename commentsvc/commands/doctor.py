"""The command that looks whether all is well."""

import json
from collections.abc import Iterator
from dataclasses import asdict

import click
from flask import Flask

from commentsvc import database
from commentsvc.commands.stage import now
from commentsvc.commands.stage import opened
from commentsvc.examining.elsewhere import examine_mail
from commentsvc.examining.elsewhere import examine_service
from commentsvc.examining.finding import WRONG
from commentsvc.examining.finding import Finding
from commentsvc.examining.letters import examine_letters
from commentsvc.examining.machine import examine_machine
from commentsvc.examining.sites import chosen
from commentsvc.examining.sites import examine_sites
from commentsvc.examining.surroundings import examine_surroundings
from commentsvc.settings import BadSetting
from commentsvc.settings import Settings
from commentsvc.settings import load


@click.command()
@click.option("--site", "key", help="Only this site.")
@click.option("--mend", is_flag=True, help="Put counts, what is shown and the queue right where they are wrong.")
@click.option("--mail", is_flag=True, help="Also whether the mail server lets us in; no letter is sent.")
@click.option("--service", "address", help="Also what the service that runs at this address says of its connections.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each check, a line each.")
@click.pass_context
def doctor(
    context: click.Context, key: str | None, mend: bool, mail: bool, address: str | None, as_json: bool
) -> None:  # fmt: skip
    """Look whether all is well; exit 1 and say what is wrong where it is not.

    It changes nothing unless --mend is given, and then only what can be told from the comments themselves. The service
    may run meanwhile. Run it as the service's user and with its settings.
    """
    well = True
    for finding in _findings(key, mend, mail, address):
        well &= finding.state != WRONG
        click.echo(json.dumps(asdict(finding)) if as_json else _line(finding))
    if not as_json:
        click.echo("All is well." if well else "Not all is well.", err=not well)
    context.exit(0 if well else 1)


def _findings(key: str | None, mend: bool, mail: bool, address: str | None) -> Iterator[Finding]:
    try:
        settings = load()
    except BadSetting as bad:
        yield Finding("settings", WRONG, f"Settings: {bad}.")
        return
    if mail:
        yield examine_mail(settings)
    if address:
        yield from examine_service(address)
    with opened(_database_alone(settings)):
        can_read = yield from examine_surroundings(settings)
        if can_read:
            yield from examine_machine(settings, now())
            sites = chosen(key)
            yield from examine_sites(sites, settings, now, mend)
            yield from examine_letters(sites, settings, now())


def _database_alone(settings: Settings) -> Flask:
    # The whole application would make or migrate what is only to be looked at.
    app = Flask("commentsvc")
    database.configure(app, settings)
    return app


def _line(finding: Finding) -> str:
    return f"{finding.state.upper() if finding.state == WRONG else finding.state:<8}{finding.words}"
