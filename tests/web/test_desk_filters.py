"""What a moderator wants to see of a list: filters that combine, and acts on all that they find."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moderators import moderating
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import Desk
from tests.rig.desk import desk_of
from tests.rig.desk import notice

MONA = "mona@gazette.example"
QUEUE = "/moderate/gazette/queue"
OTHER = "https://gazette.example/another"


@pytest.fixture
def desk(app: Flask, mona: Moderator) -> Desk:
    return desk_of(app, MONA, PASSWORD)


@pytest.fixture
def said(rita: Reader, sam: Reader, clock: Clock) -> dict[str, str]:
    """Give five comments of four days under two articles, by name."""
    found = {}
    for name, reader, words in (
        ("bridge", rita, {"body": "The bridge."}),
        ("links", sam, {"body": "See https://a.example and https://b.example"}),
        ("same", sam, {"body": "ΤНЕ  bridge!"}),
        ("other", rita, {"body": "Elsewhere.", "url": OTHER, "title": "Another", "name": "Rita Again"}),
        ("late", rita, {"body": "The tower."}),
    ):
        found[name] = reader.say(**words)
        clock.advance(days=1)
    return found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"author": "rit"}, ["bridge", "other", "late"]),
        ({"author": "RITA@MAIL"}, ["bridge", "other", "late"]),
        ({"author": "rita again"}, ["other"]),
        ({"author": "%"}, []),
        ({"like": "email-{bridge}"}, ["bridge", "other", "late"]),
        ({"like": "name-{bridge}"}, ["bridge", "late"]),
        ({"like": "text-{bridge}"}, ["bridge", "same"]),
        ({"like": "email-{links}"}, []),
        ({"thread": "{thread}"}, ["bridge", "links", "same", "late"]),
        ({"reason": "links"}, ["links"]),
        ({"reason": "everything"}, ["bridge", "links", "same", "other", "late"]),
        ({"reason": 'links"'}, []),
        ({"from": "2026-03-16"}, ["same", "other", "late"]),
        ({"to": "2026-03-15"}, ["bridge", "links"]),
        ({"from": "2026-03-15", "to": "2026-03-16"}, ["links", "same"]),
        ({"from": "2026-03-15", "to": "2026-03-17", "like": "email-{bridge}", "q": "else"}, ["other"]),
        ({"q": "bridge", "author": "sam", "thread": "{thread}"}, ["links", "same"]),
        ({"from": "yesterday", "to": "9999-12-31", "like": "heart-{bridge}", "thread": "x"},
         ["bridge", "links", "same", "other", "late"]),
        ({"thread": "0000000000000"}, []),
        ({"like": "email-0000000000000"}, []),
    ],
)  # fmt: skip
def test_filters_combine(said: dict[str, str], desk: Desk, rita: Reader, asked: dict[str, str], found: list) -> None:
    ids = said | {"thread": thread_of(desk, said["bridge"])}
    asked = {name: value.format(**ids) for name, value in asked.items()}
    assert desk.list("queue", **asked) == [said[name] for name in found]
    # The other lists take the same filters.
    desk.decide("spam", *said.values())
    if "from" not in asked and "to" not in asked:
        assert desk.list("spam", **asked) == [said[name] for name in reversed(found)]


def thread_of(desk: Desk, comment: str) -> str:
    found = re.search(rf'id="c-{comment}".*?thread=(\w+)"', desk.open(QUEUE).text, re.DOTALL)
    assert found
    return found[1]


def test_each_filter_is_a_chip_that_clears_it(said: dict[str, str], desk: Desk) -> None:
    thread = thread_of(desk, said["bridge"])
    asked = {"q": "bridge", "author": "sam", "thread": thread, "reason": "everything", "from": "2026-03-14"}
    page = desk.open(QUEUE, **asked, like=f"text-{said['bridge']}").text
    chips = dict(re.findall(r'<a class="chip chip-clear" href="([^"]+)"><bdi>([^<]*)</bdi>', page))
    assert list(map(unescape, chips.values())) == [
        "“bridge”", "author holds “sam”", "under “https://gazette.example/news/the-old-bridge”",
        "held: site holds every comment", "from 2026-03-14", "same text as that of Rita",
    ]  # fmt: skip
    assert all("reason=everything" in url for url, words in chips.items() if not words.startswith("held"))
    # They go along with a decision, and with the form for others.
    sent = re.findall(r'<form id="decide".*?</form>', page, re.DOTALL)[0]
    assert all(f'name="{name}" value="{value}"' in sent for name, value in asked.items())
    answer = desk.decide("spam", said["same"], **asked)
    assert "author=sam" in answer.headers["Location"]


def test_the_filters_form_leads_to_the_list_it_names(said: dict[str, str], desk: Desk, omar: Moderator) -> None:
    answer = desk.open("/moderate/find", site="gazette", list="spam", q="a b", author="", reason="links")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/moderate/gazette/spam?q=a+b&reason=links")
    assert desk.open("/moderate/find", site="gazette", list="secrets").headers["Location"] == QUEUE
    assert desk.open("/moderate/find", site="herald").status_code == 404


def test_all_of_an_author_are_decided_and_undone_together(
    desk: Desk, rita: Reader, sam: Reader, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderating, "MAX_AT_ONCE", 3)
    ritas = [rita.say(f"Number {n}.") for n in range(5)]
    sams = sam.say("Mine.")
    asked = {"like": f"email-{ritas[0]}"}
    page = desk.open(QUEUE, **asked).text
    assert "All 5 that fit" in page
    shown = re.findall(r'name="shown" value="([\d.]+)"', page)[0]
    clock.advance(minutes=1)
    later = rita.say("After the page was shown.")
    path, sent = "/moderate/gazette/decide", asked | {"scope": "found", "list": "queue", "act": "spam", "shown": shown}
    answer = desk.send(path, **sent)
    assert notice(desk, answer) == "Marked 3 comments as spam. 2 more like these remain."
    assert desk.list() == [*ritas[3:], sams, later]
    desk.send(path, **sent)
    assert desk.list() == [sams, later]
    assert notice(desk, desk.send(path, **sent)) == "Nothing was changed."
    assert notice(desk, desk.undo(answer)) == "Undone: 3 comments as before."
    assert desk.list() == [*ritas[:3], sams, later]


def test_all_of_a_thread_are_decided_together(said: dict[str, str], desk: Desk, rita: Reader) -> None:
    thread = thread_of(desk, said["bridge"])
    answer = desk.send("/moderate/gazette/decide", thread=thread, scope="found", list="queue", act="approve")
    assert notice(desk, answer) == "Approved 4 comments."
    assert (rita.thread()["thread"]["count"], desk.list()) == (4, [said["other"]])


def test_nobody_empties_a_queue_without_a_filter(said: dict[str, str], desk: Desk) -> None:
    for more in ({}, {"from": "nonsense"}, {"shown": "inf"}, {"act": "publish", "q": "bridge"}):
        fields = {"scope": "found", "list": "queue", "act": "delete"} | more
        assert desk.send("/moderate/gazette/decide", **fields).status_code == 422
    assert len(desk.list()) == 5
    # A filter is not offered for all where there is none.
    assert "that fit" not in desk.open(QUEUE).text


def test_a_site_finds_nothing_of_another(
    app: Flask, said: dict[str, str], desk: Desk, omar: Moderator, client, decide: Callable, site: Site
) -> None:
    herald = desk_of(app, "omar@herald.example", PASSWORD, "herald")
    Reader(client, "Rita", "rita@mail.example", "herald", "https://herald.example").say(url="https://herald.example/1")
    assert len(herald.list()) == 1
    assert herald.list(like=f"email-{said['bridge']}") == []
    assert herald.open(f"/moderate/herald/comments/{said['bridge']}").status_code == 404
    sent = {"scope": "found", "list": "queue", "act": "spam", "like": f"email-{said['bridge']}"}
    assert notice(herald, herald.send("/moderate/herald/decide", **sent)) == "Nothing was changed."
    assert len(desk.list()) == 5
