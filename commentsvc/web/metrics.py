"""The numbers of the service for Prometheus (text exposition format 0.0.4), for those who may see them."""

import hmac
import ipaddress
import platform
from collections.abc import Iterable
from collections.abc import Iterator
from importlib.metadata import version

from flask import Blueprint
from flask import Response
from flask import abort
from flask import request

from commentsvc import tallies
from commentsvc.operators.measuring import Gauge
from commentsvc.operators.measuring import measure
from commentsvc.operators.measuring import memory_of
from commentsvc.refusals import DatabaseAway
from commentsvc.schema import revisions
from commentsvc.settings import METRICS_LOCAL
from commentsvc.settings import METRICS_OFF
from commentsvc.web.service import service

metrics = Blueprint("metrics", __name__)

KIND = "text/plain; version=0.0.4; charset=utf-8"
# Whoever sends one of these has come by a proxy, and may be anybody.
FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


@metrics.get("/metrics")
def numbers() -> Response:
    """Return all numbers, of all processes, to those whom COMMENTSVC_METRICS lets in."""
    refused = _refused()
    if refused is not None:
        return refused
    response = Response("".join(_lines()), content_type=KIND)
    response.headers["Cache-Control"] = "no-store"
    return response


def _refused() -> Response | None:
    allowed = service().settings.metrics
    if allowed == METRICS_OFF:
        abort(404)
    if allowed == METRICS_LOCAL:
        if not _is_from_here():
            abort(404)
        return None
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), allowed.encode()):
        return None
    headers = {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"}
    return Response("A token is needed.\n", 401, headers, content_type="text/plain; charset=utf-8")


def _is_from_here() -> bool:
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address((request.remote_addr or "").split("%")[0]).is_loopback
    except ValueError:
        return False


def _lines() -> Iterator[str]:
    counted, processes = tallies.sums()
    for family in tallies.FAMILIES:
        yield from _head(family.name, family.kind, family.meaning)
        for values in family.values:
            place = tallies.PLACES[(family.name, *values)]
            labels = tuple(zip(family.labels, values, strict=True))
            if family.kind == "histogram":
                yield from _histogram(family.name, labels, counted[place : place + family.width])
            else:
                yield _line(family.name, labels, counted[place])
    own = {"version": version("commentsvc"), "schema": revisions()[-1], "python": platform.python_version()}
    yield from _gauges([
        Gauge("commentsvc_build_info", "Which version this is.", 1, tuple(own.items())),
        Gauge("commentsvc_processes", "Processes that answer.", len(processes)),
        Gauge("commentsvc_memory_bytes", "What they take, shared parts once (PSS).", memory_of(processes)),
    ])  # fmt: skip
    up, found = 1, []
    try:
        found = measure(service().now())
    except DatabaseAway:
        # What is not known is left out: a zero would look like an empty queue.
        up = 0
    yield from _gauges([Gauge("commentsvc_database_up", "Whether the database answered just now.", up), *found])


def _gauges(gauges: Iterable[Gauge]) -> Iterator[str]:
    last = ""
    for gauge in gauges:
        if gauge.name != last:
            yield from _head(gauge.name, "gauge", gauge.meaning)
            last = gauge.name
        yield _line(gauge.name, gauge.labels, gauge.value)


def _head(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}\n"
    yield f"# TYPE {name} {kind}\n"


def _histogram(name: str, labels: tuple[tuple[str, str], ...], places: list[int]) -> Iterator[str]:
    so_far = 0
    for number, many in enumerate(places[: tallies.BUCKETS]):
        so_far += many
        edge = (1 << (tallies.FIRST_BITS + number)) / 1e9
        yield _line(f"{name}_bucket", (*labels, ("le", f"{edge:.9g}")), so_far)
    so_far += places[tallies.BUCKETS]
    yield _line(f"{name}_bucket", (*labels, ("le", "+Inf")), so_far)
    yield _line(f"{name}_sum", labels, places[tallies.BUCKETS + 1] / 1e9)
    yield _line(f"{name}_count", labels, so_far)


def _line(name: str, labels: tuple[tuple[str, str], ...], value: float) -> str:
    said = ",".join(f'{label}="{_escaped(words)}"' for label, words in labels)
    number = int(value) if float(value).is_integer() else round(value, 9)
    return f"{name}{{{said}}} {number}\n" if said else f"{name} {number}\n"


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
