"""A moderator looks closely: a comment with all that helps to decide on it, and who was first."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace

from sqlalchemy.orm import Session

from commentsvc.database import reading
from commentsvc.models import context
from commentsvc.models import desk
from commentsvc.models.comment import Revision
from commentsvc.models.context import Past
from commentsvc.models.moderator import Moderator
from commentsvc.models.owned import comment_of
from commentsvc.models.site import Site
from commentsvc.models.thread import Thread
from commentsvc.models.wanted import ALIKE
from commentsvc.models.wanted import NETWORK
from commentsvc.models.wanted import TEXT
from commentsvc.models.wanted import Wanted
from commentsvc.refusals import UnknownComment
from commentsvc.text.lookalikes import fold_lookalikes


@dataclass(frozen=True)
class Alike:
    """Comments that are like one in something: in what, how many others of each state, under how many other names."""

    kind: str
    states: dict[str, int]
    names: int = 0


@dataclass(frozen=True)
class Closely:
    """A comment with its context, and how many comments each list of the desk holds."""

    entry: desk.Entry
    history: list[Past]
    revisions: list[tuple[Revision, str | None]]
    alike: list[Alike]
    sizes: dict[str, int]


@dataclass(frozen=True)
class Named:
    """What ids that a moderator asked for stand for: an article's title, and the author of a comment."""

    thread: str | None = None
    author: str | None = None


def look_closely(site: Site, comment_id: int) -> Closely:
    """Return a comment with its history, its revisions and what is like it; raise UnknownComment or DatabaseAway."""
    with reading() as session:
        entry = desk.entry(session, site, comment_id)
        if entry is None:
            raise UnknownComment
        return Closely(
            entry,
            context.history(session, site, comment_id),
            context.revisions(session, site, comment_id),
            [found for kind in ALIKE if (found := _alike(session, site, entry, kind)) is not None],
            desk.sizes(session, site),
        )


def with_texts(session: Session, site: Site, wanted: Wanted) -> Wanted:
    """Return what is wanted with the ids of the comments of the same text, where it asks for that."""
    if wanted.like is None or wanted.like[0] != TEXT:
        return wanted
    entry = desk.entry(session, site, wanted.like[1])
    return replace(wanted, texts=_same_text(session, site, entry) if entry is not None else ())


def named(site: Site, wanted: Wanted) -> Named:
    """Return the names of what is wanted, None for what the site does not have; raise DatabaseAway."""
    if wanted.thread is None and wanted.like is None:
        return Named()
    with reading() as session:
        thread = session.get(Thread, (site.id, wanted.thread)) if wanted.thread is not None else None
        comment = comment_of(session, site, wanted.like[1]) if wanted.like is not None else None
        return Named((thread.title or thread.url) if thread else None, comment.name if comment else None)


def who_was_first(site: Site, comment_ids: Iterable[int]) -> list[Past]:
    """Return the last decision on each of some comments, for whoever came second; raise DatabaseAway."""
    with reading() as session:
        return context.last_decisions(session, site, comment_ids)


def has_said(site: Site, moderator: Moderator, parent_id: int, source: str) -> bool:
    """Tell whether a moderator has answered a comment with this very text: a form that was sent twice."""
    with reading() as session:
        return context.has_answered(session, site, parent_id, moderator.id, source)


def folded(text: str) -> str:
    """Return the letters and digits of a text, without case, look-alikes, spaces and signs."""
    plain = fold_lookalikes(unicodedata.normalize("NFKC", text).casefold())
    return "".join(filter(str.isalnum, plain))


def _alike(session: Session, site: Site, entry: desk.Entry, kind: str) -> Alike | None:
    comment = entry.comment
    texts = _same_text(session, site, entry) if kind == TEXT else ()
    if kind != TEXT and getattr(comment, kind) is None:
        return None
    wanted = Wanted(like=(kind, comment.id), texts=texts)
    states = context.states_of(session, site, wanted)
    # Itself is not one of the others.
    if comment.state in states:
        states[comment.state] -= 1
    names = context.other_names(session, site, wanted, comment.name) if kind == NETWORK else 0
    return Alike(kind, {state: number for state, number in states.items() if number > 0}, names)


def _same_text(session: Session, site: Site, entry: desk.Entry) -> tuple[int, ...]:
    wanted = folded(entry.revision.source)
    said = context.texts_of_like_length(session, site, len(entry.revision.source))
    # A text of signs alone is like itself only.
    others = (one.id for one in said if one.id != entry.comment.id and wanted and folded(one.source) == wanted)
    return (entry.comment.id, *others)
