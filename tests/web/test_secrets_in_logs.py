"""What opens doors, and what people wrote, stands in no line of any log, whatever happens."""

import logging
from collections.abc import Callable
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from commentsvc.database import transaction
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.notifying import hook_delivering
from commentsvc.notifying.postman import Postman
from commentsvc.operators.journal import JsonLines
from commentsvc.operators.journal import OneLine
from commentsvc.people import managing
from commentsvc.people import tokens
from commentsvc.people.tokens import Wanted
from commentsvc.web import problems
from commentsvc.web.service import EXTENSION
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import PASSWORD
from tests.conftest import SECRET
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.letters import BASE
from tests.rig.letters import Mail
from tests.rig.letters import link_in
from tests.rig.plain_browser import PlainBrowser
from tests.rig.smtp import MailHost

MONA = "mona@gazette.example"
SMTP_PASSWORD, HOOK_SECRET, TYPED = (
    "sesame-of-the-mail-server",
    "path-that-opens-the-hook",
    "wrong horse, typed in haste",
)
WORDS = "Words that wait for a moderator"
ADDRESS = "rita.the.reader@mail.example"
TALKATIVE = {"LOG_LEVEL": "DEBUG", "ACCESS_LOG": "on", "WEBHOOKS_PRIVATE": "on"}


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """Give everything that all loggers told, as both of our formats write it."""
    caplog.set_level(logging.DEBUG)

    def told() -> str:
        kept = [record for record in caplog.records if not record.name.startswith(("mail.log", "asyncio"))]
        return "\n".join(one.format(record) for record in kept for one in (OneLine(), JsonLines()))

    return told


@pytest.fixture
def host() -> Iterator[MailHost]:
    """Give a mail server that takes everything."""
    host = MailHost()
    host.start()
    yield host
    host.stop()


@pytest.fixture
def app(make_app: Callable[..., Flask], host: MailHost) -> Flask:
    """Give the application that tells all it can."""
    return make_app(SMTP_URL=f"smtp://127.0.0.1:{host.port}", **TALKATIVE)


@pytest.fixture
def mail(app: Flask, host: MailHost, clock: Clock) -> Mail:
    """Give the mail of the application."""
    return Mail(app, host, clock)


@pytest.fixture
def olga(app: Flask, site: Site, clock: Clock) -> Desk:
    """Give the browser of the Gazette's owner."""
    with app.app_context():
        managing.add_moderator("olga@gazette.example", site.key, clock(), name="Olga", role="owner", password=PASSWORD)
    return desk_of(app, "olga@gazette.example", PASSWORD)


def test_nothing_that_opens_a_door_is_written_down(
    app: Flask,
    make_app: Callable[..., Flask],
    mail: Mail,
    mona: Moderator,
    olga: Desk,
    clock: Clock,
    lines: Callable[[], str],
) -> None:
    client = app.test_client()
    rita = Reader(client, "Rita", ADDRESS)
    comment = rita.say(WORDS, notify=True)
    receipt = rita.receipts[comment]
    for end in ("", "/edit", "/delete", "/data", "/all", "/nothing"):
        client.get(f"/r/gazette/{receipt}{end}")
    client.get(f"/r//gazette/{receipt}")
    rita.own("PATCH", comment, json={"body": WORDS + ", changed"})
    rita.own("GET", comment, receipt=receipt + "x")

    desk = Desk(app.test_client())
    desk.sign_in(MONA, TYPED)
    desk.sign_in(TYPED, PASSWORD)
    desk.sign_in(MONA, PASSWORD)
    desk.open("/moderate/gazette/queue", q=WORDS, author=ADDRESS)
    with app.app_context():
        token = tokens.issue("gazette", MONA, Wanted("all", ("read", "decide"), None), clock()).secret
    for bearer in (token, token + "x", token[:-3] + "abc"):
        headers = {"Authorization": f"Bearer {bearer}"}
        client.get("/api/v1/moderation/sites/gazette/comments", headers=headers, query_string={"q": ADDRESS})

    hook = {"url": f"http://127.0.0.1:9/{HOOK_SECRET}", "shape": "json", "event": ["comment.pending"]}
    assert olga.send("/moderate/gazette/webhooks", **hook).status_code == 303
    invited = olga.send("/moderate/gazette/people/invite", email="ines@gazette.example", role="viewer").text
    join = invited.split("/moderate/join/")[1][:32]
    client.get(f"/moderate/join/{join}")
    rita.say(WORDS + ", again")

    clock.advance(minutes=20)
    dead = make_app(SMTP_URL=f"smtp://letters:{SMTP_PASSWORD}@127.0.0.1:9", SMTP_TIMEOUT="1", **TALKATIVE)
    with dead.app_context():
        Postman(dead.app_context, dead.extensions[EXTENSION].outbox, clock).look()
    for _ in range(2):
        mail.deliver_later(hours=1)
        with app.app_context():
            assert hook_delivering.deliver_due(mail.outbox, clock, within=0.4)
    confirm = link_in(mail.to(ADDRESS)[0], "confirm", BASE)
    browser = PlainBrowser(client)
    browser.send(browser.get(confirm), act="confirm")
    acting = [link_in(letter, "act", BASE) for letter in mail.to(MONA) if "/act/" in letter.part("plain")]
    for path in acting:
        browser.get(path)

    written = lines()
    assert "mail server can't be reached" in written, "what fails is told"
    assert "GET /r/-" in written, "requests are written down"
    opens = [receipt, token, join, desk.cookie(), desk.token(), confirm.rpartition("/")[2]]
    opens += [path.rpartition("/")[2] for path in acting]
    assert len(opens) > 6
    for secret in (*opens, SECRET, SMTP_PASSWORD, HOOK_SECRET, TYPED, PASSWORD, WORDS, ADDRESS):
        assert secret is not None and len(secret) > 10
        assert secret not in written, secret


def test_a_fault_in_the_database_repeats_no_row(
    app: Flask, site: Site, mona: Moderator, rita: Reader, lines: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else it may have been told just before, in another test.
    monkeypatch.setattr(problems, "_outage", problems.Outage())
    with app.app_context(), transaction() as session:
        session.execute(text("ALTER TABLE revision RENAME COLUMN source TO odd"))
    try:
        answer = Reader(app.test_client(), "Rita", ADDRESS).post(WORDS)
    finally:
        with app.app_context(), transaction() as session:
            session.execute(text("ALTER TABLE revision RENAME COLUMN odd TO source"))
    assert answer.status_code >= 500
    written = lines()
    assert "source" in written, "the fault is told"
    for words in (WORDS, ADDRESS):
        assert words not in written
        assert words not in answer.text


def test_the_address_of_the_article_is_no_secret_and_is_not_logged_either(
    app: Flask, site: Site, lines: Callable[[], str]
) -> None:
    app.test_client().get("/sites/gazette/thread", query_string={"url": ARTICLE, "reply": "r" * 30})
    app.test_client().get("/api/v1/sites/gazette/thread", query_string={"url": GAZETTE + "/?session=stolen-session"})
    assert "stolen-session" not in lines()
