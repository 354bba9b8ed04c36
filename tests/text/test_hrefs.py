import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from commentsvc.text.hrefs import safe_href
from tests.text.hostile import TARGETS
from tests.text.judge import scheme


@pytest.mark.parametrize(
    ("raw", "href"),
    [
        ("https://a.example/b?c#d", "https://a.example/b?c#d"),
        ("HTTP://A.Example", "http://a.example/"),
        ("\x00 https://a.example/ \x1f", "https://a.example/"),
        ("ht\ntps:/\t/a.ex\rample/", "https://a.example/"),
        ("https:\\\\a.example\\b", "https://a.example/b"),
        ("https:////a.example/", "https://a.example/"),
        # What follows the backslash is path, to a browser too: the host is a.example.
        ("https://a.example\\@b.example/", "https://a.example/@b.example/"),
        ("https://a.example:443/", "https://a.example/"),
        ("https://bücher.example/ä?ö#ü", "https://xn--bcher-kva.example/%C3%A4?%C3%B6#%C3%BC"),
        ("https://a.example/\"'<>", "https://a.example/%22'%3C%3E"),
        ("mailto:me@a.example?subject=x y", "mailto:me@a.example?subject=x%20y"),
        ("MAILTO:me@a.example", "mailto:me@a.example"),
    ],
)
def test_targets_that_may_be_linked(raw: str, href: str):
    assert safe_href(raw) == href
    assert safe_href(href) == href


@pytest.mark.parametrize("raw", [*TARGETS, "https://a.example/\ud800"], ids=range(len(TARGETS) + 1))
def test_targets_that_may_not(raw: str):
    assert safe_href(raw) is None


@settings(derandomize=True, deadline=None, database=None)
@given(
    st.lists(
        st.sampled_from(
            ["javascript", "https", "mailto", ":", "//", "\\", "a.example", "@", "\t", "\n", " ", "\x01", "%3A"]
        )
        | st.text(max_size=3),
        max_size=8,
    ).map("".join)
)
def test_a_target_is_what_a_browser_reads(raw: str):
    href = safe_href(raw)
    if href is not None:
        assert href.isascii()
        assert href.isprintable()
        assert scheme(href) == scheme(raw)
        assert scheme(href) in ("http", "https", "mailto")
        assert safe_href(href) == href
