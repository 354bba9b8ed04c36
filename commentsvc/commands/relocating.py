"""Commands on a site that moved, and on threads that look like one article."""

import sys

import click

from commentsvc.commands.sites import site
from commentsvc.commands.stage import in_app
from commentsvc.commands.stage import now
from commentsvc.models.decision import OPERATOR
from commentsvc.models.ids import from_text
from commentsvc.models.ids import to_text
from commentsvc.models.site import Site
from commentsvc.moderators import doubles
from commentsvc.moderators import relocating
from commentsvc.moderators.relocating import Plan
from commentsvc.people import managing
from commentsvc.refusals import UnknownRelocation
from commentsvc.text.alikes import CERTAIN
from commentsvc.web.desk.doubles import REASONS
from commentsvc.web.desk.doubles import SURE

LIST = "list"
SHOWN = 100


@site.command("move")
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option("--site", "key", help="Key of the site; may be left out where there is one site.")
@click.option("--yes", is_flag=True, help="Do it; without this it is only shown what would happen.")
@click.option("--add-origin", is_flag=True, help="Add the origin of the new addresses to the site's.")
@click.option(
    "--undo",
    "undone",
    is_flag=False,
    flag_value=LIST,
    metavar="[ID]",
    help="Take the move with this id back; without an id, list the moves so far.",
)
@in_app
def site_move(
    old: str | None, new: str | None, key: str | None, yes: bool, add_origin: bool, undone: str | None
) -> None:
    """Move all threads whose addresses begin with OLD to NEW: to https, another domain, or another path.

    Old addresses go on finding their threads. It shows what would happen; `--yes` does it. One that was interrupted
    goes on when it is run again.
    """
    chosen = _site(key)
    if undone is not None:
        if old is not None:
            raise click.UsageError("With --undo, no addresses are given.")
        _list(chosen) if undone == LIST else _undo(chosen, undone)
        return
    if old is None or new is None:
        raise click.UsageError("Give two beginnings of addresses: OLD and NEW.")
    if not yes:
        _tell(relocating.preview(chosen, old, new), add_origin)
        return
    with click.progressbar(length=0, label="Moving", file=sys.stderr, show_percent=False, show_eta=False) as bar:
        made = relocating.move(chosen, OPERATOR, old, new, now, add_origin=add_origin, told=bar.update)
    if made is None:
        click.echo("Nothing was left to move.")
        return
    click.echo(f"Moved {made.threads:,} threads, {made.merges:,} of them merged into one that was there.")
    click.echo(f"To take it back: commentsvc site move --site {chosen.key} --undo {to_text(made.id)}")


@click.group("threads")
def threads() -> None:
    """Threads: those that look like one article."""


@threads.command("doctor")
@click.option("--site", "key", help="Key of the site; may be left out where there is one site.")
@click.option(
    "--join-certain", is_flag=True, help="Join the groups that are surely one article, each undone by itself."
)
@in_app
def threads_doctor(key: str | None, join_certain: bool) -> None:
    """Find threads that look like one article, with the reasons; the desk joins them, and undoes it."""
    chosen = _site(key)
    if join_certain:
        _join_certain(chosen)
    view = doubles.look(chosen, SHOWN)
    for group in view.groups:
        click.echo(f"{SURE[group.found.confidence]}: {'; '.join(REASONS[reason] for reason in group.found.reasons)}")
        for place, thread in enumerate(group.threads):
            number = sum(group.states[thread.id].values())
            click.echo(f"  {'stays' if place == 0 else 'joins'} {number:>7,}  {thread.url}")
        if group.more:
            click.echo(f"  and {group.more:,} more")
    if view.all > len(view.groups):
        click.echo(f"The first {len(view.groups):,} of {view.all:,} groups.")
    if not view.all:
        click.echo("No two threads look like one article.")
    else:
        click.echo(f"Join them at the desk: /moderate/{chosen.key}/threads/doubles")


def _join_certain(chosen: Site) -> None:
    joined = 0
    # What is more than fits into one join is found again by the next look.
    while found := [each for each in doubles.find(chosen) if each.confidence == CERTAIN]:
        for each in found:
            doubles.join(chosen, OPERATOR, each.ids[: doubles.TOGETHER], each.ids[0], now())
            joined += 1
    click.echo(f"Joined {joined:,} groups that were surely one article.")


def _tell(plan: Plan, add_origin: bool) -> None:
    click.echo(f"{plan.threads:,} threads with {plan.comments:,} published comments would move.")
    if plan.examples:
        click.echo("For example:")
    for old, new in plan.examples:
        click.echo(f"  {old}\n    -> {new}")
    if plan.merges:
        click.echo(f"{plan.merges:,} would be merged into a thread that the new address has already:")
        for old, new in plan.merged:
            click.echo(f"  {old}\n    -> {new}")
    if plan.untouched:
        click.echo(f"{plan.untouched:,} addresses stay as they are:")
        for url, why in plan.left:
            click.echo(f"  {url}: {why}")
    if plan.missing is not None and not add_origin:
        click.echo(f"{plan.missing} is none of the site's origins yet: --add-origin adds it.")
    click.echo("Nothing was changed. To do it, add --yes." if plan.threads else "Nothing begins like that any more.")


def _list(chosen: Site) -> None:
    moves = relocating.look_at_moves(chosen).moves
    if not moves:
        click.echo("This site was not moved yet.")
    for made in moves:
        state = "undone" if made.undone else "being undone" if made.undo_began else "done" if made.ended else "begun"
        click.echo(f"{to_text(made.id)}  {made.began:%Y-%m-%d %H:%M}  {state:<12}  {made.old} -> {made.new}")


def _undo(chosen: Site, text: str) -> None:
    number = from_text(text)
    if number is None:
        raise UnknownRelocation
    made, stuck = relocating.undo(chosen, OPERATOR, number, now)
    if stuck:
        raise click.ClickException(
            f"{stuck:,} steps stay, since their threads were merged into others later. Undo those merges on the desk,"
            " then run this again. All else is as it was."
        )
    click.echo(f"Undone: {made.old} has its threads again. The site's origins stay as they are.")


def _site(key: str | None) -> Site:
    if key is not None:
        return managing.site(key)
    lines = managing.sites()
    if len(lines) != 1:
        raise click.UsageError("Say which site: --site KEY.")
    return lines[0].site
