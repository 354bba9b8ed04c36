"""Two receivers of webhooks, one of which is broken while the other is well; what they heard, and what still waits."""

import contextlib
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import Any

from faults.clients import SITE
from faults.reconciling import Event
from faults.reconciling import compare_events
from faults.relay import Relay
from faults.stage import Bout
from faults.stage import Stage

# Ways of a receiver: nobody there, no answer, a failure, breaking off before the answer.
DEAD, HANGS, FAILS, DROPS = "dead", "hangs", "500", "drops"
LONGEST_HANG = 30
DELIVERY_SECONDS = 120
LOOK_EVERY = 0.2
PATIENCE = 0.05


class Ear:
    """A program that hears webhooks, and behaves as it is told."""

    def __init__(self) -> None:
        """Listen."""
        self.heard: list[Event] = []
        self.way = ""
        self.let_go = threading.Event()
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                ear._hear(self, body)

            def log_message(self, format: str, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                # Whoever was killed does not hear the answer.
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(PATIENCE,), daemon=True).start()

    def stop(self) -> None:
        """Listen no longer."""
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()

    def _hear(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        way = self.way
        self.heard.append(Event(handler.headers["Webhook-Id"], body["type"], body["comment"]["id"], not way))
        if way == HANGS:
            self.let_go.wait(LONGEST_HANG)
        if way in (HANGS, DROPS):
            handler.connection.close()
            return
        handler.send_response(500 if way == FAILS else 204)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@dataclass
class Ears:
    """One that hears everything and is broken, one that hears of spam and is well; webhooks lead to both."""

    stage: Stage
    road: Relay
    broken: Ear
    well: Ear
    # What was acknowledged before anybody listened.
    before: set[str]
    # What waited for the broken one when it came back, in its order.
    line: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def broken_by(self, way: str) -> Iterator[None]:
        """Break the one, and note what waits for it when it comes back."""
        if way == DEAD:
            self.road.refuse()
        self.broken.let_go.clear()
        self.broken.way = way
        try:
            yield
        finally:
            self.line += self.stage.looker.waiting_webhooks()
            self.broken.way = ""
            self.broken.let_go.set()
            if way == DEAD:
                self.road.listen()

    def wait(self) -> bool:
        """Let the time pass that webhooks rest, and tell whether nothing is left to be told."""
        deadline = time.monotonic() + DELIVERY_SECONDS
        while self.stage.looker.webhooks_left():
            if time.monotonic() > deadline:
                return False
            self.stage.looker.wake_webhooks()
            time.sleep(LOOK_EVERY)
        return True

    def look(self, bout: Bout) -> None:
        """Hold what was acknowledged against what was heard, and note it."""
        told = self.stage.acknowledged.everything()
        posted = {("comment.approved", comment) for comment in told.comments if comment not in self.before}
        decided = {(f"comment.{state}", one) for one, state in told.decisions.items() if one not in self.before}
        both = [
            compare_events(posted | decided, self.line, self.broken.heard),
            compare_events(decided, [], self.well.heard),
        ]
        for found in both:
            for words in found.faults:
                bout.wrong(words)
        lost, doubled = sum(found.lost for found in both), sum(found.doubled for found in both)
        repeated = sum(found.repeated for found in both)
        events = len(posted | decided) + len(decided)
        bout.notes.append(f"webhooks: {events:,}, lost {lost}, doubled {doubled}, repeated as the same {repeated}")


@contextlib.contextmanager
def listening(stage: Stage, **settings: str) -> Iterator[Ears]:
    """Have two receivers told of everything; at the end nobody is told any more."""
    wanted = {"WEBHOOKS_PRIVATE": "on"} | settings
    broken, well = Ear(), Ear()
    stage.service.settings.update(wanted)
    try:
        with Relay(broken.port) as road:
            stage.service.restart()
            everything = stage.acknowledged.everything()
            one = _add(stage, road.port)
            other = _add(stage, well.port, "--event", "comment.spam")
            stage.looker.webhook = one
            try:
                yield Ears(stage, road, broken, well, {*everything.comments})
            finally:
                for each in (one, other):
                    stage.service.command("webhook", "remove", each, "--site", SITE)
    finally:
        for name in wanted:
            del stage.service.settings[name]
        broken.stop()
        well.stop()
        stage.service.restart()


def _add(stage: Stage, port: int, *words: str) -> str:
    ran = stage.service.command("webhook", "add", f"http://127.0.0.1:{port}/hear", "--site", SITE, *words)
    found = re.search(r"Webhook (\w+) of", ran.stderr)
    assert found is not None, ran.stderr
    return found[1]
