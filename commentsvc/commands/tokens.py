"""Commands on tokens of the moderation API."""

import click

from commentsvc.commands.stage import in_app
from commentsvc.commands.stage import now
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.token import SCOPES
from commentsvc.people import tokens
from commentsvc.refusals import TokenWrong


@click.group()
def token() -> None:
    """Tokens: how programs moderate a site, in a moderator's name."""


@token.command("add")
@click.argument("name")
@click.option("--site", "site_key", required=True, help="Key of the site.")
@click.option("--moderator", "email", required=True, help="Address of the moderator in whose name it acts.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(SCOPES), default=("read",), help="May be repeated; else read."
)
@click.option("--days", type=click.IntRange(1, tokens.MAX_DAYS), help="Ends after so many days; else never.")
@in_app
def token_add(name: str, site_key: str, email: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Make a token called NAME and print its secret, which is shown this once."""
    issued = tokens.issue(site_key, email, tokens.Wanted(name, scopes, days), now())
    click.echo(f"Token {to_text(issued.token.id)} of {site_key} may {' and '.join(issued.token.scopes)}.", err=True)
    click.echo(issued.secret)


@token.command("list")
@click.option("--site", "site_key", required=True, help="Key of the site.")
@in_app
def token_list(site_key: str) -> None:
    """List the tokens of a site: id, what they may do, when last used, whose, name."""
    found = tokens.tokens_of_site(site_key)
    if not found:
        click.echo(f"{site_key} has no token.", err=True)
    for each, person in found:
        used = f"used {each.used:%Y-%m-%d %H:%M}" if each.used is not None else "never used"
        ends = f", ends {each.ends:%Y-%m-%d}" if each.ends is not None else ""
        click.echo(f"{to_text(each.id)}  {','.join(each.scopes):<12} {used:<22} {person.email}  {each.name}{ends}")


@token.command("revoke")
@click.argument("token_id", metavar="ID")
@click.option("--site", "site_key", required=True, help="Key of the site.")
@in_app
def token_revoke(token_id: str, site_key: str) -> None:
    """End a token at once."""
    number = from_text(token_id)
    if number is None:
        raise TokenWrong("there is no such token")
    click.echo(f"Revoked {tokens.revoke(site_key, number, now()).name}.")
