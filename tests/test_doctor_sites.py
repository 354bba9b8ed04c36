"""The doctor finds what is not kept true, puts right what can be told from the comments, and nothing else."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy import event

from commentsvc.authors import posting
from commentsvc.models import ids
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moderators import moderating
from commentsvc.web.service import service
from tests.conftest import ARTICLE
from tests.conftest import GAZETTE
from tests.conftest import SECRET
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.doctor import Doctor

KEPT = ("counts", "shown", "replies", "queue")


@pytest.fixture
def doctor(app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Give the doctor of the test's database."""
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", database_url)
    monkeypatch.setenv("COMMENTSVC_SECRET_KEY", SECRET)
    return Doctor.of(app, database_url)


@pytest.fixture
def thread(rita: Reader, sam: Reader, change_site: Callable, decide: Callable, clock: Clock) -> dict[str, str]:
    """Give a thread with comments of all kinds, by what is particular about them."""
    change_site(hold="none")
    said = {"gone": rita.say("Removed, and answered.")}
    for name, parent in (
        ("hidden", "gone"),
        ("deep", "hidden"),
        ("deeper", "deep"),
        ("alone", None),
        ("spam", "alone"),
    ):
        clock.advance(seconds=1)
        said[name] = sam.say(f"I am {name}.", parent=said[parent] if parent else None)
    decide("delete", said["gone"])
    decide("reject", said["hidden"])
    decide("spam", said["spam"])
    change_site(hold="all")
    clock.advance(seconds=1)
    said["waiting"] = rita.say("Not yet.")
    change_site(hold_links=1)
    edited = sam.own("PATCH", said["deeper"], json={"body": "See [this](https://elsewhere.example)."})
    assert edited.json["comment"]["held_edit"]
    return said


def test_a_sound_database_is_well(doctor: Doctor, thread: dict[str, str]) -> None:
    found = doctor.findings()
    assert doctor.wrong() == set()
    assert {name: found[name]["looked_at"] for name in (*KEPT, "texts", "places", "addresses")} == {
        "counts": 1, "shown": 7, "replies": 7, "queue": 7, "texts": 7, "places": 7, "addresses": 1,
    }  # fmt: skip
    assert found["decisions"]["looked_at"] > 10
    ran = doctor.run()
    assert ran.exit_code == (1 if doctor.usual else 0), ran.output
    assert "ok      What is shown: 7 comments looked at, all right.\n" in ran.output
    assert ("Not all is well." if doctor.usual else "All is well.") in ran.output


@pytest.mark.parametrize(
    ("breaking", "wrong"),
    [
        ("UPDATE thread SET count = count + 1", {"counts": 1}),
        ("UPDATE thread SET count = 0", {"counts": 1}),
        ("UPDATE comment SET shown = false", {"shown": 3, "replies": 3}),
        ("UPDATE comment SET shown = true", {"shown": 2, "replies": 1}),
        ("UPDATE comment SET shown = false WHERE state = 'deleted'", {"shown": 1}),
        ("UPDATE comment SET shown = false, shown_replies = 0 WHERE state = 'rejected'", {"shown": 2, "replies": 2}),
        ("UPDATE comment SET shown_replies = 0", {"replies": 3}),
        ("UPDATE comment SET shown_replies = 7", {"replies": 7}),
        ("UPDATE comment SET queued = NULL", {"queue": 2}),
        ("UPDATE comment SET queued = created", {"queue": 5}),
        ("UPDATE comment SET state = 'approved' WHERE state = 'spam'", {"counts": 1, "shown": 1}),
        ("UPDATE comment SET state = 'spam' WHERE state = 'approved'", {"counts": 1, "shown": 2}),
        (
            "UPDATE comment SET shown = false, shown_replies = 3, queued = NULL",
            {"shown": 3, "replies": 7, "queue": 2},
        ),
    ],
)
def test_every_kept_number_is_found_wrong_and_mended(
    doctor: Doctor, rita: Reader, make_app: Callable, thread: dict[str, str], breaking: str, wrong: dict[str, int]
) -> None:
    truth = None if "state" in breaking.partition("WHERE")[0] else rita.thread()
    untouched = ("revision", "decision", "address", "site")
    before = {table: doctor.rows(table) for table in untouched}
    doctor.sql(breaking)
    # Another process makes the page, as it is now.
    other = Reader(make_app().test_client(), "Tom")
    broken = other.thread()
    found = doctor.findings()
    assert {name: found[name]["wrong"] for name in KEPT if found[name]["wrong"]} == wrong
    assert doctor.wrong() == wrong.keys()
    assert all(found[name]["places"][0].startswith("gazette/") for name in wrong)
    assert other.thread() == broken, "looking changes nothing"

    mended = doctor.findings("--mend")
    assert {name: one["wrong"] for name, one in mended.items() if one["state"] == "mended"} == wrong
    assert doctor.wrong() == set()
    assert "mended" not in {one["state"] for one in doctor.findings("--mend").values()}
    assert {table: doctor.rows(table) for table in untouched} == before
    for reader in (rita, other):
        page = reader.thread()
        assert truth in (page, None)
        approved = [comment for comment in page["comments"] if comment["author"]]
        counts = reader.client.get("/api/v1/sites/gazette/counts", query_string={"url": ARTICLE}).json
        assert page["thread"]["count"] == len(approved) == counts["counts"][ARTICLE]


