"""What a moderator asked to see of a list: filters in the address, in forms, and as chips that clear them."""

from dataclasses import dataclass
from datetime import UTC
from datetime import date
from datetime import datetime
from datetime import timedelta
from typing import Any

from flask import g
from flask import request
from flask import url_for

from commentsvc.models.ids import from_text
from commentsvc.models.wanted import ALIKE
from commentsvc.models.wanted import Wanted
from commentsvc.moderators import looking
from commentsvc.moderators import ruling
from commentsvc.web.desk.page import MAX_WORDS
from commentsvc.web.desk.page import page_asked
from commentsvc.web.desk.page import words_asked
from commentsvc.web.desk.words import REASONS
from commentsvc.web.desk.words import reason_in_words

FIELDS = ("q", "author", "thread", "reason", "from", "to", "like")
# In what a comment is like another one, as the chip says it before the other's name.
LIKE = {
    "email": "same email as {}",
    "name": "same name as {}",
    "network": "same network as {}",
    "text": "same text as that of {}",
}
NO_REASON = "known"


@dataclass(frozen=True)
class Clear:
    """A filter in words, and the address of the list without it."""

    words: str
    url: str


def wanted() -> Wanted:
    """Return what the request asks for; what cannot be read is not asked for."""
    kind, _, comment = _given("like").partition("-")
    number = from_text(comment)
    end = _day("to")
    return Wanted(
        words=words_asked(),
        author=_given("author"),
        thread=from_text(_given("thread")),
        reason=_given("reason"),
        since=_day("from"),
        before=end + timedelta(days=1) if end is not None else None,
        like=(kind, number) if kind in ALIKE and number is not None else None,
    )


def kept() -> dict[str, Any]:
    """Return the filters of the request as an address or hidden fields carry them on, without those that are nothing.

    A date that is none is dropped, so that no form shows what does not count.
    """
    found = {name: _given(name) for name in FIELDS}
    for name in ("from", "to"):
        found[name] = found[name] if _day(name) is not None else ""
    return {name: value for name, value in found.items() if value}


def with_wanted(**values: Any) -> dict[str, Any]:
    """Return values for a link that keeps to the filters and the page, without those that are nothing."""
    after = {"after": request.values.get("after", "") if page_asked() is not None else ""}
    return {name: value for name, value in (kept() | after | values).items() if value}


def clears(name: str) -> list[Clear]:
    """Return the filters of the request as chips, each with the address of this list without it."""
    asked = kept()
    named = looking.named(g.site, wanted())
    said = {
        "q": f"“{asked.get('q')}”",
        "author": f"author holds “{asked.get('author')}”",
        "thread": f"under “{named.thread or 'an unknown article'}”",
        "reason": f"held: {reason_in_words(asked.get('reason', ''))}",
        "from": f"from {asked.get('from')}",
        "to": f"until {asked.get('to')}",
        "like": LIKE.get(asked.get("like", "").partition("-")[0], "like {}").format(named.author or "an unknown one"),
    }
    return [
        Clear(said[field], url_for("desk.listing", site=g.site.key, name=name, **_without(asked, field)))
        for field in FIELDS
        if field in asked
    ]


def reasons() -> dict[str, str]:
    """Return why comments are held on this site: codes and words, those of its own rules last."""
    ours = {code: words for code, words in REASONS.items() if code != NO_REASON} | {"links": "links"}
    return ours | ruling.reasons_in_words(g.site)


def _given(name: str) -> str:
    return words_asked() if name == "q" else request.values.get(name, "").replace("\0", "").strip()[:MAX_WORDS]


def _day(name: str) -> datetime | None:
    try:
        day = date.fromisoformat(_given(name))
        # The last day of all has none after it.
        return datetime(day.year, day.month, day.day, tzinfo=UTC) if day.year < date.max.year else None
    except ValueError:
        return None


def _without(asked: dict[str, str], field: str) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name != field}
