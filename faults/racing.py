"""Two at once: for the first comment of a thread, for a decision, for the schema."""

import threading
from collections.abc import Callable
from typing import Any

from faults.clients import API
from faults.clients import MODERATION
from faults.clients import ORIGIN
from faults.clients import Answer
from faults.clients import ask
from faults.clients import submission
from faults.service import Service
from faults.stage import SQLITE
from faults.stage import Bout
from faults.stage import Stage

RIVALS = 4
PATIENCE = 60


def first_comment(stage: Stage, bout: Bout, rounds: int) -> None:
    """Four post the first comment of the same new thread at once: one thread, four comments."""
    before = stage.looker.scalar("SELECT count(*) FROM thread")
    for number in range(rounds):
        texts = [stage.acknowledged.next_text() for _ in range(RIVALS)]
        url = f"{ORIGIN}/race-{stage.acknowledged.next_text().split()[-1]}-{number}"
        answers = _race([lambda text=text, url=url: _post(stage, text, url) for text in texts])
        for text, answer in zip(texts, answers, strict=True):
            if answer.status == 201:
                stage.acknowledged.note("comment", answer.json["comment"]["id"], text)
            elif answer.status != 503:
                bout.wrong(f"answered {answer.status}")
        bout.rounds += 1
    made = stage.looker.scalar("SELECT count(*) FROM thread") - before
    if made != rounds:
        bout.wrong(f"{made} threads were made by {rounds} races")
    bout.look(stage)


def same_decision(stage: Stage, bout: Bout, rounds: int) -> None:
    """Two decide on the same comment at once, and otherwise: one wins, the other is told, and it is as the one said."""
    headers = {"Authorization": f"Bearer {stage.token}"}
    for _ in range(rounds):
        text = stage.acknowledged.next_text()
        comment = _post(stage, text, f"{ORIGIN}/decided").json["comment"]["id"]
        stage.acknowledged.note("comment", comment, text)
        sent = [{"act": act, "ids": [comment], "list": "approved"} for act in ("spam", "reject")]
        answers = _race(
            [lambda one=one: ask(stage.service.port, "POST", f"{MODERATION}/decide", one, headers) for one in sent]
        )
        if [answer.status for answer in answers] != [200, 200]:
            bout.wrong(f"answered {[answer.status for answer in answers]}")
        else:
            done = [answer.json["done"] for answer in answers]
            if sorted(done) != [0, 1]:
                bout.wrong(f"{sum(done)} decisions were taken")
            else:
                state = "spam" if done[0] else "rejected"
                stage.acknowledged.note("decision", comment, state)
        bout.rounds += 1
    bout.look(stage)


def same_migration(stage: Stage, bout: Bout, rounds: int) -> None:
    """Three processes bring a new database to this version's schema at once: all succeed, and it is made once."""
    for number in range(rounds):
        if stage.kind == SQLITE:
            url = f"sqlite:///{stage.folder}/race-{number}.db"
        else:
            assert stage.postgres is not None
            url = stage.postgres.create_database(f"race_{number}")
        services = [Service(stage.folder, url, {}, port=stage.service.port + 1) for _ in range(3)]
        ran = _race([lambda service=service: service.command("migrate") for service in services])
        failed = [one.stderr.strip()[-200:] for one in ran if one.returncode != 0]
        if failed:
            bout.wrong(f"a migration failed: {failed[0]}")
        brought = sum("was brought" in one.stdout for one in ran)
        if brought != 1:
            bout.wrong(f"{brought} of three say that they did it")
        bout.rounds += 1


def _post(stage: Stage, text: str, url: str) -> Answer:
    return ask(stage.service.port, "POST", f"{API}/comments", submission(text) | {"url": url})


def _race(acts: list[Callable[[], Any]]) -> list[Any]:
    gate = threading.Barrier(len(acts))
    results: dict[int, Any] = {}

    def run(number: int) -> None:
        gate.wait(PATIENCE)
        results[number] = acts[number]()

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return [results[number] for number in range(len(acts))]
