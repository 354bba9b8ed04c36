"""Requests that come twice, are cut off, or never end."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable

from faults.clients import API
from faults.clients import ORIGIN
from faults.clients import Answer
from faults.clients import ask
from faults.clients import submission
from faults.relay import Relay
from faults.stage import Bout
from faults.stage import Stage

AT_ONCE = 20
SLOW_ONES = 60
PATIENCE = 30


def same_at_once(stage: Stage, bout: Bout, rounds: int) -> None:
    """The same request with the same Idempotency-Key, 20 times at once: one comment, and the same answer for all."""
    for _ in range(rounds):
        text = stage.acknowledged.next_text()
        answers: list[Answer] = []
        _together(AT_ONCE, lambda text=text, answers=answers: answers.append(_post(stage.service.port, text)))
        told = {(answer.status, json.dumps(answer.json.get("comment", {}).get("id"))) for answer in answers}
        if len(told) != 1 or len(answers) != AT_ONCE:
            bout.wrong(f"{len(answers)} of {AT_ONCE} answered: {sorted(told)[:3]}")
        for answer in answers:
            if answer.status in (201, 202):
                stage.acknowledged.note("comment", answer.json["comment"]["id"], text)
        bout.rounds += 1
    bout.look(stage)


def cut_by_client(stage: Stage, bout: Bout, rounds: int) -> None:
    """The client sends a comment, breaks off before the answer, and sends it again: there once."""
    for number in range(rounds):
        text = stage.acknowledged.next_text()
        with socket.create_connection(("127.0.0.1", stage.service.port), timeout=PATIENCE) as connection:
            connection.sendall(_raw(text))
            if number % 2:
                # A moment later, when it is perhaps being stored.
                time.sleep(0.004 * (number % 7))
        _acknowledge(stage, text)
        bout.rounds += 1
    bout.look(stage)


def answer_dropped(stage: Stage, bout: Bout, rounds: int) -> None:
    """Something on the way drops the answer, and the client sends the same again: there once."""
    with Relay(stage.service.port) as relay:
        for _ in range(rounds):
            text = stage.acknowledged.next_text()
            relay.drop_answers(True)
            with contextlib.suppress(OSError, http.client.HTTPException):
                _post(relay.port, text)
                bout.wrong("an answer came through")
            relay.drop_answers(False)
            _acknowledge(stage, text)
            bout.rounds += 1
    bout.look(stage)


def half_a_body(stage: Stage, bout: Bout, rounds: int) -> None:
    """Sixty clients send half a comment and wait: others are answered, and nothing of the halves is stored."""
    for _ in range(rounds):
        texts = [stage.acknowledged.next_text() for _ in range(SLOW_ONES)]
        with contextlib.ExitStack() as ends:
            for text in texts:
                connection = socket.create_connection(("127.0.0.1", stage.service.port), timeout=PATIENCE)
                ends.enter_context(connection)
                raw = _raw(text)
                connection.sendall(raw[: len(raw) - 10])
            began = time.monotonic()
            _acknowledge(stage, stage.acknowledged.next_text())
            bout.recoveries.append(time.monotonic() - began)
        stored = {row.text for row in stage.looker.stored().comments}
        if stored & set(texts):
            bout.wrong("half a comment was stored")
        bout.rounds += 1
    bout.look(stage)


def _together(number: int, act: Callable[[], object]) -> None:
    gate = threading.Barrier(number)

    def run() -> None:
        gate.wait(PATIENCE)
        with contextlib.suppress(OSError, http.client.HTTPException):
            act()

    threads = [threading.Thread(target=run, daemon=True) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)


def _post(port: int, text: str) -> Answer:
    return ask(port, "POST", f"{API}/comments", submission(text), {"Idempotency-Key": f"a key for {text:>20}"})


def _acknowledge(stage: Stage, text: str) -> None:
    answer = _post(stage.service.port, text)
    assert answer.status in (201, 202), answer
    stage.acknowledged.note("comment", answer.json["comment"]["id"], text)


def _raw(text: str) -> bytes:
    body = json.dumps(submission(text)).encode()
    lines = [
        f"POST {API}/comments HTTP/1.1",
        "Host: 127.0.0.1",
        f"Origin: {ORIGIN}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Idempotency-Key: a key for {text:>20}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
