"""What is acknowledged holds for every reader: a run with writers, deciders and readers, and a judge of it."""

import os
import threading
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.people import managing
from tests.conftest import GAZETTE
from tests.conftest import PASSWORD
from tests.rig import archives
from tests.rig.judging import ELSEWHERE
from tests.rig.judging import WITHIN
from tests.rig.judging import Act
from tests.rig.judging import Answer
from tests.rig.judging import Judge
from tests.rig.live import Live
from tests.rig.live import live_service
from tests.rig.load import AtTheDesk
from tests.rig.load import ByTheVerbs
from tests.rig.load import Clerk
from tests.rig.load import Held
from tests.rig.load import Run
from tests.rig.load import Writer
from tests.rig.looking import Reader
from tests.rig.looking import rounds
from tests.rig.wire import Browser
from tests.rig.wire import wires

# `LOAD_ACTS=20000 pytest tests/test_under_load.py` is a longer run than the suite has time for.
ACTS = int(os.environ.get("LOAD_ACTS", "600"))
BRIDGE, MARKET, QUAY, TOWER = "/bridge", "/market", "/quay", "/tower"
ARTICLES = (BRIDGE, MARKET, QUAY)
# Each thread is worked on several times, and left alone in between.
PHASES = 6
# Acts and reads keep step with each other: so many reads for each act, and neither far ahead.
READS = 4
AHEAD = 20
PATIENCE = 120


def shown(text: str = "a", at: float = 10.0, is_shown: bool | None = True, process: int = 1, **more: Any) -> Act:
    """Return an act that took a tenth of a second."""
    return Act(text, "t", is_shown, at - 0.1, at, process, **more)


def walk(*texts: str, at: float = 20.0, process: int = 2, **more: Any) -> Answer:
    """Return a walk that took a tenth of a second, and that shows all of the thread."""
    whole = {"thread": "t", "is_whole": True} | more
    return Answer("walk", at, at + 0.1, process, texts=texts, **whole)


def newest(*texts: str, of: int) -> Answer:
    """Return the newest texts of the site, at most so many."""
    return walk(*texts, thread=None, is_whole=False, newest=of)


