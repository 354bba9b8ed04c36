"""Atom documents, read and judged by the rules of RFC 4287 as far as they can be told from the document alone."""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element
from xml.etree.ElementTree import ParseError
from xml.etree.ElementTree import fromstring

ATOM = "{http://www.w3.org/2005/Atom}"
REPLY = "{http://purl.org/syndication/thread/1.0}in-reply-to"

# RFC 3339, with the capital T and Z that RFC 4287 (3.3) asks for.
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# An absolute IRI (RFC 3987) without what it may not hold.
IRI = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`\x00-\x20\x7f]+""")
MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(;.*)?")

# How often each element may stand within another: at least, and at most.
ONCE, AT_MOST_ONCE, ANY = (1, 1), (0, 1), (0, None)
WITHIN = {
    "feed": {
        "id": ONCE, "title": ONCE, "updated": ONCE, "subtitle": AT_MOST_ONCE, "rights": AT_MOST_ONCE,
        "generator": AT_MOST_ONCE, "icon": AT_MOST_ONCE, "logo": AT_MOST_ONCE, "author": ANY, "category": ANY,
        "contributor": ANY, "link": ANY, "entry": ANY,
    },
    "entry": {
        "id": ONCE, "title": ONCE, "updated": ONCE, "published": AT_MOST_ONCE, "summary": AT_MOST_ONCE,
        "content": AT_MOST_ONCE, "rights": AT_MOST_ONCE, "source": AT_MOST_ONCE, "author": ANY, "category": ANY,
        "contributor": ANY, "link": ANY,
    },
    "author": {"name": ONCE, "uri": AT_MOST_ONCE, "email": AT_MOST_ONCE},
}  # fmt: skip
ATTRIBUTES = {
    "link": {"href", "rel", "type", "hreflang", "title", "length"},
    "title": {"type"},
    "content": {"type", "src"},
}


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
    if not _links(root).get("self"):
        found.append("feed: no link to itself")
    if not root.findall(ATOM + "author") and not all(entry.findall(ATOM + "author") for entry in entries):
        found.append("an entry without author")
    if [child.tag for child in root][len(root) - len(entries) :] != [ATOM + "entry"] * len(entries):
        found.append("entries do not come last")
    for entry in entries:
        if entry.find(ATOM + "content") is None and "alternate" not in _links(entry):
            found.append("an entry without content and link")
    ids = [element.text for element in root.iter(ATOM + "id")]
    if len(set(ids)) != len(ids):
        found.append("an id stands twice")
    return found


def _parse(document: bytes) -> Element:
    # With neither of these the parser has nothing to expand or to fetch.
    assert b"<!DOCTYPE" not in document and b"<!ENTITY" not in document
    return fromstring(document)  # noqa: S314


def _inside(element: Element) -> list[str]:
    name = element.tag.removeprefix(ATOM)
    found = []
    allowed = WITHIN.get(name, {})
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
    if element.attrib or (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        found.append(f"{name}: holds text or attributes")
    kinds = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in element.findall(ATOM + "link")]
    if len(set(kinds)) != len(kinds):
        found.append(f"{name}: two links of one kind")
    return found


def _leaf(name: str, element: Element) -> list[str]:
    found = []
    text = element.text or ""
    if len(element):
        found.append(f"{name}: holds elements")
    if not set(element.attrib) <= ATTRIBUTES.get(name, set()):
        found.append(f"{name}: attributes {sorted(element.attrib)}")
    if name in ("updated", "published") and not DATE.fullmatch(text):
        found.append(f"{name}: {text!r} is no date")
    if name in ("id", "uri", "icon", "logo") and not IRI.fullmatch(text):
        found.append(f"{name}: {text!r} is no absolute IRI")
    if name in ("name", "title") and not text.strip():
        found.append(f"{name}: empty")
    if name in ("title", "content") and element.get("type", "text") not in ("text", "html"):
        found.append(f"{name}: type {element.get('type')}")
    if name == "link":
        found += _reference(name, element)
    return found


def _reference(name: str, element: Element) -> list[str]:
    found = []
    if not IRI.fullmatch(element.get("href", "")):
        found.append(f"{name}: href {element.get('href')!r}")
    if not MEDIA_TYPE.fullmatch(element.get("type", "a/b")):
        found.append(f"{name}: type {element.get('type')!r}")
    return found


def _reply(element: Element) -> list[str]:
    found = _reference("in-reply-to", element)
    if not IRI.fullmatch(element.get("ref", "")):
        found.append(f"in-reply-to: ref {element.get('ref')!r}")
    if len(element) or not set(element.attrib) <= {"ref", "href", "type", "source"}:
        found.append("in-reply-to: holds elements or attributes of others")
    return found


def _links(element: Element) -> dict[str, str]:
    return {link.get("rel", "alternate"): link.get("href", "") for link in element.findall(ATOM + "link")}


def _said(element: Element, path: str) -> str:
    text = element.findtext(ATOM + path)
    assert text is not None, path
    return text
