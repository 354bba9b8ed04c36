"""Holds what clients were told against what is stored and what has arrived. Pure: values in, values out."""

from collections import Counter
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Sequence
from collections.abc import Set
from dataclasses import dataclass
from dataclasses import field
from itertools import pairwise

NAMED = 3


@dataclass(frozen=True)
class Told:
    """What was acknowledged: texts of comments by id, states that were decided on by id, and texts that cause letters.

    A letter is known by its recipient and the text that it tells of, which is empty where it tells of none.
    """

    comments: dict[str, str]
    decisions: dict[str, str] = field(default_factory=dict)
    letters: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Row:
    """A comment as it is stored, with the text that is shown; None where it has none."""

    id: str
    text: str | None
    html: str | None
    state: str


@dataclass(frozen=True)
class Stored:
    """What is stored: comments, the acts of each comment's log, and Message-IDs of letters that count as sent."""

    comments: list[Row]
    acts: list[tuple[str, str]] = field(default_factory=list)
    sent: frozenset[str] = frozenset()
    unsent: int = 0


@dataclass(frozen=True)
class Arrival:
    """A letter that the mail server took: the recipient, the text it tells of, its Message-ID."""

    recipient: str
    text: str
    message_id: str


@dataclass(frozen=True)
class Event:
    """A webhook that a receiver heard: its id, the type, the comment, and whether it was said to be taken."""

    id: str
    kind: str
    comment: str
    taken: bool = True


@dataclass
class Found:
    """What is wrong: numbers, and sentences that name the first of each kind; how many letters came a second time."""

    lost: int = 0
    doubled: int = 0
    letters_lost: int = 0
    letters_doubled: int = 0
    # The same letter under the same Message-ID, which is allowed.
    repeated: int = 0
    faults: list[str] = field(default_factory=list)


def compare(told: Told, stored: Stored) -> Found:
    """Return what of comments and decisions is missing, there twice, or half-written."""
    found = Found()
    by_id = {row.id: row for row in stored.comments}
    missing = [comment for comment, text in told.comments.items() if not _is_whole(by_id.get(comment), text)]
    missing += [comment for comment, state in told.decisions.items() if not _has_state(by_id.get(comment), state)]
    found.lost = len(missing)
    _name(found, "acknowledged and not there as it was told", missing)
    half = [row.id for row in stored.comments if not row.text or not row.html]
    _name(found, "half-written", half)
    texts = Counter(row.text for row in stored.comments if row.text)
    twice = [text for text, number in texts.items() if number > 1]
    acts = Counter(stored.acts)
    twice += [f"{act} of {comment}" for (comment, act), number in acts.items() if number > 1]
    found.doubled = len(twice)
    _name(found, "there more than once", twice)
    return found


def compare_letters(told: Told, stored: Stored, arrived: Iterable[Arrival]) -> Found:
    """Return which letters are missing after delivery has resumed, and which came under two Message-IDs."""
    found = Found()
    copies: dict[tuple[str, str], list[str]] = defaultdict(list)
    for letter in arrived:
        copies[letter.recipient, letter.text].append(letter.message_id)
    missing = [f"{text or 'a letter'} to {recipient}" for recipient, text in sorted(told.letters - copies.keys())]
    ids = {message_id for messages in copies.values() for message_id in messages}
    missing += sorted(stored.sent - ids)
    found.letters_lost = len(missing) + stored.unsent
    _name(found, "letters that never came", missing)
    if stored.unsent:
        found.faults.append(f"letters still waiting: {stored.unsent}")
    twice = [f"{text or 'a letter'} to {to}" for (to, text), messages in copies.items() if len(set(messages)) > 1]
    found.letters_doubled = len(twice)
    _name(found, "letters under two Message-IDs", twice)
    found.repeated = sum(len(messages) - len(set(messages)) for messages in copies.values())
    return found


def compare_events(told: Set[tuple[str, str]], line: Sequence[str], heard: Sequence[Event]) -> Found:
    """Return which events a receiver never took, which came under two ids, and whether those in line came in order.

    `told` are types with comments, `line` ids of events that waited at one time, in their order.
    """
    found = Found()
    ids: dict[tuple[str, str], set[str]] = defaultdict(set)
    firsts: dict[str, Event] = {}
    for event in heard:
        ids[event.kind, event.comment].add(event.id)
        if event.taken:
            firsts.setdefault(event.id, event)
    taken = {(event.kind, event.comment) for event in firsts.values()}
    missing = [f"{kind} of {comment}" for kind, comment in sorted(told - taken)]
    found.lost = len(missing)
    _name(found, "webhooks that were never taken", missing)
    twice = [f"{kind} of {comment}" for (kind, comment), under in ids.items() if len(under) > 1]
    found.doubled = len(twice)
    _name(found, "webhooks under two ids", twice)
    found.repeated = len(heard) - len({event.id for event in heard})
    places = {number: place for place, number in enumerate(line)}
    came = [places[number] for number in firsts if number in places]
    _name(found, "told out of order", [line[after] for before, after in pairwise(came) if after < before])
    _name(found, "decided before it was posted", _out_of_turn(firsts.values()))
    return found


def _out_of_turn(taken: Iterable[Event]) -> list[str]:
    decided: set[str] = set()
    early: list[str] = []
    for event in taken:
        if event.kind != "comment.approved":
            decided.add(event.comment)
        elif event.comment in decided:
            early.append(event.comment)
    return early


def _is_whole(row: Row | None, text: str) -> bool:
    return row is not None and row.text == text and bool(row.html) and text.split()[-1] in row.html


def _has_state(row: Row | None, state: str) -> bool:
    return row is not None and row.state == state


def _name(found: Found, what: str, which: list[str]) -> None:
    if which:
        more = f" and {len(which) - NAMED:,} more" if len(which) > NAMED else ""
        found.faults.append(f"{what}: {', '.join(which[:NAMED])}{more}")
