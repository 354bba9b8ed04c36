"""`python -m bench.filter FILE.csv ...`: how well the learning filter learns from files of labelled comments.

A file has a row per comment with its text (`content` or `text`) and whether it is spam (`spam` or `class`: 1 or 0);
rows are taken in order of their `date` where they have one, and else in the order of the file.
"""

import csv
import time
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import log
from math import sqrt
from pathlib import Path

import click

from commentsvc.screening.learning.learning import RATE
from commentsvc.screening.learning.learning import learn
from commentsvc.screening.learning.model import Model
from commentsvc.screening.learning.sample import Decided
from commentsvc.screening.learning.sample import Sample
from commentsvc.screening.learning.weighing import weigh

SHARES = (0.6, 0.65, 0.7, 0.75, 0.8)
STEPS = (10, 20, 50, 100, 200)
TRAINED = 0.7
TEXT = ("content", "text", "comment", "body")
LABEL = ("spam", "class", "label")
SPAM = ("1", "spam", "true")


@dataclass(frozen=True)
class Judged:
    """How a model judged comments that it had not seen: counts of good and spam, right and wrong."""

    good_passed: int
    good_held: int
    spam_caught: int
    spam_missed: int

    @property
    def mcc(self) -> float:
        """Return Matthews' correlation coefficient; 0 where it is not defined."""
        tp, tn, fp, fn = self.spam_caught, self.good_passed, self.good_held, self.spam_missed
        below = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
        return (tp * tn - fp * fn) / sqrt(below) if below else 0.0

    @property
    def accuracy(self) -> float:
        """Return the share that was judged rightly."""
        right = self.good_passed + self.spam_caught
        return right / max(right + self.good_held + self.spam_missed, 1)

    @property
    def held(self) -> float:
        """Return the share of good comments that was marked as spam."""
        return self.good_held / max(self.good_held + self.good_passed, 1)

    @property
    def caught(self) -> float:
        """Return the share of spam that was marked."""
        return self.spam_caught / max(self.spam_caught + self.spam_missed, 1)

    @property
    def balanced(self) -> float:
        """Return the mean of the shares of good and of spam that were judged rightly."""
        return (1 - self.held + self.caught) / 2


@dataclass(frozen=True)
class Step:
    """What is known after so many decisions: is the filter sure enough to mark, and how right is it then."""

    decisions: int
    knows: bool
    judged: Judged


