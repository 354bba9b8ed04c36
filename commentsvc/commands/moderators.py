"""Commands on moderators."""

import sys

import click

from commentsvc.commands.stage import in_app
from commentsvc.commands.stage import now
from commentsvc.commands.stage import say_what_waits
from commentsvc.models.moderator import ROLES
from commentsvc.people import managing
from commentsvc.people import second_factor
from commentsvc.settings import load


@click.group()
def moderator() -> None:
    """Moderators: who may decide on which site."""


@moderator.command("add")
@click.argument("email")
@click.option("--site", "site_key", required=True, help="Key of the site.")
@click.option("--name", help="Name shown with their replies.")
@click.option("--role", type=click.Choice(ROLES), default="moderator", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@in_app
def moderator_add(email: str, site_key: str, name: str | None, role: str, password_stdin: bool) -> None:
    """Let a person moderate a site; without a password they get an invitation link."""
    password = _typed_password(password_stdin)
    added = managing.add_moderator(email, site_key, now(), name=name, role=role, password=password)
    click.echo(f"{added.moderator.email} is {role} of {site_key}.")
    if added.invitation:
        link = f"{load().base_url}/moderate/join/{added.invitation}"
        if added.is_mailed:
            click.echo(f"The invitation is mailed to them. Its link, good once within 7 days: {link}")
        else:
            click.echo(f"Send them this link, good once within 7 days: {link}")
    say_what_waits(site_key)


@moderator.command("passwd")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--forget-second-factors", is_flag=True, help="For somebody who has lost phone, keys and recovery codes.")
@in_app
def moderator_passwd(email: str, password_stdin: bool, forget_second_factors: bool) -> None:
    """Set a moderator's password and end all their sessions."""
    password = _typed_password(password_stdin)
    if password is None:
        password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    managing.set_password(email, password)
    if forget_second_factors:
        second_factor.reset(email)
        click.echo(f"{email} signs in with the password alone until they set up a second factor again.")
    click.echo(f"The password of {email} is set; all sessions were ended.")


@moderator.command("list")
@in_app
def moderator_list() -> None:
    """List who may do what where."""
    for found, person, role in managing.moderators():
        waits = "" if person.password_hash else "  (invited, has not signed in yet)"
        click.echo(f"{found.key:<20} {role:<10} {person.email}{waits}")


def _typed_password(from_stdin: bool) -> str | None:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else None
