"""The plain page's form: what is refused and how, that nothing typed is lost, and that nothing is stored twice."""

import io
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from sqlalchemy import make_url

from commentsvc.database import db
from commentsvc.models.site import Site
from tests.conftest import ARTICLE
from tests.conftest import BASE_URL
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.plain_browser import Page
from tests.rig.plain_browser import PlainBrowser
from tests.rig.plain_browser import text_in
from tests.rig.plain_browser import words_of

THREAD = "/sites/gazette/thread"
TYPED: dict[str, Any] = {
    "name": "Pia <b>",
    "email": "pia@mail.example",
    "website": "https://pia.example",
    "body": '\n\n"A" & <i>b</i>\n\n</textarea>',
}


@pytest.fixture
def open_site(change_site: Callable) -> Site:
    """Give the Gazette when it holds nothing."""
    return change_site(hold="none")


@pytest.fixture
def browser(client: FlaskClient, open_site: Site) -> PlainBrowser:
    """Give a browser without scripts."""
    return PlainBrowser(client)


@pytest.fixture
def page(browser: PlainBrowser) -> Page:
    """Give the plain page of the article."""
    return browser.get(THREAD, url=ARTICLE)


def typed_in(page: Page) -> dict[str, str]:
    """Return what stands in the fields."""
    return {name: value for name, value in page.values().items() if name in TYPED}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Please enter your name."),
        ({"name": None}, "Please enter your name."),
        ({"name": "x" * 81}, "A name has at most 80 characters; this one has 81."),
        ({"body": " \n "}, "Please write a comment."),
        ({"body": "x" * 10_001}, "A comment has at most 10,000 characters; this one has 10,001."),
        ({"body": "bell \x07"}, "control characters"),
        ({"email": "pia@@mail"}, "Please enter a valid email address"),
        ({"website": "javascript:alert(1)"}, "http"),
    ],
)
def test_a_wrong_field_is_explained_beside_it(browser: PlainBrowser, page: Page, wrong: dict, words: str) -> None:
    again = browser.send(page, **(TYPED | wrong))
    assert again.status == 422
    (field,) = wrong
    assert list(again.errors()) == [field]
    assert words in again.errors()[field]
    summary = again.one("div", role="alert")
    assert "autofocus" in summary.attributes
    assert [link["href"] for link in again.all("a") if summary in link.within] == [f"#{field}"]
    expected = {name: value or "" for name, value in (TYPED | wrong).items()}
    if field != "body" or "\x07" not in str(wrong["body"]):
        assert typed_in(again) == expected
    assert again.headers["Cache-Control"] == "no-store"
    assert [meta["content"] for meta in again.all("meta", name="robots")] == ["noindex"]
    assert browser.send(again, **TYPED).status == 303


def test_all_that_is_wrong_is_said_at_once(browser: PlainBrowser, change_site: Callable) -> None:
    change_site(consent="I agree.", privacy_url="https://gazette.example/privacy", email_required=True)
    page = browser.get(THREAD, url=ARTICLE)
    assert page.link("Privacy policy") == "https://gazette.example/privacy"
    assert words_of(page.one("label", for_="email")) == "Email *"
    again = browser.send(page)
    assert list(again.errors()) == ["name", "email", "consent", "body"]
    assert again.errors()["consent"] == "Please tick this box to go on."
    assert [words_of(item) for item in again.all("li")] == [
        "Please write a comment.",
        "Please enter your name.",
        "Please enter your email address.",
        "Please tick this box to go on.",
    ]
    ticked = browser.send(again, name="Pia", consent="y")
    assert "checked" in ticked.one("input", id="consent").attributes
    assert browser.send(ticked, email="pia@mail.example", body="Hi.").status == 303


def test_a_site_may_ask_for_no_website(browser: PlainBrowser, change_site: Callable, rita: Reader) -> None:
    change_site(website_field=False)
    page = browser.get(THREAD, url=ARTICLE)
    assert page.all("input", name="website") == []
    browser.send(page, **TYPED)
    assert rita.thread()["comments"][0]["author"]["url"] is None


