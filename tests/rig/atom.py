"""Atom documents, read and judged by RFC 4287 and RFC 4685 as far as they can be told from the document alone.

Stricter than these in what our feeds have no reason for: extensions, XHTML, ids that come twice, a feed without a link
to itself or older than its entries.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element
from xml.etree.ElementTree import ParseError
from xml.etree.ElementTree import fromstring

from tests.rig.iris import is_address
from tests.rig.iris import is_iri
from tests.rig.markup import faults

ATOM = "{http://www.w3.org/2005/Atom}"
REPLY = "{http://purl.org/syndication/thread/1.0}in-reply-to"
# Registered names of relations may be written out (RFC 4287, 4.2.7.2).
IANA = "http://www.iana.org/assignments/relation/"

# RFC 3339, with the capital T and Z that RFC 4287 (3.3) asks for.
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(\s*;.*)?")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
RELATION = re.compile(r"[a-z][a-z0-9.-]*")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

# How often each element may stand within another: at least, and at most.
ONCE, AT_MOST_ONCE, ANY = (1, 1), (0, 1), (0, None)
PERSON = {"name": ONCE, "uri": AT_MOST_ONCE, "email": AT_MOST_ONCE}
WITHIN = {
    "feed": {
        "id": ONCE, "title": ONCE, "updated": ONCE, "subtitle": AT_MOST_ONCE, "rights": AT_MOST_ONCE,
        "generator": AT_MOST_ONCE, "icon": AT_MOST_ONCE, "logo": AT_MOST_ONCE, "author": ANY, "category": ANY,
        "contributor": ANY, "link": ANY, "entry": ANY,
    },
    "entry": {
        "id": ONCE, "title": ONCE, "updated": ONCE, "published": AT_MOST_ONCE, "summary": AT_MOST_ONCE,
        "content": AT_MOST_ONCE, "rights": AT_MOST_ONCE, "author": ANY, "category": ANY, "contributor": ANY,
        "link": ANY,
    },
    "author": PERSON,
    "contributor": PERSON,
}  # fmt: skip
TEXTS = ("title", "subtitle", "summary", "rights", "content")
ATTRIBUTES = {name: {"type"} for name in TEXTS} | {
    "link": {"href", "rel", "type", "hreflang", "title", "length"},
    "category": {"term", "scheme", "label"},
    "generator": {"uri", "version"},
    "in-reply-to": {"ref", "href", "type", "source"},
}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True)
class Entry:
    """What a reader sees of an entry; `answers` is the id of what it is a reply to."""

    id: str
    title: str
    author: str
    uri: str | None
    published: str
    updated: str
    link: str
    html: str
    answers: str


@dataclass(frozen=True)
class Document:
    """What a reader sees of a feed; `page` is the address of what it is about."""

    id: str
    title: str
    updated: str
    address: str
    page: str | None
    entries: list[Entry]


def read(document: bytes) -> Document:
    """Read a feed; it must keep all rules."""
    assert breaches(document) == []
    root = _parse(document)
    entries = [
        Entry(
            id=_said(entry, "id"),
            title=_said(entry, "title"),
            author=_said(entry, "author/" + ATOM + "name"),
            uri=entry.findtext(f"{ATOM}author/{ATOM}uri"),
            published=_said(entry, "published"),
            updated=_said(entry, "updated"),
            link=_links(entry)["alternate"],
            html=_said(entry, "content"),
            answers=next(element.attrib["ref"] for element in entry.iter(REPLY)),
        )
        for entry in root.iter(ATOM + "entry")
    ]
    links = _links(root)
    about = links.get("alternate")
    return Document(_said(root, "id"), _said(root, "title"), _said(root, "updated"), links["self"], about, entries)


def breaches(document: bytes) -> list[str]:
    """Return what in a document breaks a rule, in words."""
    try:
        root = _parse(document)
    except ParseError as error:
        return [f"not well-formed: {error}"]
    if root.tag != ATOM + "feed":
        return [f"the root is {root.tag}"]
    found = _inside(root)
    entries = root.findall(ATOM + "entry")
    if [_relation(link) for link in root.findall(ATOM + "link")].count("self") != 1:
        found.append("feed: no link to itself, or several")
    if not root.findall(ATOM + "author") and not all(entry.findall(ATOM + "author") for entry in entries):
        found.append("an entry without author")
    if [child.tag for child in root][len(root) - len(entries) :] != [ATOM + "entry"] * len(entries):
        found.append("entries do not come last")
    for entry in entries:
        if entry.find(ATOM + "content") is None and "alternate" not in _links(entry):
            found.append("an entry without content and link")
        if entry.findtext(ATOM + "id") in [reply.get("ref") for reply in entry.iter(REPLY)]:
            found.append("an entry answers itself")
    ids = [element.text for element in root.iter(ATOM + "id")]
    if len(set(ids)) != len(ids):
        found.append("an id stands twice")
    # Dates can be compared when they can be read.
    return found or _out_of_order(root, entries)


def _parse(document: bytes) -> Element:
    # With neither of these the parser has nothing to expand or to fetch.
    assert b"<!DOCTYPE" not in document and b"<!ENTITY" not in document
    return fromstring(document)  # noqa: S314


def _out_of_order(feed: Element, entries: list[Element]) -> list[str]:
    found = []
    for entry in entries:
        changed = _moment(entry, "updated")
        if changed > _moment(feed, "updated"):
            found.append("feed: updated before one of its entries")
        if entry.find(ATOM + "published") is not None and changed < _moment(entry, "published"):
            found.append("entry: updated before it was published")
    return found


def _inside(element: Element) -> list[str]:
    name = element.tag.removeprefix(ATOM)
    found = _attributes(name, element)
    allowed = WITHIN[name]
    for child in element:
        inner = child.tag.removeprefix(ATOM)
        if child.tag == REPLY and name == "entry":
            found += _reply(child)
        elif inner not in allowed:
            found.append(f"{name}: {inner} has no place here")
        else:
            found += _inside(child) if inner in WITHIN else _leaf(inner, child)
    for inner, (least, most) in allowed.items():
        number = len(element.findall(ATOM + inner))
        if number < least or (most is not None and number > most):
            found.append(f"{name}: {inner} stands {number} times")
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        found.append(f"{name}: holds text")
    kinds = [(_relation(link), link.get("type"), link.get("hreflang")) for link in element.findall(ATOM + "link")]
    if len(set(kinds)) != len(kinds):
        found.append(f"{name}: two links of one kind")
    return found


def _leaf(name: str, element: Element) -> list[str]:
    found = _attributes(name, element)
    text = element.text or ""
    if len(element):
        found.append(f"{name}: holds elements")
    if name in ("updated", "published") and not _is_date(text):
        found.append(f"{name}: {text!r} is no date")
    if name == "id" and not is_iri(text):
        found.append(f"{name}: {text!r} is no absolute IRI")
    if name in ("uri", "icon", "logo") and not is_address(text):
        found.append(f"{name}: {text!r} is no absolute address")
    if name == "email" and not EMAIL.fullmatch(text):
        found.append(f"{name}: {text!r} is no address of mail")
    if name in ("name", "title") and not text.strip():
        found.append(f"{name}: empty")
    if name == "category" and not element.get("term"):
        found.append(f"{name}: no term")
    if name in TEXTS and element.get("type", "text") not in ("text", "html"):
        found.append(f"{name}: type {element.get('type')}")
    if name in TEXTS and element.get("type") == "html":
        found += [f"{name}: {words}" for words in faults(text)]
    if name == "link":
        found += _reference(name, element)
        relation = _relation(element)
        if not RELATION.fullmatch(relation) and not is_iri(relation):
            found.append(f"{name}: rel {relation!r}")
        if not LANGUAGE.fullmatch(element.get("hreflang", "en")):
            found.append(f"{name}: hreflang {element.get('hreflang')!r}")
        if text:
            found.append(f"{name}: holds text")
    return found


def _attributes(name: str, element: Element) -> list[str]:
    strange = sorted(set(element.attrib) - ATTRIBUTES.get(name, set()) - {LANG})
    found = [f"{name}: attributes {strange}"] if strange else []
    if not LANGUAGE.fullmatch(element.get(LANG, "en")):
        found.append(f"{name}: language {element.get(LANG)!r}")
    return found


def _reference(name: str, element: Element) -> list[str]:
    found = []
    if not is_address(element.get("href", "")):
        found.append(f"{name}: href {element.get('href')!r}")
    if not MEDIA_TYPE.fullmatch(element.get("type", "a/b")):
        found.append(f"{name}: type {element.get('type')!r}")
    return found


def _reply(element: Element) -> list[str]:
    found = _attributes("in-reply-to", element) + _reference("in-reply-to", element)
    for name, otherwise in (("ref", ""), ("source", "https://a.example/")):
        if not is_address(element.get(name, otherwise)):
            found.append(f"in-reply-to: {name} {element.get(name)!r}")
    if len(element) or (element.text or "").strip():
        found.append("in-reply-to: holds something")
    return found


def _is_date(text: str) -> bool:
    if not DATE.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        # The 30th of February, the hour 24.
        return False
    return True


def _moment(element: Element, name: str) -> datetime:
    return datetime.fromisoformat(_said(element, name))


def _relation(link: Element) -> str:
    return link.get("rel", "alternate").removeprefix(IANA)


def _links(element: Element) -> dict[str, str]:
    return {_relation(link): link.get("href", "") for link in element.findall(ATOM + "link")}


def _said(element: Element, path: str) -> str:
    text = element.findtext(ATOM + path)
    assert text is not None, path
    return text
