"""Commands on the screening rules of a site."""

from pathlib import Path

import click

from commentsvc.commands.stage import in_app
from commentsvc.commands.stage import now
from commentsvc.models.decision import OPERATOR
from commentsvc.models.ids import to_text
from commentsvc.moderators import ruling
from commentsvc.people import managing
from commentsvc.screening.policy import HOLD
from commentsvc.screening.rules.kinds import KINDS
from commentsvc.screening.rules.kinds import LINES
from commentsvc.screening.rules.rule import ACTIONS


@click.group()
def rules() -> None:
    """Screening rules: what a site holds, marks as spam or rejects; the desk can do more with them."""


@rules.command("list")
@click.option("--site", "key", required=True, help="Key of the site.")
@in_app
def rules_list(key: str) -> None:
    """List the rules of a site in their order."""
    found = ruling.rules(managing.site(key))
    if not found:
        click.echo(f"{key} has no rule.")
    for rule in found:
        state = "on " if rule.is_on else "off"
        click.echo(f"{to_text(rule.id)}  {state}  {rule.action:<7} {KINDS[rule.kind].title}: {rule.reason}")


@rules.command("add")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.option("--site", "key", required=True, help="Key of the site.")
@click.option("--action", type=click.Choice(ACTIONS), default=HOLD, show_default=True, help="What it does.")
@click.option("--reason", default="", help="Why, as moderators read it.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting of its kind; may be repeated.")
@click.option("--lines", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File with its list.")
@click.option("--off", is_flag=True, help="Do not switch it on yet.")
@in_app
def rules_add(
    kind: str, key: str, action: str, reason: str, settings: tuple[str, ...], lines: Path | None, off: bool
) -> None:
    """Add a rule of KIND after all others, as in `rules add links --site blog --set at_least=3`."""
    fields = {field.name: field.form for field in KINDS[kind].fields}
    chosen = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or name not in fields:
            raise click.UsageError(f"{setting}: expected NAME=VALUE, with NAME of {', '.join(fields) or 'none'}.")
        chosen[name] = value
    if lines is not None:
        name = next((name for name, form in fields.items() if form == LINES), None)
        if name is None:
            raise click.UsageError(f"A rule of the kind {kind} has no list.")
        chosen[name] = _read(lines)
    rule = ruling.checked(kind, chosen, action, reason, not off)
    number = ruling.add(managing.site(key), OPERATOR, rule, now())
    click.echo(f"Added {to_text(number)}: {rule.reason}.")


@rules.command("import-wordpress")
@click.option("--site", "key", required=True, help="Key of the site.")
@click.option("--moderation-keys", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File: is held.")
@click.option("--disallowed-keys", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="File: is spam.")
@in_app
def rules_import_wordpress(key: str, moderation_keys: Path | None, disallowed_keys: Path | None) -> None:
    """Make rules of WordPress's two lists of keys, one key a line."""
    held, spam = (_read(path) if path is not None else "" for path in (moderation_keys, disallowed_keys))
    made = ruling.import_wordpress(managing.site(key), OPERATOR, held, spam, now())
    click.echo(f"Added {len(made)} rule{'' if len(made) == 1 else 's'}.")


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path} cannot be read as text in UTF-8: {error}") from error
