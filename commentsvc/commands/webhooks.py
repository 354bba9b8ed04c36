"""Commands on webhooks."""

import click

from commentsvc.commands.stage import in_app
from commentsvc.commands.stage import now
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.webhook import EVENTS
from commentsvc.models.webhook import JSON_SHAPE
from commentsvc.models.webhook import SHAPES
from commentsvc.notifying import hook_signing
from commentsvc.people import hooking
from commentsvc.refusals import UnknownWebhook
from commentsvc.text.urls import parse_url
from commentsvc.web.service import service


@click.group()
def webhook() -> None:
    """Webhooks: other programs that hear what happens on a site."""


@webhook.command("add")
@click.argument("url")
@click.option("--site", "site_key", required=True, help="Key of the site.")
@click.option("--shape", type=click.Choice(SHAPES), default=JSON_SHAPE, show_default=True, help="Of the body.")
@click.option("--event", "events", multiple=True, type=click.Choice(EVENTS), help="May be repeated; else all.")
@click.option("--chat", default="", help="For Telegram: the id of the chat.")
@in_app
def webhook_add(url: str, site_key: str, shape: str, events: tuple[str, ...], chat: str) -> None:
    """Have URL told of a site's events, and print the secret that signs."""
    site = hooking.site_of(site_key)
    wanted = hooking.Wanted(url, shape, events or EVENTS, chat)
    made = hooking.add(site, wanted, service().settings.webhooks_private, now())
    click.echo(f"Webhook {to_text(made.id)} of {site_key} hears {', '.join(made.events)}.", err=True)
    click.echo(hook_signing.secret(service().keys, site, made))


@webhook.command("list")
@click.option("--site", "site_key", required=True, help="Key of the site.")
@in_app
def webhook_list(site_key: str) -> None:
    """List the webhooks of a site: id, shape, state, origin of the address, events."""
    hooks = hooking.look(hooking.site_of(site_key))
    if not hooks:
        click.echo(f"{site_key} has no webhook.", err=True)
    for each in hooks:
        state = "paused" if each.paused is not None else "failing" if each.resting_until is not None else "at work"
        # The path may hold a secret.
        origin = parse_url(each.url).origin
        click.echo(f"{to_text(each.id)}  {each.shape:<8} {state:<7}  {origin}  {','.join(each.events)}")


@webhook.command("remove")
@click.argument("webhook_id", metavar="ID")
@click.option("--site", "site_key", required=True, help="Key of the site.")
@in_app
def webhook_remove(webhook_id: str, site_key: str) -> None:
    """Remove a webhook with all that it is still to be told."""
    number = from_text(webhook_id)
    if number is None:
        raise UnknownWebhook("there is no such webhook")
    hooking.remove(hooking.site_of(site_key), number, now())
    click.echo(f"Removed {webhook_id}.")
