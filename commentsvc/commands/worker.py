"""The command that sends letters and webhooks, where the service itself does not."""

import signal
import threading
from typing import Any

import click
from flask import current_app

from commentsvc.commands.stage import in_app
from commentsvc.commands.stage import now
from commentsvc.notifying import hook_delivering
from commentsvc.notifying.asking_akismet import ask_due
from commentsvc.notifying.delivering import deliver_due
from commentsvc.notifying.messenger import Messenger
from commentsvc.notifying.outbox import Outbox
from commentsvc.notifying.postman import Postman
from commentsvc.web.service import service


@click.command()
@click.option("--once", is_flag=True, help="Send what is due now, and end.")
@in_app
def worker(once: bool) -> None:
    """Send letters and webhooks, until a signal ends it; several may run at once."""
    outbox = service().outbox
    if not outbox.is_open:
        click.echo("COMMENTSVC_SMTP_URL is not set: there is no mail server to send letters by.", err=True)
    if once:
        _send_webhooks(outbox)
        while ask_due(outbox.settings, now):
            pass
        if outbox.is_open:
            _send_letters(outbox)
        return
    app: Any = current_app
    context = app._get_current_object().app_context
    postman, messenger = Postman(context, outbox, now), Messenger(context, outbox, now)

    def end(*_: Any) -> None:
        postman.end()
        messenger.end()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    click.echo(f"Sending {'letters and ' if outbox.is_open else ''}webhooks; Ctrl-C ends it.")
    letters = threading.Thread(target=postman.work, name="commentsvc-postman", daemon=True)
    if outbox.is_open:
        letters.start()
    messenger.work()
    if outbox.is_open:
        letters.join()


def _send_webhooks(outbox: Outbox) -> None:
    sent = failed = parked = 0
    while True:
        done = hook_delivering.deliver_due(outbox, now)
        sent, failed, parked = sent + done.sent, failed + done.failed, parked + done.parked
        # What failed rests for a while, so that this ends.
        if not (done.sent or done.failed or done.parked or done.dropped):
            break
    click.echo(f"{sent:,} webhooks sent, {failed:,} put off, {parked:,} parked.")


def _send_letters(outbox: Outbox) -> None:
    sent = parked = put_off = 0
    while True:
        done = deliver_due(outbox, now)
        sent, parked, put_off = sent + done.sent, parked + done.parked, put_off + done.put_off
        if done.away is not None or not (done.sent or done.parked or done.put_off or done.dropped):
            break
    click.echo(f"{sent:,} letters sent, {put_off:,} put off, {parked:,} parked.")
    if done.away is not None:
        raise click.ClickException(f"the mail server can't be reached: {done.away}")