CASES: dict[str, tuple[list[Act], Answer, str]] = {
    "shown": ([shown()], walk("a"), ""),
    "missing": ([shown()], walk(), "a is missing, shown 10.00 s before"),
    "hidden": ([shown(), shown(at=15, is_shown=False)], walk(), ""),
    "shown though hidden": ([shown(), shown(at=15, is_shown=False)], walk("a"), "a is shown, shown 10.00 s before, th"),
    "shown though only told of": ([shown(is_shown=False)], walk("a"), "a is shown, hidden 10.00 s before"),
    "changed lately, old": ([shown(), shown(at=19.1, is_shown=False)], walk("a"), ""),
    "changed lately, new": ([shown(), shown(at=19.1, is_shown=False)], walk(), ""),
    "just long enough ago": ([shown(), shown(at=18.9, is_shown=False)], walk("a"), "a is shown"),
    "by the same process": ([shown(), shown(at=19.9, is_shown=False, process=2)], walk("a"), "a is shown"),
    "not by one that answers": ([shown(at=19.9, process=ELSEWHERE)], walk(process=ELSEWHERE), ""),
    "changed again meanwhile": ([shown(), shown(at=20.15, is_shown=False)], walk(), ""),
    "changed again afterwards": ([shown(), shown(at=20.3, is_shown=False)], walk(), "a is missing"),
    "there before it was sent": ([shown(at=20.3)], walk("a"), "a is shown, never acted on"),
    "nobody knows": ([shown(), shown(at=15, is_shown=None)], walk(), ""),
    "known again": ([shown(at=15, is_shown=None), shown(at=16)], walk(), "a is missing"),
    "twice": ([shown()], walk("a", "a"), "a is shown 2 times"),
    "twice, while it changes": ([shown(), shown(at=19.9)], walk("a", "a"), ""),
    "a part": ([shown(), shown("b")], walk("a", is_whole=False), ""),
    "a part with a hidden one": ([shown(is_shown=False)], walk("a", is_whole=False), "a is shown"),
    "never said": ([shown()], walk("a", "x"), "x was never said"),
    "said elsewhere": ([shown()], walk("a", thread="u", is_whole=False), "a was said elsewhere"),
    "edited": ([shown(), shown("b", 15, instead_of="a")], walk("b"), ""),
    "edited, old text": ([shown(), shown("b", 15, instead_of="a")], walk("a", is_whole=False), "a is shown"),
    "edited, no text": ([shown(), shown("b", 15, instead_of="a")], walk(), "b is missing"),
    "edited, perhaps": ([shown(), shown("b", 15, None, instead_of="a")], walk("a"), ""),
    "an old answer that says so": ([shown(), shown(at=15, is_shown=False)], walk("a", age=4.0), ""),
    "older than it says": ([shown(), shown(at=15, is_shown=False)], walk("a", age=2.0), "a is shown"),
    "counted": ([shown(), shown("b")], walk("a", "b", counts=(2,)), ""),
    "miscounted": ([shown(), shown("b")], walk(is_whole=False, counts=(1,)), "1 are counted where there are 2 to 2"),
    "counted while it changes": ([shown(), shown("b", 19.9)], walk(is_whole=False, counts=(1,)), ""),
    "too many while it changes": ([shown(), shown("b", 19.9)], walk(is_whole=False, counts=(3,)), "there are 1 to 2"),
    "counts do not agree": ([shown()], walk("a", counts=(1, 2)), "2 are counted"),
    "not what one page shows": ([shown(at=19.9)], walk("a", counts=(0,), is_one=True), "[0] are counted and 1 shown"),
    "among the newest": ([shown(), shown("b", 12)], newest("b", of=1), ""),
    "not among the newest": ([shown(), shown("b", 12)], newest("a", of=1), "b is missing"),
    "too few newest": ([shown(), shown("b", 12)], newest("b", of=2), "a is missing"),
    "an edit is not new": ([shown(), shown("b", 12), shown("c", 14, instead_of="a")], newest("b", of=1), ""),
    "brought in, and old": ([shown(), shown("b", 15, born=2.0)], newest("a", of=1), ""),
}


@pytest.mark.parametrize("name", CASES)
def test_the_judge_finds_what_is_wrong_and_nothing_else(name: str) -> None:
    acts, answer, wanted = CASES[name]
    found = Judge(acts).faults(answer)
    assert len(found) == (1 if wanted else 0), found
    assert wanted in "".join(found)


def test_what_is_acknowledged_holds_for_every_reader(
    database_url: str, app: Flask, site: Site, mona: Moderator, tmp_path: Path
) -> None:
    with app.app_context():
        managing.edit_site(site.key, {"hold": "first"}, site.created)
    with live_service(database_url, width=2) as live, wires(live, 7) as lines:
        run = Run(GAZETTE)
        bring_in(live, run, tmp_path, {BRIDGE: 130, MARKET: 104})
        browser = Browser(lines[4]).sign_in(mona.email, PASSWORD)
        clerks = [AtTheDesk(run, 1, browser), ByTheVerbs(run, 2, app, site, mona)]
        readers = [Reader(wire, GAZETTE, number in (1, 2), number in (1, 3)) for number, wire in enumerate(lines[:4])]
        share_out(run, readers[0], clerks)
        stranger = Writer(run, lines[5], 3)
        first = stranger.post(QUAY)
        clerks[1].approve(first)
        known = Writer(run, lines[6], 4, first.receipt)
        play([stranger, known, *clerks], readers, lambda: bring_in(live, run, tmp_path, {TOWER: 30}))

    judge = Judge(run.acts)
    answers = [answer for reader in readers for answer in reader.answers]
    faults = [fault for answer in answers for fault in judge.faults(answer)]
    faults += [problem for reader in readers for problem in reader.problems]
    assert not faults, "\n".join(faults[:20])
    # That it was a run at all: by both processes, over several pages, with and without bodies, while acts went on.
    assert len({answer.process for answer in answers}) == 2
    assert len([answer for answer in answers if answer.is_whole and not answer.is_one]) > PHASES
    assert [reader.not_modified > PHASES for reader in readers] == [False, True, True, False]
    assert len([answer for answer in answers if answer.thread and len(judge.certain(answer)) < 100]) > PHASES
    # Only a machine that has no time for the service itself makes it unsure of the database.
    assert len([answer for answer in answers if answer.age is not None]) < len(answers) / 4
    assert len([act for act in run.acts if act.shown is None]) < len(run.acts) / 4


