"""Comments for the filter to learn from, and what it says."""

import re
from html import unescape

from flask import Flask

from commentsvc.database import reading
from commentsvc.moderators import filtering
from commentsvc.people import managing
from commentsvc.screening.learning.sample import Sample
from commentsvc.screening.policy import Verdict

GOODS = (
    "watches",
    "shoes",
    "handbags",
    "pills",
    "perfume",
    "jackets",
    "lamps",
    "laptops",
    "carpets",
    "glasses",
    "rings",
)
PLACES = ("mill", "bridge", "harbour", "church", "market", "school", "orchard", "quarry", "station", "library", "ferry")
SPAM = [f"Cheap {word} here, buy {word} now with 50% off: https://{word}-deals.example/shop" for word in GOODS]
GOOD = [f"My grandmother used to tell us how the old {word} looked before the flood." for word in PLACES]
NEW_SPAM = "Cheap tyres here, buy tyres now with 50% off: https://tyre-deals.example/shop"
NEW_GOOD = "My aunt used to tell us how the old tower looked before the fire."


def verdict_on(app: Flask, text: str) -> Verdict | None:
    """Ask the filter as it is now, as a post does."""
    with app.app_context(), reading() as session:
        return filtering.verdict(session, managing.site("gazette"), Sample(text))


def facts(page: str) -> dict[str, str]:
    """Return the signals of a page with their keys."""
    rows = re.findall(r'signal-words"><bdi>(.*?)</bdi>.*?name="key" value="([^"]*)"', page, re.DOTALL)
    return {unescape(key): unescape(words) for words, key in rows}
