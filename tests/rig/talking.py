"""Readers who talk: comments that answer each other, and what a thread then shows."""

import re
from typing import Any

from tests.conftest import ARTICLE
from tests.conftest import Clock
from tests.conftest import Reader


def shape(reader: Reader, url: str = ARTICLE, **query: str) -> list[tuple[str, int]]:
    """Read what a thread shows: texts and depths, in order."""
    page = reader.thread(url, **query)
    return [(re.sub(r"<[^>]+>", "", one["html"] or "-"), one["depth"]) for one in page["comments"]]


def thread_of(reader: Reader, url: str = ARTICLE, **query: str) -> str:
    """Read the id of a thread."""
    return reader.thread(url, **query)["thread"]["id"]


def talk(reader: Reader, clock: Clock, *bodies: str, url: str = ARTICLE, **fields: Any) -> list[str]:
    """Post comments, each answering the one before, a minute apart."""
    said: list[str] = []
    for body in bodies:
        clock.advance(minutes=1)
        parent = {"parent": said[-1]} if said else {}
        said.append(reader.say(body, url=url, **(parent | fields)))
    return said
