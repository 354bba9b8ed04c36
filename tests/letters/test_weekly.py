"""The weekly summary: written ahead by nobody, once for each week and moderator, with numbers and titles alone."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from datetime import datetime

import pytest
from click.testing import CliRunner
from flask import Flask

from commentsvc.cli import main
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.notifying.weekly import next_monday
from commentsvc.operators.retaining import Janitor
from commentsvc.people import managing
from tests.conftest import PASSWORD
from tests.conftest import SECRET
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import desk_of
from tests.rig.letters import MONA
from tests.rig.letters import Mail


@pytest.fixture
def look(app: Flask, clock: Clock) -> Callable[[], None]:
    """Give a function by which four processes look for what is to be done, all at once."""

    def run() -> None:
        janitors = [Janitor(app.app_context, clock) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Janitor.look, janitors))

    return run


def test_an_owner_and_the_operator_turn_it_on_and_off(
    app: Flask, site: Site, database_url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_on() -> bool:
        with app.app_context():
            return managing.site(site.key).weekly

    with app.app_context():
        managing.add_moderator(MONA, site.key, clock(), role="owner", password=PASSWORD)
    desk, path = desk_of(app, MONA, PASSWORD), f"/moderate/{site.key}/settings"
    assert not is_on()
    desk.send(path, weekly="on", website_field="on")
    assert is_on()
    assert re.search(r'name="weekly" checked', desk.open(path).text)
    desk.send(path, website_field="on")
    assert not is_on()
    monkeypatch.setenv("COMMENTSVC_DATABASE_URL", database_url)
    monkeypatch.setenv("COMMENTSVC_SECRET_KEY", SECRET)
    for words, expected in (("on", True), ("off", False)):
        ran = CliRunner().invoke(main, ["site", "edit", site.key, "--weekly", words])
        assert (ran.exit_code, is_on()) == (0, expected), ran.output


@pytest.mark.parametrize(
    ("now", "hour", "due"),
    [
        ("2026-03-14 09:26", 7, "2026-03-16 07:00"),
        ("2026-03-16 06:59", 7, "2026-03-16 07:00"),
        ("2026-03-16 07:00", 7, "2026-03-23 07:00"),
        ("2026-12-31 12:00", 0, "2027-01-04 00:00"),
    ],
)
def test_a_monday_follows_whatever_the_day(now: str, hour: int, due: str) -> None:
    found = next_monday(datetime.fromisoformat(now).replace(tzinfo=UTC), hour)
    assert found == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_each_moderator_hears_once_of_each_week(
    mail: Mail, mona: Moderator, look: Callable[[], None], change_site: Callable[..., Site], rita: Reader, clock: Clock
) -> None:
    rita.say("Waits for ever.")
    mail.deliver()
    look()
    assert mail.rows(kind="weekly") == []
    with mail.app.app_context():
        managing.add_moderator("vera@gazette.example", "gazette", clock(), role="viewer", password="correct horse")
        managing.add_moderator("ines@gazette.example", "gazette", clock())
    change_site(weekly=True)
    for _ in range(2):
        look()
        clock.advance(hours=1)
    assert [(one.recipient, one.event_id, f"{one.due:%F %H:%M}") for one in mail.rows(kind="weekly")] == [
        (MONA, 202612, "2026-03-16 07:00")
    ]
    # An hour that is changed in between does not make another letter of the same week.
    change_site(digest_hour=9)
    look()
    mail.deliver_later(days=2)
    change_site(digest_hour=23)
    look()
    assert [one.event_id for one in mail.rows(kind="weekly")] == [202612]
    clock.advance(days=1)
    look()
    assert [one.event_id for one in mail.rows(kind="weekly")] == [202612, 202613]
    change_site(weekly=False)
    assert mail.deliver_later(days=7).dropped == 1
    assert [one.message["Subject"] for one in mail.to(MONA)[1:]] == ["A week of comments on The Gazette"]


def test_it_tells_numbers_and_titles_and_nothing_of_what_was_said(
    mail: Mail, mona: Moderator, look: Callable[[], None], change_site: Callable[..., Site], rita: Reader,
    decide: Callable, clock: Clock,
) -> None:  # fmt: skip
    change_site(weekly=True)
    look()
    said = [rita.say(f"Remark number {number}.") for number in range(3)]
    other = rita.say("Elsewhere.", url="https://gazette.example/b", title="<b>Bridge</b>\r\nBcc: x@y.example")
    clock.advance(minutes=30)
    decide("approve", *said[:2], other)
    decide("spam", said[2])
    clock.advance(hours=1)
    rita.say("This one waits.")
    mail.deliver_later(days=2)
    letter = next(one for one in mail.to(MONA) if "week" in str(one.message["Subject"]))
    text = " ".join(letter.part("plain").split())
    for words in (
        "The Gazette, 2026-03-09 to 2026-03-15",
        "5 comments came in: 3 published 1 waiting 1 spam",
        "Half of those that were decided had waited less than 30 minutes.",
        "Most discussed: 2 The old bridge 1 <b>Bridge</b> Bcc: x@y.example",
        "1 comment waits now, the oldest for 2 days.",
        "All the numbers: http://localhost:8080/moderate/gazette/statistics",
    ):
        assert words in text, letter.part("plain")
    assert letter.message["Bcc"] is None
    assert "<b>Bridge" not in letter.part("html")
    assert not any(told in text + letter.part("html") for told in ("Remark", "waits.", "Rita", "rita@"))
    # A week in which nothing came and nothing waits is not worth a letter.
    decide("approve", *(one for one in rita.receipts if one not in (*said, other)))
    mail.deliver()
    look()
    clock.advance(days=7)
    look()
    mail.deliver()
    clock.advance(days=7)
    mail.host.arrived.clear()
    mail.deliver()
    assert mail.to(MONA) == []
