"""A decision that was made elsewhere, as a row of our log: what it was stands in its reasons, as codes.

The row says that it was brought over, by the operator, and nothing more: nobody of this installation decided anything,
no state is changed by it, and there is nothing to take back.
"""

from typing import Any

PAST = "past"
# In the order in which a line of the archive tells them.
TEXTS = ("act", "actor", "batch", "state_from", "state_to")
NUMBERS = ("shown_from", "shown_to", "held_from", "held_to")
_NAMES = ("id", "act", "actor", "moderator", "batch", "state_from", "state_to", *NUMBERS)
_BECAUSE = "because"


def write_past(what: dict[str, Any]) -> tuple[str, ...]:
    """Return the reasons of a row for a decision: one code for each thing that is told of it."""
    told = [f"{name}-{what[name]}" for name in _NAMES if what.get(name) is not None]
    return (*told, *(f"{_BECAUSE}-{reason}" for reason in what.get("reasons") or ()))


def read_past(reasons: list[Any]) -> dict[str, Any]:
    """Return what the reasons of such a row tell, in the order of a line of the archive."""
    pairs = [(name, value) for name, _, value in (str(one).partition("-") for one in reasons)]
    told: dict[str, Any] = dict(pairs)
    for name in ("moderator", *NUMBERS):
        told[name] = int(told[name]) if str(told.get(name) or "").isdecimal() else None
    told["reasons"] = [value for name, value in pairs if name == _BECAUSE] or None
    return {name: told.get(name) for name in (*_NAMES, "reasons")}
