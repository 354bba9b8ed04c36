import itertools

import pytest
from bleach.sanitizer import Cleaner
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from commentsvc.text.sanitizing import ATTRIBUTES
from commentsvc.text.sanitizing import SCHEMES
from commentsvc.text.sanitizing import TAGS
from commentsvc.text.walking import walk
from tests.text.hostile import MARKUP
from tests.text.hostile import STRUCTURE
from tests.text.hostile import TARGETS

FOREIGN = ["<a {x}href=https://a.example>", "<p {http://www.w3.org/1999/xlink}dir=rtl>", "<p {}dir=rtl>", "<a {x=1>"]


def cleaners() -> tuple[Cleaner, Cleaner]:
    """Return bleach's cleaner as it is, and one that is told of the tree by our walker."""
    theirs, ours = (
        Cleaner(tags=TAGS, attributes={tag: list(names) for tag, names in ATTRIBUTES.items()}, protocols=SCHEMES)
        for _ in range(2)
    )
    ours.walker = walk  # pyright: ignore[reportAttributeAccessIssue]
    return theirs, ours


theirs, ours = cleaners()


@pytest.mark.parametrize("source", MARKUP + FOREIGN, ids=range(len(MARKUP + FOREIGN)))
def test_bleach_writes_the_same_by_its_own_walker(source: str):
    assert ours.clean(source) == theirs.clean(source)


def test_bleach_refuses_the_same_targets():
    for target in TARGETS:
        source = '<a title="t" href="{}">x</a>'.format(target.replace('"', "&quot;"))
        assert ours.clean(source) == theirs.clean(source)


def test_bleach_writes_the_same_of_pairs():
    for first, second in itertools.product(MARKUP[::3] + FOREIGN, STRUCTURE):
        assert ours.clean(first + second) == theirs.clean(first + second)


@settings(derandomize=True, deadline=None, max_examples=300, database=None)
@given(st.lists(st.sampled_from(STRUCTURE + FOREIGN) | st.text(max_size=8), max_size=20).map("".join))
def test_bleach_writes_the_same_of_anything(source: str):
    assert ours.clean(source) == theirs.clean(source)


def test_depth_is_no_limit():
    assert ours.clean("<em>" * 3000 + "x").endswith("x" + "</em>" * 3000)
