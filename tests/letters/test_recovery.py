"""Recovery: one letter with one link, to an address that is proven, and the same words to whoever asks."""

from collections.abc import Callable

import pytest
from flask import Flask

from commentsvc.models.site import Site
from tests.conftest import ARTICLE
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.letters import BASE
from tests.rig.letters import RITA
from tests.rig.letters import Mail
from tests.rig.letters import link_in
from tests.rig.plain_browser import Page
from tests.rig.plain_browser import PlainBrowser
from tests.rig.plain_browser import words_of

PATH = "/sites/gazette/recover"


@pytest.fixture
def browser(app: Flask) -> PlainBrowser:
    """Give a browser without scripts."""
    return PlainBrowser(app.test_client())


@pytest.fixture
def ask(browser: PlainBrowser) -> Callable[[str], Page]:
    """Give a function that asks for the link of an address, and returns what is said."""
    return lambda email: browser.follow(browser.send(browser.get(PATH), email=email))


def test_who_lost_the_links_gets_one_to_all_by_mail(
    mail: Mail, browser: PlainBrowser, ask: Callable, proven: str, rita: Reader
) -> None:
    thread = browser.get("/sites/gazette/thread", url=ARTICLE)
    page = browser.get(thread.link("Lost the private link to your comment?"))
    assert words_of(page.one("h1")) == "Find your comments"
    # In whatever spelling.
    said = ask("Rita@Mail.Example")
    assert words_of(said.one("h1")) == "Look into your mail"
    assert said.headers["Cache-Control"] == "no-store"
    mail.deliver()
    letter = mail.to(RITA)[0]
    assert letter.message["Subject"] == "Your comments on The Gazette"
    assert "List-Unsubscribe" not in letter.message
    path = link_in(letter, "mine", BASE)
    assert letter.part("html").count("href=") == 1 and path in letter.part("html")
    assert "Well said." not in letter.part("plain") + letter.part("html")
    page = browser.get(path)
    assert "1 comment on The Gazette with the address rita@mail.example" in words_of(page.one("main"))
    assert page.link("The old bridge") == f"/r/gazette/{rita.receipts[proven]}"


def test_the_answer_is_the_same_and_no_other_address_gets_a_letter(
    mail: Mail, browser: PlainBrowser, ask: Callable, asked: str, site: Site
) -> None:
    # Somebody typed her address, and she has not confirmed it.
    mail.host.arrived.clear()
    answers = {ask(email).source for email in (RITA, "nobody@mail.example")}
    assert len(answers) == 1
    mail.deliver()
    assert mail.host.arrived == [] and mail.rows(kind="recovery") == []
    wrong = browser.send(browser.get(PATH), email="nonsense")
    assert wrong.status == 422 and "valid email address" in wrong.errors()["email"]
    assert wrong.values()["email"] == "nonsense"


def test_letters_are_limited_by_address_and_by_network(
    mail: Mail, app: Flask, ask: Callable, proven: str, clock: Clock
) -> None:
    for _ in range(5):
        assert words_of(ask(RITA).one("h1")) == "Look into your mail"
    mail.deliver()
    assert len(mail.to(RITA)) == 3
    clock.advance(days=1)
    # A network that asks for many gets none after its tenth, whose address it may be.
    for number in range(10):
        ask(f"somebody{number}@mail.example")
    ask(RITA)
    mail.deliver()
    assert len(mail.to(RITA)) == 3


def test_who_never_wants_a_letter_gets_none_and_a_late_one_is_not_sent(mail: Mail, ask: Callable, proven: str) -> None:
    ask(RITA)
    # Nobody waits for it any more: its link would be good for a day from now.
    assert mail.deliver_later(days=1).dropped == 1
    ask(RITA)
    silence = "UPDATE mailbox SET silenced = proven"
    mail.write(lambda session: session.connection().exec_driver_sql(silence))
    assert mail.deliver().dropped == 1
    assert words_of(ask(RITA).one("h1")) == "Look into your mail"
    assert mail.rows(kind="recovery") == [] and mail.to(RITA) == []


def test_only_our_own_page_asks(app: Flask, browser: PlainBrowser, mail: Mail, proven: str) -> None:
    client = app.test_client()
    for _ in range(2):
        assert client.get(PATH).status_code == client.head(PATH).status_code == 200
    assert client.post(PATH, data={"email": RITA}).status_code == 403
    assert browser.send(browser.get(PATH), {"Origin": "https://evil.example"}, email=RITA).status == 403
    assert client.get("/sites/nowhere/recover").status_code == 404
    assert mail.rows(kind="recovery") == []
