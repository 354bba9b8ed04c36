"""Facts: everything that a rule looks at, gathered before, so that rules need neither database nor clock."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Facts:
    """What is known of a comment when it is judged.

    `text` is the source as typed, `shown` what readers see of it as plain text, `links` the number of its distinct
    targets; `network` is shortened; `thread_age` is that of the thread; `said_before` how long ago the same text came
    last; `same_network` how long ago each earlier comment from the network came. What no rule asks for may be missing.
    """

    text: str
    shown: str = ""
    links: int = 0
    name: str = ""
    email: str | None = None
    website: str | None = None
    network: str | None = None
    known: bool = False
    thread_age: timedelta = timedelta()
    said_before: timedelta | None = None
    same_network: tuple[timedelta, ...] = ()
