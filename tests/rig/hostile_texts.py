"""Hostile texts of our own making, and files that carry them."""

import itertools
import re
from collections.abc import Iterator
from xml.etree import ElementTree

from tests.text.hostile import MARKUP
from tests.text.hostile import STRUCTURE
from tests.text.hostile import TARGETS

NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
CHARACTERS = [
    "\u202eadmin\u202c", "a\u200bd\u200dmin", "\u0430dmin", "Z" + "\u0301" * 60, "\U000e0041\U000e0042",
    "x\x00y\x1b[31m",
    "a\r\nBcc: all@a.example\r\n\r\n<script>alert(1)</script>", "__proto__", "constructor", "toString",
    "=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\uff1d1+1", "=cmd|'/C calc'!A0", "{{ 7 * 7 }}{% raw %}", "${7*7}",
    "%0d%0aX: y",
    "]]><script>alert(1)</script>", "<!ENTITY x SYSTEM 'file:///etc/passwd'>&x;", "\ufeff<b>", "\u2028alert(1)",
]  # fmt: skip


def inputs() -> list[str]:
    """Return hostile texts of our own making: each alone, targets in each kind of link, structures in pairs."""
    links = ["[x]({})", "<{}>", '<a href="{}">x</a>', "[a][r]\n\n[r]: {}", '![x]({} "t")', "{}"]
    made = [*MARKUP, *STRUCTURE, *CHARACTERS, *(link.format(target) for target in TARGETS for link in links)]
    made += [one + other for one, other in zip(MARKUP, MARKUP[7:] + MARKUP[:7], strict=True)]
    made += [one + "x" + other for one, other in itertools.pairwise(STRUCTURE)]
    made += [f"```{text}\n{text}\n```" for text in MARKUP[:20]] + [f'> - "{text}\n\n    {text}' for text in MARKUP[:20]]
    return list(dict.fromkeys(made))


def wicked() -> list[str]:
    """Return a few texts of each class, for every run of the tests."""
    return [
        MARKUP[0], MARKUP[9], CHARACTERS[5], CHARACTERS[6], '[x](javascript&colon;1 "a")',
        "=1+1</textarea></title></style><svg onload=alert(1)>",
        "' autofocus onfocus='alert(1)' x=\"><img src=//a.example/x>",
    ]  # fmt: skip


def wordpress_export(url: str, texts: list[str]) -> str:
    """Return an export of WordPress in which each text is a comment on one article, also in its other fields."""
    wp = "http://wordpress.org/export/1.2/"
    ElementTree.register_namespace("wp", wp)
    rss = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(rss, "channel")
    ElementTree.SubElement(channel, f"{{{wp}}}wxr_version").text = "1.2"
    item = ElementTree.SubElement(channel, "item")
    for name, value in (("title", texts[0]), ("link", url), (f"{{{wp}}}post_id", "1"), (f"{{{wp}}}post_type", "post")):
        ElementTree.SubElement(item, name).text = NO_XML.sub("", value)
    for number, text in enumerate(texts, 1):
        comment = ElementTree.SubElement(item, f"{{{wp}}}comment")
        for name, value in _comment(number, text):
            ElementTree.SubElement(comment, f"{{{wp}}}comment_{name}").text = NO_XML.sub("", value)
    return ElementTree.tostring(rss, encoding="unicode")


def _comment(number: int, text: str) -> Iterator[tuple[str, str]]:
    yield from (("id", str(number)), ("author", text), ("author_email", text), ("author_url", text), ("content", text))
    yield from (("date_gmt", "2026-03-01 08:00:00"), ("approved", "1"), ("type", "comment"), ("parent", "0"))
