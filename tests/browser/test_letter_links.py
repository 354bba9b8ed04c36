"""A mail scanner opens every link of every letter, with its scripts running, and nothing has changed; a button does."""

import re
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request
from urllib.request import urlopen

import pytest
from flask import Flask
from playwright.sync_api import Page
from playwright.sync_api import expect

from commentsvc.app import create_app
from commentsvc.database import db
from commentsvc.database import reading
from commentsvc.models import letter as letters
from commentsvc.models.ids import from_text
from commentsvc.models.learnt import Learnt
from commentsvc.models.learnt import Lesson
from commentsvc.models.letter import write_letter
from commentsvc.models.tables import ALL
from commentsvc.moderators import moderating
from commentsvc.notifying import recovering
from commentsvc.notifying import subscribing
from commentsvc.notifying import weekly
from commentsvc.notifying.writing import FACTS
from commentsvc.people import inviting
from commentsvc.people import managing
from tests.browser.conftest import MONA
from tests.browser.conftest import PASSWORD
from tests.browser.test_accessibility import violations
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader
from tests.conftest import make_settings
from tests.rig.letters import RITA
from tests.rig.letters import Mail
from tests.rig.letters import link_in
from tests.rig.live import Live
from tests.rig.live import live_service
from tests.rig.smtp import MailHost


