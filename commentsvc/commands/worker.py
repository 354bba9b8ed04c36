"""The command that sends letters, where the service itself does not."""

import signal
from typing import Any

import click
from flask import current_app

from commentsvc.commands.stage import in_app
from commentsvc.commands.stage import now
from commentsvc.notifying.delivering import deliver_due
from commentsvc.notifying.outbox import Outbox
from commentsvc.notifying.postman import Postman
from commentsvc.web.service import service


@click.command()
@click.option("--once", is_flag=True, help="Send what is due now, and end.")
@in_app
def worker(once: bool) -> None:
    """Send letters, until a signal ends it; several may run at once."""
    outbox = service().outbox
    if not outbox.is_open:
        raise click.UsageError("COMMENTSVC_SMTP_URL is not set, so there is no mail server to send letters by.")
    if once:
        _send_what_is_due(outbox)
        return
    app: Any = current_app
    postman = Postman(app._get_current_object().app_context, outbox, now)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: postman.end())
    click.echo("Sending letters; Ctrl-C ends it.")
    postman.work()


def _send_what_is_due(outbox: Outbox) -> None:
    sent = parked = put_off = 0
    while True:
        done = deliver_due(outbox, now)
        sent, parked, put_off = sent + done.sent, parked + done.parked, put_off + done.put_off
        if done.away is not None or not (done.sent or done.parked or done.put_off or done.dropped):
            break
    click.echo(f"{sent:,} letters sent, {put_off:,} put off, {parked:,} parked.")
    if done.away is not None:
        raise click.ClickException(f"the mail server can't be reached: {done.away}")
