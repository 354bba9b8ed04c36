"""What all commands share: the application they run in, refusals in plain words, the time."""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from datetime import datetime
from functools import wraps
from typing import Any

import click
from flask import Flask

from commentsvc.app import create_app
from commentsvc.database import engine
from commentsvc.models.desk import COUNTED
from commentsvc.people import managing
from commentsvc.refusals import Invalid
from commentsvc.refusals import Refusal
from commentsvc.settings import BadSetting


class Commands(click.Group):
    """Turns what the service refuses into one plain line and an exit code: 2 for settings and options, else 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except BadSetting as error:
            raise click.UsageError(str(error)) from error
        except Invalid as refused:
            # Two fields that are wrong in one way are told of once.
            words = dict.fromkeys(error.message for error in refused.errors)
            raise click.UsageError("; ".join(words)) from refused
        except (Refusal, FileExistsError) as refused:
            raise click.ClickException(str(refused)) from refused


def in_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command within the application, whose SQLite database is made or migrated first."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        with opened(create_app()):
            return command(*args, **options)

    return run


@contextmanager
def opened(app: Flask) -> Iterator[None]:
    """Work within an application, and leave no connection open behind."""
    with app.app_context():
        try:
            yield
        finally:
            engine().dispose()


def say_what_waits(key: str | None = None) -> None:
    """Say how many comments wait, since no mail tells."""
    for line in managing.sites():
        if key in (None, line.site.key):
            words = "comment waits" if line.waiting == 1 else "comments wait"
            click.echo(f"{line.site.key}: {counted(line.waiting)} {words} for a moderator.")


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def counted(count: int) -> str:
    """Write a number that is counted up to COUNTED."""
    return f"{COUNTED:,}+" if count >= COUNTED else f"{count:,}"
