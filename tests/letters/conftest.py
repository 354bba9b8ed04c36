"""The mail of the Gazette: a server that takes everything, and comments whose letters are asked for."""

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.letters import BASE
from tests.rig.letters import RITA
from tests.rig.letters import Mail
from tests.rig.letters import link_in
from tests.rig.smtp import MailHost


@pytest.fixture
def host() -> Iterator[MailHost]:
    """Give a mail server that takes everything."""
    host = MailHost()
    host.start()
    yield host
    host.stop()


@pytest.fixture
def app(make_app: Callable[..., Flask], host: MailHost) -> Flask:
    """Give the application, with letters."""
    return make_app(
        SMTP_URL=f"smtp://127.0.0.1:{host.port}", SMTP_TIMEOUT="1", RATE_LIMITS="on", POST_LIMIT="9999/minute"
    )


@pytest.fixture
def mail(app: Flask, host: MailHost, clock: Clock) -> Mail:
    """Give the mail of the application."""
    return Mail(app, host, clock)


@pytest.fixture
def posted() -> Callable[..., str]:
    """Give a function by which a reader posts a comment, and shows the receipts of earlier ones."""

    def post(reader: Reader, body: str = "Well said.", **fields: Any) -> str:
        return reader.say(body, receipts=list(reader.receipts.values())[-5:], **fields)

    return post


@pytest.fixture
def decided(decide: Callable[..., Any]) -> Callable[..., None]:
    """Give a function by which Mona decides on a comment."""
    return decide


@pytest.fixture
def asked(mail: Mail, rita: Reader, posted: Callable[..., str]) -> str:
    """Give Rita's comment, with which she asks for letters, and of which she has the letter to confirm."""
    comment = posted(rita, notify=True)
    mail.deliver()
    return comment


@pytest.fixture
def proven(mail: Mail, app: Flask, asked: str) -> str:
    """Give Rita's comment, whose letters she has confirmed."""
    path = link_in(mail.to(RITA)[0], "confirm", BASE)
    client = app.test_client()
    token = client.get(path).text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    assert client.post(path, data={"csrf_token": token, "act": "confirm"}).status_code == 303
    mail.host.arrived.clear()
    return asked
