"""WordPress: its export WXR, versions 1.0 to 1.2 (RSS with elements of its own)."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from commentsvc.models.source import COMMENT
from commentsvc.models.source import THREAD
from commentsvc.moving.found import Brought
from commentsvc.moving.found import Found
from commentsvc.moving.found import FoundComment
from commentsvc.moving.found import FoundRevision
from commentsvc.moving.found import FoundThread
from commentsvc.moving.found import Progress
from commentsvc.moving.found import Remark
from commentsvc.moving.found import Unusable
from commentsvc.moving.importers.declared import Choices
from commentsvc.moving.importers.declared import Importer
from commentsvc.moving.importers.elements import Record
from commentsvc.moving.importers.elements import records
from commentsvc.moving.importers.paragraphs import with_links
from commentsvc.moving.importers.paragraphs import with_paragraphs
from commentsvc.moving.importers.values import Extras
from commentsvc.moving.importers.values import id_of
from commentsvc.moving.importers.values import network_of
from commentsvc.moving.importers.values import short
from commentsvc.moving.importers.values import time_of

_OWN = re.compile(r"https?://(www\.)?wordpress\.org/export/[0-9.]+/?")
_PLAIN = frozenset(("channel", "item", "title", "link", "guid"))
# Never read: texts of articles, and meta values, which are serialized PHP.
_WORDPRESS = frozenset(
    (
        "post_id", "post_date", "post_date_gmt", "comment_status", "status", "post_password", "comment", "comment_id",
        "comment_author", "comment_author_email", "comment_author_url", "comment_author_IP", "comment_date",
        "comment_date_gmt", "comment_content", "comment_approved", "comment_type", "comment_parent",
    )
)  # fmt: skip
_STATES = {"1": "approved", "approve": "approved", "approved": "approved", "0": "pending", "hold": "pending"}
_STATES |= {"spam": "spam", "trash": "deleted", "post-trashed": "deleted"}
# Reviews of a shop are comments; its notes on orders, which are of this kind too, must not become public.
_TYPES = frozenset(("", "comment", "review"))
_PINGBACKS = frozenset(("pingback", "trackback", "webmention"))
# Articles that anybody can read; attachments inherit it.
_PUBLIC = frozenset(("publish", "inherit", "closed", ""))


def read_wordpress(path: Path, progress: Progress, choices: Choices) -> Brought:
    """Read an export of WordPress."""
    return Brought("wordpress", False, _entries(path, progress, choices), ids_repeat=True)


def _naming(space: str, local: str) -> str | None:
    if _OWN.fullmatch(space):
        return f"wp:{local}" if local in _WORDPRESS else None
    return local if not space and local in _PLAIN else None


def _entries(path: Path, progress: Progress, choices: Choices) -> Iterator[Found]:
    extras = Extras()
    silent = 0
    for one in records(path, progress, "rss", _naming, frozenset(("item", "wp:comment"))):
        if isinstance(one, Remark):
            yield one
        elif one.name == "wp:comment":
            yield _comment(one, choices, extras)
        elif "id" in one.memory:
            yield _thread(one)
        else:
            silent += 1
    if silent:
        yield Remark(f"articles and other items without comments, for which there is nothing to do: {silent:,}")
    yield from extras.remarks()


def _comment(record: Record, choices: Choices, extras: Extras) -> FoundComment | Unusable:
    comment_id = id_of(record.text("wp:comment_id"))
    if comment_id is None or record.above is None:
        what = "wp:comment_id: missing, or can't be used" if record.above else "item: it stands in no article"
        return Unusable(COMMENT, record.line, short(record.text("wp:comment_id")), what)
    article = record.above
    thread = article.memory.setdefault("id", _article_id(article))
    kind = (record.text("wp:comment_type") or "").lower()
    if kind not in _TYPES and not (kind in _PINGBACKS and choices.pingbacks):
        why = "comes only with --pingbacks keep" if kind in _PINGBACKS else "is no comment of a reader"
        return Unusable(COMMENT, record.line, comment_id, f"comment_type: {short(kind)} {why}")
    notes: list[str] = []
    created = time_of(record.text("wp:comment_date_gmt"))
    if created is None:
        created = time_of(record.text("wp:comment_date"))
        notes.append("comment_date_gmt: missing; the local time is taken as UTC")
    if created is None:
        return Unusable(COMMENT, record.line, comment_id, "comment_date: missing, or can't be used")
    _remember_last(article, created)
    state = _STATES.get((record.text("wp:comment_approved") or "").lower(), "")
    if state == "approved" and _is_closed_to_readers(article):
        state = "pending"
        notes.append("status: the article is not public; held, so that nothing becomes public by the move")
    extras.count("pingbacks and trackbacks as such; they come as comments", kind in _PINGBACKS)
    parent = id_of(record.text("wp:comment_parent"))
    body = with_links(with_paragraphs(record.text("wp:comment_content") or ""))
    return FoundComment(
        line=record.line,
        id=comment_id,
        thread=thread,
        parent=parent if parent != "0" else None,
        created=created,
        state=state,
        revisions=(FoundRevision(1, "html", body, "author", created),),
        name=record.text("wp:comment_author"),
        email=record.text("wp:comment_author_email"),
        website=record.text("wp:comment_author_url"),
        network=network_of(record.text("wp:comment_author_IP")),
        notes=tuple(notes),
    )


def _thread(record: Record) -> FoundThread | Unusable:
    url = record.text("link") or record.text("guid")
    if url is None:
        return Unusable(THREAD, record.line, record.memory["id"], "link: missing")
    created = time_of(record.text("wp:post_date_gmt")) or time_of(record.text("wp:post_date"))
    is_closed = record.text("wp:comment_status") == "closed"
    return FoundThread(
        line=record.line,
        id=record.memory["id"],
        url=url,
        title=record.text("title"),
        created=min(filter(None, (created, record.memory.get("first"))), default=None),
        # The export tells that comments are closed, and not since when.
        closed=record.memory.get("last") or created if is_closed else None,
    )


def _article_id(article: Record) -> str:
    named = (article.text(name) for name in ("wp:post_id", "link", "guid"))
    return next(filter(None, map(id_of, named)), f"line {article.line}")


def _remember_last(article: Record, created: datetime) -> None:
    memory: dict[str, Any] = article.memory
    memory["first"] = min(memory.get("first", created), created)
    memory["last"] = max(memory.get("last", created), created)


def _is_closed_to_readers(article: Record) -> bool:
    return (article.text("wp:status") or "") not in _PUBLIC or article.text("wp:post_password") is not None


WORDPRESS = Importer(
    name="wordpress",
    source="WordPress",
    obtained="in its dashboard, Tools, Export, All content; or `wp export` on its command line. Where it makes several "
    "files, import each.",
    carried=(
        "comments with name, address of mail, website, shortened network and time",
        "approved, pending, spam; trash as deleted",
        "replies",
        "titles and addresses of articles that have comments, and whether these are closed",
        "pingbacks and trackbacks with `--pingbacks keep`, as comments",
    ),
    dropped=(
        "pingbacks and trackbacks otherwise: most are spam by machines",
        "articles, pictures and settings: this is no blog",
        "meta values of plugins, such as votes: they are serialized PHP, which is never read",
        "notes on orders and other kinds that no reader wrote",
        "accounts: a reply of the author has a name and no badge",
    ),
    read=read_wordpress,
)
