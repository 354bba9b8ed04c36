import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import pytest
from bleach._vendor.html5lib.constants import tokenTypes
from bleach.html5lib_shim import BleachHTMLParser
from bleach.html5lib_shim import BleachHTMLTokenizer
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from commentsvc.text.sanitizing import TAGS
from commentsvc.text.tokenizing import AtOnce
from tests.text.hostile import MARKUP
from tests.text.hostile import STRUCTURE
from tests.text.hostile import TARGETS

MORE = [
    '<a href="x" title="a &amp; b">', '<a href="x" href="y">', '<a href="x"title="y">', '<a href="<">', "<a href='x'>",
    '<ol start="3" dir="ltr">', "<P>", "</P>", "</p >", "<br/>", "<p/>", "</br>", "<h1>", "<div>", "</div>", "<x-y>",
    "<p", "</p", "<p a", '<p dir="', "<", "</", "&", "&amp;", "&#0;", "&lt;b&gt;", " ", "\n", "\t\f", "\r\n", "\0",
    "a b", " a", "b ", "<!-- c -->", "<textarea>", "<script>", "<table><tr>x<td>",
]  # fmt: skip
pieces = st.sampled_from(MARKUP + STRUCTURE + MORE) | st.text(max_size=8)
pages = st.lists(pieces, max_size=14).map("".join)


class Quick(AtOnce, BleachHTMLTokenizer):
    """Bleach's tokenizer with ours before it."""


def tokens(kind: type[BleachHTMLTokenizer], source: str, chunk: int | None = None) -> list[Any]:
    parser = BleachHTMLParser(tags=TAGS, strip=True, consume_entities=False, namespaceHTMLElements=False)
    tokenizer: Any = kind(stream=source, consume_entities=False, parser=parser)
    if chunk is not None:
        tokenizer.stream._inner_stream._defaultChunkSize = chunk
    return list(joined(tokenizer))


def joined(tokens: Iterable[Any]) -> Iterator[Any]:
    """Put together the pieces of a text, of which html5lib makes more where there is an "&"."""
    for kind, run in itertools.groupby(tokens, lambda token: token["type"]):
        if kind == tokenTypes["Characters"]:
            yield {"type": kind, "data": "".join(token["data"] for token in run)}
        else:
            yield from run


@pytest.mark.parametrize("source", [*MARKUP, *STRUCTURE, *MORE, *(f'<a href="{target}">' for target in TARGETS)])
def test_tokens_are_those_of_bleach(source: str):
    assert tokens(Quick, source) == tokens(BleachHTMLTokenizer, source)


@settings(derandomize=True, deadline=None, max_examples=2000, database=None)
@given(pages)
def test_tokens_are_those_of_bleach_for_anything(source: str):
    assert tokens(Quick, source) == tokens(BleachHTMLTokenizer, source)


@settings(derandomize=True, deadline=None, max_examples=300, database=None)
@given(pages, st.integers(2, 9))
def test_tokens_are_those_of_bleach_where_the_source_comes_in_pieces(source: str, chunk: int):
    assert tokens(Quick, source, chunk) == tokens(BleachHTMLTokenizer, source, chunk)
