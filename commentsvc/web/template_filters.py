"""How pages of ours write times and names, and draw the picture of an author."""

from datetime import UTC
from datetime import datetime

from flask import Blueprint
from markupsafe import Markup

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def register(blueprint: Blueprint) -> None:
    """Make the filters known to all templates of the application that a blueprint is part of."""
    blueprint.add_app_template_filter(moment)
    blueprint.add_app_template_filter(identicon)
    blueprint.add_app_template_filter(bdi)


def moment(time: datetime | str) -> Markup:
    """Return a time, or its RFC 3339 text, as a `time` element.

    The words are in UTC, since a page that is the same for everybody knows nobody's zone.
    """
    parsed = datetime.fromisoformat(time) if isinstance(time, str) else time
    utc = parsed.astimezone(UTC)
    words = f"{utc.day} {MONTHS[utc.month - 1]} {utc.year}, {utc:%H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(f"{utc:%Y-%m-%dT%H:%M:%SZ}", words)


def bdi(name: str) -> Markup:
    """Return a name that runs in its own direction, whatever stands around it."""
    return Markup("<bdi>{}</bdi>").format(name)


def identicon(seed: str) -> Markup:
    """Draw the picture of ten hexadecimal characters: five by five, the same left and right, as the widget draws it."""
    number = _number(seed)
    path = ""
    for cell in range(15):
        if number >> cell & 1:
            x, y = cell % 3, cell // 3
            path += "".join(f"M{column + 1} {y + 1}h1v1h-1z" for column in sorted({x, 4 - x}))
    return Markup(
        '<svg viewBox="0 0 7 7" class="avatar" aria-hidden="true">'
        '<rect width="7" height="7" fill="hsl({hue} 60% 92%)"/><path d="{path}" fill="hsl({hue} 52% 38%)"/></svg>'
    ).format(hue=number % 360, path=path)


def _number(digits: str) -> int:
    try:
        return int(digits, 16)
    except ValueError:
        return 0
