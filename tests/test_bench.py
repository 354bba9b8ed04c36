"""The bench's own sums, pictures and checks; what it measures is measured by `make bench` alone."""

import json
import math
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.asking import NUMBER
from bench.asking import Answer
from bench.asking import Request
from bench.asking import WrongAnswer
from bench.asking import counts_of
from bench.asking import same_as
from bench.asking import stored
from bench.asking import thread_of
from bench.chart import Chart
from bench.chart import draw
from bench.comments import DEEPEST
from bench.comments import FIRST_THOUSAND
from bench.comments import Sized
from bench.comments import hundreds
from bench.comments import write_archive
from bench.report import BEGIN
from bench.report import END
from bench.report import Curve
from bench.report import Fact
from bench.report import Found
from bench.report import Line
from bench.report import NoMarkers
from bench.report import duration
from bench.report import markdown
from bench.report import put
from bench.report import size
from bench.wrk import Measured
from bench.wrk import Series

SVG = "{http://www.w3.org/2000/svg}"
FLAT = Curve("kept ready", ((10, 40e-6), (100, 40e-6), (1_000, 40e-6)))
RISING = Curve("made anew", ((10, 1e-3), (100, 10e-3), (1_000, 100e-3)))


def series(*requests: int, server_busy: float = 1.0, load_busy: float = 0.6) -> Series:
    """Return rounds of two seconds with so many requests each."""
    return Series(tuple(Measured(count, 2.0, 1e-3, 3e-3, server_busy, load_busy) for count in requests))


