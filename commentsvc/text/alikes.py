"""Which threads look like one article: by their addresses folded, or by the end of their paths and the same title.

Two spellings that are surely one have one canonical address already; here are those that only look so, for a person
to decide. Among them are `a[]` and `a%5B%5D`, which browsers send as they were typed: to make them one in the
canonical form would change a key under which rows are stored, and merge threads with no preview and no undo.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field

from commentsvc.text.folding import CASE
from commentsvc.text.folding import SCHEME
from commentsvc.text.folding import TRACKING
from commentsvc.text.folding import TRAITS
from commentsvc.text.folding import VARIANT
from commentsvc.text.folding import Folded
from commentsvc.text.folding import differ
from commentsvc.text.folding import fold

MOVED = "moved"
CERTAIN = "certain"
LIKELY = "likely"
POSSIBLE = "possible"
CONFIDENCES = (CERTAIN, LIKELY, POSSIBLE)

# More articles with one title and one end of the path are pages of one kind, and none that was moved.
MOST_MOVED = 5
_SHORTEST = 4
_LETTERS = re.compile(r"[^\W\d_]{2}")
_SUFFIX = re.compile(r"\.(?:x?html?|php\d?|aspx?|md)$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}-")


@dataclass(frozen=True)
class Candidate:
    """A thread as it is compared: its addresses (its own first), and what tells which of several should stay.

    `apart` are marks: threads that share one were told apart by a moderator. `ref` is the owner's stable id; two that
    differ are two articles by the owner's word. `is_home`: it stands on one of the site's origins now.
    """

    id: int
    urls: tuple[str, ...]
    title: str | None = None
    ref: str | None = None
    count: int = 0
    began: float = 0.0
    is_home: bool = True
    apart: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Alike:
    """Threads that look like one article: the one that should stay first, why, and how sure that is."""

    ids: tuple[int, ...]
    reasons: tuple[str, ...]
    confidence: str


@dataclass
class _Part:
    """Threads that are linked so far; the first found stands for all."""

    members: list[Candidate]
    refs: set[str]
    apart: set[int]
    reasons: set[str] = field(default_factory=set)


def alike(candidates: Iterable[Candidate]) -> list[Alike]:
    """Return the groups of threads that look like one article, the surest first; each thread is in one at most.

    Every address is folded once and found by its key, so that the time grows with their number and no faster.
    """
    links = _Links()
    by_key: dict[str, tuple[Candidate, Folded]] = {}
    by_end: dict[tuple[str, str, str], list[Candidate]] = {}
    for one in candidates:
        links.add(one)
        for place, url in enumerate(dict.fromkeys(one.urls)):
            folded = fold(url)
            other, same = by_key.setdefault(folded.key, (one, folded))
            if other.id != one.id:
                links.link(other, one, differ(same, folded) or [SCHEME])
            end = _end(one, folded) if place == 0 else None
            if end is not None:
                by_end.setdefault(end, []).append(one)
    for found in by_end.values():
        for one in found[1:] if len(found) <= MOST_MOVED else ():
            links.link(found[0], one, [MOVED])
    groups = [_group(part) for part in links.parts() if len(part.members) > 1]
    return sorted(groups, key=lambda group: (CONFIDENCES.index(group.confidence), -max(group.ids)))


class _Links:
    def __init__(self) -> None:
        self._part: dict[int, _Part] = {}

    def add(self, one: Candidate) -> None:
        self._part[one.id] = _Part([one], {one.ref} - {None}, set(one.apart))  # pyright: ignore[reportArgumentType]

    def link(self, one: Candidate, other: Candidate, reasons: list[str]) -> None:
        large, small = self._part[one.id], self._part[other.id]
        if large is small:
            return
        if large.apart & small.apart or len(large.refs | small.refs) > 1:
            return
        # The smaller goes into the larger, so that no thread changes its part more often than it must.
        if len(large.members) < len(small.members):
            large, small = small, large
        large.members += small.members
        large.refs |= small.refs
        large.apart |= small.apart
        large.reasons |= small.reasons | set(reasons)
        for member in small.members:
            self._part[member.id] = large

    def parts(self) -> list[_Part]:
        return list({id(part): part for part in self._part.values()}.values())


def _end(one: Candidate, folded: Folded) -> tuple[str, str, str] | None:
    # The last segment of the path, as a name for the article; a number or a page of lists names none.
    if one.title is None:
        return None
    slug = _DATE.sub("", _SUFFIX.sub("", folded.path.rpartition("/")[2]))
    title = " ".join(one.title.casefold().split())
    if len(slug) < _SHORTEST or not _LETTERS.search(slug) or not title:
        return None
    return slug, folded.query, title


def _group(part: _Part) -> Alike:
    reasons = tuple(reason for reason in (*TRAITS, MOVED) if reason in part.reasons)
    newest_stays = MOVED in reasons

    def worth(one: Candidate) -> tuple[object, ...]:
        own = fold(one.urls[0])
        last = one.began if newest_stays else one.count
        return (
            one.is_home, own.traits[0] == "https", one.ref is not None, -own.oddities, last, one.count, -one.id
        )  # fmt: skip

    members = sorted(part.members, key=worth, reverse=True)
    return Alike(tuple(one.id for one in members), reasons, _confidence(reasons))


def _confidence(reasons: tuple[str, ...]) -> str:
    if MOVED in reasons:
        return POSSIBLE
    return LIKELY if {CASE, TRACKING, VARIANT} & set(reasons) else CERTAIN
