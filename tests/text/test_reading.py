"""What is read without a parser is, token by token, what bleach's parser makes of it."""

import itertools
from collections.abc import Iterable
from typing import Any

import pytest
from bleach.html5lib_shim import BleachHTMLParser
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from commentsvc.text.markdown import markdown_parser
from commentsvc.text.reading import read
from commentsvc.text.sanitizing import TAGS
from commentsvc.text.sanitizing import sanitize
from commentsvc.text.walking import walk
from tests.text.hostile import MARKUP
from tests.text.hostile import STRUCTURE
from tests.text.hostile import TARGETS

PLAIN = [
    *(f"<{tag}>" for tag in sorted(TAGS)), *(f"</{tag}>" for tag in sorted(TAGS)), "<br>", "<hr>", "a", "\n", "&lt;",
    "&amp", '<a href="x" title="a &amp; b">', '<ol start="3">', '<code class="language-x">',
]  # fmt: skip
ODD = [
    '<a href="x" href="y">', "<a href='x'>", '<a href="<">', "<P>", "</p >", "<br/>", "</br>", "<div>", "<!-- c -->",
    "<", "</", "\r\n", "\0", "\ufeff", "<pre>\n", "<pre><code>\n", "<script>", "<svg>",
    '<p xml:lang="x">', '<p xmlns="x">',
]  # fmt: skip
TREES = [
    "", "a", "<p>a</p>", "<p>a<br>\nb</p>\n<p>c</p>",
    "<ul>\n<li>a</li>\n<li>\n<p>b</p>\n<ol><li>c</li></ol>\n</li>\n</ul>",
    "<blockquote>\n<p>a <strong>b <em>c</em></strong></p>\n</blockquote>", '<p><a href="x"><code>a</code></a></p>',
    '<pre><code class="language-x">\na\n</code></pre>', "<h3>a</h3>\n<hr>\n<h4>b</h4>", "<p><del>a</del>&lt;b&gt;</p>",
]  # fmt: skip
pages = st.lists(st.sampled_from(PLAIN + ODD) | st.sampled_from(MARKUP + STRUCTURE), max_size=14).map("".join)


def parsed(source: str) -> list[dict[str, Any]]:
    parser = BleachHTMLParser(TAGS, strip=True, consume_entities=False, namespaceHTMLElements=False)
    return joined(walk(parser.parseFragment(source)))


def joined(tokens: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put together the pieces of a text."""
    whole: list[dict[str, Any]] = []
    for is_text, run in itertools.groupby(tokens, lambda token: token["type"] == "Characters"):
        pieces = list(run)
        whole += [{"type": "Characters", "data": "".join(each["data"] for each in pieces)}] if is_text else pieces
    return whole


@st.composite
def trees(draw: st.DrawFn, depth: int = 4) -> str:
    """Draw HTML that is well formed; what stands in what is left to chance."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(["", "a", " b\n", "\n", "&amp;", "<br>", "<hr>", "é\t"]))
    tag = draw(st.sampled_from(sorted(TAGS - {"br", "hr"})))
    within = draw(st.lists(trees(depth - 1), max_size=4))
    return f"<{tag}>{''.join(within)}</{tag}>"


@pytest.mark.parametrize("source", TREES)
def test_a_tree_is_read(source: str):
    assert read(source) == parsed(source)


@pytest.mark.parametrize("source", [*MARKUP, *STRUCTURE, *PLAIN, *ODD, *(f'<a href="{one}">x</a>' for one in TARGETS)])
def test_what_is_read_is_what_a_parser_says(source: str):
    assert read(source) in (None, parsed(source))


@settings(derandomize=True, deadline=None, max_examples=3000, database=None)
@given(pages | st.lists(trees(), max_size=4).map("".join))
def test_what_is_read_is_what_a_parser_says_for_anything(source: str):
    assert read(source) in (None, parsed(source))


SIGNS = [
    "a", "*", "**", "`", "> ", "- ", "1. ", "\n", "\n\n", "# ", "    ", "[a](https://x.y)", "<b>", "~~", "---", "```",
    "&",
]  # fmt: skip


@settings(derandomize=True, deadline=None, max_examples=1000, database=None)
@given(st.lists(st.sampled_from(SIGNS), max_size=20).map("".join))
def test_what_markdown_makes_is_read_but_for_emphasis_within_itself(source: str):
    html = (markdown_parser().to_html(source) or "").strip("\n")
    for made in (html, sanitize(html)):
        told = read(made)
        assert told == parsed(made) or (told is None and max(map(made.count, ("<em>", "<strong>", "<del>"))) > 1), made
