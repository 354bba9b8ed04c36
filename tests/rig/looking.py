"""Readers at work: they walk through threads, count, and ask for what is new, each on one open connection."""

import json
import re
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from urllib.parse import urlencode

from tests.rig.judging import Answer
from tests.rig.wire import Reply
from tests.rig.wire import Wire

# What every comment of a run says somewhere: its number.
TEXT = re.compile(r"\btext-\d+\b")
API = "/api/v1/sites/gazette"
NEWEST = 50
OLD_TAGS = 30


@dataclass(frozen=True)
class Page:
    """One page of a thread: its texts in order, the count it gives, and where to go on."""

    texts: tuple[str, ...]
    ids: dict[str, str]
    count: int
    further: tuple[str, ...]


@dataclass
class Reader:
    """Somebody who reads on one connection; whoever asks conditionally sends all tags they ever had, old ones too."""

    wire: Wire
    origin: str
    conditional: bool = False
    packed: bool = False
    answers: list[Answer] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    not_modified: int = 0
    _known: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def walk(self, article: str, sort: str = "oldest", at_most: int | None = None) -> list[Page]:
        """Read a thread page by page until there is no more, or so many pages of it."""
        pages, replies, ahead = [], [], [""]
        while ahead and len(pages) != at_most:
            query = {"url": self.origin + article, "sort": sort} | ({"cursor": ahead[0]} if ahead[0] else {})
            reply, body = self.read(f"{API}/thread?{urlencode(query)}")
            page = read_page(json.loads(body))
            ahead = ahead[1:] + list(page.further)
            pages.append(page)
            replies.append(reply)
        texts = tuple(text for page in pages for text in page.texts)
        counts = tuple(page.count for page in pages)
        self._tell(
            f"{article} {sort}", replies,
            thread=article, texts=texts, is_whole=not ahead, is_one=len(pages) == 1, counts=counts,
        )  # fmt: skip
        return pages

    def count(self, articles: tuple[str, ...]) -> None:
        """Ask for the counts of threads."""
        query = urlencode([("url", self.origin + article) for article in articles])
        reply, body = self.read(f"{API}/counts?{query}")
        counts = json.loads(body)["counts"]
        for article in articles:
            self._tell(f"count of {article}", [reply], thread=article, counts=(counts[self.origin + article],))

    def latest(self) -> None:
        """Ask for the newest comments of the site."""
        reply, body = self.read(f"{API}/latest?limit={NEWEST}")
        texts = tuple(TEXT.findall(comment["html"])[0] for comment in json.loads(body)["comments"])
        self._tell("latest", [reply], texts=texts, newest=NEWEST)

    def feed(self) -> None:
        """Read the site's feed."""
        reply, body = self.read("/sites/gazette/feed.atom")
        entries = body.decode().split("<entry>")[1:]
        self._tell("feed", [reply], texts=tuple(TEXT.findall(entry)[0] for entry in entries), newest=NEWEST)

    def plain_page(self, article: str) -> None:
        """Read a thread's first page as it is without JavaScript."""
        reply, body = self.read(f"/sites/gazette/thread?{urlencode({'url': self.origin + article})}")
        texts = tuple(dict.fromkeys(TEXT.findall(body.decode())))
        self._tell(f"plain page of {article}", [reply], thread=article, texts=texts)

    def read(self, target: str) -> tuple[Reply, bytes]:
        """Ask for an address; return the reply and the body it stands for, also where that is an older one."""
        known = self._known.setdefault(target, {})
        headers = {"Accept-Encoding": "gzip"} if self.packed else {}
        if self.conditional and known:
            headers["If-None-Match"] = ", ".join(list(known)[-OLD_TAGS:])
        reply = self.wire.ask("GET", target, headers)
        tag = reply.headers.get("etag", "")
        if reply.status == 304:
            self.not_modified += 1
            return reply, known[tag]
        assert reply.status == 200, f"{reply.status} for {target}: {reply.body!r}"
        if known.setdefault(tag, reply.body) != reply.body:
            self.problems.append(f"{target}: two answers have the tag {tag}")
        return reply, reply.body

    def _tell(self, what: str, replies: list[Reply], **seen: Any) -> None:
        ages = [int(reply.headers["age"]) for reply in replies if "cache-status" in reply.headers]
        first, last = replies[0].began, replies[-1].ended
        age = max(ages) if ages else None
        self.answers.append(Answer(what, first, last, self.wire.process, age=age, **seen))


def read_page(page: dict[str, Any]) -> Page:
    """Return what a page of the API shows; tombstones show nothing."""
    shown = [comment for comment in page["comments"] if comment["html"] is not None]
    texts = tuple(TEXT.findall(comment["html"])[0] for comment in shown)
    further = [comment["more"] for comment in page["comments"] if "more" in comment]
    further += [page["next"]] if page["next"] else []
    ids = {text: comment["id"] for text, comment in zip(texts, shown, strict=True)}
    return Page(texts, ids, page["thread"]["count"], tuple(further))


def rounds(reader: Reader, articles: tuple[str, ...], kind: int) -> Iterator[Callable[[], object]]:
    """Give what a reader does, one thing after the other and again, each kind of reader something else."""
    while True:
        for article in articles:
            if kind == 0:
                yield lambda article=article: reader.walk(article)
            elif kind == 1:
                yield lambda article=article: reader.walk(article, "newest")
            elif kind == 2:
                yield lambda: reader.count(articles)
                yield reader.latest
            else:
                yield reader.feed
                yield lambda article=article: reader.plain_page(article)
