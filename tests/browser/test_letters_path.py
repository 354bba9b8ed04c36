"""A reader's way with letters, in a browser: asked for, confirmed, told, stopped, and at the end all of it erased."""

import json
from collections.abc import Callable
from collections.abc import Iterator
from datetime import UTC
from datetime import datetime
from urllib.request import Request
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from commentsvc.app import create_app
from commentsvc.database import db
from commentsvc.database import reading
from commentsvc.models.ids import from_text
from commentsvc.models.tables import ALL
from commentsvc.moderators import moderating
from commentsvc.people import managing
from tests.browser.conftest import MONA
from tests.browser.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import make_settings
from tests.rig.articles import say
from tests.rig.articles import thread
from tests.rig.letters import Mail
from tests.rig.letters import link_in
from tests.rig.live import HostSite
from tests.rig.live import Live
from tests.rig.live import live_service
from tests.rig.smtp import Arrived
from tests.rig.smtp import MailHost

NAME, ADDRESS, TEXT = "Wilhelmina Quist", "wilhelmina@quist.example", "The arch is a catenary, near enough."


@pytest.fixture(scope="module")
def live(empty_database: Callable[[], str], owner: HostSite, host: MailHost) -> Iterator[Live]:
    """Give the running service with the Gazette; its letters are sent when the test says so, as its clock says."""
    server = f"smtp://127.0.0.1:{host.port}"
    with live_service(empty_database(), SMTP_URL=server, DELIVER="off") as service:
        service.command("site", "add", "gazette", "--origin", owner.origin, "--name", "The Gazette")
        words = ("moderator", "add", MONA, "--site", "gazette", "--name", "Mona Lind", "--password-stdin")
        service.command(*words, stdin=PASSWORD)
        yield service


@pytest.fixture
def mail(live: Live, host: MailHost) -> Iterator[Mail]:
    """Give the mail of the running service, delivered by the same code on the same database."""
    clock = Clock(datetime.now(UTC))
    chosen = {"BASE_URL": live.base, "SMTP_URL": live.environ["COMMENTSVC_SMTP_URL"]}
    app = create_app(make_settings(live.environ["COMMENTSVC_DATABASE_URL"], **chosen), clock)
    yield Mail(app, host, clock)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def approve(mail: Mail) -> Callable[[str], None]:
    """Give a function by which Mona approves a comment."""

    def act(comment: str) -> None:
        with mail.app.app_context():
            site = managing.site("gazette")
            with reading() as session:
                mona = managing.people_of(session, site)[0][0]
            mail.clock.now = datetime.now(UTC)
            moderating.decide(site, mona, [from_text(comment) or 0], moderating.APPROVE, mail.clock())

    return act


def letters(mail: Mail) -> list[Arrived]:
    """Return what arrives for the reader once the undo window is over."""
    before = len(mail.to(ADDRESS))
    mail.clock.now = datetime.now(UTC)
    mail.deliver_later(minutes=2)
    return mail.to(ADDRESS)[before:]


def test_from_asking_for_letters_to_being_forgotten(
    window: Callable, article: str, live: Live, mail: Mail, approve: Callable
) -> None:
    page: Page = window().page
    page.goto(article)
    page.get_by_label("Comment *").fill(TEXT)
    page.get_by_label("Name *").fill(NAME)
    page.get_by_role("textbox", name="Email").fill(ADDRESS)
    page.get_by_label("Tell me about replies by email").check()
    with page.expect_response(lambda answer: answer.request.method == "POST") as posted:
        page.get_by_role("button", name="Post Comment").click()
    said = posted.value.json()
    comment, receipt = said["comment"]["id"], said["receipt"]

    # The first letter asks; only a button begins more.
    (asking,) = letters(mail)
    other: Page = window(java_script_enabled=False).page
    other.goto(live.base + link_in(asking, "confirm", live.base))
    other.get_by_role("button", name="It was me: write to me").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Your address is confirmed")

    # Of her comment's approval she hears, of a reply only once it is approved.
    approve(comment)
    assert [letter.message["Subject"] for letter in letters(mail)] == ["Your comment is published: The old bridge"]
    reply = say(live, article, "Not quite.", "Sam", parent=comment)
    assert letters(mail) == []
    approve(reply)
    (told,) = letters(mail)
    assert "Not quite." in told.part("plain")

    # One click in the mail program stops them, without a page (RFC 8058).
    stop = str(told.message["List-Unsubscribe"]).strip("<>")
    one_click = Request(stop, b"List-Unsubscribe=One-Click", {"Content-Type": "application/x-www-form-urlencoded"})
    with urlopen(one_click) as answer:
        assert answer.status == 200
    approve(say(live, article, "It is.", "Sam", parent=comment))
    assert letters(mail) == []

    # The receipt begins them again, and the letter's page stops them as well.
    other.goto(f"{live.base}/r/gazette/{receipt}")
    other.get_by_role("button", name="Tell me about replies").click()
    expect(other.get_by_text("You are told by email when somebody replies.")).to_be_visible()
    approve(say(live, article, "It is not.", "Sam", parent=comment))
    assert len(letters(mail)) == 1
    other.goto(stop)
    other.get_by_role("button", name="Stop them").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Stopped")
    approve(say(live, article, "Is too.", "Sam", parent=comment))
    assert letters(mail) == []

    # She edits what she wrote, takes a copy of it, and then has all of it erased.
    other.goto(f"{live.base}/r/gazette/{receipt}")
    other.get_by_role("link", name="Edit", exact=True).click()
    other.get_by_label("Comment").fill(TEXT + " Or a parabola.")
    other.get_by_role("button", name="Save").click()
    with other.expect_download() as copied:
        other.get_by_role("link", name="Download what is kept of this one").click()
    kept = json.dumps(json.loads(copied.value.path().read_text()), ensure_ascii=False)
    for word in (NAME, ADDRESS, TEXT, "Or a parabola."):
        assert word in kept
    other.get_by_role("link", name="Erase it").click()
    other.get_by_role("button", name="Erase this comment").click()
    expect(other.get_by_role("heading", level=1)).to_be_visible()
    for words in (NAME, "catenary"):
        expect(other.get_by_text(words)).to_have_count(0)
    page.goto(article)
    expect(page.get_by_text("This comment was removed")).to_be_visible()
    public = json.dumps(thread(live, article)) + stored(mail)
    for word in (NAME, ADDRESS, "catenary"):
        assert word not in public


def stored(mail: Mail) -> str:
    """Return every row of every table."""
    with mail.app.app_context(), db.engine.connect() as connection:
        return "\n".join(str(row) for table in ALL for row in connection.execute(table.__table__.select()))
