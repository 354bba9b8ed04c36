"""A browser without scripts: reads pages, follows links and sends forms as they stand; it takes no cookies."""

from dataclasses import dataclass
from dataclasses import field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

VOID = ("input", "link", "meta", "br", "hr", "img")


@dataclass
class Element:
    """An element of a page, with all text within it."""

    tag: str
    attributes: dict[str, str]
    within: tuple["Element", ...]
    text: str = ""

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]


class Page(HTMLParser):
    """One answer, parsed."""

    def __init__(self, answer: TestResponse) -> None:
        super().__init__()
        self.status = answer.status_code
        self.headers = answer.headers
        self.source = answer.text
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, and what was left open in it."""
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Give the text to all elements it stands in."""
        for element in self._open:
            element.text += data

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the elements with these attributes, in order; a class is one of several."""
        return [
            element
            for element in self.elements
            if element.tag == tag and all(_has(element, name, value) for name, value in attributes.items())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        """Return the only element with these attributes."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, len(found), self.source)
        return found[0]

    def link(self, words: str) -> str:
        """Return where the only link with these words leads."""
        found = {link["href"] for link in self.all("a") if words_of(link) == words}
        assert len(found) == 1, (words, found, self.source)
        return found.pop()

    def comments(self) -> list[str]:
        """Return the ids of the comments shown, in order."""
        return [one["id"].removeprefix("comment-") for one in self.all("article")]

    def form(self, name: str | None = None) -> Element:
        """Return the form with this id, or the only one; below a thread the one for a comment is meant."""
        if name is None and self.all("form", id="respond"):
            name = "respond"
        return self.one("form", id=name) if name is not None else self.one("form")

    def values(self, name: str | None = None) -> dict[str, str]:
        """Return what a form of the page would send."""
        form = self.form(name)
        fields = [one for one in self.elements if form in one.within and "name" in one.attributes]
        sent = {one["name"]: text_in(one) for one in fields if one.tag == "textarea"}
        for one in fields:
            if one.tag == "input" and (one["type"] not in ("checkbox", "radio") or "checked" in one.attributes):
                sent[one["name"]] = one.attributes.get("value", "")
        return sent

    def errors(self) -> dict[str, str]:
        """Return the errors beside the fields, as they are tied to them."""
        told = {}
        for one in [*self.all("input"), *self.all("textarea")]:
            if one.attributes.get("aria-invalid") == "true":
                error = self.one("p", id=one["aria-describedby"].split()[-1])
                told[one["name"]] = words_of(error)
        return told


@dataclass
class PlainBrowser:
    """Goes from page to page."""

    client: FlaskClient
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, address: str, **query: str) -> Page:
        """Open an address."""
        return self._page(self.client.get(address.split("#")[0], query_string=query or None, headers=self.headers))

    def send(
        self, page: Page, headers: dict[str, str] | None = None, form_id: str | None = None, /, **typed: Any
    ) -> Page:
        """Send a form of the page with what is typed over what stands in it; None takes a field out."""
        form = page.form(form_id)
        sent = {name: _as_sent(value) for name, value in (page.values(form_id) | typed).items() if value is not None}
        answer = self.client.post(
            form["action"],
            data=sent,
            content_type=form.attributes.get("enctype"),
            headers=self.headers | (headers or {}),
        )
        return self._page(answer)

    def follow(self, page: Page) -> Page:
        """Go where a page leads after a form."""
        assert page.status == 303, page.source
        return self.get(page.headers["Location"])

    def _page(self, answer: TestResponse) -> Page:
        assert "Set-Cookie" not in answer.headers
        return Page(answer)


def words_of(element: Element) -> str:
    """Return the text of an element as it reads."""
    return " ".join(element.text.split())


def text_in(area: Element) -> str:
    """Return what stands in a text area: browsers drop a first line end and know but one kind of them."""
    return area.text.replace("\r\n", "\n").removeprefix("\n")


def _as_sent(value: Any) -> Any:
    # HTML, 4.10.21.4: line ends are sent as CR LF.
    return value.replace("\r\n", "\n").replace("\n", "\r\n") if isinstance(value, str) else value


def _has(element: Element, name: str, value: str) -> bool:
    name = name.rstrip("_").replace("_", "-")
    given = element.attributes.get(name)
    return given is not None and (value in given.split() if name == "class" else given == value)