def bring_in(live: Live, run: Run, folder: Path, sizes: dict[str, int]) -> None:
    """Bring threads of so many comments in by the command: roots, a long branch, a deep one; some are not approved."""
    lines = [archives.thread(article[1:], url=GAZETTE + article) for article in sizes]
    born: dict[str, tuple[str, bool, float]] = {}
    for article, size in sizes.items():
        said: list[str] = []
        for place in range(size):
            text = run.next_text()
            number = text.partition("-")[2]
            state = ("spam", "pending")[place % 2] if place % 13 == 12 else "approved"
            words = {"thread": article[1:], "state": state, "body": f"I *say* {text}."}
            lines.append(archives.comment(f"c{number}", parent_of(place, said), **words))
            said.append(f"c{number}")
            born[text] = (article, state == "approved", float(number) - 1e6)
    path = archives.write(folder / f"{len(run.acts)}.jsonl", *lines)
    sent = time.monotonic()
    live.command("import", "--site", "gazette", "archive", str(path))
    told = time.monotonic()
    for text, (article, is_shown, at) in born.items():
        run.note(text, article, is_shown, sent, told, ELSEWHERE, born=at)


def parent_of(place: int, said: list[str]) -> str | None:
    """Return which comment the next one answers: there is a branch longer than a page shows, and a deep one."""
    if 10 < place < 45:
        return said[2]
    if 50 < place < 60:
        return said[-1]
    return said[place // 2] if place % 3 == 1 else None


def share_out(run: Run, reader: Reader, clerks: list[Clerk]) -> None:
    """Give half of what is shown to the clerks, the rest is left as it is, to be answered."""
    for article in ARTICLES:
        for page in reader.walk(article):
            for text, comment in page.ids.items():
                number = int(text.partition("-")[2])
                if number % 4 < len(clerks):
                    clerks[number % 4].inbox.put(Held(text, article, comment, True))
                else:
                    run.steady.setdefault(article, []).append(comment)


def play(actors: list[Writer | Clerk], readers: list[Reader], halfway: Callable[[], None]) -> None:
    """Let all work at once, one thread after the other; ends a second after the last acknowledgement."""
    half, done, over = threading.Event(), threading.Event(), threading.Event()
    may_act, may_read = threading.Semaphore(AHEAD * READS), threading.Semaphore(AHEAD * READS)
    phases = cycle(range(PHASES))
    barrier = threading.Barrier(len(actors), lambda: half.set() if next(phases) == PHASES // 2 else None)
    failed: list[BaseException] = []

    def work(actor: Writer | Clerk) -> None:
        share = ACTS // len(actors)
        for number in range(share):
            if number * PHASES % share < PHASES:
                barrier.wait(PATIENCE)
            for _ in range(READS):
                assert may_act.acquire(timeout=PATIENCE)
            actor.act(ARTICLES[number * PHASES // share % len(ARTICLES)])
            may_read.release(READS)

    def look(reader: Reader, kind: int) -> None:
        left = 2 * (len(ARTICLES) + 1)
        for step in rounds(reader, (*ARTICLES, TOWER), kind):
            while not may_read.acquire(timeout=0.1) and not done.is_set():
                pass
            left -= over.is_set()
            step()
            may_act.release()
            if left == 0:
                return

    def guarded(task: Callable[..., None], *words: object) -> threading.Thread:
        def run() -> None:
            try:
                task(*words)
            except BaseException as error:
                failed.append(error)
                barrier.abort()
                may_act.release(ACTS * READS)
                for event in (half, done, over):
                    event.set()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    looking = [guarded(look, reader, kind) for kind, reader in enumerate(readers)]
    working = [guarded(work, actor) for actor in actors]
    half.wait(PATIENCE)
    halfway()
    for thread in working:
        thread.join()
    done.set()
    over.wait(WITHIN)
    over.set()
    for thread in looking:
        thread.join()
    if failed:
        raise failed[0]
