"""People at work on a few threads at once: some write, some decide, and everybody notes what was acknowledged."""

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from queue import SimpleQueue
from typing import Any
from urllib.parse import parse_qs
from urllib.parse import urlsplit

from flask import Flask

from commentsvc.app import utc_now
from commentsvc.models import ids
from commentsvc.models.moderator import Moderator
from commentsvc.models.site import Site
from commentsvc.moderators import moderating
from commentsvc.refusals import DatabaseAway
from tests.rig.judging import ELSEWHERE
from tests.rig.judging import Act
from tests.rig.looking import API
from tests.rig.wire import Browser
from tests.rig.wire import Reply
from tests.rig.wire import Wire

# Never set: whoever waits for it lets a moment pass before they ask again.
PAUSE = threading.Event()
VERBS = ("approve", "approve", "spam", "reject", "delete")


@dataclass
class Held:
    """A comment in somebody's hands, who alone acts on it."""

    text: str
    thread: str
    id: str
    shown: bool
    receipt: str = ""


def _bearer(held: Held) -> dict[str, str]:
    return {"Authorization": f"Bearer {held.receipt}"}


@dataclass
class Run:
    """One run: everything that was acknowledged, and what the people in it hand each other."""

    origin: str
    acts: list[Act] = field(default_factory=list)
    # Comments that nobody acts on, to be answered.
    steady: dict[str, list[str]] = field(default_factory=dict)
    inboxes: list["SimpleQueue[Held]"] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: int = 0

    def next_text(self) -> str:
        """Return a text that nobody has said yet."""
        with self._lock:
            self._last += 1
            return f"text-{self._last}"

    def note(
        self, text: str, thread: str, shown: bool | None, sent: float, told: float, process: int, **more: Any
    ) -> None:
        """Note what was acknowledged, or that nothing was."""
        self.acts.append(Act(text, thread, shown, sent, told, process, **more))


class Writer:
    """Posts: held for a moderator, or as somebody known, shown at once; then also edits and withdraws."""

    def __init__(self, run: Run, wire: Wire, seed: int, receipt: str = "") -> None:
        """Take the connection, and the receipt by which the writer is known."""
        self.run, self.wire = run, wire
        self.refused: list[Reply] = []
        self._receipt = receipt
        self._random = random.Random(seed)
        self._own: list[Held] = []

    def act(self, article: str) -> None:
        """Do one thing to a thread."""
        mine = [held for held in self._own if held.thread == article]
        chance = self._random.random()
        if mine and chance < 0.2:
            self.edit(self._random.choice(mine))
        elif mine and chance < 0.3:
            self.withdraw(self._random.choice(mine))
        else:
            self._hand_on(self.post(article))

    def post(self, article: str) -> Held:
        """Post a comment, again where that was refused, until it is acknowledged."""
        text = self.run.next_text()
        steady = self.run.steady.get(article) or [None]
        sent = {
            "url": self.run.origin + article,
            "name": "Rita",
            "parent": self._random.choice((None, self._random.choice(steady))),
            "body": f"I *say* {text}.",
            "receipts": [self._receipt] if self._receipt else [],
        }
        key = {"Idempotency-Key": f"a key for {text:>10}"}
        began = time.monotonic()
        answer = self._send("POST", f"{API}/comments", sent, key)
        while answer.status == 503:
            self.refused.append(answer)
            PAUSE.wait(0.05)
            answer = self._send("POST", f"{API}/comments", sent, key)
        assert answer.status in (201, 202), answer.body
        told = json.loads(answer.body)
        self.run.note(text, article, answer.status == 201, began, answer.ended, self.wire.process)
        return Held(text, article, told["comment"]["id"], answer.status == 201, told["receipt"])

    def edit(self, held: Held) -> None:
        """Put another text in the place of one's own."""
        text, former = self.run.next_text(), held.text
        answer = self._send("PATCH", f"{API}/comments/{held.id}", {"body": f"I *say* {text}."}, _bearer(held))
        assert answer.status in (200, 503), answer.body
        shown = True if answer.status == 200 else None
        self.run.note(text, held.thread, shown, answer.began, answer.ended, self.wire.process, instead_of=former)
        held.text = text
        if shown is None:
            self._own.remove(held)

    def withdraw(self, held: Held) -> None:
        """Take one's own comment back."""
        answer = self._send("DELETE", f"{API}/comments/{held.id}", None, _bearer(held))
        assert answer.status in (204, 503), answer.body
        shown = False if answer.status == 204 else None
        self.run.note(held.text, held.thread, shown, answer.began, answer.ended, self.wire.process)
        self._own.remove(held)

    def _hand_on(self, held: Held) -> None:
        if self._receipt and self._random.random() < 0.5:
            self._own.append(held)
        elif self.run.inboxes:
            self._random.choice(self.run.inboxes).put(held)

    def _send(self, method: str, path: str, sent: Any, headers: dict[str, str]) -> Reply:
        headers = {"Origin": self.run.origin, "Content-Type": "application/json"} | headers
        return self.wire.ask(method, path, headers, json.dumps(sent).encode() if sent is not None else None)


