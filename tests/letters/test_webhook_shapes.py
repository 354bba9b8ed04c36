"""What readers write is text in every chat: no markup, no mention, no hidden link, no line that looks like ours."""

import json
import re
from datetime import UTC
from datetime import datetime
from typing import Any

import pytest

from commentsvc.models.webhook import EVENTS
from commentsvc.models.webhook import SHAPES
from commentsvc.models.webhook import TEST
from commentsvc.notifying.hook_shapes import WORDS
from commentsvc.notifying.hook_shapes import Said
from commentsvc.notifying.hook_shapes import Told
from commentsvc.notifying.hook_shapes import body
from commentsvc.web.desk.webhooks import EVENT_WORDS

NOW = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
DESK = "https://comments.example/moderate/gazette/comments/1"
HOSTILE = (
    "<!channel> <!here|x> <@U123> <https://evil.example|our bank>", "@everyone @here @channel <@&1> <#2> <t:1:R>",
    "[our bank](https://evil.example) ||hidden|| **bold** `x` ~~y~~ > quote\n# head\n- list\n1. one",
    "line\r\n\r\nhttps://comments.example/moderate/gazette/comments/2", "</b><a href='https://evil.example'>x</a>",
    "\u202eevil\u202c \u2066x\u2069 \u200f\u061c", "&lt;!channel&gt; &amp;", '"}],"text":"<!channel>"',
    "\\@everyone \\<!channel>", "__bold__ _italic_ \\_x\\_",
    "*" * 10_000, "<" * 10_000, "&" * 10_000, "😀" * 10_000, "@" * 10_000, "", " ", "\x00\x1b[31m\x85\u2028x",
)  # fmt: skip


def told(text: str, kind: str = "comment.pending") -> Told:
    said = Said("1", None, "https://gazette.example/a", text, text, False, "pending", text, text, None, None, NOW)
    facts = {"from": None, "to": "pending", "by": "author", "reasons": ["spam"]}
    return Told("msg_1", kind, "gazette", text, NOW, facts, said, DESK, None, "-100")


def made(shape: str, text: str, kind: str = "comment.pending") -> dict[str, Any]:
    return json.loads(body(shape, told(text, kind)))


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [each for inner in value.values() for each in strings(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in strings(inner)]
    return [value] if isinstance(value, str) else []


def is_tame(text: str) -> bool:
    return not re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f]", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_slack_finds_nothing_of_its_own_in_it(text: str) -> None:
    sent = made("slack", text)
    link = f"<{DESK}|Open it on the desk>"
    for each in strings(sent):
        assert each == link or not re.search("[<>]", each)
        assert is_tame(each) and "\n" not in each and len(each) <= 3000
        assert not re.search(r"@(?=[^\s\u2060])", each)
    assert [part["text"]["type"] for part in sent["blocks"]].count("mrkdwn") == 1
    assert (sent["parse"], sent["link_names"], sent["unfurl_links"]) == ("none", False, False)


@pytest.mark.parametrize("text", HOSTILE)
def test_discord_finds_nothing_of_its_own_in_it(text: str) -> None:
    sent = made("discord", text)
    content = sent["content"]
    assert sent["allowed_mentions"] == {"parse": []}
    assert len(content.encode("utf-16-le")) // 2 <= 2000
    *lines, link = content.split("\n")
    assert link == f"<{DESK}>" and len(lines) <= 2 and is_tame(content)
    for line in lines:
        # Without what is escaped nothing is left that has a meaning; the mark of a quotation is ours.
        bare = re.sub(r"\\[^0-9A-Za-z\s]", "", line.removeprefix("> "))
        assert not re.search(r"[*_~`|<>\[\]()@#\\]", bare), line


@pytest.mark.parametrize("text", HOSTILE)
def test_telegram_gets_plain_text(text: str) -> None:
    sent = made("telegram", text)
    assert sent.keys() == {"chat_id", "text", "link_preview_options"}
    assert sent["chat_id"] == "-100"
    *lines, link = sent["text"].split("\n")
    assert link == DESK and len(lines) <= 2 and is_tame(sent["text"])
    assert len(sent["text"].encode("utf-16-le")) // 2 <= 4096
    assert not re.search(r"@(?=[^\s\u2060])", sent["text"])


@pytest.mark.parametrize("shape", SHAPES)
def test_every_event_has_words_and_a_body(shape: str) -> None:
    assert WORDS.keys() == EVENT_WORDS.keys() == {*EVENTS, TEST}
    for kind in WORDS:
        assert made(shape, "Well said.", kind)
    assert "(spam)" in made("telegram", "Well said.", "report.created")["text"]
