"""The command that erases a person who asked for it."""

import click

from commentsvc.authors import erasing
from commentsvc.authors.erasing import Found
from commentsvc.commands.stage import in_app
from commentsvc.commands.stage import now
from commentsvc.models import ids
from commentsvc.people import managing
from commentsvc.settings import load
from commentsvc.text.emails import clean_email
from commentsvc.text.refusal import TextRefused
from commentsvc.web.lanes import page_store


@click.command()
@click.option("--site", "key", required=True, help="Key of the site.")
@click.option("--email", help="Erase every comment that carries this address, and forget the address.")
@click.option("--comment", help="Erase this one comment, by the id that the desk and the archive show.")
@click.option("--yes", is_flag=True, help="Do it; without this it is only said what there is.")
@in_app
def erase(key: str, email: str | None, comment: str | None, yes: bool) -> None:
    """Erase a person's name, address and text for good; the thread keeps its shape.

    Anybody can type any address: make sure that whoever asks reads its mail.
    """
    site = managing.site(key)
    address, number = _asked_for(email, comment)
    found = erasing.find(site, address, number)
    if found.is_nothing:
        click.echo("Nothing is kept of this address.")
        return
    click.echo(f"{_many(len(found.comment_ids), 'comment')}{_beside(found)}.")
    if not yes:
        click.echo("Nothing was erased yet. Say --yes to erase it for good.")
        return
    done = erasing.erase_for(site, address, number, page_store(load()), now())
    click.echo(f"Erased: {_many(done, 'comment')}.")
    if not erasing.empty_log():
        click.echo("Somebody is reading, so the database's log still holds it: run this again in a moment.", err=True)
    click.echo("Backups and archives that were made before still hold it.")


def _asked_for(email: str | None, comment: str | None) -> tuple[str | None, int | None]:
    if (email is None) == (comment is None):
        raise click.UsageError("say either --email or --comment")
    if email is not None:
        try:
            return clean_email(email), None
        except TextRefused as refused:
            raise click.UsageError(refused.message) from refused
    number = ids.from_text(comment or "")
    if number is None:
        raise click.UsageError(f"this is no id of a comment: {comment}")
    return None, number


def _beside(found: Found) -> str:
    parts = [
        _many(number, word)
        for number, word in (
            (found.subscriptions, "subscription"),
            (found.letters, "letter"),
            (found.notices, "notice"),
        )
        if number
    ]
    return f", with {', '.join(parts)}" if parts else ""


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