def test_who_waits_keeps_the_place_in_the_queue(doctor: Doctor, app: Flask, site: Site, thread: dict[str, str]) -> None:
    def queue() -> list[str]:
        with app.app_context():
            return [ids.to_text(entry.comment.id) for entry in moderating.look(site, "queue").listing.entries]

    before = queue()
    assert set(before) == {thread["deeper"], thread["waiting"]}
    doctor.sql("UPDATE comment SET queued = NULL")
    assert queue() == []
    doctor.run("--mend")
    assert queue() == before


def test_tombstones_far_up_come_back(
    doctor: Doctor, rita: Reader, change_site: Callable, decide: Callable, clock: Clock
) -> None:
    change_site(hold="none")
    chain = [rita.say("0")]
    for number in range(1, 30):
        clock.advance(seconds=1)
        chain.append(rita.say(f"{number}", parent=chain[-1]))
    decide("delete", *chain[:-1])
    truth = rita.thread()
    assert [comment["id"] for comment in truth["comments"]] == chain
    # Only the last but one is out of order with what it answers and what answers it.
    doctor.sql(f"UPDATE comment SET shown = false, shown_replies = 0 WHERE id < {ids.from_text(chain[-2])}")
    assert doctor.findings()["replies"]["wrong"] == 1
    doctor.run("--mend")
    assert doctor.wrong() == set()
    assert rita.thread() == truth


@pytest.mark.parametrize(
    ("breaking", "check", "place"),
    [
        ("DELETE FROM revision WHERE comment_id IN (SELECT id FROM comment WHERE state = 'spam')", "texts", "spam"),
        ("DELETE FROM revision WHERE n = 2", "texts", "deeper"),
        ("DELETE FROM address", "addresses", None),
        ("UPDATE comment SET depth = 5 WHERE state = 'pending'", "places", "waiting"),
        ("UPDATE comment SET depth = 7 WHERE state = 'spam'", "places", "spam"),
        ("UPDATE comment SET parent_id = NULL WHERE state = 'spam'", "places", "spam"),
        ("UPDATE comment SET path = (SELECT max(path) FROM comment) WHERE state = 'spam'", "places", "spam"),
        ("UPDATE decision SET act = 'approve' WHERE act = 'reject'", "decisions", None),
        ("DELETE FROM decision WHERE act = 'spam'", "decisions", None),
        ("UPDATE site SET log_seq = log_seq + 1", "decisions", None),
    ],
)
def test_what_cannot_be_told_from_the_comments_is_found_and_left(
    doctor: Doctor, thread: dict[str, str], breaking: str, check: str, place: str | None
) -> None:
    doctor.sql(breaking)
    tables = ("comment", "revision", "decision", "address", "thread", "site")
    before = {table: doctor.rows(table) for table in tables}
    assert doctor.wrong("--mend") == {check}
    found = doctor.findings()[check]
    assert found["wrong"] >= 1 and found["places"]
    if place is not None:
        assert found["places"] == [f"gazette/{thread[place]}"]
    assert {table: doctor.rows(table) for table in tables} == before
    assert doctor.run().exit_code == 1


