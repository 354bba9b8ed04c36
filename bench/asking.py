"""Requests as bytes, asked once by hand: is the answer right, and how much is it?"""

import gzip
import http.client
import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from html.parser import HTMLParser
from typing import Any

HOST = "127.0.0.1"
# Within a request it is replaced by a number of as many digits, so that its length stays the same.
NUMBER = "NNNNNNNN"
PATIENCE = 30.0
# Tags and attributes that the posted text should lead to.
HARMLESS = {"p", "strong", "a", "code", "blockquote", "ul", "li", "dir", "href", "rel"}


class WrongAnswer(Exception):
    """Says what is wrong with an answer: nothing that is measured with it would mean anything."""


@dataclass(frozen=True)
class Request:
    """One HTTP request; NUMBER may stand in path and body."""

    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def raw(self, number: int | None = None) -> bytes:
        """Return it as it goes over the wire, numbered or to be numbered."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {HOST}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        body = self.body.encode()
        if body:
            lines.append(f"Content-Length: {len(body)}")
        whole = "\r\n".join([*lines, "", ""]).encode() + body
        return whole if number is None else whole.replace(NUMBER.encode(), f"{number:0{len(NUMBER)}}".encode())


@dataclass(frozen=True)
class Answer:
    """One answer: what was said, the unpacked body, and how many bytes came over the wire, head and body."""

    status: int
    headers: dict[str, str]
    body: bytes
    size: int

    def json(self) -> Any:
        """Return what the body says."""
        return json.loads(self.body)


Check = Callable[[Answer], None]


def ask(port: int, request: Request, number: int = 0) -> Answer:
    """Ask once, over a connection of its own; raise OSError or WrongAnswer."""
    with socket.create_connection((HOST, port), PATIENCE) as connection:
        connection.sendall(request.raw(number))
        response = http.client.HTTPResponse(connection, method=request.method)
        response.begin()
        sent = response.read()
        head = sum(len(name) + len(value) + 4 for name, value in response.getheaders())
        headers = {name.lower(): value for name, value in response.getheaders()}
        size = len(f"HTTP/1.1 {response.status} {response.reason}\r\n\r\n") + head + len(sent)
    is_packed = headers.get("content-encoding") == "gzip"
    return Answer(response.status, headers, gzip.decompress(sent) if is_packed else sent, size)


def require(is_right: bool, words: str, answer: Answer) -> None:
    """Raise WrongAnswer unless something is so."""
    if not is_right:
        raise WrongAnswer(f"{words}: {answer.status} {answer.headers} {answer.body[:300]!r}")


def require_packed(answer: Answer) -> None:
    """Raise WrongAnswer unless the answer is a gzipped 200 with a tag, from whichever server."""
    require(answer.status == 200, "not a 200", answer)
    require(answer.headers.get("content-encoding") == "gzip", "not gzipped", answer)
    require(bool(answer.headers.get("etag")), "no ETag", answer)


def thread_of(size: int, shown: int) -> Check:
    """Return a check that an answer is the first page of a thread of so many comments, and shows at least so many."""

    def check(answer: Answer) -> None:
        require_packed(answer)
        page = answer.json()
        require(page["thread"]["count"] == size, f"not a thread of {size}", answer)
        require(len(page["comments"]) >= shown, f"fewer than {shown} comments", answer)
        require(size > shown or page["next"] is None, "a small thread in two pages", answer)

    return check


def same_as(body: bytes) -> Check:
    """Return a check that an answer has just these bytes when unpacked."""

    def check(answer: Answer) -> None:
        require_packed(answer)
        require(answer.body == body, "other bytes than the service's", answer)

    return check


def counts_of(number: int, least: int) -> Check:
    """Return a check that an answer counts so many articles, each with at least so many comments."""

    def check(answer: Answer) -> None:
        require(answer.status == 200, "not a 200", answer)
        counts = answer.json()["counts"]
        require(len(counts) == number and min(counts.values()) >= least, "wrong counts", answer)

    return check


def stored(answer: Answer) -> None:
    """Raise WrongAnswer unless a comment was taken, and its HTML, where there is any, holds nothing but plain marks."""
    require(answer.status == 201, "not taken", answer)
    comment = answer.json()["comment"]
    require(bool(comment["id"]), "no id", answer)
    found = _Tags()
    found.feed(comment.get("html") or "")
    is_harmless = found.names <= HARMLESS and all(link.startswith("https://") for link in found.links)
    require(is_harmless, "hostile", answer)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names |= {tag, *(name for name, _ in attrs)}
        self.links += [value or "" for name, value in attrs if name == "href"]
