"""Writes what came of a run: as a table for people, and as JSON for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from statistics import median

from faults.stage import Bout

BEGIN = "<!-- faults: begin -->"
END = "<!-- faults: end -->"
HEAD = (
    "fault", "database", "rounds", "acknowledged", "lost", "doubled", "letters", "lost", "doubled",
    "recovery, median / longest", "verdict",
)  # fmt: skip


def holds(bout: Bout) -> bool:
    """Tell whether nothing was wrong."""
    counts = (bout.lost, bout.doubled, bout.letters_lost, bout.letters_doubled)
    return not any(counts) and not bout.faults


def table(bouts: Sequence[Bout]) -> str:
    """Return a Markdown table."""
    rows = [_row(bout) for bout in bouts]
    rule = ["---", "---", *["--:"] * 8, "---"]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (HEAD, rule, *rows))


def as_json(bouts: Sequence[Bout]) -> str:
    """Return everything as JSON."""
    return json.dumps([asdict(bout) | {"verdict": verdict(bout)} for bout in bouts], indent=1) + "\n"


def put(document: str, bouts: Sequence[Bout], order: Sequence[str]) -> str:
    """Return a document with a table between its two markers; rows of faults that were not tried now are kept.

    `order` names the faults as they are told of; what it does not name has no row any more.
    """
    before, _, rest = document.partition(BEGIN)
    former, _, after = rest.partition(END)
    head, *rows = table(bouts).splitlines()
    found = {_key(row): row for row in [*former.strip().splitlines()[2:], *rows[1:]]}
    kept = sorted((key for key in found if key[0] in order), key=lambda key: (order.index(key[0]), key[1] != "sqlite"))
    text = "\n".join([head, rows[0], *(found[key] for key in kept)])
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def verdict(bout: Bout) -> str:
    """Return what came of it, in a word or a sentence."""
    if bout.skipped:
        return f"skipped: {bout.skipped}"
    return "holds" if holds(bout) else "FAILS: " + "; ".join(bout.faults[:3])


def _key(row: str) -> tuple[str, str]:
    _, fault, database, *_ = (cell.strip() for cell in row.split("|"))
    return fault, database


def _row(bout: Bout) -> tuple[str, ...]:
    if bout.skipped:
        return (bout.fault, bout.database, *[""] * 8, verdict(bout))
    counts = (bout.acknowledged, bout.lost, bout.doubled, bout.letters, bout.letters_lost, bout.letters_doubled)
    told = f"{median(bout.recoveries):.2f} s / {max(bout.recoveries):.2f} s" if bout.recoveries else ""
    words = "; ".join([verdict(bout), *bout.notes]).replace("|", "/").replace("\n", " ")
    return (bout.fault, bout.database, f"{bout.rounds:,}", *(f"{count:,}" for count in counts), told, words)