def read_comments(path: Path) -> list[Decided]:
    """Return the labelled comments of a CSV file in order of time; raise KeyError for a column that is not there."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [{(name or "").lower(): value for name, value in row.items()} for row in csv.DictReader(file)]
    text = next(name for name in TEXT if name in rows[0])
    label = next(name for name in LABEL if name in rows[0])
    dates: list[str] = []
    for row in rows:
        # A row without a date stays behind the one before it.
        dates.append(row.get("date") or (dates[-1] if dates else ""))
    order = sorted(range(len(rows)), key=lambda place: (dates[place], place))
    return [Decided(Sample(rows[place][text]), rows[place][label].strip().lower() in SPAM) for place in order]


def judge(model: Model, comments: Sequence[Decided], guess: bool = False) -> Judged:
    """Judge comments by a model; what it does not know passes, unless its guess is asked for."""
    count = {(spam, marked): 0 for spam in (False, True) for marked in (False, True)}
    for one in comments:
        opinion = weigh(model, one.sample)
        marked = (opinion.probability or 0.0) >= 0.5 if guess else opinion.spam
        count[one.spam, marked] += 1
    return Judged(count[False, False], count[False, True], count[True, True], count[True, False])


def learning_curve(comments: Sequence[Decided], rate: float, steps: Sequence[int] = STEPS) -> list[Step]:
    """Learn from the first so many comments, and judge the last 30 % each time."""
    edge = int(len(comments) * TRAINED)
    found = []
    for decisions in sorted({*(step for step in steps if step < edge), edge}):
        model = learn(comments[:decisions], rate=rate)
        found.append(Step(decisions, model.knows, judge(model, comments[edge:], guess=not model.knows)))
    return found


def one_by_one(comments: Sequence[Decided], rate: float, steps: Sequence[int] = STEPS) -> Iterator[tuple[int, Judged]]:
    """Judge each comment by what was learned from all before it; yields the numbers of each stretch up to a step."""
    start = 0
    for end in (*(step for step in steps if step < len(comments)), len(comments)):
        stretch = [
            judge(learn(comments[:place], rate=rate), comments[place : place + 1]) for place in range(start, end)
        ]
        yield (
            end,
            Judged(
                sum(one.good_passed for one in stretch),
                sum(one.good_held for one in stretch),
                sum(one.spam_caught for one in stretch),
                sum(one.spam_missed for one in stretch),
            ),
        )
        start = end


def draw(curves: dict[str, list[Step]]) -> str:
    """Return the learning curves as an SVG document: Matthews' correlation by the number of decisions (logarithmic)."""
    width, height, left, top, right, bottom = 720, 380, 64, 56, 540, 330
    numbers = sorted({step.decisions for steps in curves.values() for step in steps})
    colours = ("#1f5fc4", "#805000", "#2e7d32", "#8e24aa", "#c62828")

    def place(step: Step) -> tuple[float, float]:
        share = log(step.decisions / numbers[0]) / log(numbers[-1] / numbers[0]) if len(numbers) > 1 else 0.5
        return round(left + share * (right - left), 1), round(bottom - max(step.judged.mcc, 0) * (bottom - top), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title">',
        '<title id="title">How the filter learns: Matthews correlation after so many decisions</title>',
        "<style>text{font:13px system-ui,sans-serif;fill:#444}",
        "@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>",
    ]
    parts.append(f'<text x="{left - 40}" y="{top - 28}">Matthews correlation</text>')
    for tenth in range(0, 11, 2):
        y = round(bottom - tenth / 10 * (bottom - top), 1)
        parts.append(f'<path d="M{left} {y}H{right}" stroke="#8888" />')
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{tenth / 10:g}</text>')
    for number in [step for step in STEPS if step <= numbers[-1]]:
        x = place(Step(number, True, Judged(0, 0, 0, 0)))[0] if number >= numbers[0] else left
        parts.append(f'<text x="{x}" y="{bottom + 20}" text-anchor="middle">{number}</text>')
    parts.append(f'<text x="{(left + right) / 2}" y="{bottom + 40}" text-anchor="middle">decisions</text>')
    for number, (name, steps) in enumerate(sorted(curves.items())):
        colour = colours[number % len(colours)]
        points = [place(step) for step in steps]
        line = " ".join(f"{x},{y}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for (x, y), step in zip(points, steps, strict=True):
            # An empty point is a guess: the filter marks nothing yet.
            parts.append(
                f'<circle cx="{x}" cy="{y}" r="5" fill="{colour if step.knows else "none"}" stroke="{colour}"/>'
            )
        y = top + 24 * number
        parts.append(f'<path d="M{right + 12} {y - 4}h12" stroke="{colour}" stroke-width="4"/>')
        parts.append(f'<text x="{right + 30}" y="{y}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rate", default=RATE, show_default=True, help="The share of good comments that may be held.")
@click.option("--one-by-one", "slowly", is_flag=True, help="Also learn anew after each comment; takes a minute a file.")
@click.option("--chart", type=click.Path(dir_okay=False, path_type=Path), help="Write the learning curves as SVG.")
def main(files: Sequence[Path], rate: float, slowly: bool, chart: Path | None) -> None:
    """Tell how well the filter learns from labelled comments."""
    curves = {}
    for path in files:
        comments = read_comments(path)
        spam = sum(one.spam for one in comments)
        click.echo(f"\n{path.name}: {len(comments)} comments, {spam} of them spam")
        for share in SHARES:
            edge = int(len(comments) * share)
            click.echo(
                f"  first {share:3.0%} learned: {_told(judge(learn(comments[:edge], rate=rate), comments[edge:]))}"
            )
        curves[path.stem] = learning_curve(comments, rate)
        for step in curves[path.stem]:
            click.echo(
                f"  after {step.decisions:4} decisions: {_told(step.judged)}{'' if step.knows else '  (a guess)'}"
            )
        if slowly:
            for end, judged in one_by_one(comments, rate):
                click.echo(f"  one by one, up to {end:4}: {_told(judged)}")
        click.echo(f"  {_speed(comments)}")
    if chart is not None:
        chart.write_text(draw(curves), encoding="utf-8")


def _told(judged: Judged) -> str:
    return (
        f"MCC {judged.mcc:.3f}, accuracy {judged.accuracy:.3f}, balanced {judged.balanced:.3f}, "
        f"good held {judged.good_held}/{judged.good_held + judged.good_passed} ({judged.held:.1%}), "
        f"spam caught {judged.spam_caught}/{judged.spam_caught + judged.spam_missed} ({judged.caught:.1%})"
    )


def _speed(comments: Sequence[Decided]) -> str:
    began = time.process_time()
    model = learn(comments)
    learned = time.process_time() - began
    began = time.process_time()
    judge(model, comments)
    judged = time.process_time() - began
    return f"learned from all in {learned:.2f} s; {len(comments) / max(judged, 1e-9):,.0f} verdicts a second"


if __name__ == "__main__":
    main()
