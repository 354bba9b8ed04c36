"""What the demo starts with: a conversation under its article, and what waits for its moderator."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from datetime import timedelta
from typing import cast

from flask import Flask

from commentsvc.authors import posting
from commentsvc.authors.submission import Submission
from commentsvc.models import ids
from commentsvc.models.moderator import Moderator
from commentsvc.moderators import moderating
from commentsvc.people import managing
from commentsvc.web.service import EXTENSION
from commentsvc.web.service import Service

TITLE = "The clock that runs four minutes fast"
REF = "the-clock"

# Short common words, for a password that is easy to type once.
WORDS = " ".join(
    (
        "amber apple april arrow autumn basil beacon birch brook button candle canvas carbon cedar cherry clover",
        "comet copper coral cotton cricket dahlia dancer delta ember fable falcon feather fennel ferry flint",
        "garden ginger granite harbor hazel heron hollow indigo island ivory jasmine juniper kettle lagoon lantern",
        "lemon linen lumen maple marble meadow mellow mirror mosaic nectar nutmeg ocean olive onyx opal orchid",
        "otter paper pebble pepper pigeon pillow plum pocket poplar prairie quartz quill radish raven ribbon river",
        "saffron sailor salmon sandal shadow silver sparrow spruce summer sunset tablet tango thimble thistle",
        "timber topaz tulip tunnel umber valley velvet violet walnut willow window winter wren yarrow yellow",
        "zephyr zinnia",
    )
).split(" ")


@dataclass(frozen=True)
class Said:
    """One comment of the demo: who, how many minutes ago, what, under which other one, and what became of it."""

    key: str
    name: str
    minutes: int
    body: str
    under: str | None = None
    website: str | None = None
    email: str | None = None
    state: str = "approve"


TALK = (
    Said(
        "ines",
        "Ines Calder",
        60 * 52,
        "My grandfather kept that clock for thirty years, and he always said the four minutes were *deliberate*. The"
        " last bus left on the hour, and nobody from the upper village ever missed it.",
    ),
    Said(
        "bo",
        "Bo Lindqvist",
        60 * 50,
        "> the four minutes were *deliberate*\n\nThe station at home did the same until 1974. The doors closed when"
        " the **wall clock** said so, not when the timetable did.",
        under="ines",
    ),
    Said("ines2", "Ines Calder", 60 * 49, "Then we are cousins in time-keeping.", under="bo"),
    Said(
        "tariq",
        "Tariq Noor",
        60 * 31,
        "For anyone who wants to check the drift of an old pendulum against a phone, count a hundred beats:\n\n"
        "```python\nbeats, seconds = 100, 199.2\nfast_per_day = 86_400 * (2.0 * beats / seconds - 1)\n"
        "print(round(fast_per_day))  # 347 seconds, nearly six minutes\n```\n\nOurs came out at five and a half.",
        website="https://tariq.example/clocks",
    ),
    Said(
        "greta",
        "Greta Amsel",
        60 * 29,
        "Did you let it settle after winding? Mine gains for the first hour and then behaves.",
        under="tariq",
    ),
    Said(
        "tariq2",
        "Tariq Noor",
        60 * 28,
        "No, I did not. That explains the half minute. Thank you!",
        under="greta",
        website="https://tariq.example/clocks",
    ),
    Said("noam", "נועם", 60 * 20, "אצלנו בכפר השעון מפגר בעשר דקות, ואף אחד לא ממהר."),
    Said(
        "pell",
        "Pell Okafor",
        60 * 7,
        "Three things I would look at before anybody touches the hands:\n\n1. the suspension spring\n2. the rating nut"
        " (a quarter turn is plenty)\n3. who has the key, and why",
    ),
    Said(
        "wim",
        "Wim de Graaf",
        60 * 5,
        "Number three is where every parish council I know has come to grief.",
        under="pell",
    ),
    Said("anon", "a passer-by", 95, "I set my watch by it once. I have been early ever since."),
)

WAITING = (
    Said("rune", "Rune Holm", 58, "Does anyone know what became of the old dial? There was talk of the museum."),
    Said(
        "lena", "Lena Marsh", 44,
        "The drawings are here: https://lena.example/tower and the ledger here: https://lena.example/ledger",
        email="lena@lena.example",
    ),
    Said(
        "deal", "bestclocks4u", 37,
        "Great post!! Cheap tower clocks at https://clocks.example and https://more-clocks.example, 50 % off this week",
        website="https://clocks.example",
    ),
    Said("hugo", "Hugo", 26, "It was five minutes when I was a boy. Somebody has been at it.", under="ines"),
    Said(
        "siri", "Siri Bakke", 12, "Four minutes fast and still late for everything. Lovely piece.",
        email="siri@mail.example",
    ),
)  # fmt: skip

SPAM = (Said("pills", "H34lth", 400, "buy now https://pills.example https://pills2.example", state="spam"),)


def plant(app: Flask, key: str, email: str, password: str, origin: str, path: str, now: datetime) -> None:
    """Make the demo's site, its moderator and all that was said, through the same verbs as everybody."""
    service = cast(Service, app.extensions[EXTENSION])
    start = now - timedelta(days=3)
    site = managing.add_site(key, {"name": "Valley Notes", "origins": [origin]}, start)
    mona = managing.add_moderator(email, key, start, name="Mona Lind", role="owner", password=password).moderator
    made: dict[str | None, str] = {}
    for said in _in_time():
        at = now - timedelta(minutes=said.minutes)
        submission = Submission(
            url=origin + path,
            ref=REF,
            title=TITLE,
            parent=made.get(said.under),
            name=said.name,
            email=said.email,
            website=said.website,
            body=said.body,
        )
        posted = posting.post(site, submission, service.keys, at)
        comment_id = posted.comment.comment.id
        made[said.key] = ids.to_text(comment_id)
        if said not in WAITING:
            moderating.decide(site, mona, [comment_id], said.state, at + timedelta(minutes=2))
    _answer(app, mona, key, made, now)


def _in_time() -> Iterator[Said]:
    yield from sorted((*TALK, *WAITING, *SPAM), key=lambda said: -said.minutes)


def _answer(app: Flask, mona: Moderator, key: str, made: dict[str | None, str], now: datetime) -> None:
    service = cast(Service, app.extensions[EXTENSION])
    parent = ids.from_text(made["pell"])
    assert parent is not None
    words = "The key hangs in the bakery, since the bakery opens first. Nobody has ever found that odd."
    posting.reply(managing.site(key), mona, parent, words, service.keys, now - timedelta(minutes=63))
