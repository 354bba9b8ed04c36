"""The queue and the lists: what a card says, search, pages, numbers, and that nothing on them is alive."""

from collections.abc import Callable

import pytest
from flask import Flask

from commentsvc.models import desk as desk_model
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.people import managing
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of

MONA = "mona@gazette.example"
QUEUE = "/moderate/gazette/queue"


@pytest.fixture
def desk(app: Flask, mona: Moderator) -> Desk:
    return desk_of(app, MONA, PASSWORD)


def test_a_card_says_what_a_decision_needs(desk: Desk, rita: Reader, sam: Reader, clock: Clock) -> None:
    first = sam.say("The bridge was *wooden* once.")
    desk.decide("approve", first)
    rita.say("Are you sure?", parent=first, website="https://www.rita.example/about/")
    clock.advance(minutes=18)
    page = desk.open(QUEUE).text
    for words in (
        "<bdi>Rita</bdi>",
        "r***@mail.example",
        'href="https://www.rita.example/about/" rel="nofollow ugc noopener noreferrer"',
        "18 min</time>",
        'href="https://gazette.example/news/the-old-bridge"',
        "The old bridge",
        "In reply to <bdi>Sam</bdi>: “<bdi>The bridge was wooden once.</bdi>”",
        ">Are you sure?</p>",
        "site holds every comment",
        ">1</span> waiting",
        "oldest 18 min",
    ):
        assert words in page, words
    assert "rita@mail.example" not in page


@pytest.mark.parametrize(
    ("settings", "body", "chips"),
    [
        ({}, "Plain.", ["site holds every comment"]),
        ({}, "https://a.example https://b.example", ["2 links", "site holds every comment"]),
        ({"hold": "first"}, "Plain.", ["first comment here"]),
        ({"hold": "first"}, "https://a.example https://b.example", ["2 links", "first comment here"]),
        ({"hold": "none"}, "https://a.example https://b.example https://c.example", ["3 links"]),
        ({"hold": "none", "hold_links": 1}, "https://a.example", ["1 link"]),
    ],
)
def test_why_it_waits_is_said_in_words(
    desk: Desk, rita: Reader, change_site: Callable[..., Site], settings: dict, body: str, chips: list[str]
) -> None:
    if settings:
        change_site(**settings)
    rita.say(body)
    page = desk.open(QUEUE).text
    for words in ("links", "1 link", "2 links", "3 links", "first comment here", "site holds every comment"):
        assert (f">{words}</li>" in page) == (words in chips), words


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("wooden", 1),
        ("WOODEN", 1),
        ("100%", 1),
        ("%", 1),
        ("a_b", 1),
        ("_", 1),
        ("\\", 1),
        ("rita@mail", 1),
        ("old bridge", 3),
        ("' OR '1'='1", 0),
        ("nothing of it", 0),
        ("\0", 3),
        ("x" * 3000, 0),
    ],
)
def test_search_takes_words_as_they_are(desk: Desk, rita: Reader, sam: Reader, words: str, found: int) -> None:
    rita.say("It was wooden.")
    sam.say("It is 100% stone \\ iron.")
    sam.say("It is a_b here.")
    assert len(desk.list("queue", q=words)) == found


def test_a_search_that_finds_nothing_leads_back(desk: Desk, rita: Reader) -> None:
    rita.say()
    page = desk.open(QUEUE, q='"><script>alert(1)</script>').text
    assert "Nothing fits" in page
    assert "Show all" in page
    assert "<script>alert" not in page


def test_pages_follow_each_other_without_gaps(
    desk: Desk, rita: Reader, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_model, "PAGE", 3)
    said = []
    for n in range(7):
        said.append(rita.say(f"Number {n}."))
        clock.advance(seconds=n % 2)
    first, second, third = desk.list(), desk.list(after=said[2]), desk.list(after=said[5])
    assert [*first, *second, *third] == said
    assert f"after={said[2]}" in desk.open(QUEUE).text
    # A page whose forerunner is decided by now is still that page.
    desk.decide("spam", *first)
    assert desk.list(after=said[2]) == said[3:6]
    # A page that is decided as a whole leads back to the first.
    desk.decide("spam", said[6])
    answer = desk.open(QUEUE, after=said[5])
    assert (answer.status_code, answer.headers["Location"]) == (303, QUEUE)
    assert desk.list("spam") == [said[6], said[2], said[1]]
    assert desk.list("spam", after=said[1]) == [said[0]]


@pytest.mark.parametrize("after", ["nonsense", "0000000000000", "'", "zzzzzzzzzzzzz"])
def test_a_page_that_never_was_is_no_fault(desk: Desk, rita: Reader, after: str) -> None:
    rita.say()
    assert desk.open(QUEUE, after=after).status_code in (200, 303)


def test_big_numbers_are_said_as_such(desk: Desk, rita: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_model, "COUNTED", 2)
    monkeypatch.setattr("commentsvc.web.desk.words.COUNTED", 2)
    for n in range(3):
        rita.say(f"Number {n}.")
    assert ">2+</span> waiting" in desk.open(QUEUE).text


def test_an_empty_queue_has_a_kind_word(desk: Desk, rita: Reader) -> None:
    assert "Nothing is waiting." in desk.open(QUEUE).text
    desk.decide("approve", rita.say())
    page = desk.open(QUEUE).text
    assert "1 comment is published." in page
    for name in ("spam", "rejected", "deleted"):
        assert desk.open(f"/moderate/gazette/{name}").status_code == 200
        assert desk.list(name) == []


def test_select_all_needs_no_script(desk: Desk, rita: Reader) -> None:
    rita.say("One.")
    rita.say("Two.")
    assert desk.open(QUEUE).text.count(" checked>") == 1  # the switch for the keys
    page = desk.open(QUEUE, all="1").text
    assert page.count(" checked>") == 3
    assert "Select none" in page


def test_the_menu_has_all_sites_of_a_moderator(
    app: Flask, desk: Desk, omar: Moderator, clock: Clock, rita: Reader
) -> None:
    assert "The Herald" not in desk.open(QUEUE).text
    with app.app_context():
        managing.add_moderator(MONA, "herald", clock())
    assert "/moderate/herald/queue" in desk.open(QUEUE).text


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        "{{7*7}}",
        "</title><script>",
        "&lt;b&gt;",
    ],
)
def test_hostile_names_titles_and_addresses_are_only_words(desk: Desk, sam: Reader, rita: Reader, name: str) -> None:
    sam.name = name
    first = sam.say("Hello.", title=f"About {name}", website="https://x.example/?q=%22%3E%3Cscript%3E")
    desk.decide("approve", first)
    rita.say("Answered.", parent=first)
    pages = [QUEUE, "/moderate/gazette/approved", "/moderate/gazette/threads"]
    for path in [*pages, f"/moderate/gazette/comments/{first}/reply"]:
        page = desk.open(path).text
        assert "<script>" not in page
        assert "<img src=x" not in page
        assert "' onmouseover='" not in page
        assert ">49<" not in page