@dataclass
class Post:
    """A running service, the mail that it caused, and its application in this process, with a clock of its own."""

    live: Live
    mail: Mail
    app: Flask
    clock: Clock

    def do(self, act: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Run an act of the service now."""
        with self.app.app_context():
            return act(*arguments, self.clock(), **named)

    def links(self) -> set[str]:
        """Return every address in the letters: in text, HTML and headers."""
        found = set()
        for one in self.mail.host.arrived:
            found |= set(re.findall(r"https?://[^\s<>]+", one.part("plain") + str(one.message["List-Unsubscribe"])))
            found |= {unescape(link) for link in re.findall(r'href="([^"]*)"', one.part("html"))}
        return found

    def rows(self) -> dict[str, list[str]]:
        """Return everything that is stored, but what the filter learns by itself meanwhile."""
        with self.app.app_context(), db.engine.connect() as connection:
            return {
                table.__tablename__: sorted(map(repr, connection.execute(table.__table__.select())))
                for table in ALL
                if table not in (Learnt, Lesson)
            }


@pytest.fixture(scope="module")
def live(empty_database: Callable[[], str], host: MailHost) -> Iterator[Live]:
    """Give the running service with the Gazette, whose letters are delivered here."""
    host.arrived.clear()
    server = f"smtp://127.0.0.1:{host.port}"
    with live_service(empty_database(), SMTP_URL=server, DELIVER="off") as service:
        service.command("site", "add", "gazette", "--origin", GAZETTE, "--name", "The Gazette")
        words = ("moderator", "add", MONA, "--site", "gazette", "--name", "Mona Lind", "--password-stdin")
        service.command(*words, stdin=PASSWORD)
        yield service


@pytest.fixture
def post(live: Live, host: MailHost) -> Iterator[Post]:
    """Give the mail after everything has happened of which there are letters."""
    url, server = live.environ["COMMENTSVC_DATABASE_URL"], live.environ["COMMENTSVC_SMTP_URL"]
    clock = Clock(datetime.now(UTC) - timedelta(hours=6))
    app = create_app(make_settings(url, BASE_URL=live.base, SMTP_URL=server), clock)
    post = Post(live, Mail(app, host, clock), app, clock)
    with app.app_context():
        _let_happen(post)
    yield post
    with app.app_context():
        db.engine.dispose()


def _let_happen(post: Post) -> None:
    app, mail, clock = post.app, post.mail, post.clock
    site = managing.site("gazette")
    with reading() as session:
        mona = managing.people_of(session, site)[0][0]
    rita, sam = Reader(app.test_client(), "Rita", RITA), Reader(app.test_client(), "Sam", "sam@mail.example")

    def decide(act: str, comment: str) -> None:
        post.do(lambda now: moderating.decide(site, mona, [from_text(comment) or 0], act, now))

    first = rita.say("It *is* old.", notify=True)
    mail.deliver()
    secret = link_in(mail.to(RITA)[0], "confirm", post.live.base).rpartition("/")[2]
    post.do(lambda now: subscribing.confirm(mail.outbox, site, secret, now))
    decide("approve", first)
    decide("approve", sam.say("It is not.", parent=first, notify=True))
    decide("reject", rita.say("Is so.", notify=True, receipts=list(rita.receipts.values())))
    clock.advance(minutes=20)
    sam.say("Well.\n\n<script>fetch('/')</script>")
    mail.deliver()
    settings = {"tell_moderators": "digest", "digest_hour": (clock().hour + 1) % 24, "weekly": True}
    post.do(lambda now: managing.edit_site(site.key, settings, now))
    sam.say("And another one, by [Sam](https://sam.example/).")
    mail.deliver_later(hours=1)
    post.do(lambda now: inviting.invite(site, mona, "ines@mail.example", "moderator", now))
    post.do(lambda now: recovering.ask(site, RITA, None, now))
    this_week = weekly.event_id(clock() + weekly.WEEK), mona.email, clock(), clock()
    mail.write(lambda session: write_letter(session, site, letters.WEEKLY, *this_week, moderator_id=mona.id))
    mail.deliver()
    # The service would write the next one while we look.
    post.do(lambda now: managing.edit_site(site.key, {"weekly": False}, now))


def test_opening_every_link_of_every_letter_changes_nothing(window: Callable, live: Live, post: Post) -> None:
    assert {one.kind for one in post.mail.rows() if one.sent} == set(FACTS)
    links = post.links()
    assert {link.removeprefix(live.base).split("/")[3] for link in links if "/r/" in link} >= {
        "confirm", "unsubscribe", "mailbox", "act", "mine",
    }  # fmt: skip
    before = post.rows()
    page: Page = window().page
    for link in sorted(links):
        assert link.startswith(live.base + "/"), link
        for method in ("HEAD", "GET"):
            _ask(link, method)
        answer = page.goto(link)
        assert answer is not None and answer.status == 200, link
        if page.locator("script").count():
            page.wait_for_load_state("networkidle")
        elif "/r/" in link:
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-robots-tag"] == "noindex"
            assert answer.headers["referrer-policy"] == "same-origin"
    after = post.rows()
    assert {name for name in before if before[name] != after[name]} == set()

    # And the same page does act, without any script, when a person presses a button.
    act = next(link for link in links if "/act/" in link)
    mona: Page = window(java_script_enabled=False).page
    mona.goto(act)
    expect(mona.get_by_role("heading", level=1)).to_have_text("2 comments wait")
    mona.get_by_role("button", name="Approve").first.click()
    expect(mona.get_by_role("status")).to_have_text("Approved: the comment by Sam.")
    expect(mona.get_by_role("heading", level=1)).to_have_text("1 comment waits")
    mona.get_by_role("button", name="Undo").click()
    expect(mona.get_by_role("status")).to_contain_text("Undone")
    expect(mona.get_by_role("heading", level=1)).to_have_text("2 comments wait")
    for scheme, width in (("light", 1280), ("dark", 360)):
        look: Page = window(color_scheme=scheme, viewport={"width": width, "height": 900}).page
        for address in (act, act + "x"):
            look.goto(address)
            assert violations(look) == [], (scheme, address)
            assert look.evaluate("document.documentElement.scrollWidth") <= width


def _ask(link: str, method: str) -> None:
    try:
        with urlopen(Request(link, method=method), timeout=20) as answer:
            assert answer.status == 200, link
    except HTTPError as refused:
        raise AssertionError(f"{method} {link}: {refused.code}") from refused
