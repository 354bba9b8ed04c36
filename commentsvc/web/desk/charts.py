"""Charts as SVG: columns over time and bars by name. Values in, markup out; colours are classes of the desk's style."""

import math
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

WIDTH, HEIGHT = 720, 220
# Where the columns stand: the rest is for the scale at the left and for the labels below.
LEFT, RIGHT, TOP, BOTTOM = 52, 712, 14, 188
LINES = 4
LABELS = 7
BAR, BAR_GAP, BAR_LEFT, BAR_RIGHT = 22, 8, 240, 650
MAX_NAME = 36


@dataclass(frozen=True)
class Series:
    """One part of each column: its name, its class in the style, a value for each place; None where there is none."""

    name: str
    kind: str
    values: Sequence[float | None]


def columns(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    write: Callable[[float], str] = lambda value: f"{value:,.0f}",
    most: float | None = None,
) -> Markup:
    """Return columns, those of one place on top of each other; `most` is the end of the scale where it is known."""
    totals = [sum(part.values[place] or 0 for part in series) for place in range(len(labels))]
    step = _step(most if most is not None else max(totals, default=0))
    end = most if most is not None else step * max(math.ceil(max(totals, default=0) / step), 1)
    wide = (RIGHT - LEFT) / max(len(labels), 1)
    parts = [f"<title>{escape(title)}</title>"]
    for line in range(math.floor(end / step + 1e-9) + 1):
        y = _up(line * step, end)
        parts.append(f'<line class="chart-grid" x1="{LEFT}" x2="{RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(_text(LEFT - 8, y + 4, write(line * step), "end"))
    for place, label in enumerate(labels):
        x, below = LEFT + place * wide, 0.0
        for part in series:
            value = part.values[place]
            if value is None:
                continue
            # Nothing is a line of its own: a week in which nothing was right is not one without a number.
            top, bottom = _up(below + value, end), _up(below, end)
            tall = max(bottom - top, 1 if most is not None else 0)
            if tall:
                told = f"{label}: {part.name} {write(value)}"
                parts.append(
                    f'<rect class="chart-{part.kind}" x="{x + wide * 0.1:.1f}" y="{bottom - tall:.1f}" '
                    f'width="{wide * 0.8:.1f}" height="{tall:.1f}"><title>{escape(told)}</title></rect>'
                )
            below += value
    every = max(math.ceil(len(labels) / LABELS), 1)
    # Counted from the end: the last one is now.
    for place in range(len(labels) - 1, -1, -every):
        x = LEFT + (place + 0.5) * wide
        parts.append(_text(min(x, RIGHT - 18), BOTTOM + 20, labels[place], "middle"))
    return _drawn(parts, HEIGHT)


def bars(title: str, values: Sequence[tuple[str, float]]) -> Markup:
    """Return a bar for each name, in the order given."""
    end = max((value for _, value in values), default=0) or 1
    parts = [f"<title>{escape(title)}</title>"]
    for place, (name, value) in enumerate(values):
        y = place * (BAR + BAR_GAP) + BAR_GAP
        long = (BAR_RIGHT - BAR_LEFT) * value / end
        shown = name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + "…"
        parts.append(_text(BAR_LEFT - 10, y + BAR * 0.7, shown, "end"))
        parts.append(f'<rect class="chart-plain" x="{BAR_LEFT}" y="{y}" width="{long:.1f}" height="{BAR}"/>')
        parts.append(_text(BAR_LEFT + long + 8, y + BAR * 0.7, f"{value:,.0f}", "start"))
    return _drawn(parts, len(values) * (BAR + BAR_GAP) + BAR_GAP)


def _drawn(parts: Sequence[str], tall: int) -> Markup:
    head = f'<svg class="chart" role="img" viewBox="0 0 {WIDTH} {tall}" width="{WIDTH}" height="{tall}">'
    # Everything that came from outside was escaped where it was put in.
    return Markup("\n".join([head, *parts, "</svg>"]))  # noqa: S704


def _up(value: float, end: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * value / end, 1)


def _step(most: float) -> float:
    # 1, 2 or 5 of some power of ten, so that at most LINES of them reach the top.
    least = most / LINES
    power = 10 ** math.floor(math.log10(least)) if least > 0 else 1
    step = next((power * by for by in (1, 2, 5, 10) if power * by >= least - 1e-9), power * 10)
    return step if most <= 1 and most > 0 else max(step, 1)


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
