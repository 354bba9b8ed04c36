"""Commands on the learning filter."""

import click

from commentsvc.commands.stage import in_app
from commentsvc.commands.stage import now
from commentsvc.moderators import filtering
from commentsvc.moderators import teaching
from commentsvc.moderators.filtering import Status
from commentsvc.people import managing


@click.group("filter")
def filter_() -> None:
    """The filter that learns from moderators' decisions."""


@filter_.command("status")
@click.option("--site", "key", required=True, help="Which site's filter.")
@in_app
def filter_status(key: str) -> None:
    """Tell what the filter has learnt from, and how it does."""
    site = managing.site(key)
    status = filtering.status(site, now())
    click.echo(f"{site.key}: {_state(status)}")
    spam, good = status.lessons
    click.echo(f"Decided by moderators: {spam:,} spam, {good:,} good.")
    if status.learnt_at is not None:
        spam, good = status.learnt_from
        late = "; more was decided since" if status.is_stale else ""
        click.echo(f"Learnt from {spam:,} spam and {good:,} good at {status.learnt_at:%Y-%m-%d %H:%M} UTC{late}.")
    click.echo(f"At most {status.rate:.1%} of the good comments may be held; {len(status.muted)} signals are ignored.")
    marked = sum(each.marked_spam + each.marked_good for each in status.tallies)
    if marked:
        right = sum(each.marked_spam for each in status.tallies)
        click.echo(f"Of {marked:,} comments that it marked, moderators found {right:,} to be spam.")


@filter_.command("learn")
@click.option("--site", "key", required=True, help="Which site's filter.")
@in_app
def filter_learn(key: str) -> None:
    """Learn now what moderators have decided, without waiting for the service."""
    site = managing.site(key)
    learnt = teaching.relearn(site, now())
    status = filtering.status(site, now())
    if status.is_stale:
        click.echo("Another process is learning just now.")
    else:
        click.echo("Learnt anew." if learnt else "There was nothing new to learn.")
    click.echo(f"{site.key}: {_state(status)}")


def _state(status: Status) -> str:
    spam, good = status.missing
    if not status.is_on:
        return "the filter is off."
    if status.knows_since is None:
        return f"the filter marks nothing yet: it needs {spam} more spam and {good} more good comments, each different."
    return f"the filter marks comments since {status.knows_since:%Y-%m-%d}."