def answer(body: object, status: int = 200, encoding: str = "gzip", etag: str = '"a"') -> Answer:
    """Return an answer as one over the wire would be read."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {"content-encoding": encoding, "etag": etag}, raw, len(raw))


@pytest.fixture
def picture() -> ElementTree.Element:
    """Give a picture of a curve that is flat and of one that rises in proportion."""
    chart = Chart("Reads & sizes", "Seconds <each>.", "comments", (FLAT, RISING))
    return ElementTree.fromstring(draw(chart))  # noqa: S314


def test_a_picture_has_each_point_where_it_belongs(picture: ElementTree.Element) -> None:
    lines = [line.attrib["points"].split() for line in picture.iter(f"{SVG}polyline")]
    flat, rising = ([tuple(map(float, point.split(","))) for point in points] for points in lines)
    assert [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in picture.iter(f"{SVG}circle")] == flat
    assert len([path for path in picture.iter(f"{SVG}path") if "point" in path.attrib["class"]]) == len(rising)
    assert len({y for _, y in flat}) == 1, "what costs the same stands at the same height"
    assert [x for x, _ in flat] == [x for x, _ in rising]
    for steps in ([b[0] - a[0] for a, b in pairwise(rising)], [a[1] - b[1] for a, b in pairwise(rising)]):
        assert steps[0] > 0
        assert math.isclose(*steps, abs_tol=0.2), "tenfold is the same way everywhere"
    assert flat[0][1] > rising[0][1], "the faster one stands lower"


def test_a_picture_is_told_in_words_and_in_both_schemes(picture: ElementTree.Element) -> None:
    named = picture.attrib["aria-labelledby"].split()
    told = {each.get("id"): each.text or "" for each in picture if each.get("id")}
    assert picture.get("role") == "img"
    assert told[named[0]] == "Reads & sizes"
    assert "made anew: 10: 1.00 ms; 100: 10.0 ms; 1,000: 100 ms." in told[named[1]]
    assert "prefers-color-scheme: dark" in "".join(picture.itertext())
    written = [each.text for each in picture.iter(f"{SVG}text")]
    assert {"Seconds <each>.", "comments", "kept ready", "made anew", "1,000", "40.0 µs", "100 ms"} <= set(written)


def test_a_picture_of_one_size_is_one_too() -> None:
    drawn = draw(Chart("One", "", "comments", (Curve("a", ((10, 1e-3),)), Curve("b", ((10, 1e-3),)))))
    assert len(list(ElementTree.fromstring(drawn).iter(f"{SVG}circle"))) == 1  # noqa: S314


def test_rates_are_medians_and_ratios_of_them() -> None:
    ours, theirs = series(300, 100, 200), series(1_000, 800, 600)
    line = Line("W1", "a thread", ours, "nginx", theirs)
    assert (ours.rate, theirs.rate, line.ratio) == (100, 400, 0.25)
    assert (ours.spread, theirs.spread, line.spread) == (1.0, 0.5, 1.0)
    assert ours.per_request == 0.01


def test_tables_say_what_was_measured() -> None:
    ours, saturated = series(200, 200, 200), series(1_000, 800, 600, server_busy=0.8, load_busy=1.0)
    lines = [Line("W1", "a thread", ours, "nginx", saturated), Line("W1", "a thread", ours, "bare", series(100))]
    found = Found(lines, [Fact("W5", "the embed", size(9_000))], {"threads": (FLAT, RISING)})
    text = markdown(found, ["a machine"])
    assert text.startswith("- a machine\n")
    assert "| W1 | a thread | at most **0.25** | nginx | 100 | at least 400 | 3.00 ms | 50% |" in text
    assert "|  |  | **2.00** | bare | 100 | 50 | 3.00 ms | 0% |" in text
    assert "| W5 | the embed | 8.79 KiB |" in text
    assert "| 1,000 | 40.0 µs | 100 ms |" in text
    for table in text.split("\n\n")[1:]:
        assert len({row.count("|") for row in table.splitlines()}) == 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1.234e-6, "1.23 µs"), (45.67e-6, "45.7 µs"), (999.6e-6, "1.00 ms"), (0.1234, "123 ms"), (0.9999, "1.00 s")],
)
def test_times_have_three_digits(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_what_was_found_replaces_what_stood_there() -> None:
    once = put(f"Before.\n{BEGIN}\n{END}\nAfter.\n", "| a |")
    assert once == f"Before.\n{BEGIN}\n| a |\n{END}\nAfter.\n"
    assert put(once, "| b |") == once.replace("a |", "b |")


@pytest.mark.parametrize("document", ["", BEGIN, f"{END} {BEGIN}", f"{BEGIN} {END} {BEGIN} {END}"])
def test_a_document_without_a_place_is_left_alone(document: str) -> None:
    with pytest.raises(NoMarkers):
        put(document, "text")


def test_the_page_on_speed_has_a_place(checkout: Path) -> None:
    assert "a text" in put((checkout / "docs" / "speed.md").read_text(), "a text")


def test_comments_are_the_same_at_every_run_and_as_many_as_said(tmp_path: Path) -> None:
    first, again = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    assert write_archive(first, FIRST_THOUSAND) == write_archive(again, FIRST_THOUSAND) == 1_000
    assert first.read_bytes() == again.read_bytes()
    assert 1_000 + sum(thread.size for thread in hundreds(1_000, 10_000)) == 10_000
    assert not set(hundreds(1_000, 10_000)) & set(hundreds(10_000, 100_000))


def test_threads_are_trees_of_a_bounded_depth(tmp_path: Path) -> None:
    archive = tmp_path / "a.jsonl"
    write_archive(archive, [Sized("/a", 500)])
    depths: dict[str | None, int] = {None: 0}
    for line in map(json.loads, archive.read_text().splitlines()[2:]):
        depths[line["id"]] = depths[line["parent"]] + 1
        assert 200 < len(line["body"]) < 500
    assert len(depths) == 501
    assert max(depths.values()) == DEEPEST


def test_a_numbered_request_stays_as_long_as_it_says() -> None:
    request = Request(f"/a?b={NUMBER}", "POST", {"X": NUMBER}, f"é {NUMBER}")
    raw = request.raw(7)
    assert raw == request.raw().replace(b"NNNNNNNN", b"00000007")
    assert raw.endswith("\r\nContent-Length: 11\r\n\r\né 00000007".encode())


PAGE = {"thread": {"count": 2}, "comments": [{}, {}], "next": None}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (answer(PAGE, 304), "not a 200"),
        (answer(PAGE, encoding=""), "not gzipped"),
        (answer(PAGE, etag=""), "no ETag"),
        (answer(PAGE | {"thread": {"count": 3}}), "not a thread of 2"),
        (answer(PAGE | {"comments": [{}]}), "fewer than 2 comments"),
        (answer(PAGE | {"next": "x"}), "in two pages"),
    ],
)
def test_a_wrong_page_is_not_measured(wrong: Answer, why: str) -> None:
    thread_of(2, 2)(answer(PAGE))
    with pytest.raises(WrongAnswer, match=why):
        thread_of(2, 2)(wrong)


def test_other_bytes_and_other_counts_are_not_measured() -> None:
    same_as(b"abc")(answer(b"abc"))
    with pytest.raises(WrongAnswer, match="other bytes"):
        same_as(b"abc")(answer(b"abd"))
    counts_of(2, 30)(answer({"counts": {"a": 30, "b": 31}}))
    with pytest.raises(WrongAnswer, match="wrong counts"):
        counts_of(2, 30)(answer({"counts": {"a": 30, "b": 29}}))


@pytest.mark.parametrize(
    "html", ["<script>x</script>", "<img src=x>", '<a href="javascript:x">a</a>', "<p onclick=x>a</p>"]
)
def test_a_post_that_came_out_hostile_is_not_measured(html: str) -> None:
    comment = {"id": "1", "html": '<p>A <a href="https://example.com">link</a> and &lt;script&gt;.</p>'}
    stored(answer({"comment": comment}, 201))
    with pytest.raises(WrongAnswer, match="hostile"):
        stored(answer({"comment": comment | {"html": html}}, 201))
    with pytest.raises(WrongAnswer, match="not taken"):
        stored(answer({"comment": comment}, 202))
