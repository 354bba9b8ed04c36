"""The links of letters: a GET or HEAD changes nothing, a button does, and a secret is good for one thing."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from commentsvc.database import reading
from commentsvc.database import transaction
from commentsvc.models.comment import Comment
from commentsvc.models.ids import from_text
from commentsvc.models.site import Site
from commentsvc.models.subscription import SITE
from commentsvc.models.subscription import Subscription
from commentsvc.models.subscription import find_mailbox
from commentsvc.models.subscription import mailbox_for
from commentsvc.models.subscription import subscription_for
from commentsvc.notifying import links
from commentsvc.notifying import subscribing
from commentsvc.people import managing
from commentsvc.web.service import Service
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.plain_browser import Page
from tests.rig.plain_browser import PlainBrowser
from tests.rig.plain_browser import words_of

RITA = "rita@mail.example"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give the application, with a mail server that nobody asks for anything here."""
    return make_app(SMTP_URL="smtp://127.0.0.1:1")


@pytest.fixture
def browser(app: Flask) -> PlainBrowser:
    """Give a browser without scripts."""
    return PlainBrowser(app.test_client())


@pytest.fixture
def write(app: Flask) -> Callable[..., Any]:
    """Give a function that runs an act within a transaction of the application."""

    def run(act: Callable[[Any], Any]) -> Any:
        with app.app_context(), transaction() as session:
            return act(session)

    return run


@pytest.fixture
def comment(rita: Reader, site: Site, clock: Clock, write: Callable[..., Any]) -> str:
    """Give Rita's comment, with which she asks for letters."""
    return rita.say("It *is* old.", notify=True)


@pytest.fixture
def subscription(app: Flask, site: Site, comment: str) -> Callable[[], Subscription]:
    """Give a function that reads her subscription as it is now."""

    def read() -> Subscription:
        with app.app_context(), reading() as session:
            return session.query(Subscription).filter_by(site_id=site.id, about_id=from_text(comment)).one()

    return read


@pytest.fixture
def link(app: Flask, site: Site, subscription: Callable[[], Subscription]) -> Callable[[str], str]:
    """Give a function that returns the path of a link of her letters by its use."""

    def path(use: str) -> str:
        service: Service = app.extensions["commentsvc"]
        number = subscription().mailbox_id if use == links.MAILBOX else subscription().id
        return f"/r/gazette/{use}/{links.secret(service.keys, site, use, number)}"

    return path


def press(browser: PlainBrowser, page: Page, **button: str) -> Page:
    return browser.follow(browser.send(page, **button))


def test_an_address_is_confirmed_by_a_button(
    browser: PlainBrowser, link: Callable, subscription: Callable, comment: str, sam: Reader, decide: Callable
) -> None:
    reply = sam.say("No.", parent=comment) if decide("approve", comment) else ""
    hidden = sam.say("Not seen.", parent=comment)
    decide("approve", reply)
    page = browser.get(link("confirm"))
    assert words_of(page.one("h1")) == "Confirm your address"
    assert "It is old." in page.source
    assert "No." not in page.source
    assert page.headers["Cache-Control"] == "no-store" and page.headers["X-Robots-Tag"] == "noindex"
    assert subscription().confirmed is None
    done = press(browser, page, act="confirm")
    assert words_of(done.one("h1")) == "Your address is confirmed"
    assert subscription().is_active
    # What was said before is shown here, since it is not mailed any more.
    assert page.all("a") == [] and f"comment-{reply}" in done.link("Sam")
    assert hidden not in done.source
    assert "/thread?" in done.link("Read the comments")
    assert words_of(browser.get(done.link("All letters you get from this site")).one("h1")) == "Letters to you"


def test_looking_changes_nothing_however_often(
    app: Flask, browser: PlainBrowser, link: Callable, subscription: Callable
) -> None:
    client = app.test_client()
    paths = [link(use) for use in ("confirm", "unsubscribe", "mailbox")]
    for _ in range(3):
        for path in paths:
            assert client.get(path).status_code == client.head(path).status_code == 200
            assert client.get(path).text.count("<script") == 0
    assert subscription().confirmed is None
    press(browser, browser.get(link("confirm")), act="confirm")
    for path in paths:
        client.get(path)
        client.head(path)
    assert subscription().is_active


def test_somebody_elses_page_confirms_nothing(app: Flask, link: Callable, subscription: Callable) -> None:
    client = app.test_client()
    assert client.post(link("confirm"), data={"act": "confirm"}).status_code == 403
    token = client.get(link("confirm")).text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    elsewhere = {"Origin": "https://evil.example"}
    sent = {"act": "confirm", "csrf_token": token}
    assert client.post(link("confirm"), data=sent, headers=elsewhere).status_code == 403
    # Nor does a form of one page act on another.
    assert client.post(link("unsubscribe"), data={"csrf_token": token}).status_code == 403
    assert subscription().confirmed is None and subscription().ended is None