class Clerk:
    """Decides on the comments that are theirs, many at once, and takes back what was decided."""

    def __init__(self, run: Run, seed: int) -> None:
        """Begin with an empty desk."""
        self.run = run
        self.inbox: SimpleQueue[Held] = SimpleQueue()
        run.inboxes.append(self.inbox)
        self._random = random.Random(seed)
        self._held: list[Held] = []
        self._undoable: tuple[str, list[tuple[Held, bool]]] | None = None

    def act(self, article: str) -> None:
        """Decide on some comments of a thread, or take the last decision back."""
        while not self.inbox.empty():
            self._held.append(self.inbox.get())
        if self._undoable is not None and self._random.random() < 0.3:
            batch, before = self._undoable
            self._undoable = None
            self._note(self._undo(batch), before)
            return
        here = [held for held in self._held if held.thread == article]
        if not here:
            return
        chosen = self._random.sample(here, min(len(here), self._random.randint(1, 4)))
        verb = self._random.choice(VERBS)
        before = [(held, held.shown) for held in chosen]
        done = self._decide([held.id for held in chosen], verb)
        self._note(done, [(held, verb == "approve") for held in chosen])
        self._undoable = (done.batch, before) if done.batch is not None else None

    def approve(self, held: Held) -> None:
        """Approve one comment."""
        self._note(self._decide([held.id], "approve"), [(held, True)])

    def _note(self, done: "Done", to: list[tuple[Held, bool]]) -> None:
        for held, shown in to:
            known = shown if done.batch is not None else None
            self.run.note(held.text, held.thread, known, done.sent, done.told, done.process)
            held.shown = shown

    def _decide(self, comments: list[str], verb: str) -> "Done":
        raise NotImplementedError

    def _undo(self, batch: str) -> "Done":
        raise NotImplementedError


@dataclass(frozen=True)
class Done:
    """A decision: its number, None where it was refused, when it was sent and acknowledged, and by which process."""

    batch: str | None
    sent: float
    told: float
    process: int = ELSEWHERE


class AtTheDesk(Clerk):
    """A clerk who sends the desk's forms."""

    def __init__(self, run: Run, seed: int, browser: Browser) -> None:
        """Take the browser, signed in."""
        super().__init__(run, seed)
        self._browser = browser

    def _decide(self, comments: list[str], verb: str) -> Done:
        return self._done(self._browser.send("/moderate/gazette/decide", {"act": verb, "id": comments}), len(comments))

    def _undo(self, batch: str) -> Done:
        return self._done(self._browser.send("/moderate/gazette/undo", {"batch": batch}))

    def _done(self, answer: Reply, wanted: int | None = None) -> Done:
        assert answer.status in (303, 503), answer.body
        said = parse_qs(urlsplit(answer.headers.get("location", "")).query)
        batch = said.get("batch", [""])[0] if answer.status == 303 else None
        assert wanted is None or batch is None or said["n"] == [str(wanted)], said
        return Done(batch, answer.began, answer.ended, self._browser.wire.process)


class ByTheVerbs(Clerk):
    """A clerk whose decisions are made by a process that answers no readers."""

    def __init__(self, run: Run, seed: int, app: Flask, site: Site, moderator: Moderator) -> None:
        """Take the application on the same database."""
        super().__init__(run, seed)
        self._app, self._site, self._moderator = app, site, moderator

    def _decide(self, comments: list[str], verb: str) -> Done:
        numbers = [ids.from_text(comment) or 0 for comment in comments]
        return self._do(lambda now: moderating.decide(self._site, self._moderator, numbers, verb, now))

    def _undo(self, batch: str) -> Done:
        return self._do(lambda now: moderating.undo(self._site, self._moderator, ids.from_text(batch) or 0, now))

    def _do(self, verb: Callable[[Any], moderating.Decided]) -> Done:
        sent = time.monotonic()
        try:
            with self._app.app_context():
                batch = ids.to_text(verb(utc_now()).batch)
        except DatabaseAway:
            batch = None
        return Done(batch, sent, time.monotonic())
