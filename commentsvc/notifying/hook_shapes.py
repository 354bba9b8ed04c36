"""The bodies of webhooks: our own JSON, and what Slack, Discord and Telegram take.

What readers wrote is text there and nothing else: no markup, no mention, no link with other words over it, no line
that looks like one of ours; each is cut, so that the whole keeps to the service's limit.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from typing import Any

from commentsvc.models import webhook as shapes

# In characters. Discord takes 2,000 of a message, of which an escaped character is two; Slack 3,000 of a part, of which
# it can be five; Telegram 4,096.
MAX_QUOTE = 400
MAX_TITLE = 100
MAX_NAME = 80
MAX_DISCORD = 2000

WORDS = {
    "comment.pending": "A comment waits",
    "comment.approved": "A comment is published",
    "comment.spam": "A comment was marked as spam",
    "comment.rejected": "A comment was rejected",
    "comment.deleted": "A comment was deleted",
    shapes.EDITED: "A comment was edited",
    shapes.REPORTED: "A comment was reported",
    shapes.TEST: "This is a test: the webhook works",
}


@dataclass(frozen=True)
class Said:
    """The comment that an event is about, as it is when the webhook is sent; what was taken back has no text."""

    id: str
    parent: str | None
    url: str
    title: str | None
    name: str | None
    by_moderator: bool
    state: str
    html: str | None
    text: str | None
    # A text that waits to replace the one that is shown.
    waiting_html: str | None
    waiting_text: str | None
    created: datetime


@dataclass(frozen=True)
class Told:
    """An event in words and facts: `desk` and `page` are addresses, `chat` is Telegram's."""

    id: str
    kind: str
    site: str
    site_name: str
    at: datetime
    facts: dict[str, Any]
    said: Said | None
    desk: str
    page: str | None
    chat: str | None = None


def body(shape: str, told: Told) -> bytes:
    """Return the body in one of SHAPES, as UTF-8."""
    return json.dumps(BODIES[shape](told), ensure_ascii=False, separators=(",", ":")).encode()


def _json(told: Told) -> dict[str, Any]:
    facts = told.facts
    return {
        "id": told.id,
        "type": told.kind,
        "site": told.site,
        "at": _time(told.at),
        "from": facts.get("from"),
        "to": facts.get("to"),
        "by": facts.get("by"),
        "reasons": facts.get("reasons", []),
        "comment": _comment(told.said) if told.said is not None else None,
        "links": {"desk": told.desk, "comment": told.page},
    }


def _comment(said: Said) -> dict[str, Any]:
    waiting = {"html": said.waiting_html, "text": said.waiting_text} if said.waiting_html is not None else None
    return {
        "id": said.id,
        "parent": said.parent,
        "thread": {"url": said.url, "title": said.title},
        "author": {"name": said.name, "moderator": said.by_moderator},
        "state": said.state,
        "html": said.html,
        "text": said.text,
        "waiting": waiting,
        "created": _time(said.created),
    }


def _slack(told: Told) -> dict[str, Any]:
    head, quote = _sentences(told)
    parts = [{"type": "section", "text": _plain(head)}]
    if quote:
        parts.append({"type": "section", "text": _plain(quote)})
    link = f"<{_for_slack(told.desk)}|Open it on the desk>"
    parts.append({"type": "section", "text": {"type": "mrkdwn", "text": link}})
    # What notifications show; the parts are what is read.
    return {
        "text": _for_slack(head), "blocks": parts, "parse": "none", "link_names": False, "unfurl_links": False,
        "unfurl_media": False,
    }  # fmt: skip


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": _for_slack(text), "emoji": False}


def _for_slack(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _discord(told: Told) -> dict[str, Any]:
    head, quote = _sentences(told)
    lines = [_for_discord(head), *([f"> {_for_discord(quote)}"] if quote else []), f"<{told.desk}>"]
    if _units("\n".join(lines)) > MAX_DISCORD:
        lines = [lines[0], lines[-1]]
    # 4: no previews of what is linked.
    return {"content": "\n".join(lines), "allowed_mentions": {"parse": []}, "flags": 4}


def _for_discord(text: str) -> str:
    return re.sub(r"([\\*_~`|<>#\[\]()@:.+-])", r"\\\1", text)


def _telegram(told: Told) -> dict[str, Any]:
    head, quote = _sentences(told)
    lines = [head, *([f"> {quote}"] if quote else []), told.desk]
    # Without parse_mode it is plain text.
    return {"chat_id": told.chat, "text": "\n".join(lines), "link_preview_options": {"is_disabled": True}}


BODIES: dict[str, Callable[[Told], dict[str, Any]]] = {
    shapes.JSON_SHAPE: _json, shapes.SLACK: _slack, shapes.DISCORD: _discord, shapes.TELEGRAM: _telegram,
}  # fmt: skip


def _sentences(told: Told) -> tuple[str, str]:
    # What happened, on one line; and the text, on one line too.
    said = told.said
    head = f"{WORDS[told.kind]} · {_tame(told.site_name, MAX_NAME)}"
    if told.kind == shapes.REPORTED:
        head += f" ({', '.join(told.facts.get('reasons', []))})"
    if said is None:
        return head, ""
    who = _tame(said.name, MAX_NAME) if said.name is not None else "its author"
    head += f": by {who} on {_tame(said.title or said.url, MAX_TITLE)}"
    return head, _tame(said.waiting_text or said.text or "", MAX_QUOTE)


def _tame(text: str, limit: int) -> str:
    line = " ".join("".join(each if each.isprintable() else " " for each in _TURNING.sub("", text)).split())
    cut = line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
    # A word joiner after it: no service reads a mention in that.
    return _MENTION.sub("@\u2060", cut)


# What turns the direction of the text that follows it.
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MENTION = re.compile(r"@(?=\S)")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
