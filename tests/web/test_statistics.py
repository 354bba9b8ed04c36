"""A site's numbers: as they are counted, as they are drawn, and where there is nothing yet."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC
from datetime import date
from datetime import datetime
from datetime import timedelta

import pytest
from flask import Flask

from commentsvc.database import transaction
from commentsvc.models import ids
from commentsvc.models.decision import RULE
from commentsvc.models.decision import Change
from commentsvc.models.decision import record
from commentsvc.models.moderator import Moderator
from commentsvc.models.owned import thread_id_of
from commentsvc.models.site import Site
from commentsvc.models.statistics import DAYS
from commentsvc.models.statistics import Precision
from commentsvc.models.thread import lock_thread
from commentsvc.moderators import reviewing
from commentsvc.web.desk.charts import Series
from commentsvc.web.desk.charts import bars
from commentsvc.web.desk.charts import columns
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.rig.desk import desk_of

# A Monday.
MONDAY = datetime(2026, 3, 16, 8, tzinfo=UTC)
PAGE = "/moderate/gazette/statistics"


def read(svg: str) -> ET.Element:
    """Read a picture of ours, which must be well formed."""
    return ET.fromstring(svg)  # noqa: S314


def test_an_empty_site_says_so(app: Flask, mona: Moderator) -> None:
    page = desk_of(app, "mona@gazette.example", PASSWORD).open(PAGE).text
    for words in (
        "No comment has arrived yet.",
        "Nobody has decided",
        "No comment had to be held.",
        "have not decided",
    ):
        assert words in page
    assert 'class="chart"' not in page


def test_the_numbers_are_those_of_what_was_done(
    app: Flask, site: Site, mona: Moderator, rita: Reader, decide: Callable, clock: Clock
) -> None:
    clock.now = MONDAY - timedelta(days=DAYS + 1)
    decide("approve", rita.say("long ago"))
    clock.now = MONDAY - timedelta(days=3)
    old = rita.say("decided in the week after")
    clock.now = MONDAY
    said = [rita.say(f"{n}") for n in range(4)]
    clock.advance(minutes=10)
    decide("approve", said[0])
    clock.advance(minutes=10)
    undone = decide("spam", said[1])
    clock.advance(minutes=20)
    decide("reject", said[2], old)
    assert undone.done == 1
    with app.app_context(), transaction() as session:
        # What the filter holds; of the three, a moderator lets one through, turns one down, and leaves one.
        thread = lock_thread(session, site, thread_id_of(session, site, ids.from_text(old) or 0) or 0)
        for comment in said[:2] + said[3:]:
            number = ids.from_text(comment) or 0
            record(
                session, site, thread, act="hold", by=RULE, at=clock(), comment_id=number,
                change=Change(state=("approved", "pending")), reasons=("filter",),
            )  # fmt: skip
    clock.advance(hours=1)
    decide("approve", said[0])
    decide("spam", said[1])

    with app.app_context():
        found, _ = reviewing.look_at_numbers(site, clock())
    today = MONDAY.date()
    assert (len(found.days), found.days[-1], found.weeks[-1]) == (DAYS, today, today)
    assert found.arrivals == {
        date(2026, 3, 13): {"rejected": 1},
        today: {"approved": 1, "spam": 1, "rejected": 1, "pending": 1},
    }
    # 10, 20, 40 minutes, and three days and 40 minutes: the middle is between the second and the third.
    assert found.waiting == {today: (pytest.approx(30 * 60, abs=1), 4)}
    assert found.reasons == {"everything": 5}
    assert found.precision == {today: Precision(right=1, wrong=1, undecided=1)}

    page = desk_of(app, "mona@gazette.example", PASSWORD).open(PAGE).text
    drawn = re.findall(r'<svg class="chart".*?</svg>', page, re.DOTALL)
    assert len(drawn) == 4
    for svg in drawn:
        assert read(svg).find("title") is not None
    for cell in ("<td>30.0</td>", "<td>50%</td>", "site holds every comment", "2026-03-13"):
        assert cell in page
    assert page.count("<table") == 4


def test_columns_stand_on_each_other_and_reach_what_the_scale_says() -> None:
    svg = read(columns("A & B", ["x", "y"], [Series("<a>", "good", [1, 3]), Series("b", "bad", [3, None])]))
    rects = svg.findall("rect")
    assert [rect.get("class") for rect in rects] == ["chart-good", "chart-bad", "chart-good"]
    low, high, other = (float(rect.get("height") or 0) for rect in rects)
    assert high == pytest.approx(3 * low, abs=0.2) and other == pytest.approx(high, abs=0.2)
    assert float(rects[1].get("y") or 0) + high == pytest.approx(float(rects[0].get("y") or 0), abs=0.2)
    texts = [text.text for text in svg.findall("text")]
    assert texts == ["0", "1", "2", "3", "4", "y", "x"]
    assert rects[0].findtext("title") == "x: <a> 1"


@pytest.mark.parametrize("values", [[0], [0.001], [1], [7], [10], [99], [12345678], [0, 0.5], [None], []])
def test_any_numbers_are_drawn_within_the_picture(values: list[float | None]) -> None:
    labels = [str(place) for place in range(len(values))]
    for most in (None, 1.0):
        if most is not None and max((value or 0 for value in values), default=0) > most:
            continue
        svg = read(columns("t", labels, [Series("s", "plain", values)], most=most))
        for rect in svg.findall("rect"):
            assert 0 <= float(rect.get("y") or -1) <= 188
        assert 2 <= len(svg.findall("line")) <= 12
    assert len(read(bars("t", [(str(value), value or 0) for value in values])).findall("rect")) == len(values)
