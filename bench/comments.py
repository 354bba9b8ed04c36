"""Threads of comments, the same at every run: drawn by a seeded generator from words of our own."""

import json
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from datetime import timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

SITE = "bench"
ORIGIN = "https://gazette.example"
START = datetime(2024, 1, 1, tzinfo=UTC)
DEEPEST = 4
NEW_ROOT = 0.3
# A reply answers one of the latest comments, as people do.
RECENT = 60
SHORTEST, LONGEST = 240, 340

WORDS: list[str] = Path(__file__).with_name("words.txt").read_text().split()
# The first words are the frequent ones, as in any language.
FREQUENCY = list(accumulate(1 / (place + 8) for place in range(len(WORDS))))

NAMES = (
    "Ada", "Bao", "Carmen", "Dov", "Emeka", "Freya", "Gita", "Hana", "Ivo", "Jun",
    "Kofi", "Lena", "Mateo", "Nadia", "Omar", "Pia", "Rosa", "Sven", "Tala", "Yusuf",
)  # fmt: skip


@dataclass(frozen=True)
class Sized:
    """A thread by the path of its article and its number of comments."""

    path: str
    size: int

    @property
    def url(self) -> str:
        """The address of its article."""
        return ORIGIN + self.path


HUNDRED = Sized("/a-thread-of-100", 100)
COUNTED = tuple(Sized(f"/counted/{number}", 30) for number in range(30))
# A thousand comments in all: what every database begins with.
FIRST_THOUSAND = (HUNDRED, *COUNTED)


def of_size(size: int) -> Sized:
    """Return the thread that stands for threads of a size."""
    return HUNDRED if size == HUNDRED.size else Sized(f"/a-thread-of-{size}", size)


def hundreds(first: int, last: int) -> list[Sized]:
    """Return threads of 100 comments that bring a database from one number of comments to another."""
    return [Sized(f"/more/{number}", 100) for number in range(first // 100, last // 100)]


def write_archive(path: Path, threads: Iterable[Sized]) -> int:
    """Write threads as an archive for `commentsvc import`; return the number of comments."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps({"format": "commentsvc-archive", "version": 1, "source": "bench"}) + "\n")
        for thread in threads:
            for line in _lines(thread):
                count += line["kind"] == "comment"
                file.write(json.dumps(line) + "\n")
    return count


def thread_path(thread: Sized, query: str = "") -> str:
    """Return the path under which the API gives a thread's first page; `query` goes behind the article's address."""
    return f"/api/v1/sites/{SITE}/thread?url={quote(thread.url + query, safe='')}"


def counts_path(threads: Iterable[Sized]) -> str:
    """Return the path under which the API tells how many comments threads have."""
    return f"/api/v1/sites/{SITE}/counts?" + "&".join(f"url={quote(thread.url, safe='')}" for thread in threads)


def _lines(thread: Sized) -> Iterator[dict[str, Any]]:
    random = Random(thread.path)
    name = thread.path.strip("/").replace("/", "-")
    yield {"kind": "thread", "id": name, "url": thread.url, "title": f"About {name}"}
    depths: list[int] = []
    for number in range(thread.size):
        parent = random.randrange(max(0, number - RECENT), number) if number and random.random() >= NEW_ROOT else None
        if parent is not None and depths[parent] == DEEPEST:
            parent = None
        depths.append(1 if parent is None else depths[parent] + 1)
        author = f"{random.choice(NAMES)} {random.choice(NAMES)[0]}."
        yield {
            "kind": "comment",
            "id": f"{name}-{number}",
            "thread": name,
            "parent": None if parent is None else f"{name}-{parent}",
            "name": author,
            "email": f"{author[:-1].replace(' ', '.').lower()}@mail.example",
            "website": f"https://{author[:-3].lower()}.example" if number % 3 == 0 else None,
            "body": _text(random),
            "created": (START + timedelta(seconds=61 * number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "state": "approved",
        }


def _text(random: Random) -> str:
    # Sentences with a little Markdown here and there, in one paragraph or two.
    target = random.randint(SHORTEST, LONGEST)
    sentences: list[str] = []
    length = 0
    while length < target:
        words = random.choices(WORDS, cum_weights=FREQUENCY, k=random.randint(5, 14))
        marked, kind = random.randrange(len(words)), random.random()
        if kind < 0.08:
            words[marked] = f"**{words[marked]}**"
        elif kind < 0.16:
            words[marked] = f"[{words[marked]}](https://example.com/{words[0]}/{random.randrange(1000)})"
        elif kind < 0.22:
            words[marked] = f"`{words[marked]}`"
        sentence = " ".join(words)
        sentences.append(sentence[0].upper() + sentence[1:] + random.choice("...!?"))
        length += len(sentence) + 2
    middle = len(sentences) // 2
    if random.random() < 0.25:
        return " ".join(sentences[:middle]) + "\n\n" + " ".join(sentences[middle:])
    return " ".join(sentences)
