"""What was found, as Markdown: ratios first, since they travel from machine to machine, and rates beside them."""

from collections.abc import Container
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field

from bench.wrk import Series

BEGIN = "<!-- bench:begin -->"
END = "<!-- bench:end -->"


class NoMarkers(ValueError):
    """Says that a document has no place for what was found."""


@dataclass(frozen=True)
class Line:
    """One workload: what we did, and what was set against it in the same rounds."""

    mark: str
    what: str
    ours: Series
    against: str
    theirs: Series

    @property
    def ratio(self) -> float:
        """Our rate as a multiple of the other."""
        return self.ours.rate / self.theirs.rate

    @property
    def spread(self) -> float:
        """How far the rounds lie apart, ours or the other's, as a share of the median."""
        return max(self.ours.spread, self.theirs.spread)


@dataclass(frozen=True)
class Fact:
    """Something that is not a rate."""

    mark: str
    what: str
    value: str


@dataclass(frozen=True)
class Curve:
    """A kind of read: seconds for each, by number of comments."""

    name: str
    points: tuple[tuple[int, float], ...]


@dataclass
class Found:
    """All that was measured in one run."""

    lines: list[Line] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    # By what they are drawn against: "threads" or "database".
    curves: dict[str, tuple[Curve, ...]] = field(default_factory=dict)

    def only(self, marks: Sequence[str]) -> "Found":
        """Return what was asked for."""
        return Found(
            [line for line in self.lines if line.mark in marks],
            [fact for fact in self.facts if fact.mark in marks],
            self.curves,
        )


def markdown(found: Found, machine: Sequence[str]) -> str:
    """Write all tables, the machine first."""
    parts = ["\n".join(f"- {fact}" for fact in machine)]
    if found.lines:
        parts.append(_lines(found.lines))
    if found.facts:
        parts.append(_table(("", "what", "found"), [(fact.mark, fact.what, fact.value) for fact in found.facts]))
    parts += [_curves(CURVES[against], curves) for against, curves in found.curves.items()]
    return "\n\n".join(parts)


CURVES = {"threads": "comments in the thread", "database": "comments in the database"}


def put(document: str, text: str) -> str:
    """Return a document with a text between its markers in place of what was there; raise NoMarkers."""
    if document.count(BEGIN) != 1 or document.count(END) != 1 or document.index(BEGIN) > document.index(END):
        raise NoMarkers(f"the document needs {BEGIN} and, after it, {END}, each once")
    before, after = document.partition(BEGIN)[0], document.partition(END)[2]
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def duration(seconds: float) -> str:
    """Write a time with three digits that count: 43.2 µs, 4.32 ms, 1.20 s."""
    # The next unit begins where rounding would lead to a thousand.
    if seconds < 999.5e-6:
        return f"{_three_digits(seconds * 1e6)} µs"
    if seconds < 0.9995:
        return f"{_three_digits(seconds * 1e3)} ms"
    return f"{_three_digits(seconds)} s"


def size(count: float) -> str:
    """Write a number of bytes in the unit that suits it."""
    for unit, bytes_ in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= bytes_:
            return f"{_three_digits(count / bytes_)} {unit}"
    return f"{count:.0f} bytes"


def _lines(lines: Sequence[Line]) -> str:
    rows = []
    for before, line in zip((None, *lines), lines, strict=False):
        # What the line above has said need not be said again.
        is_said = before is not None and (before.mark, before.what) == (line.mark, line.what)
        least, most = ("at least ", "at most ") if line.theirs.is_at_least else ("", "")
        rows.append(
            (
                "" if is_said else line.mark,
                "" if is_said else line.what,
                f"{most}**{line.ratio:.2f}**",
                line.against,
                f"{line.ours.rate:,.0f}",
                f"{least}{line.theirs.rate:,.0f}",
                duration(line.ours.p99),
                f"{line.spread:.0%}",
            )
        )
    head = ("", "what is asked", "ratio", "to", "ours, a second", "that, a second", "ours, 99 of 100 within", "spread")
    return _table(head, rows, right=(2, 4, 5, 6, 7))


def _curves(what: str, curves: Sequence[Curve]) -> str:
    sizes = [number for number, _ in curves[0].points]
    rows = [(f"{number:,}", *(duration(dict(curve.points)[number]) for curve in curves)) for number in sizes]
    return _table((what, *(curve.name for curve in curves)), rows, right=range(1 + len(curves)))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Container[int] = ()) -> str:
    rule = ["--:" if column in right else "---" for column in range(len(head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def _three_digits(value: float) -> str:
    decimals = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{decimals}f}"