def test_an_old_page_comes_again_with_the_text_and_a_fresh_token(
    browser: PlainBrowser, page: Page, clock: Clock
) -> None:
    clock.advance(hours=24)
    again = browser.send(page, **TYPED)
    assert again.status == 403
    words = "This page was open for a long time. Please send your comment again."
    assert words in words_of(again.one("div", role="alert"))
    assert typed_in(again) == TYPED
    assert again.values()["csrf_token"] != page.values()["csrf_token"]
    assert browser.send(again).status == 303


@pytest.mark.parametrize("token", [None, "", "6.x"])
def test_a_form_without_its_token_stores_nothing(browser: PlainBrowser, page: Page, rita: Reader, token: str) -> None:
    again = browser.send(page, **TYPED, csrf_token=token)
    assert again.status == 403
    assert typed_in(again) == TYPED
    assert rita.thread()["comments"] == []


def test_a_token_is_of_its_thread_however_the_address_is_written(browser: PlainBrowser, page: Page) -> None:
    other = browser.get(THREAD, url=ARTICLE + "-2")
    assert browser.send(other, **TYPED, csrf_token=page.values()["csrf_token"]).status == 403
    same = browser.get(THREAD, url=ARTICLE + "/?utm_source=x")
    assert browser.send(same, **TYPED, csrf_token=page.values()["csrf_token"]).status == 303


def test_the_same_text_from_the_same_page_is_one_comment(browser: PlainBrowser, page: Page, rita: Reader) -> None:
    first, second = browser.send(page, **TYPED), browser.send(page, **TYPED)
    assert first.headers["Location"] == second.headers["Location"]
    assert rita.thread()["thread"]["count"] == 1


def test_two_readers_of_one_cached_page_do_not_collide(browser: PlainBrowser, page: Page, rita: Reader) -> None:
    browser.send(page, **TYPED)
    browser.send(page, **(TYPED | {"name": "Paul", "email": "paul@mail.example"}))
    browser.send(page, **(TYPED | {"body": "And another thing."}))
    assert rita.thread()["thread"]["count"] == 3


@pytest.mark.parametrize("origin", [None, BASE_URL])
def test_our_own_page_may_send(browser: PlainBrowser, page: Page, origin: str | None) -> None:
    assert browser.send(page, {"Origin": origin} if origin else None, **TYPED).status == 303


@pytest.mark.parametrize(
    "origin",
    ["https://gazette.example", "null", "", "http://localhost", BASE_URL + ".evil.example", "https://localhost:8080"],
)
def test_no_other_page_may_send(browser: PlainBrowser, page: Page, rita: Reader, origin: str) -> None:
    refused = browser.send(page, {"Origin": origin}, **TYPED)
    assert refused.status == 403
    assert rita.thread()["comments"] == []


def test_who_is_too_fast_is_told_when_to_try_again(
    make_app: Callable[..., Flask], open_site: Site, rita: Reader, clock: Clock
) -> None:
    browser = PlainBrowser(make_app(RATE_LIMITS="on", POST_LIMIT="1/minute", PREVIEW_LIMIT="1/minute").test_client())
    page = browser.get(THREAD, url=ARTICLE)
    clock.advance(seconds=2)
    assert browser.send(page, **TYPED).status == 303
    again = browser.send(page, **(TYPED | {"body": "Another."}))
    assert again.status == 429
    assert 0 < int(again.headers["Retry-After"]) <= 61
    assert f"You can send it again in {again.headers['Retry-After']} seconds." in again.source
    assert typed_in(again) == TYPED | {"body": "Another."}
    assert [browser.send(page, **TYPED, preview="1").status for _ in range(2)] == [200, 429]
    assert rita.thread()["thread"]["count"] == 1


def test_a_thread_that_closed_meanwhile_gives_the_text_back(
    browser: PlainBrowser, page: Page, change_site: Callable, clock: Clock, rita: Reader
) -> None:
    rita.say("First.")
    change_site(close_after_days=1)
    clock.advance(hours=23)
    page = browser.get(THREAD, url=ARTICLE)
    clock.advance(hours=2)
    again = browser.send(page, **TYPED)
    assert again.status == 409
    assert "Comments are closed." in again.source
    assert again.all("form") == []
    assert text_in(again.one("textarea", id="kept")) == TYPED["body"]
    closed = browser.get(THREAD, url=ARTICLE)
    assert closed.all("textarea") == closed.all("a", class_="act-main") == []
    assert len(closed.comments()) == 1


