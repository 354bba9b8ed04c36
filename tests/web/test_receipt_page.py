"""The receipt page: its author alone sees what became of a comment, edits it and takes it back, without scripts."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from commentsvc.models.site import Site
from commentsvc.people import managing
from tests.conftest import ARTICLE
from tests.conftest import BASE_URL
from tests.conftest import GAZETTE
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.plain_browser import Page
from tests.rig.plain_browser import PlainBrowser
from tests.rig.plain_browser import text_in
from tests.rig.plain_browser import words_of


@dataclass
class Mine:
    """Rita's comment: its id and the address of its receipt page."""

    id: str
    address: str


@pytest.fixture
def browser(client: FlaskClient) -> PlainBrowser:
    """Give a browser without scripts."""
    return PlainBrowser(client)


@pytest.fixture
def mine(rita: Reader) -> Mine:
    """Give a comment that waits."""
    comment = rita.say("It *is* old.")
    return Mine(comment, f"/r/gazette/{rita.receipts[comment]}")


def state(page: Page) -> list[str]:
    return [words_of(line) for line in page.all("p", class_="state")]


def acts(page: Page) -> list[str]:
    return [words_of(link) for link in page.all("a", class_="act")]


def test_a_waiting_comment_is_shown_to_its_author(browser: PlainBrowser, mine: Mine) -> None:
    page = browser.get(mine.address)
    assert page.status == 200
    assert state(page) == ["◔ Your comment is awaiting moderation. Only you can see it."]
    assert "<em>is</em>" in page.source
    assert page.link("← Back to the article: The old bridge") == ARTICLE
    assert acts(page) == ["Edit", "Delete"]
    assert "You can edit it for 15 more minutes, until 14 Mar 2026, 09:41 UTC" in " ".join(page.source.split()).replace(
        '<time datetime="2026-03-14T09:41:53Z">', ""
    )
    assert page.one("input", id="key")["value"] == BASE_URL + mine.address
    assert "mail.example" not in page.source


def test_it_is_private_to_whoever_has_the_link(browser: PlainBrowser, mine: Mine) -> None:
    for address in (mine.address, mine.address + "/edit", mine.address + "/delete", "/r/gazette/nothing"):
        page = browser.get(address)
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Robots-Tag"] == "noindex"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert page.one("meta", name="robots")["content"] == "noindex"
        sources = [one.attributes.get("src") or one.attributes.get("href", "") for one in page.all("link")]
        assert all(source.startswith("/static/") for source in sources)
        assert page.all("script") == page.all("img") == page.all("style") == []


@pytest.mark.parametrize(
    ("verb", "words", "allowed"),
    [
        (
            "approve",
            "✓ Your comment is published.",
            ["See it under the article", "See it on the plain page", "Edit", "Delete"],
        ),
        ("spam", "✕ Your comment was not approved. Only you can see it.", ["Delete"]),
        ("reject", "✕ Your comment was not approved. Only you can see it.", ["Delete"]),
        ("delete", "✕ Your comment was removed. Only you can see it.", []),
    ],
)
def test_its_author_learns_what_became_of_it(
    browser: PlainBrowser, mine: Mine, decide: Callable, verb: str, words: str, allowed: list[str]
) -> None:
    decide(verb, mine.id)
    page = browser.get(mine.address)
    assert state(page) == [words]
    assert acts(page) == allowed
    assert "<em>is</em>" in page.source


def test_a_published_comment_is_linked_where_it_stands(browser: PlainBrowser, mine: Mine, decide: Callable) -> None:
    decide("approve", mine.id)
    page = browser.get(mine.address)
    assert page.link("See it under the article") == f"{ARTICLE}#comment-{mine.id}"
    shown = page.link("See it on the plain page")
    assert shown.endswith(f"#comment-{mine.id}")
    assert browser.get(shown).comments() == [mine.id]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/r/gazette/nothing", 404),
        ("/r/gazette/" + "A" * 35, 404),
        ("/r/nobody/{receipt}", 404),
        ("/r/herald/{receipt}", 404),
        ("/r/gazette/{wrong}", 403),
    ],
)
@pytest.mark.parametrize("act", ["", "/edit", "/delete"])
def test_a_wrong_receipt_opens_nothing(
    app: Flask, browser: PlainBrowser, mine: Mine, clock: Clock, rita: Reader, address: str, status: int, act: str
) -> None:
    with app.app_context():
        managing.add_site("herald", {"origins": ["https://herald.example"]}, clock())
    receipt = rita.receipts[mine.id]
    wrong = receipt[:-1] + ("A" if receipt[-1] != "A" else "Q")
    page = browser.get(address.format(receipt=receipt, wrong=wrong) + act)
    assert page.status == status
    assert "<em>is</em>" not in page.source


def test_the_author_edits_within_the_window(browser: PlainBrowser, mine: Mine, rita: Reader, clock: Clock) -> None:
    form = browser.get(browser.get(mine.address).link("Edit"))
    assert form.values()["body"] == "It *is* old."
    clock.advance(minutes=1)
    page = browser.follow(browser.send(form, body="It is *very* old."))
    assert "<em>very</em>" in page.source
    assert "edited" in words_of(page.one("article"))
    assert rita.own("GET", mine.id).json["comment"]["body"] == "It is *very* old."


