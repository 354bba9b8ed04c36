"""An import by upload in words: how it stands, how far it is, what would come or what came."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from commentsvc.models import import_job as states
from commentsvc.models.import_job import ImportJob
from commentsvc.moving.jobs import View
from commentsvc.moving.storing import STORING
from commentsvc.moving.unpacking import READING
from commentsvc.web.desk.past import STATES
from commentsvc.web.desk.words import duration

# Of a shorter time nobody can say a rate.
_RATE_AFTER = timedelta(seconds=2)
# How the importer core begins what it says of a thread's address.
_ADDRESS = "thread: url: "


@dataclass(frozen=True)
class Words:
    """A title, a sentence, and a word for the list of imports; `chip` is good or wait."""

    title: str
    lead: str
    short: str
    chip: str = "plain"


@dataclass(frozen=True)
class Step:
    """How far a run is: what it does, a number of 100 or None where nobody knows, and rate and remaining time."""

    doing: str
    percent: int | None
    pace: str


@dataclass(frozen=True)
class Told:
    """A report in sums and lists; `totals` holds comments, threads and other lines, each with what adds up to it."""

    totals: list[tuple[str, int, list[tuple[str, int]]]]
    states: list[tuple[str, int]]
    addresses: list[tuple[str, int]]
    reasons: list[tuple[str, int]]
    first: list[str]
    more: int
    notes: list[tuple[str, int]]
    remarks: list[str]
    adds_up: bool


def of(view: View) -> Words:
    """Return how an import stands."""
    job = view.job
    if view.waits:
        if not view.here:
            return Words("The import was interrupted", f"{_why(job)} {_elsewhere(job)}", "interrupted", "wait")
        safe = "Nothing was stored yet." if job.dry else "What is stored stays, and nothing will be stored twice."
        return Words("The import was interrupted", f"{_why(job)} {safe} It can go on.", "interrupted", "wait")
    if job.state in (states.UPLOADED, states.LOOKED) and not view.here:
        return Words("The file lies elsewhere", _elsewhere(job), "elsewhere", "wait")
    if view.going:
        if job.dry:
            return Words("Looking through the file", "Nothing is stored meanwhile.", "being looked at", "wait")
        lead = "You can leave this page: the import goes on, and is found under “Import & export”."
        return Words("Importing", lead, "going on", "wait")
    return _STILL.get(job.state, _STILL[states.EXPIRED])


def step(job: ImportJob) -> Step:
    """Return how far a run is."""
    if job.stage is None or job.since is None or job.beat is None:
        return Step("Beginning", None, "")
    percent = min(100 * job.done // job.total, 100) if job.total else None
    if job.stage == READING:
        doing = f"Reading: {_size(job.done)} of {_size(job.total)}"
        if job.done >= job.total:
            # All is read, and brought into order before the first is stored.
            return Step(f"{doing}, and putting it in order", None, "")
    elif job.stage == STORING:
        verb = "Looked at" if job.dry else "Stored"
        doing = f"{verb} {job.done:,} of {job.total:,} comments"
    else:
        doing = f"{job.stage}: {job.done:,} of {job.total:,}"
    passed = job.beat - job.since
    if passed < _RATE_AFTER or not job.done:
        return Step(doing, percent, "")
    rate = job.done / passed.total_seconds()
    speed = f"{_size(int(rate))} a second" if job.stage == READING else f"{rate:,.0f} a second"
    return Step(doing, percent, f"{speed}, about {duration(max(round((job.total - job.done) / rate), 1))} left")


def told(report: dict[str, Any], dry: bool) -> Told:
    """Return a report as the page shows it."""
    comments, threads, others = (report[name] for name in ("comments", "threads", "others"))
    came = "to import" if dry else "imported"
    totals = [
        ("Comments", comments["read"], [(came, comments["imported"]), *_parts(comments, _OLD)]),
        ("Threads", threads["read"], _parts(threads, ("made", "found", "joined", "skipped"))),
    ]
    if others["read"]:
        parts = [(came, others["imported"]), *_parts(others, _OLD)]
        totals.append(("Other lines", others["read"], parts))
    notes = [(words, times) for words, times in report["notes"]]
    return Told(
        totals=totals,
        states=[(STATES[name], report["states"][name]) for name in STATES if report["states"].get(name)],
        addresses=[(words.removeprefix(_ADDRESS), times) for words, times in notes if words.startswith(_ADDRESS)],
        reasons=[(_in_our_words(words), times) for words, times in report["reasons"]],
        first=[_in_our_words(line) for line in report["first"]],
        more=max(report["skips"] - len(report["first"]), 0),
        notes=[(words, times) for words, times in notes if not words.startswith(_ADDRESS)],
        remarks=report["remarks"],
        adds_up=report["adds_up"],
    )


_OLD = ("already_there", "skipped")
_NAMES = {
    "already_there": "already there", "skipped": "skipped",
    "made": "new", "found": "found here", "joined": "joined with another of the file",
}  # fmt: skip
_STILL = {
    states.UPLOADED: Words("The file is here", "Nothing was done with it yet.", "uploaded"),
    states.LOOKED: Words(
        "What would come", "This was a dry run: nothing is stored yet. It is stored when you say so.", "looked at"
    ),
    states.DONE: Words(
        "The import is done", "What was there before was not touched, and the file is erased.", "done", "good"
    ),
    states.FAILED: Words(
        "This file can't be taken",
        "Nothing of it is kept. Is it whole, and from the program that you chose?",
        "refused",
        "wait",
    ),
    states.EXPIRED: Words(
        "This file is gone",
        "It was erased because somebody said so, or waited for a day. Bring it again: what is there stays as it is.",
        "erased",
    ),
}


def _parts(numbers: dict[str, int], names: tuple[str, ...]) -> list[tuple[str, int]]:
    return [(_NAMES[name], numbers[name]) for name in names]


def _why(job: ImportJob) -> str:
    return job.error or "The process that went through the file was ended."


def _elsewhere(job: ImportJob) -> str:
    return f"The file lies on the host {job.host}: open the desk there, or bring the file again."


def _in_our_words(words: str) -> str:
    # The importer core speaks of the command's options; here they have other names.
    return words.replace("with --pingbacks keep", "where pingbacks are taken").replace(
        "the command --source", "another name to remember ids under"
    )


def _size(count: int) -> str:
    if count < 1 << 20:
        return f"{count / 1024:,.0f} KB"
    return f"{count / (1 << 20):,.0f} MB"
