"""Reads HTML with a parser that is not the sanitizer's own and holds it against the allow list, spelled out again."""

import re
from html.parser import HTMLParser

ELEMENTS = {
    "p", "br", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "a", "hr",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
WITH_DIRECTION = {"p", "pre", "blockquote", "ul", "ol", "li", "h3", "h4", "h5", "h6", "table", "th", "td"}
VALUES = {
    ("a", "rel"): "nofollow ugc noopener",
    ("a", "title"): ".+",
    ("code", "class"): "language-[A-Za-z0-9_+#-]{1,30}",
    ("ol", "start"): "-?[0-9]+",
    ("th", "align"): "left|center|right",
    ("td", "align"): "left|center|right",
    **{(tag, "dir"): "ltr|rtl|auto" for tag in WITH_DIRECTION},
}
ENDS = "".join(map(chr, range(0x21)))


class Reader(HTMLParser):
    """Keeps every element with its attributes, the text, and whatever else there is."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.strange: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.strange.append(data)

    def handle_decl(self, decl: str) -> None:
        self.strange.append(decl)

    def handle_pi(self, data: str) -> None:
        self.strange.append(data)

    def unknown_decl(self, data: str) -> None:
        self.strange.append(data)


def read(html: str) -> Reader:
    """Parse HTML."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def faults(html: str) -> list[str]:
    """List what stands outside the allow list; nothing may."""
    reader = read(html)
    found = list(reader.strange)
    for tag, attributes in reader.elements:
        if tag not in ELEMENTS:
            found.append(f"<{tag}>")
        if tag == "a" and not {"href", "rel"} <= attributes.keys():
            found.append(f"a with {attributes}")
        for name, value in attributes.items():
            if (tag, name) == ("a", "href"):
                if scheme(value or "") not in ("http", "https", "mailto"):
                    found.append(f"href={value!r}")
            elif not re.fullmatch(VALUES.get((tag, name), "(?!)"), value or "", re.DOTALL):
                found.append(f"{tag} {name}={value!r}")
    return found


def scheme(href: str) -> str | None:
    """Read a scheme by the browser's rules: ends stripped of C0 and space, tab and line breaks removed."""
    found = re.match(r"([a-z][a-z0-9+.-]*):", re.sub("[\t\n\r]", "", href.strip(ENDS)).lower())
    return found[1] if found else None


def hrefs(html: str) -> list[str | None]:
    """Return the targets of the links, in order."""
    return [attributes.get("href") for tag, attributes in read(html).elements if tag == "a"]
