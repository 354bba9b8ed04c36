"""Draws curves as a picture: SVG, both axes logarithmic, for light and dark, told in words for who can't see it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bench.report import Curve
from bench.report import duration

WIDTH, HEIGHT = 720, 380
# Where the curves are drawn: the rest is for titles, for the scales, and for the curves' names at the right.
LEFT, RIGHT, TOP, BOTTOM = 76, 580, 84, 316
# So far from the ends of the grid the outermost points stand, for their labels.
INSET = 32

STYLE = """
.paper { fill: #fffefb } .text { fill: #1b1c1e } .quiet { fill: #5f6266 } .grid { stroke: #dcdcd8 }
.curve0 { stroke: #1f5fc4 } .point0, .name0 { fill: #1f5fc4 }
.curve1 { stroke: #805000 } .point1, .name1 { fill: #805000 }
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
.title { font-size: 16px; font-weight: 600 } .name { font-weight: 600 } .value { font-size: 12px }
.curve { fill: none; stroke-width: 2 } .curve1 { stroke-dasharray: 6 4 } .point { stroke: #fffefb; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
.paper { fill: #17181c } .text { fill: #e6e5e1 } .quiet { fill: #a0a2a6 } .grid { stroke: #36383d }
.curve0 { stroke: #8ab4f8 } .point0, .name0 { fill: #8ab4f8 } .point { stroke: #17181c }
.curve1 { stroke: #e8b44a } .point1, .name1 { fill: #e8b44a }
}
"""


@dataclass(frozen=True)
class Chart:
    """What a picture shows: at most two curves over the same numbers of comments."""

    title: str
    subtitle: str
    across: str
    curves: Sequence[Curve]


def draw(chart: Chart) -> str:
    """Return the picture as an SVG document."""
    sizes = [size for size, _ in chart.curves[0].points]
    across = Scale(min(sizes), max(sizes), LEFT + INSET, RIGHT - INSET)
    times = [seconds for curve in chart.curves for _, seconds in curve.points]
    # Whole decades, so that the lines of the grid are powers of ten.
    up = Scale(10 ** math.floor(math.log10(min(times))), 10 ** math.ceil(math.log10(max(times))), BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'role="img" aria-labelledby="title desc">',
        f'<title id="title">{escape(chart.title)}</title>',
        f'<desc id="desc">{escape(_in_words(chart))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="10"/>',
        _text(24, 32, chart.title, "title text"),
        _text(24, 54, chart.subtitle, "quiet"),
        *_grid(up, across, sizes),
        _text((LEFT + RIGHT) / 2, BOTTOM + 44, chart.across, "quiet", "middle"),
    ]
    for number, curve in enumerate(chart.curves):
        parts += _curve(number, curve, across, up)
    return "\n".join([*parts, "</svg>", ""])


@dataclass(frozen=True)
class Scale:
    """A logarithmic scale: where a value between two ends stands between two places."""

    least: float
    most: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        if self.most == self.least:
            return (self.start + self.end) / 2
        share = math.log(value / self.least) / math.log(self.most / self.least)
        return round(self.start + share * (self.end - self.start), 1)

    def decades(self) -> list[float]:
        """Return the powers of ten from end to end."""
        first, last = round(math.log10(self.least)), round(math.log10(self.most))
        return [10.0**power for power in range(first, last + 1)]


def _grid(up: Scale, across: Scale, sizes: Sequence[int]) -> list[str]:
    parts = []
    for seconds in up.decades():
        y = up(seconds)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(_text(LEFT - 12, y + 4, _round_duration(seconds), "quiet", "end"))
    parts += [_text(across(size), BOTTOM + 22, f"{size:,}", "quiet", "middle") for size in sizes]
    return parts


def _curve(number: int, curve: Curve, across: Scale, up: Scale) -> list[str]:
    places = [(across(size), up(seconds)) for size, seconds in curve.points]
    parts = [f'<polyline class="curve curve{number}" points="{" ".join(f"{x},{y}" for x, y in places)}"/>']
    for (x, y), (_, seconds) in zip(places, curve.points, strict=True):
        # Told apart by shape too, not by colour alone.
        if number == 0:
            parts.append(f'<circle class="point point0" cx="{x}" cy="{y}" r="6"/>')
        else:
            parts.append(f'<path class="point point{number}" d="M{x} {y - 7}l7 7l-7 7l-7 -7z"/>')
        parts.append(_text(x, y - 13, duration(seconds), "value text", "middle"))
    x, y = places[-1]
    return [*parts, _text(RIGHT + 16, y + 4, curve.name, f"name name{number}")]


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _round_duration(seconds: float) -> str:
    number, unit = duration(seconds).split(" ")
    return f"{float(number):g} {unit}"


def _in_words(chart: Chart) -> str:
    told = []
    for curve in chart.curves:
        points = "; ".join(f"{size:,}: {duration(seconds)}" for size, seconds in curve.points)
        told.append(f"{curve.name}: {points}.")
    return f"{chart.subtitle} By {chart.across}. {' '.join(told)}"
