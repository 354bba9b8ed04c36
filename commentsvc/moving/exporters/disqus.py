"""XML as Disqus exports it, which Isso, Remark42, Commento, Comentario and others take."""

from collections.abc import Collection
from datetime import datetime
from typing import IO

from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import DELETED
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import REJECTED
from commentsvc.models.comment import SPAM
from commentsvc.models.site import Site
from commentsvc.moving.exporters.contents import OutComment
from commentsvc.moving.exporters.contents import OutThread
from commentsvc.moving.exporters.contents import address_in
from commentsvc.moving.exporters.contents import contents_of
from commentsvc.moving.exporters.declared import Exporter
from commentsvc.moving.exporters.declared import Written
from commentsvc.moving.exporters.xml import Xml
from commentsvc.moving.found import Progress

_SPACES = {
    "xmlns": "http://disqus.com",
    "xmlns:dsq": "http://disqus.com/disqus-internals",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "xsi:schemaLocation": "http://disqus.com/api/schemas/1.0/disqus.xsd"
    " http://disqus.com/api/schemas/1.0/disqus-internals.xsd",
}
_ID = "dsq:id"
_CATEGORY = "1"
# Programs that read this format know nothing of waiting: what they take for spam they do not show.
_SPAM = (SPAM, PENDING)
_DELETED = (DELETED, REJECTED)
_NO_NETWORK = "0.0.0.0"  # noqa: S104 (an address to say that there is none; some importers insist on one)


def write_disqus(site: Site, out: IO[bytes], progress: Progress, _beside: Collection[str]) -> Written:
    """Write a site in the XML of Disqus: all threads, then all comments, parents before their replies."""
    threads = comments = 0
    with contents_of(site, progress) as contents:
        xml = Xml(out)
        with xml.inside("disqus", _SPACES):
            with xml.inside("category", {_ID: _CATEGORY}):
                xml.element("forum", site.key)
                xml.element("title", "General")
                xml.element("isDefault", "true")
            for thread in contents.threads():
                threads += 1
                _thread(xml, thread, site)
            for comment in contents.comments():
                comments += 1
                _post(xml, comment)
        xml.close()
    return Written(threads, comments)


def _thread(xml: Xml, thread: OutThread, site: Site) -> None:
    with xml.inside("thread", {_ID: str(thread.id)}):
        # Isso leaves out threads whose id is empty.
        xml.element("id", thread.ref or thread.url)
        xml.element("forum", site.key)
        xml.element("category", "", {_ID: _CATEGORY})
        xml.element("link", thread.url)
        xml.element("title", thread.title or thread.url)
        xml.element("message")
        xml.element("createdAt", _time(thread.created))
        with xml.inside("author"):
            xml.element("name", site.name)
            xml.element("isAnonymous", "false")
            xml.element("username", site.key)
        xml.element("isClosed", _flag(thread.closed is not None))
        xml.element("isDeleted", "false")


def _post(xml: Xml, comment: OutComment) -> None:
    is_gone = comment.state in _DELETED
    with xml.inside("post", {_ID: str(comment.id)}):
        xml.element("id")
        xml.cdata("message", "" if is_gone else comment.html)
        xml.element("createdAt", _time(comment.created))
        xml.element("isDeleted", _flag(is_gone))
        xml.element("isSpam", _flag(comment.state in _SPAM))
        xml.element("isApproved", _flag(comment.state == APPROVED))
        with xml.inside("author"):
            xml.element("email", None if is_gone else comment.email)
            xml.element("name", "" if is_gone else comment.name)
            xml.element("url", None if is_gone else comment.website)
            xml.element("isAnonymous", "true")
        xml.element("ipAddress", (None if is_gone else address_in(comment.network)) or _NO_NETWORK)
        xml.element("thread", "", {_ID: str(comment.thread_id)})
        if comment.parent_id is not None:
            xml.element("parent", "", {_ID: str(comment.parent_id)})


def _time(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _flag(value: bool) -> str:
    return "true" if value else "false"


DISQUS = Exporter(
    name="disqus",
    target="Isso, Remark42, Commento, Comentario, Artalk and whatever else takes the XML of Disqus",
    taken="`isso import -t disqus FILE`; `docker exec remark42 import -p disqus -f FILE -s SITE`; the others in their "
    "dashboards. Some want it packed: name it `FILE.xml.gz`.",
    carried=(
        "comments with name, address of mail, website, shortened network and time in UTC, to the second",
        "what they say as the HTML that readers saw",
        "approved and spam",
        "pending as spam, since programs that read this know no waiting and would publish it: decide on it first",
        "deleted and rejected as deleted, without name and text, so that replies stay in their place",
        "replies",
        "titles, addresses and stable ids of threads, and whether they are closed",
    ),
    dropped=(
        "earlier versions, decisions, rules and subscriptions: the format has no place for them",
        "badges of moderators: their replies have a name",
        "pins, and all addresses of a thread but one",
        "receipts: they open here alone",
    ),
    suffix="xml",
    media_type="application/xml",
    write=write_disqus,
)
