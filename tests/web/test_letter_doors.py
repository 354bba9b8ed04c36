"""Where readers ask for letters and stop them: the form of the page, the plain form, the receipt."""

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import Reader
from tests.rig.plain_browser import PlainBrowser

ARTICLE = "https://gazette.example/the-bridge"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Give the application, with a mail server that nobody asks for anything here."""
    return make_app(SMTP_URL="smtp://127.0.0.1:1")


@pytest.fixture
def browser(app: Flask) -> PlainBrowser:
    """Give a browser without scripts."""
    return PlainBrowser(app.test_client())


def test_the_page_says_whether_letters_can_be_asked_for(rita: Reader, make_app: Callable[..., Flask]) -> None:
    assert rita.thread()["form"]["notify"] is True


def test_without_a_mail_server_nobody_is_asked(site, make_app: Callable[..., Flask]) -> None:
    client = make_app(SMTP_URL="").test_client()
    assert client.get(f"/api/v1/sites/gazette/thread?url={ARTICLE}").json["form"]["notify"] is False
    assert 'name="notify"' not in client.get(f"/sites/gazette/thread?url={ARTICLE}").text


def test_letters_are_asked_for_and_stopped_without_scripts(rita: Reader, browser: PlainBrowser) -> None:
    page = browser.get("/sites/gazette/thread", url=ARTICLE)
    sent = browser.send(page, name="Pia", email="pia@mail.example", body="Tell me.", notify="y")
    receipt = browser.follow(sent)
    assert "We sent you a letter that asks whether the address is yours." in " ".join(receipt.source.split())
    stopped = browser.follow(browser.send(receipt, on="0"))
    assert "You are not told when somebody replies." in stopped.source
    again = browser.follow(browser.send(stopped, on="1"))
    assert "We sent you a letter" in again.source


def test_who_left_no_address_is_not_offered_letters(rita: Reader, browser: PlainBrowser) -> None:
    page = browser.get("/sites/gazette/thread", url=ARTICLE)
    receipt = browser.follow(browser.send(page, name="Pia", body="Hello.", notify="y"))
    assert "Letters about replies" not in receipt.source


def test_a_form_of_another_comment_turns_nothing(rita: Reader, browser: PlainBrowser) -> None:
    first, second = (rita.say(f"Comment {n}.", email="rita@mail.example") for n in (1, 2))
    paths = [f"/r/gazette/{rita.receipts[comment]}" for comment in (first, second)]
    page = browser.get(paths[0])
    token = page.values()["csrf_token"]
    answer = browser.client.post(f"{paths[1]}/letters", data={"csrf_token": token, "on": "1"})
    assert answer.status_code in (403, 422)
    assert "You are not told when somebody replies." in browser.get(paths[1]).source