def test_a_mail_program_stops_letters_with_one_click(
    app: Flask, browser: PlainBrowser, link: Callable, subscription: Callable
) -> None:
    press(browser, browser.get(link("confirm")), act="confirm")
    client = app.test_client()
    for _ in range(2):
        answer = client.post(link("unsubscribe"), data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers and "Location" not in answer.headers
    assert subscription().ended is not None
    # It can do nothing else, whatever comes with it.
    assert client.post(link("confirm"), data={"List-Unsubscribe": "One-Click"}).status_code == 403
    assert client.post(link("mailbox"), data={"List-Unsubscribe": "One-Click"}).status_code == 403


def test_letters_stop_by_the_page_too(browser: PlainBrowser, link: Callable, subscription: Callable) -> None:
    press(browser, browser.get(link("confirm")), act="confirm")
    page = browser.get(link("unsubscribe"))
    assert words_of(page.one("h1")) == "Stop these letters?"
    done = press(browser, page)
    assert words_of(done.one("h1")) == "Stopped"
    assert not subscription().is_active
    assert browser.get(link("unsubscribe")).all("form") == []


def test_one_page_shows_all_and_stops_them(
    browser: PlainBrowser, link: Callable, site: Site, clock: Clock, write: Callable, subscription: Callable
) -> None:
    press(browser, browser.get(link("confirm")), act="confirm")

    def follow(session: Any) -> None:
        mailbox = mailbox_for(session, site, RITA, clock())
        subscription_for(session, site, mailbox, SITE, 0, clock(), clock())

    write(follow)
    page = browser.get(link("mailbox"))
    assert "All new comments on The Gazette" in words_of(page.one("main"))
    buttons = [one["value"] for one in page.all("button")]
    assert buttons[2:] == ["all", "never"]
    token = page.all("input", name="csrf_token")[0]["value"]
    path = link("mailbox")
    browser.client.post(path, data={"csrf_token": token, "stop": buttons[1]})
    assert not subscription().is_active
    browser.client.post(path, data={"csrf_token": token, "stop": "all"})
    assert [one["value"] for one in browser.get(path).all("button")] == [*buttons[:2], "never"]


def test_who_never_wants_a_letter_is_never_asked_again(
    browser: PlainBrowser, link: Callable, comment: str, rita: Reader, site: Site, clock: Clock, write: Callable
) -> None:
    done = press(browser, browser.get(link("confirm")), act="never")
    assert words_of(done.one("h1")) == "No more letters"
    again = rita.say("Once more.", notify=True)

    def tell(session: Any) -> str:
        found = session.get_one(Comment, (site.id, from_text(again)))
        return subscribing.hears(session, site, found.id)

    assert write(tell) == "off"
    # By the same letter they can change their mind.
    assert words_of(press(browser, done, act="confirm").one("h1")) == "Your address is confirmed"


@pytest.mark.parametrize("use", ["confirm", "unsubscribe", "mailbox"])
def test_a_secret_is_good_for_one_thing_on_one_site(
    app: Flask, browser: PlainBrowser, link: Callable, use: str, clock: Clock, rita: Reader, comment: str
) -> None:
    with app.app_context():
        managing.add_site("herald", {"origins": ["https://herald.example"]}, clock())
    path = link(use)
    secret = path.rpartition("/")[2]
    others = {"confirm", "unsubscribe", "mailbox"} - {use}
    wrong = [f"/r/gazette/{other}/{secret}" for other in others]
    wrong += [f"/r/herald/{use}/{secret}", f"/r/gazette/{use}/{rita.receipts[comment]}", f"/r/gazette/{use}/nothing"]
    for address in wrong:
        page = browser.get(address)
        assert page.status == 410, address
        assert "ask for them on your comment's private page" in words_of(page.one("main"))
        assert page.headers["Cache-Control"] == "no-store"
    assert browser.get(f"/r/gazette/{secret}").status in (403, 404)
    assert browser.get(path).status == 200


def test_a_letter_that_asks_is_good_for_a_week(
    browser: PlainBrowser, link: Callable, subscription: Callable, clock: Clock
) -> None:
    page = browser.get(link("confirm"))
    clock.advance(days=7)
    assert browser.get(link("confirm")).status == 410
    assert browser.send(page, act="confirm").status in (403, 410)
    assert subscription().confirmed is None


def test_who_is_forgotten_is_in_no_table(
    browser: PlainBrowser, link: Callable, site: Site, write: Callable, comment: str
) -> None:
    press(browser, browser.get(link("confirm")), act="confirm")
    path = link("mailbox")
    write(lambda session: subscribing.forget(session, site, RITA.upper()))

    def left(session: Any) -> list[Any]:
        tables = ("mailbox", "subscription", "letter")
        return [session.connection().exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() for name in tables]

    assert write(left) == [0, 0, 0]
    assert write(lambda session: find_mailbox(session, site, RITA)) is None
    assert browser.get(path).status == 410
