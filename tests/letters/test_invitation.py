"""An invitation of the operator's is mailed where there is a mail server, and its letter has the link that is shown."""

import re
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from commentsvc.cli import main
from commentsvc.models.site import Site
from commentsvc.people import managing
from tests.conftest import PASSWORD
from tests.conftest import SECRET
from tests.conftest import Clock
from tests.rig.desk import desk_of
from tests.rig.letters import Mail

INES = "ines@gazette.example"


def test_the_letter_has_the_link_that_is_shown_and_no_former_one(
    mail: Mail, app: Flask, client: FlaskClient, site: Site, clock: Clock
) -> None:
    with app.app_context():
        former = managing.add_moderator(INES, site.key, clock())
        shown = managing.add_moderator(INES, site.key, clock(), role="owner")
    assert former.is_mailed and shown.is_mailed
    done = mail.deliver()
    assert (done.sent, done.dropped) == (1, 1)
    letter = mail.to(INES)[0]
    assert "You are invited to run the comments of The Gazette." in " ".join(letter.part("plain").split())
    link = re.search(r"http://localhost:8080(/moderate/join/\S+)", letter.part("plain"))
    assert link is not None and link[1] == f"/moderate/join/{shown.invitation}"
    assert 'name="password"' in client.get(link[1]).text
    with app.app_context():
        assert not managing.add_moderator(INES, site.key, clock(), password="correct horse battery").is_mailed


@pytest.mark.parametrize("server", ["smtp://127.0.0.1:1", ""], ids=["with a mail server", "without"])
def test_whoever_invites_is_told_whether_it_is_mailed_and_sees_the_link(
    make_app: Callable[..., Flask], database_url: str, site: Site, clock: Clock, server: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    app = make_app(SMTP_URL=server)
    with app.app_context():
        managing.add_moderator("olga@gazette.example", site.key, clock(), role="owner", password=PASSWORD)
    desk = desk_of(app, "olga@gazette.example", PASSWORD)
    page = " ".join(desk.send("/moderate/gazette/people/invite", email=INES, role="viewer").text.split())
    for name, value in (("DATABASE_URL", database_url), ("SECRET_KEY", SECRET), ("SMTP_URL", server)):
        monkeypatch.setenv(f"COMMENTSVC_{name}", value)
    told = CliRunner().invoke(main, ["moderator", "add", "ivo@gazette.example", "--site", "gazette"]).stdout
    assert ("The invitation is mailed to" in page) == ("The invitation is mailed to" in told) == bool(server)
    assert ("Send this link to" in page) == ("Send them this link" in told) != bool(server)
    assert "/moderate/join/" in page and "/moderate/join/" in told
