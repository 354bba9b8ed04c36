"""The fast lane: answers public reads from memory, in front of Flask, waiting neither for it nor for the database.

Whatever a route marks as public (web/answers.py) is kept as it went out, with its tag, plain and gzipped; the same
request is answered from there until something it rests on changes. There is no second way to make an answer: on a miss
the route makes it. Everything else is handed to a few workers (web/slow_lane.py), so that the server's threads stay
free for readers while those wait for the database, a password's hash or the sanitizer.
"""

import gzip
import time
from collections.abc import Callable
from collections.abc import Iterable
from time import perf_counter_ns
from typing import TYPE_CHECKING

from commentsvc import tallies
from commentsvc.keeping import Kept
from commentsvc.keeping import Shelf
from commentsvc.page_store import PageStore
from commentsvc.web.answers import KEEP
from commentsvc.web.answers import TICK
from commentsvc.web.routes import place_of
from commentsvc.web.slow_lane import Answer
from commentsvc.web.slow_lane import SlowLane

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIEnvironment

PACKS_FROM = 500
# Once for many readers.
PACKING = 9
READS = ("GET", "HEAD")
# Never the same for two people: neither kept, nor made by one for others who wait.
PRIVATE = ("/moderate", "/r/")
# What needs no database: answered also while all workers wait for one, or who watches over the service would end it.
WAITS_FOR_NOTHING = ("/healthz", "/metrics", "/embed", "/static/")
# How long, in seconds, somebody waits for a new answer where there is an older one, if the database is not heard from.
HURRY = 0.25
OURS_TO_LOOK_AT = ("HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE")
NOT_MODIFIED = "304 Not Modified"
UNAVAILABLE = 503
# What a 304 repeats of the answer's headers (RFC 9110, 15.4.5), with what lets a page read it.
WITHOUT_BODY = ("content-type", "content-length", "content-encoding")

Headers = list[tuple[str, str]]


class FastLane:
    """WSGI middleware around the application."""

    def __init__(self, slow: SlowLane, shelf: Shelf, store: PageStore, attend: Callable[[], None]) -> None:
        """Take who makes answers, who keeps them in memory and on disk, and what is done first at each request."""
        self._slow = slow
        self._shelf = shelf
        self._store = store
        self._attend = attend

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        began = perf_counter_ns()
        self._attend()
        method = environ["REQUEST_METHOD"]
        path = environ.get("PATH_INFO", "")
        if method not in READS or path.startswith(PRIVATE) or "HTTP_AUTHORIZATION" in environ:
            # Whoever measures wants to know most of all while nothing else is answered.
            make = self._slow.here if path == "/metrics" else self._slow.answer
            return _send(make(environ), environ, start_response, began)
        query = environ.get("QUERY_STRING", "")
        target = f"{path}?{query}" if query else path
        shelf = self._shelf
        kept = shelf.find(target)
        if kept is not None:
            away = shelf.is_away()
            if shelf.is_fresh(kept):
                if not away or not kept.grounds:
                    return _give(kept, environ, start_response, began)
                if shelf.may_be_shown(kept):
                    return _give(kept, environ, start_response, began, shelf)
            elif away and not shelf.is_reached() and shelf.may_be_shown(kept):
                # Asking would be in vain, and readers do not wait.
                return _give(kept, environ, start_response, began, shelf)
        return self._make(target, environ, start_response, began)

    def refresh(self, kept: Kept) -> bool:
        """Make an answer again that is out of date, or let it go, also on disk, where it is none any more.

        Return false where the database can't be asked; then it stays. Raises OSError where it can't be removed.
        """
        path, _, query = kept.target.partition("?")
        whole = _whole(self._slow.environ_for(path, query), self._shelf)
        with self._shelf.maker(kept.target) as making:
            if not making.is_ours:
                return True
            answer = self._slow.answer(whole)
            if self._keep(kept.target, whole, answer) is None and answer.code != UNAVAILABLE:
                self._shelf.drop(kept.target)
                self._store.forget(kept.target)
            return answer.code != UNAVAILABLE

    def _make(
        self, target: str, environ: "WSGIEnvironment", start_response: "StartResponse", began: int
    ) -> Iterable[bytes]:
        shelf = self._shelf
        with shelf.maker(target) as making:
            if not making.is_ours:
                making.wait(self._slow.patience)
                away = shelf.is_away()
                found = shelf.find(target) or (self._from_disk(target) if away else None)
                if found is not None and not away and shelf.is_fresh(found):
                    return _give(found, environ, start_response, began)
                if found is not None and away and shelf.may_be_shown(found):
                    return _give(found, environ, start_response, began, shelf)
            whole = _whole(environ, shelf)
            if environ.get("PATH_INFO", "").startswith(WAITS_FOR_NOTHING):
                answer = self._slow.here(whole)
            else:
                answer = self._slow.answer(whole, HURRY if shelf.peek(target) is not None else None)
            kept = self._keep(target, whole, answer)
        if kept is not None:
            is_doubtful = shelf.is_second_hand and shelf.is_away() and bool(kept.grounds)
            return _give(kept, environ, start_response, began, shelf if is_doubtful else None, tallies.SLOW)
        if answer.code == UNAVAILABLE:
            older = shelf.find(target) or self._from_disk(target)
            if older is not None and shelf.may_be_shown(older):
                return _give(older, environ, start_response, began, shelf)
        else:
            # What was there before is gone: a site that was removed is not shown either when the database is away.
            shelf.drop(target)
        return _send(answer, environ, start_response, began)

    def _from_disk(self, target: str) -> Kept | None:
        kept = self._store.load(target)
        if kept is not None:
            self._shelf.keep(kept)
        return kept

    def _keep(self, target: str, environ: "WSGIEnvironment", answer: Answer) -> Kept | None:
        spec = environ.get(KEEP)
        if spec is None or answer.code != 200:
            return None
        tag = _tag(answer)
        packed = gzip.compress(answer.body, PACKING, mtime=0) if len(answer.body) >= PACKS_FROM else None
        kept = Kept(
            target=target,
            headers=[each for each in answer.headers if each[0].lower() not in ("content-length", "etag")],
            body=answer.body,
            packed=packed if packed is not None and len(packed) < len(answer.body) else None,
            tag=tag,
            grounds=spec.grounds,
            tick=environ[TICK],
            made=time.time(),
            ends=spec.ends,
        )
        if kept.grounds:
            self._shelf.reached = time.monotonic()
        self._shelf.keep(kept)
        return kept


