"""A feed as Atom 1.0 (RFC 4287), with what answers what (RFC 4685)."""

import re
from urllib.parse import urlencode
from uuid import NAMESPACE_URL
from uuid import uuid5
from xml.etree.ElementTree import Element
from xml.etree.ElementTree import SubElement
from xml.etree.ElementTree import tostring

from commentsvc.models import ids
from commentsvc.models.newest import Fresh
from commentsvc.models.site import Site
from commentsvc.readers.feeding import Feed
from commentsvc.readers.feeding import permalink
from commentsvc.readers.publishing import rfc3339

CONTENT_TYPE = "application/atom+xml; charset=utf-8"

# The prefix is written out: registering it would change every document that this process writes.
NAMESPACES = {"xmlns": "http://www.w3.org/2005/Atom", "xmlns:thr": "http://purl.org/syndication/thread/1.0"}
# Not escaped in a query, as in the links of our pages, so that one feed has one address.
PLAIN = "!$'()*,/:;?@"
# What an XML 1.0 document can't hold in any way (section 2.2), and the carriage return, which parsers change.
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(site: Site, feed: Feed, base_url: str) -> bytes:
    """Return a feed as a document in UTF-8; `base_url` is the service's address as readers know it."""
    # What ids are made of: it names a thing for ever, whether or not anything is found there.
    home = f"{base_url}/sites/{site.key}"
    address = f"{home}/feed.atom?{urlencode(feed.query, safe=PLAIN)}".removesuffix("?")
    root = Element("feed", NAMESPACES)
    _add(root, "id", _urn(f"{home}/feed.atom?{feed.key}"))
    _add(root, "title", f"Comments on {feed.subject}")
    _add(root, "updated", rfc3339(feed.updated))
    _add(root, "link", rel="self", type="application/atom+xml", href=address)
    if feed.page is not None:
        _add(root, "link", rel="alternate", type="text/html", href=feed.page)
    for fresh in feed.entries:
        _add_entry(root, home, fresh)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode").encode()


def _add_entry(root: Element, home: str, fresh: Fresh) -> None:
    shown = fresh.shown
    entry = SubElement(root, "entry")
    _add(entry, "id", _comment_urn(home, shown.id))
    _add(entry, "title", f"{shown.name} on {fresh.title}" if fresh.title else f"Comment by {shown.name}")
    author = SubElement(entry, "author")
    _add(author, "name", shown.name)
    if shown.website:
        _add(author, "uri", shown.website)
    _add(entry, "published", rfc3339(shown.created))
    _add(entry, "updated", rfc3339(shown.edited or shown.created))
    _add(entry, "link", rel="alternate", type="text/html", href=permalink(fresh.url, shown.id))
    if shown.parent_id is None:
        _add(entry, "thr:in-reply-to", ref=fresh.url, type="text/html", href=fresh.url)
    else:
        answered = permalink(fresh.url, shown.parent_id)
        _add(entry, "thr:in-reply-to", ref=_comment_urn(home, shown.parent_id), type="text/html", href=answered)
    _add(entry, "content", shown.html, type="html")


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> None:
    element = SubElement(parent, name, {key: _clean(value) for key, value in attributes.items()})
    element.text = _clean(text) if text is not None else None


def _comment_urn(home: str, comment_id: int) -> str:
    return _urn(f"{home}/comments/{ids.to_text(comment_id)}")


def _urn(name: str) -> str:
    # A tag URI (RFC 4151) could not be made of a base URL with a port or an address in numbers.
    return uuid5(NAMESPACE_URL, name).urn


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