def test_a_preview_is_made_and_nothing_is_stored(browser: PlainBrowser, page: Page, rita: Reader) -> None:
    shown = browser.send(page, **(TYPED | {"body": "*so*<script>x</script>"}), preview="1")
    assert shown.status == 200
    assert "<em>so</em>" in shown.source and "<script" not in shown.source
    assert typed_in(shown) == TYPED | {"body": "*so*<script>x</script>"}
    assert shown.headers["Cache-Control"] == "no-store"
    assert rita.thread()["comments"] == []
    assert browser.send(page, body="", preview="1").errors() == {"body": "Please write a comment."}
    assert browser.send(shown).status == 303


def test_the_longest_comment_in_any_script_is_taken(browser: PlainBrowser, page: Page, rita: Reader) -> None:
    assert browser.send(page, name="Pia", body="🌉" * 10_000).status == 303
    assert "🌉" * 10_000 in rita.thread()["comments"][0]["html"]


def test_what_is_more_than_a_request_may_hold_is_explained(browser: PlainBrowser, page: Page) -> None:
    refused = browser.send(page, name="Pia", body="x" * 300_000)
    assert refused.status == 413
    assert "your text should still be there" in refused.source


def test_odd_requests_are_answered_in_words(client: FlaskClient, browser: PlainBrowser, page: Page) -> None:
    token = page.values()["csrf_token"]
    address = f"{THREAD}?url={quote(ARTICLE)}"
    file = {"csrf_token": token, "name": "Pia", "body": (io.BytesIO(b"x"), "x.txt")}
    assert client.post(address, data=file, content_type="multipart/form-data").status_code == 422
    assert client.post(address, json={"csrf_token": token, "name": "Pia", "body": "x"}).status_code == 403
    invalid = b"csrf_token=" + token.encode() + b"&name=P%FFa&body=%FF%FE"
    form = "application/x-www-form-urlencoded"
    assert client.post(address, data=invalid, content_type=form).status_code == 303
    assert client.post(address).status_code == 403
    assert client.post(THREAD).status_code == 422
    assert client.post("/sites/nobody/thread?url=" + quote(ARTICLE)).status_code == 404


def test_a_database_that_takes_nothing_loses_nothing(
    browser: PlainBrowser, page: Page, rita: Reader, database_url: str
) -> None:
    rita.say("There already.")
    with busy(database_url):
        again = browser.send(page, **TYPED)
    assert again.status == 503
    assert int(again.headers["Retry-After"]) > 0
    assert typed_in(again) == TYPED
    assert len(again.comments()) == 1
    # The same token: had the first try been stored after all, the second would not store it again.
    assert again.values()["csrf_token"] == page.values()["csrf_token"]
    assert browser.send(again).headers["Location"] == browser.send(page, **TYPED).headers["Location"]
    assert rita.thread()["thread"]["count"] == 2


def test_where_not_even_the_site_can_be_read_the_text_comes_back(
    browser: PlainBrowser, page: Page, app: Flask, database_url: str
) -> None:
    with unreadable(app, database_url):
        again = browser.send(page, **TYPED)
        assert browser.get(THREAD, url=ARTICLE).status == 200, "what was read before can be read"
        assert browser.get(THREAD, url=ARTICLE + "/never-read").status == 503
    assert again.status == 503
    assert typed_in(again) == TYPED
    assert browser.send(again).status == 303


@contextmanager
def busy(database_url: str) -> Iterator[None]:
    """Let somebody else write for as long as it takes, so that the database can be read but not written."""
    engine = create_engine(database_url)
    is_file = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_file else "LOCK TABLE thread IN EXCLUSIVE MODE")
        yield
        connection.rollback()
    engine.dispose()


@contextmanager
def unreadable(app: Flask, database_url: str) -> Iterator[None]:
    """Take the table of sites away for a while: by a lock, or with the whole file."""
    if make_url(database_url).get_backend_name() != "sqlite":
        engine = create_engine(database_url)
        with engine.begin() as connection:
            connection.exec_driver_sql("LOCK TABLE site IN ACCESS EXCLUSIVE MODE")
            yield
        engine.dispose()
        return
    path = Path(str(make_url(database_url).database))
    with app.app_context():
        db.engine.dispose()
    kept = path.rename(path.with_name(path.name + ".kept"))
    path.mkdir()
    yield
    path.rmdir()
    kept.rename(path)
