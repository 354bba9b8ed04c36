"""Moderators see which letters could not be sent and why, and have them sent again."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from commentsvc.database import transaction
from commentsvc.models import letter as kinds
from commentsvc.models.letter import Letter
from commentsvc.models.letter import write_letter
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.rig.desk import Desk
from tests.rig.desk import desk_of


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give the application, with a mail server that nobody asks for anything here."""
    return make_app(SMTP_URL="smtp://127.0.0.1:1")


@pytest.fixture
def parked(app: Flask, site: Site, clock: Clock) -> Callable[[], list[Any]]:
    """Park two letters, and give a function that says which of them still are."""
    with app.app_context(), transaction() as session:
        for number, address in enumerate(("rita@mail.example", "sam@mail.example")):
            write_letter(session, site, kinds.CONFIRM, number, address, clock(), clock())
        for letter in session.query(Letter):
            letter.parked, letter.error, letter.attempts = clock(), "550 <b>no</b> such mailbox", 1

    def still() -> list[Any]:
        with app.app_context(), transaction() as session:
            return [one.parked for one in session.query(Letter).order_by(Letter.id)]

    return still


@pytest.fixture
def desk(app: Flask, mona: Moderator) -> Desk:
    """Give Mona's browser."""
    return desk_of(app, "mona@gazette.example", PASSWORD)


def test_a_letter_that_could_not_be_sent_is_shown_and_sent_again(
    desk: Desk, parked: Callable[[], list[Any]], clock: Clock
) -> None:
    page = desk.open("/moderate/gazette/letters").text
    assert "rita@mail.example" in page
    assert "sam@mail.example" in page
    assert "550 &lt;b&gt;no&lt;/b&gt; such mailbox" in page
    ids = list(dict.fromkeys(re.findall(r'name="id" value="(\w+)"', page)))
    assert len(ids) == 2
    assert parked() == [clock.now, clock.now]
    desk.send("/moderate/gazette/letters/send", id=ids[0])
    assert parked().count(None) == 1
    desk.send("/moderate/gazette/letters/send", id=[*ids, "nothing"])
    assert parked() == [None, None]
    assert "Every letter found its way." in desk.open("/moderate/gazette/letters").text


def test_another_sites_letters_are_nobodys_business(
    app: Flask, omar: Moderator, parked: Callable[[], list[Any]]
) -> None:
    desk = desk_of(app, "omar@herald.example", PASSWORD, "herald")
    assert desk.open("/moderate/gazette/letters").status_code == 404
    assert "rita@" not in desk.open("/moderate/herald/letters").text
    assert None not in parked()
