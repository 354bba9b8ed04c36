"""Following an article or a site without writing a comment: asked by mail first, told once, stopped on one page."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from commentsvc.database import transaction
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.moderators import arranging
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import Reader
from tests.rig.letters import BASE
from tests.rig.letters import MONA
from tests.rig.letters import RITA
from tests.rig.letters import Mail
from tests.rig.letters import link_in
from tests.rig.plain_browser import Page
from tests.rig.plain_browser import PlainBrowser
from tests.rig.plain_browser import words_of

PIA = "pia@mail.example"
PAGE = f"/sites/gazette/thread?url={ARTICLE}"
DOOR = "/api/v1/sites/gazette/subscriptions"


@pytest.fixture
def browser(app: Flask, site: Site) -> PlainBrowser:
    """Give a browser without scripts."""
    return PlainBrowser(app.test_client())


@pytest.fixture
def follow(app: Flask, site: Site) -> Callable[..., Any]:
    """Give a function by which a page of the site asks for letters."""

    def ask(email: str = PIA, kind: str = "thread", **fields: Any) -> Any:
        sent = {"email": email, "kind": kind, "url": ARTICLE} | fields
        return app.test_client().post(DOOR, json=sent, headers={"Origin": GAZETTE})

    return ask


@pytest.fixture
def confirm(mail: Mail, browser: PlainBrowser) -> Callable[..., str]:
    """Give a function that presses the button of the letter that asks an address, and returns its path."""

    def press(email: str = PIA) -> str:
        mail.deliver()
        path = link_in(mail.to(email)[-1], "confirm", BASE)
        browser.follow(browser.send(browser.get(path), act="confirm"))
        mail.host.arrived.clear()
        return path

    return press


def subjects(mail: Mail, recipient: str = PIA) -> list[str]:
    return [str(one.message["Subject"]) for one in mail.to(recipient)]


def press(browser: PlainBrowser, page: Page, **button: str) -> Page:
    """Press a button of a page with several forms."""
    token = page.all("input", name="csrf_token")[0]["value"]
    answer = browser.client.post(page.all("form")[0]["action"], data={"csrf_token": token} | button)
    assert answer.status_code == 303, answer.text
    return browser.get(answer.headers["Location"])


def test_a_reader_follows_an_article_by_its_plain_page(
    mail: Mail, mona: Moderator, sam: Reader, browser: PlainBrowser, confirm: Callable, decide: Callable
) -> None:
    page = browser.get(PAGE)
    wrong = browser.send(page, None, "follow", email="nobody")
    assert wrong.status == 422 and "email" in wrong.errors()
    assert browser.send(page, None, "follow", email=PIA, csrf_token="x").status == 403
    assert browser.send(page, {"Origin": "https://evil.example"}, "follow", email=PIA).status == 403
    done = browser.follow(browser.send(page, None, "follow", email=PIA))
    assert words_of(done.one("h1")) == "Look into your mail"
    mail.deliver()
    [letter] = mail.to(PIA)
    # Neither the article's address nor its title: anybody could have put them there.
    assert "bridge" not in letter.part("plain") and "under an article on The Gazette" in " ".join(
        letter.part("plain").split()
    )
    first = sam.say("Before she has confirmed.")
    decide("approve", first)
    mail.deliver_later(minutes=2)
    confirmed = browser.get(confirm())
    assert "Before she has confirmed." in confirmed.source
    assert "of these letters" not in confirmed.source
    second = sam.say("It is *not* old.")
    mail.deliver_later(hours=1)
    assert mail.to(PIA) == []
    decide("approve", second)
    mail.deliver_later(seconds=59)
    assert mail.to(PIA) == []
    mail.deliver_later(seconds=1)
    assert subjects(mail) == ["Sam wrote a comment: The old bridge"]
    letter = mail.to(PIA)[0]
    assert "It is not old." in letter.part("plain")
    assert link_in(letter, "unsubscribe", BASE) in str(letter.message["List-Unsubscribe"])


def test_who_follows_everything_hears_of_each_comment_once_and_not_of_their_own(
    mail: Mail, mona: Moderator, proven: str, rita: Reader, sam: Reader, follow: Callable, confirm: Callable,
    decide: Callable,
) -> None:  # fmt: skip
    decide("approve", proven)
    for email, kind in ((RITA, "thread"), (RITA, "site"), (MONA, "site")):
        assert follow(email, kind).status_code == 202
        confirm(email)
    mail.deliver_later(minutes=5)
    mail.host.arrived.clear()
    decide("approve", sam.say("No.", parent=proven))
    mail.deliver_later(minutes=2)
    assert subjects(mail, RITA) == ["Sam replied to your comment: The old bridge"]
    decide("approve", rita.say("My own.", email=RITA.upper()))
    decide("approve", sam.say("Elsewhere.", url=GAZETTE + "/news/another", title="Another"))
    mail.deliver_later(minutes=2)
    assert subjects(mail, RITA)[1:] == ["Sam wrote a comment: Another"]
    assert [one for one in subjects(mail, MONA) if "wrote" in one] == [
        "Sam wrote a comment: The old bridge", "Rita wrote a comment: The old bridge", "Sam wrote a comment: Another",
    ]  # fmt: skip


def test_the_answer_is_the_same_whoever_an_address_is_of(
    mail: Mail, browser: PlainBrowser, proven: str, follow: Callable, confirm: Callable
) -> None:
    follow("never@mail.example")
    mail.deliver()
    path = link_in(mail.to("never@mail.example")[0], "confirm", BASE)
    press(browser, browser.get(path), act="never")
    follow(RITA)
    confirm(RITA)
    answers = {
        (answer.status_code, answer.text, tuple(sorted(answer.headers.keys())))
        for answer in map(follow, ("stranger@mail.example", RITA, "never@mail.example", "stranger@mail.example"))
    }
    assert [(status, text) for status, text, _ in answers] == [(202, '{"received": true}')]
    page = browser.get(PAGE)
    sent = [
        browser.send(page, None, "follow", **fields)
        for fields in ({"email": RITA}, {"email": "bot@mail.example", "homepage": "https://spam.example"})
    ]
    assert {(one.status, one.headers["Location"]) for one in sent} == {(303, sent[0].headers["Location"])}
    mail.deliver()
    assert [one.recipient for one in mail.host.arrived] == ["stranger@mail.example"]


def test_a_stranger_does_not_begin_again_what_somebody_stopped(
    mail: Mail, mona: Moderator, browser: PlainBrowser, sam: Reader, follow: Callable, confirm: Callable,
    decide: Callable,
) -> None:  # fmt: skip
    follow()
    confirm()
    decide("approve", sam.say("One."))
    mail.deliver_later(minutes=2)
    stop = link_in(mail.to(PIA)[0], "unsubscribe", BASE)
    browser.client.post(stop, data={"List-Unsubscribe": "One-Click"})
    follow()
    decide("approve", sam.say("Two."))
    mail.deliver_later(minutes=2)
    assert subjects(mail)[1:] == ["Please confirm your address for The Gazette"]
    # Whoever presses twice is asked once, and a lost letter comes again later.
    follow()
    mail.deliver_later(minutes=10)
    assert len(mail.to(PIA)) == 2
    follow()
    mail.deliver()
    assert len(mail.to(PIA)) == 3
    confirm()
    decide("approve", sam.say("Three."))
    mail.deliver_later(minutes=2)
    assert subjects(mail) == ["Sam wrote a comment: The old bridge"]
    # Links that stop letters stay good.
    assert link_in(mail.to(PIA)[0], "unsubscribe", BASE) == stop


def test_few_letters_ask_however_often_somebody_types_addresses(mail: Mail, follow: Callable, site: Site) -> None:
    for number in range(12):
        url = f"{GAZETTE}/news/{number}"
        follow(PIA, url=url)
        mail.clock.advance(minutes=1)
    mail.deliver()
    assert len(mail.to(PIA)) == 3
    for number in range(20):
        follow(f"victim{number}@mail.example", "site")
        mail.clock.advance(minutes=1)
    mail.deliver()
    assert len(mail.host.arrived) <= 10


def test_what_cannot_be_followed_is_said(app: Flask, make_app: Callable, site: Site, follow: Callable) -> None:
    for wrong, field in (
        ({"email": ""}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"kind": "replies"}, "kind"),
        ({"url": None}, "url"),
        ({"url": None, "id": "unheard-of"}, "url"),
        ({"url": "nonsense"}, "url"),
    ):
        answer = follow(**wrong)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, field), wrong
    assert follow(url="https://evil.example/").status_code == 403
    client = app.test_client()
    sent = {"email": PIA, "kind": "site"}
    assert client.post(DOOR, json=sent).status_code == 403
    assert client.post(DOOR, json=sent, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.options(DOOR, headers={"Origin": GAZETTE}).status_code == 204
    without = make_app(SMTP_URL="").test_client()
    assert without.post(DOOR, json=sent, headers={"Origin": GAZETTE}).status_code == 409
    assert "follow" not in without.get(PAGE).text


def test_who_followed_a_thread_follows_the_one_it_was_merged_into(
    app: Flask, mail: Mail, mona: Moderator, site: Site, sam: Reader, follow: Callable, confirm: Callable,
    decide: Callable,
) -> None:  # fmt: skip
    follow(url=GAZETTE + "/old-address", id="old")
    confirm()
    heir = sam.say("Here.")
    decide("approve", heir)
    mail.deliver_later(minutes=2)
    assert mail.to(PIA) == []
    with app.app_context(), transaction() as session:
        threads = {one.ref: one.id for one in session.query(Thread).filter_by(site_id=site.id)}
    with app.app_context():
        arranging.merge(site, mona, threads["old"], threads[None], mail.clock())
    decide("approve", sam.say("There."))
    mail.deliver_later(minutes=2)
    assert subjects(mail) == ["Sam wrote a comment: The old bridge"]


def test_one_page_manages_all_that_a_mailbox_hears_of(
    mail: Mail, mona: Moderator, proven: str, sam: Reader, browser: PlainBrowser, follow: Callable, confirm: Callable,
    decide: Callable,
) -> None:  # fmt: skip
    decide("approve", proven)
    for kind in ("thread", "site"):
        follow(RITA, kind)
        path = confirm(RITA)
    page = browser.get(browser.get(path).link("All letters you get from this site"))
    told = words_of(page.one("main"))
    for line in ("Your comment under “The old bridge”", "New comments", "All new comments on The Gazette", "3 things"):
        assert line in told
    assert page.source.count("<script") == 0 and page.headers["Cache-Control"] == "no-store"
    numbers = [one["value"] for one in page.all("button", name="stop")]
    assert len(numbers) == 4 and numbers[-1] == "all"

    # By the page of another mailbox nothing of it is stopped.
    follow(PIA, "site")
    press(browser, browser.get(browser.get(confirm()).link("All letters you get from this site")), stop=numbers[0])
    page = press(browser, page, stop=numbers[0])
    assert [one["value"] for one in page.all("button", name="back")] == numbers[:1]
    assert [one["value"] for one in page.all("button", name="stop")] == [*numbers[1:3], "all"]
    page = press(browser, page, back=numbers[0])
    assert page.all("button", name="back") == []
    page = press(browser, page, stop="all")
    assert "You get no letters from this site at rita@mail.example." in words_of(page.one("main"))
    decide("approve", sam.say("Nobody hears.", parent=proven))
    mail.deliver_later(minutes=2)
    assert [one for one in mail.to(RITA) if "replied" in str(one.message["Subject"])] == []

    page = press(browser, page, back=numbers[1])
    page = press(browser, page, act="never")
    assert "We will not write to rita@mail.example again." in words_of(page.one("main"))
    # What is stopped stays so while that is promised.
    page = press(browser, page, back=numbers[1])
    follow(RITA, url=GAZETTE + "/news/another")
    mail.deliver_later(minutes=5)
    assert mail.to(RITA) == []
    page = press(browser, page, act="allow")
    assert len(page.all("button", name="back")) == 3
    mail.clock.advance(hours=1)
    token = page.all("input", name="csrf_token")[0]["value"]
    later = browser.client.post(page.all("form")[0]["action"], data={"csrf_token": token, "back": numbers[1]})
    assert later.status_code == 303
    assert browser.get(later.headers["Location"]).all("button", name="stop") == []
