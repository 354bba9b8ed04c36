"""What readers saw, held against what was acknowledged: pure, from times and texts alone.

A text is what one comment says; an edit makes another text. What is acknowledged binds every answer that is begun a
second later, and those of the process that acknowledged it at once. Between the sending of an act and that moment
either is right, so an answer is judged by those texts alone of which nobody was changing the state.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import replace

WITHIN = 1.0
# The process of an act that was not done by one that answers readers.
ELSEWHERE = 0


@dataclass(frozen=True)
class Act:
    """What somebody did to a text of a thread: from then on it is shown or hidden; None where nobody was told.

    Times are seconds of one monotonic clock: when it was sent, and when the answer was there. An edit shows a text
    `instead_of` another; what was brought in was `born` when its file says so.
    """

    text: str
    thread: str
    shown: bool | None
    sent: float
    told: float
    process: int = ELSEWHERE
    instead_of: str | None = None
    born: float | None = None


@dataclass(frozen=True)
class Answer:
    """What one reader was shown, over one request or a walk of several, by one process.

    `is_whole` says that no text of the thread may be missing, `is_one` that it came in one request; `newest` that the
    texts are the newest of the site, at most so many; `counts` are the numbers given. An answer that states its age is
    judged by what was true so long ago.
    """

    what: str
    began: float
    ended: float
    process: int
    thread: str | None = None
    texts: tuple[str, ...] = ()
    is_whole: bool = False
    is_one: bool = False
    newest: int | None = None
    counts: tuple[int, ...] = ()
    age: float | None = None


class Judge:
    """Knows all acts of a run, and holds answers against them."""

    def __init__(self, acts: Iterable[Act]) -> None:
        """Take the acts; those on one text were done one after another."""
        self._acts: dict[str, list[Act]] = {}
        self._texts: dict[str, list[str]] = {}
        self._first: dict[str, Act] = {}
        for act in sorted(acts, key=lambda act: act.sent):
            if act.text not in self._acts:
                self._texts.setdefault(act.thread, []).append(act.text)
                self._first[act.text] = self._first.get(act.instead_of or "", act)
            self._acts.setdefault(act.text, []).append(act)
            if act.instead_of is not None:
                gone = None if act.shown is None else False
                self._acts[act.instead_of].append(replace(act, text=act.instead_of, shown=gone, instead_of=None))

    def faults(self, answer: Answer) -> list[str]:
        """Return what is wrong with an answer, in words; nothing where it holds."""
        return [f"{answer.what}: {fault}" for fault in self._faults(answer)]

    def certain(self, answer: Answer) -> dict[str, bool]:
        """Return which texts must be shown and which must not, leaving out those for which either is right."""
        texts = self._acts if answer.thread is None else self._texts.get(answer.thread, ())
        found = {text: self._state(text, answer) for text in texts}
        return {text: shown for text, shown in found.items() if shown is not None}

    def _faults(self, answer: Answer) -> Iterator[str]:
        certain = self.certain(answer)
        for text, times in Counter(answer.texts).items():
            if text not in self._acts:
                yield f"{text} was never said"
            elif answer.thread is not None and self._acts[text][0].thread != answer.thread:
                yield f"{text} was said elsewhere"
            elif certain.get(text) is False:
                yield f"{text} is shown, {self._story(text, answer)}"
            elif times > 1 and text in certain:
                yield f"{text} is shown {times} times"
        if answer.is_whole:
            for text in certain:
                if certain[text] and text not in answer.texts:
                    yield f"{text} is missing, {self._story(text, answer)}"
        if answer.newest is not None:
            yield from self._not_among_the_newest(answer, certain)
        yield from self._miscounted(answer, certain)

    def _state(self, text: str, answer: Answer) -> bool | None:
        acts = self._acts[text]
        bound = None
        for number, act in enumerate(acts):
            if act.told <= answer.began - self._late(act, answer):
                bound = number
        following = 0 if bound is None else bound + 1
        if following < len(acts) and acts[following].sent < answer.ended:
            return None
        return False if bound is None else acts[bound].shown

    def _late(self, act: Act, answer: Answer) -> float:
        if answer.age is not None:
            # In whole seconds, rounded down.
            return WITHIN + answer.age + 1
        return 0.0 if act.process == answer.process != ELSEWHERE else WITHIN

    def _not_among_the_newest(self, answer: Answer, certain: dict[str, bool]) -> Iterator[str]:
        is_cut = len(answer.texts) >= (answer.newest or 0)
        known = [text for text in answer.texts if text in self._acts]
        ages = [self._first[text].told if self._first[text].born is None else self._first[text].born for text in known]
        oldest = min(filter(None, ages), default=0.0) if is_cut else float("-inf")
        for text in certain:
            first = self._first[text]
            is_newer = (first.sent if first.born is None else first.born) > oldest
            if certain[text] and text not in answer.texts and is_newer:
                yield f"{text} is missing among the newest, {self._story(text, answer)}"

    def _miscounted(self, answer: Answer, certain: dict[str, bool]) -> Iterator[str]:
        if not answer.counts or answer.thread is None:
            return
        fewest = sum(certain.values())
        most = len(self._texts.get(answer.thread, ())) - (len(certain) - fewest)
        for count in answer.counts:
            if not fewest <= count <= most:
                yield f"{count} are counted where there are {fewest} to {most}"
        if answer.is_whole and answer.is_one and set(answer.counts) != {len(answer.texts)}:
            yield f"{sorted(set(answer.counts))} are counted and {len(answer.texts)} shown"

    def _story(self, text: str, answer: Answer) -> str:
        # The last acts before the answer, in seconds before it was begun.
        acts = self._acts[text]
        last = bisect_left([act.sent for act in acts], answer.ended)
        words = {True: "shown", False: "hidden", None: "perhaps changed"}
        told = (f"{words[act.shown]} {answer.began - act.told:.2f} s before" for act in acts[max(0, last - 3) : last])
        return ", then ".join(told) or "never acted on"