def _whole(environ: "WSGIEnvironment", shelf: Shelf) -> "WSGIEnvironment":
    # The route makes the whole answer as it is; what a client has or takes is looked at here, for all answers alike.
    whole = {name: value for name, value in environ.items() if name not in OURS_TO_LOOK_AT}
    whole["REQUEST_METHOD"] = "GET"
    whole[TICK] = shelf.tick
    return whole


def _give(
    kept: Kept, environ: "WSGIEnvironment", start_response: "StartResponse", began: int, aged_by: Shelf | None = None,
    lane: int = tallies.FAST,
) -> Iterable[bytes]:  # fmt: skip
    takes_gzip = kept.packed is not None and _takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
    known = environ.get("HTTP_IF_NONE_MATCH")
    form = "gzip" if takes_gzip else "plain"
    tag = f"{kept.tag}-gzip" if takes_gzip else kept.tag
    if known and _has(known, tag):
        form += "-known"
    prepared: tuple[str, Headers, list[bytes], int] | None = kept.ready.get(form)  # type: ignore[assignment]
    if prepared is None:
        prepared = kept.ready[form] = _prepare(kept, tag, takes_gzip, form.endswith("known"))
    status, headers, body, place = prepared
    if aged_by is not None:
        tallies.add(tallies.OLD_PAGES)
        age = str(int(aged_by.age(kept)))
        headers = [*headers, ("Age", age), ("Cache-Status", "commentsvc; hit; detail=database-away")]
    start_response(status, headers)
    tallies.note(place, lane, began)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else body


def _prepare(kept: Kept, tag: str, is_packed: bool, is_known: bool) -> tuple[str, Headers, list[bytes], int]:
    headers = [*kept.headers, ("ETag", f'"{tag}"')]
    path = kept.target.partition("?")[0]
    if is_known:
        without = [each for each in headers if each[0].lower() not in WITHOUT_BODY]
        return NOT_MODIFIED, without, [], place_of("GET", path, 304)
    body = kept.packed if is_packed and kept.packed is not None else kept.body
    if is_packed:
        headers.append(("Content-Encoding", "gzip"))
    headers.append(("Content-Length", str(len(body))))
    return "200 OK", headers, [body], place_of("GET", path, 200)


def _tag(answer: Answer) -> str:
    return next((value.strip('"') for name, value in answer.headers if name.lower() == "etag"), "")


def _takes_gzip(accepted: str) -> bool:
    if "gzip" not in accepted:
        return False
    for part in accepted.split(","):
        name, _, weight = part.strip().partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "").lower() not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _has(known: str, tag: str) -> bool:
    if not tag:
        return False
    if known.strip() == "*":
        return True
    # If-None-Match compares weakly: a proxy may have weakened the tag.
    return any(each.strip().removeprefix("W/") == f'"{tag}"' for each in known.split(","))


def _send(
    answer: Answer, environ: "WSGIEnvironment", start_response: "StartResponse", began: int
) -> Iterable[bytes]:  # fmt: skip
    known = environ.get("HTTP_IF_NONE_MATCH")
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
    if known and answer.code == 200 and _has(known, _tag(answer)):
        start_response(NOT_MODIFIED, [each for each in answer.headers if each[0].lower() not in WITHOUT_BODY])
        tallies.note(place_of(method, path, 304), tallies.SLOW, began)
        return []
    start_response(answer.status, answer.headers)
    tallies.note(place_of(method, path, answer.code), tallies.SLOW, began)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]
