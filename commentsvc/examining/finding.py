"""What a check comes to: a state, numbers, and a line that a person understands."""

from dataclasses import dataclass
from dataclasses import field

OK = "ok"
# Not wrong, and yet better known.
NOTE = "note"
WRONG = "wrong"
MENDED = "mended"

NAMED = 5


@dataclass(frozen=True)
class Finding:
    """What one check came to: its name for programs, its state, and a line for people.

    So many things were looked at; so many of them were wrong, before anything was mended; the first are named.
    """

    check: str
    state: str
    words: str
    looked_at: int = 0
    wrong: int = 0
    places: tuple[str, ...] = ()


@dataclass
class Tally:
    """How many things were looked at, how many of them were wrong, and which these were, as far as they are named."""

    looked_at: int = 0
    wrong: int = 0
    places: list[str] = field(default_factory=list)

    def add(self, place: str) -> None:
        """Count a thing that is wrong."""
        self.wrong += 1
        if len(self.places) < NAMED:
            self.places.append(place)


@dataclass(frozen=True)
class Check:
    """A check of many things: its name for programs and in words, what it looks at, and what is wrong with some."""

    name: str
    title: str
    things: str
    fault: str
    advice: str = ""

    def came_to(self, tally: Tally, mended: bool = False) -> Finding:
        """Return what it came to."""
        named = ", ".join(tally.places)
        if tally.wrong > len(tally.places):
            named += f" and {tally.wrong - len(tally.places):,} more"
        some = f"{tally.wrong:,} of {tally.looked_at:,} {self.things}"
        if not tally.wrong:
            things = self.things if tally.looked_at != 1 else self.things.removesuffix("s")
            state, words = OK, f"{tally.looked_at:,} {things} looked at, all right."
        elif mended:
            state, words = MENDED, f"{some} were found wrong, and all are right now: {named}."
        else:
            state, words = WRONG, f"{some} {self.fault}: {named}. {self.advice}".rstrip()
        return Finding(self.name, state, f"{self.title}: {words}", tally.looked_at, tally.wrong, tuple(tally.places))
