"""Two moderators decide on the same comments at once, each through a process of their own: one wins, the other is told.

`RACE_ROUNDS=1000 pytest tests/test_deciding_race.py` runs longer than the suite has time for.
"""

import multiprocessing
import os
from collections.abc import Callable
from datetime import UTC
from datetime import datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from flask import Flask

from commentsvc.app import create_app
from commentsvc.database import db
from commentsvc.models import ids
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moderators import looking
from commentsvc.moderators import moderating
from commentsvc.people import managing
from tests.conftest import PASSWORD
from tests.conftest import Clock
from tests.conftest import Reader
from tests.conftest import make_settings

ROUNDS = int(os.environ.get("RACE_ROUNDS", "60"))
PATIENCE = 60
ACTS = {"Mona Lind": ("approve", "approved"), "Nora": ("spam", "spam")}


def decide_all(url: str, site: Site, who: Moderator, comments: list[int], start: Barrier, told: Queue) -> None:
    """Decide on each comment as the other one does, and tell what came of it: the numbers decided and left."""
    app = create_app(make_settings(url), lambda: datetime.now(UTC))
    found = []
    with app.app_context():
        for comment in comments:
            start.wait(PATIENCE)
            decided = moderating.decide(site, who, [comment], ACTS[who.name][0], datetime.now(UTC), "queue")
            found.append((decided.done, decided.overtaken))
        db.engine.dispose()
    told.put((who.name, found))


def test_one_wins_and_the_other_is_told(
    app: Flask, database_url: str, site: Site, mona: Moderator, rita: Reader, clock: Clock, decide: Callable
) -> None:
    with app.app_context():
        nora = managing.add_moderator("nora@gazette.example", site.key, clock(), name="Nora", password=PASSWORD)
    said = [rita.say(f"Number {n}.") for n in range(ROUNDS)]
    comments = [number for number in map(ids.from_text, said) if number is not None]
    context = multiprocessing.get_context("spawn")
    start, told = context.Barrier(2), context.Queue()
    processes = [
        context.Process(target=decide_all, args=(database_url, site, who, comments, start, told))
        for who in (mona, nora.moderator)
    ]
    for process in processes:
        process.start()
    results = dict(told.get(timeout=PATIENCE + ROUNDS) for _ in processes)
    for process in processes:
        process.join(PATIENCE)
    winners = []
    for ours, theirs in zip(*(results[name] for name in ACTS), strict=True):
        assert sorted([ours, theirs]) == [(0, 1), (1, 0)]
        winners.append("Mona Lind" if ours == (1, 0) else "Nora")
    with app.app_context():
        for comment, winner in zip(comments, winners, strict=True):
            assert moderating.look_at(site, comment).comment.state == ACTS[winner][1]
            # The log holds one decision, and it is the winner's.
            assert [past.moderator for past in looking.look_closely(site, comment).history] == [winner, None]
        sizes = moderating.sizes(site)
        assert managing.verify_decisions()["gazette"] == []
    approved = winners.count("Mona Lind")
    assert (sizes["queue"], sizes["approved"], sizes["spam"]) == (0, approved, ROUNDS - approved)
    assert rita.thread()["thread"]["count"] == approved