def test_an_edit_that_is_held_is_told(browser: PlainBrowser, mine: Mine, rita: Reader, decide: Callable) -> None:
    decide("approve", mine.id)
    page = browser.follow(browser.send(browser.get(mine.address + "/edit"), body="Other words."))
    assert state(page) == [
        "✓ Your comment is published.",
        "◔ Your change is awaiting moderation. Until then others see the earlier text.",
    ]
    assert "Other words." in page.source
    assert rita.bodies() == ['<p dir="auto">It <em>is</em> old.</p>']


def test_a_wrong_edit_comes_again_with_its_text(browser: PlainBrowser, mine: Mine) -> None:
    form = browser.get(mine.address + "/edit")
    again = browser.send(form, body="x" * 10_001)
    assert again.status == 422
    assert again.values()["body"] == "x" * 10_001
    assert "at most 10,000" in again.errors()["body"]
    assert browser.send(again, body="Shorter.").status == 303


def test_an_edit_that_is_too_late_is_given_back(browser: PlainBrowser, mine: Mine, clock: Clock, rita: Reader) -> None:
    form = browser.get(mine.address + "/edit")
    clock.advance(minutes=15)
    late = browser.send(form, body="Long thought over.")
    assert late.status == 409
    assert text_in(late.one("textarea", id="body")) == "Long thought over."
    assert late.all("form") == []
    assert acts(browser.get(mine.address)) == ["Delete"]
    assert browser.get(mine.address + "/edit").status == 409
    assert rita.own("GET", mine.id).json["comment"]["body"] == "It *is* old."


def test_the_author_takes_it_back_at_any_time_and_only_when_sure(
    browser: PlainBrowser, mine: Mine, clock: Clock, decide: Callable, rita: Reader
) -> None:
    decide("approve", mine.id)
    clock.advance(days=40)
    ask = browser.get(browser.get(mine.address).link("Delete"))
    assert words_of(ask.one("h1")) == "Delete your comment?"
    assert ask.link("Keep it") == mine.address
    assert len(rita.thread()["comments"]) == 1
    page = browser.follow(browser.send(ask))
    assert state(page) == ["✕ You deleted this comment."]
    assert "<em>is</em>" not in page.source
    assert rita.thread()["comments"] == []
    assert browser.send(ask).status == 303
    assert browser.get(mine.address + "/delete").status == 303


def test_looking_changes_nothing(client: FlaskClient, browser: PlainBrowser, mine: Mine, rita: Reader) -> None:
    before = rita.own("GET", mine.id).json
    for act in ("", "/edit", "/delete"):
        for _ in range(3):
            browser.get(mine.address + act)
            client.head(mine.address + act)
            client.get(mine.address + act, query_string={"body": "changed", "csrf_token": "x"})
    assert rita.own("GET", mine.id).json == before
    assert client.post(mine.address).status_code == 405


def test_a_form_is_good_for_one_receipt_and_one_act(browser: PlainBrowser, mine: Mine, rita: Reader) -> None:
    other = f"/r/gazette/{rita.receipts[rita.say('Another.')]}"
    token = browser.get(mine.address + "/edit").values()["csrf_token"]
    for address in (other + "/edit", mine.address + "/delete", other + "/delete"):
        refused = browser.send(browser.get(address), csrf_token=token)
        assert refused.status == 403
    assert rita.own("GET", mine.id).json["comment"]["state"] == "pending"
    assert browser.send(browser.get(mine.address + "/edit"), body="New.", csrf_token=token).status == 303


def test_an_old_form_comes_again_with_its_text(
    browser: PlainBrowser, mine: Mine, change_site: Callable, clock: Clock
) -> None:
    change_site(edit_seconds=7 * 86_400)
    edit, ask = browser.get(mine.address + "/edit"), browser.get(mine.address + "/delete")
    clock.advance(hours=25)
    again = browser.send(edit, body="New.")
    assert (again.status, again.values()["body"]) == (403, "New.")
    assert browser.send(again).status == 303
    again = browser.send(ask)
    assert again.status == 403
    assert browser.send(again).status == 303


@pytest.mark.parametrize("origin", [GAZETTE, "null", "https://evil.example"])
@pytest.mark.parametrize("act", ["/edit", "/delete"])
def test_no_other_page_acts(browser: PlainBrowser, mine: Mine, rita: Reader, origin: str, act: str) -> None:
    form = browser.get(mine.address + act)
    assert browser.send(form, {"Origin": origin}, body="Hijacked.").status == 403
    comment = rita.own("GET", mine.id).json["comment"]
    assert (comment["body"], comment["state"]) == ("It *is* old.", "pending")


def test_acts_are_limited_and_the_text_comes_back(make_app: Callable[..., Flask], site: Site, mine: Mine) -> None:
    browser = PlainBrowser(make_app(RATE_LIMITS="on", POST_LIMIT="1/minute").test_client())
    form = browser.get(mine.address + "/edit")
    assert browser.send(form, body="One.").status == 303
    again = browser.send(form, body="Two.")
    assert (again.status, again.values()["body"]) == (429, "Two.")
    assert int(again.headers["Retry-After"]) > 0
    assert browser.send(browser.get(mine.address + "/delete")).status == 429
