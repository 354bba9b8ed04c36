"""Commands on sites."""

from collections.abc import Callable
from typing import Any

import click

from commentsvc.commands.stage import counted
from commentsvc.commands.stage import in_app
from commentsvc.commands.stage import now
from commentsvc.models.site import HOLDS
from commentsvc.people import managing
from commentsvc.people.site_settings import PROOFS
from commentsvc.settings import load


@click.group()
def site() -> None:
    """Sites: whose pages may embed comments, and their policy."""


def site_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that both `site add` and `site edit` take."""
    options = (
        click.option("--name", help="Name shown on the desk."),
        click.option("--origin", "origins", multiple=True, help="Scheme and host of its pages; may be repeated."),
        click.option("--language", help="Language tag of the site, such as en."),
        click.option("--hold", type=click.Choice(HOLDS), help="Who waits for a moderator."),
        click.option(
            "--hold-links", type=click.IntRange(0), help="Hold comments with so many links or more; 0: never for links."
        ),
        click.option(
            "--report-hold", type=click.IntRange(0), help="Hold comments that so many readers report; 0: never."
        ),
        click.option("--trust", type=int, help="So many approved comments, shown by receipts, make an author known."),
        click.option("--proof", type=click.Choice(PROOFS), help="When a browser is asked for work before a comment."),
        click.option(
            "--reserved-name",
            "reserved_names",
            multiple=True,
            help="Name that no reader may use unseen; may be repeated, empty: none but the moderators' own.",
        ),
        click.option(
            "--close-after-days", type=click.IntRange(0), help="Close threads so many days after their start; 0: never."
        ),
        click.option("--edit-seconds", type=click.IntRange(0), help="How long authors may edit; 0: not at all."),
        click.option("--email-required/--email-optional", default=None, help="Whether an address of mail is asked."),
        click.option("--website/--no-website", "website_field", default=None, help="Whether a website is asked for."),
        click.option("--privacy-url", help="Address of your privacy notice; empty: none."),
        click.option("--weekly", type=click.BOOL, metavar="on|off", help="Whether moderators get a weekly summary."),
        click.option("--consent", help="A sentence that readers must agree to; empty: none."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were typed."""
    return {name: value for name, value in options.items() if value is not None and value != ()}


@site.command("add")
@click.argument("key")
@site_options
@in_app
def site_add(key: str, **options: Any) -> None:
    """Add a site under KEY, the name used in data-site."""
    added = managing.add_site(key, given(options), now())
    base = load().base_url
    click.echo(f"Added {added.key}. Put this where its comments shall stand:\n")
    click.echo(f'  <script async src="{base}/embed.js" data-site="{added.key}"></script>\n')
    click.echo(f"Next: commentsvc moderator add you@example.org --site {added.key} --role owner")


@site.command("edit")
@click.argument("key")
@site_options
@in_app
def site_edit(key: str, **options: Any) -> None:
    """Change settings of a site; they bind for the next comment."""
    changes = given(options)
    if not changes:
        raise click.UsageError("Nothing to change: name at least one option, see --help.")
    managing.edit_site(key, changes, now())
    click.echo(f"Changed {', '.join(sorted(changes))} of {key}.")


@site.command("list")
@in_app
def site_list() -> None:
    """List the sites, and how many comments wait on each."""
    lines = managing.sites()
    if not lines:
        click.echo("No site yet: commentsvc site add blog --origin https://example.org")
    for line in lines:
        origins = " ".join(line.site.origins)
        click.echo(f"{line.site.key:<20} hold {line.site.hold:<6} {counted(line.waiting):>6} waiting   {origins}")


@site.command("remove")
@click.argument("key")
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_app
def site_remove(key: str, yes: bool) -> None:
    """Remove a site and all its comments for good."""
    found = managing.site(key)
    if not yes:
        click.confirm(f"Remove {found.key} ({found.name}) with all its comments, for good?", abort=True)
    click.echo(f"Removed {key} with {managing.remove_site(key):,} comments.")
