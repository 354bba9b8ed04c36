"""WordPress: its export format WXR 1.2, as its importer takes it."""

import re
from collections.abc import Collection
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from typing import IO
from urllib.parse import urlsplit

from commentsvc.models.comment import APPROVED
from commentsvc.models.comment import DELETED
from commentsvc.models.comment import PENDING
from commentsvc.models.comment import REJECTED
from commentsvc.models.comment import SPAM
from commentsvc.models.site import Site
from commentsvc.moving.exporters.contents import Contents
from commentsvc.moving.exporters.contents import OutComment
from commentsvc.moving.exporters.contents import OutThread
from commentsvc.moving.exporters.contents import address_in
from commentsvc.moving.exporters.contents import contents_of
from commentsvc.moving.exporters.declared import Exporter
from commentsvc.moving.exporters.declared import Written
from commentsvc.moving.exporters.reduced import reduced
from commentsvc.moving.exporters.xml import Xml
from commentsvc.moving.found import Progress

_SPACES = {
    "version": "2.0",
    "xmlns:excerpt": "http://wordpress.org/export/1.2/excerpt/",
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:wp": "http://wordpress.org/export/1.2/",
}
_STATES = {APPROVED: "1", PENDING: "0", SPAM: "spam", REJECTED: "trash", DELETED: "trash"}
_NO_SLUG = re.compile("[^a-z0-9-]+")
_LONGEST_SLUG = 200


def write_wordpress(site: Site, out: IO[bytes], progress: Progress, _beside: Collection[str]) -> Written:
    """Write a site as WXR: a post for each thread, with its comments, parents before their replies."""
    with contents_of(site, progress) as contents:
        xml = Xml(out)
        with xml.inside("rss", _SPACES), xml.inside("channel"):
            _channel(xml, site)
            written = _items(xml, contents)
        xml.close()
    return written


def _channel(xml: Xml, site: Site) -> None:
    home = site.origins[0] if site.origins else ""
    xml.element("title", site.name)
    xml.element("link", home)
    xml.element("description")
    xml.element("language", site.language)
    xml.element("wp:wxr_version", "1.2")
    xml.element("wp:base_site_url", home)
    xml.element("wp:base_blog_url", home)
    xml.element("generator", "commentsvc")


def _items(xml: Xml, contents: Contents) -> Written:
    threads = comments = 0
    for thread, group in contents.by_thread():
        threads += 1
        with xml.inside("item"):
            _post(xml, thread, threads, contents.site)
            for comment in group:
                comments += 1
                _comment(xml, comment)
    return Written(threads, comments)


def _post(xml: Xml, thread: OutThread, number: int, site: Site) -> None:
    xml.cdata("title", thread.title or thread.url)
    xml.element("link", thread.url)
    xml.element("pubDate", format_datetime(thread.created))
    xml.cdata("dc:creator", site.key)
    xml.element("guid", thread.url, {"isPermaLink": "false"})
    xml.element("description")
    xml.cdata("content:encoded", "")
    xml.cdata("excerpt:encoded", "")
    # WordPress takes this number for the post where it is free, so it is a small one.
    xml.element("wp:post_id", str(number))
    for name, text in _dates("post", thread.created):
        xml.element(name, text)
    xml.element("wp:comment_status", "open" if thread.closed is None else "closed")
    xml.element("wp:ping_status", "closed")
    xml.element("wp:post_name", _slug(thread.url))
    xml.element("wp:status", "publish")
    xml.element("wp:post_parent", "0")
    xml.element("wp:menu_order", "0")
    xml.element("wp:post_type", "post")
    xml.element("wp:post_password")
    xml.element("wp:is_sticky", "0")


def _comment(xml: Xml, comment: OutComment) -> None:
    # Of what is deleted only the place is kept, since replies may hang from it.
    is_gone = comment.state == DELETED
    with xml.inside("wp:comment"):
        # The same number in each export, so that a newer one adds only what is new; replies come later than parents.
        xml.element("wp:comment_id", str(comment.id))
        xml.cdata("wp:comment_author", "" if is_gone else comment.name)
        xml.element("wp:comment_author_email", "" if is_gone else comment.email or "")
        xml.element("wp:comment_author_url", "" if is_gone else comment.website or "")
        xml.element("wp:comment_author_IP", "" if is_gone else address_in(comment.network) or "")
        for name, text in _dates("comment", comment.created):
            xml.element(name, text)
        xml.cdata("wp:comment_content", "" if is_gone else reduced(comment.html))
        xml.element("wp:comment_approved", _STATES[comment.state])
        xml.element("wp:comment_type", "comment")
        xml.element("wp:comment_parent", str(comment.parent_id or 0))
        xml.element("wp:comment_user_id", "0")


def _dates(what: str, time: datetime) -> Iterator[tuple[str, str]]:
    # The site's own time is not known here: both are UTC.
    for name in ("date", "date_gmt"):
        yield f"wp:{what}_{name}", time.strftime("%Y-%m-%d %H:%M:%S")


def _slug(url: str) -> str:
    # Where WordPress names posts as the site did, their addresses stay what they were.
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2].partition(".")[0].lower()
    return _NO_SLUG.sub("-", last).strip("-")[:_LONGEST_SLUG]


WORDPRESS = Exporter(
    name="wordpress",
    target="WordPress",
    taken="in its dashboard, Tools, Import, WordPress. It makes a post for each thread, without a text, unless it has "
    "one with the same title and date; its comments come with it.",
    carried=(
        "comments with name, address of mail, website, shortened network and time in UTC, to the second",
        "what they say as readers saw it, with links, emphasis, quotes and code; lists, headings and tables as lines",
        "approved, pending and spam; rejected as trash",
        "deleted as trash without name and text, so that replies stay in their place",
        "replies",
        "titles and addresses of articles, and whether they are closed",
    ),
    dropped=(
        "earlier versions, decisions, rules and subscriptions: WXR has no place for them",
        "badges of moderators: their replies have a name",
        "stable ids of threads, pins, and all addresses of a thread but one",
        "receipts: WordPress has none",
    ),
    suffix="xml",
    media_type="application/rss+xml",
    write=write_wordpress,
)
