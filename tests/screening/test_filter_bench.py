"""The measure of the filter reads files of others and counts rightly."""

import csv
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from bench.filter import Judged
from bench.filter import draw
from bench.filter import learning_curve
from bench.filter import main
from bench.filter import one_by_one
from bench.filter import read_comments
from tests.screening.corpus import comments


def write(path: Path, head: list[str], rows: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def test_rows_are_taken_in_order_of_time(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv",
        ["ID", "DATE", "CONTENT", "CLASS"],
        [["1", "2014-05-02", "second", "1"], ["2", "", "third", "0"], ["3", "2013-01-01", "first", "0"]],
    )
    found = read_comments(path)
    assert [(one.sample.text, one.spam) for one in found] == [("first", False), ("second", True), ("third", False)]
    bare = write(tmp_path / "b.csv", ["content", "spam"], [["b", "1"], ["a", "0"]])
    assert [one.sample.text for one in read_comments(bare)] == ["b", "a"]


@pytest.mark.parametrize(
    ("judged", "mcc", "balanced"),
    [
        (Judged(10, 0, 10, 0), 1.0, 1.0),
        (Judged(0, 10, 0, 10), -1.0, 0.0),
        (Judged(10, 0, 0, 10), 0.0, 0.5),
        (Judged(6, 2, 9, 3), 0.4924, 0.75),
    ],
)
def test_the_figures_are_what_they_are_called(judged: Judged, mcc: float, balanced: float) -> None:
    assert judged.mcc == pytest.approx(mcc, abs=1e-4)
    assert judged.balanced == balanced


def test_it_gets_better_with_decisions() -> None:
    steps = learning_curve(comments(), 0.01)
    assert [step.decisions for step in steps] == [10, 20, 50, 100, int(238 * 0.7)]
    assert steps[-1].judged.mcc > 0.8
    assert steps[-1].judged.mcc > steps[0].judged.mcc
    assert not steps[0].knows
    assert steps[-1].knows
    picture = ElementTree.fromstring(draw({"ours": steps, "a & b": steps}))  # noqa: S314
    assert len(picture.findall("{http://www.w3.org/2000/svg}circle")) == 2 * len(steps)


def test_one_by_one_judges_each_comment_once() -> None:
    stretches = list(one_by_one(comments()[:40], 0.01, (10, 20)))
    assert [end for end, _ in stretches] == [10, 20, 40]
    counts = [
        judged.good_passed + judged.good_held + judged.spam_caught + judged.spam_missed for _, judged in stretches
    ]
    assert counts == [10, 10, 20]


def test_it_is_a_command(tmp_path: Path) -> None:
    rows = [[one.sample.text, str(int(one.spam))] for one in comments()]
    path = write(tmp_path / "ours.csv", ["content", "spam"], rows)
    told = CliRunner().invoke(main, [str(path), "--chart", str(tmp_path / "curve.svg")])
    assert told.exit_code == 0, told.output
    assert "first 70% learned: MCC " in told.output
    assert (tmp_path / "curve.svg").read_text().startswith("<svg")