def test_comments_that_answer_each_other_in_a_circle_end_nothing(doctor: Doctor, thread: dict[str, str]) -> None:
    gone, hidden = (ids.from_text(thread[name]) for name in ("gone", "hidden"))
    doctor.sql(f"UPDATE comment SET parent_id = {hidden}, shown = false WHERE id = {gone}")
    assert {"places"} <= doctor.wrong("--mend") <= {"places", "shown", "replies"}


def test_a_stable_id_is_enough_to_find_a_thread(doctor: Doctor, rita: Reader, change_site: Callable) -> None:
    change_site(hold="none")
    rita.say("Mine.", id="one")
    rita.say("On the same address.", id="two")
    assert doctor.wrong() == set()
    assert doctor.sql("DELETE FROM address") == 1
    assert doctor.wrong() == set()


def test_one_site_is_looked_at_alone(doctor: Doctor, thread: dict[str, str], omar: Moderator) -> None:
    doctor.sql("UPDATE comment SET shown_replies = 7")
    assert doctor.wrong("--site", "herald") == set()
    assert doctor.findings("--site", "herald")["shown"]["looked_at"] == 0
    assert doctor.wrong("--site", "herald", "--mend") == set()
    assert doctor.wrong("--site", "gazette") == {"replies"}
    ran = doctor.run("--site", "nowhere")
    assert ran.exit_code == 1 and "there is no site 'nowhere'" in ran.output


def test_it_asks_no_more_of_a_large_site(doctor: Doctor, rita: Reader, change_site: Callable, clock: Clock) -> None:
    asked = 0

    def count(*_: Any) -> None:
        nonlocal asked
        asked += 1

    change_site(hold="none")
    numbers = set()
    event.listen(Engine, "before_cursor_execute", count)
    try:
        for size in (1, 40):
            for _ in range(size):
                clock.advance(seconds=1)
                rita.say(url=f"{GAZETTE}/{clock.now.timestamp()}")
            asked = 0
            assert doctor.wrong() == set()
            numbers.add(asked)
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    assert len(numbers) == 1


@pytest.mark.parametrize("seed", range(2))
def test_after_many_random_acts_everything_is_true(
    doctor: Doctor, app: Flask, rita: Reader, sam: Reader, site: Site, mona: Moderator, change_site: Callable,
    clock: Clock, seed: int,
) -> None:  # fmt: skip
    chance = random.Random(seed)
    said: list[tuple[Reader, str, str]] = []
    batches: list[int] = []

    def post() -> None:
        url = f"{GAZETTE}/{chance.randrange(3)}"
        open_ones = [one["id"] for one in rita.thread(url)["comments"] if one["author"]]
        who = chance.choice([rita, sam])
        said.append((who, who.say(f"Number {len(said)}.", url=url, parent=chance.choice([None, *open_ones])), url))

    def decide() -> None:
        wanted = [ids.from_text(one[1]) or 0 for one in chance.sample(said, chance.randint(1, 4))]
        verb = chance.choice(["approve", "approve", "spam", "reject", "delete"])
        batches.append(moderating.decide(site, mona, wanted, verb, clock()).batch)

    def undo() -> None:
        if batches:
            moderating.undo(site, mona, batches.pop(chance.randrange(len(batches))), clock())

    def answer() -> None:
        shown = [one["id"] for one in rita.thread(f"{GAZETTE}/0")["comments"] if one["author"]]
        if shown:
            posting.reply(site, mona, ids.from_text(chance.choice(shown)) or 0, "I see.", service().keys, clock())

    def edit() -> None:
        who, comment, _ = chance.choice(said)
        body = chance.choice(["Changed.", "With [a](https://a.example) and [b](https://b.example)."])
        who.own("PATCH", comment, json={"body": body})

    def withdraw() -> None:
        who, comment, _ = chance.choice(said)
        who.own("DELETE", comment)

    change_site(edit_seconds=100_000)
    for _ in range(5):
        post()
    for step in range(120):
        clock.advance(seconds=1)
        if step % 20 == 0:
            change_site(hold=chance.choice(["all", "none", "first"]))
        act = chance.choice([post, post, post, decide, decide, decide, undo, answer, edit, withdraw])
        with app.app_context():
            act()
        if step % 30 == 29:
            assert doctor.wrong() == set()
    assert doctor.findings()["decisions"]["looked_at"] > 120
