import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from commentsvc.text.refusal import TextRefused
from commentsvc.text.websites import MAX_URL
from commentsvc.text.websites import clean_website


@pytest.mark.parametrize(
    ("raw", "website"),
    [
        ("https://a.example", "https://a.example/"),
        ("http://a.example/b?c#d", "http://a.example/b?c#d"),
        (" HTTPS://A.Example/B ", "https://a.example/B"),
        ("a.example", "https://a.example/"),
        ("www.a.example/me", "https://www.a.example/me"),
        ("A.example?b", "https://a.example/?b"),
        ("a.example:8080/me", "https://a.example:8080/me"),
        ("a.example:8080", "https://a.example:8080/"),
        ("//a.example/me", "https://a.example/me"),
        ("bücher.example", "https://xn--bcher-kva.example/"),
        ("https://a.example/ä b'\"<>", "https://a.example/%C3%A4%20b'%22%3C%3E"),
        ("https://a.example/b:c", "https://a.example/b:c"),
        ("a.example/b:c", "https://a.example/b:c"),
        ("http://localhost:8000/", "http://localhost:8000/"),
    ],
)
def test_written_again(raw: str, website: str):
    assert clean_website(raw) == website
    assert clean_website(website) == website


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        (" \t\n", "empty"),
        ("javascript:alert(1)", "scheme"),
        ("javascript:1", "scheme"),
        ("javascript:a.example:1", "scheme"),
        ("JAVASCRIPT://a.example/%0aalert(1)", "scheme"),
        ("data:text/html,x", "scheme"),
        ("mailto:me@a.example", "scheme"),
        ("tel:1", "scheme"),
        ("ftp://a.example", "scheme"),
        ("none", "host"),
        ("I have none", "host"),
        ("/me", "host"),
        ("#", "host"),
        ("https://", "host"),
        ("https:a.example", "host"),
        ("a b.example", "host"),
        ("a..example", "host"),
        ("me@a.example", "userinfo"),
        ("https://me:secret@a.example/", "userinfo"),
        ("https://a.example@b.example/", "userinfo"),
        ("https://a.exam\tple/", "control"),
        ("https://a.example/\r\nb", "control"),
        ("https://a.example/\x00", "control"),
        ("https://a.example/\x7f", "control"),
        ("https://a.example/\ud800", "invalid"),
        ("https://a.example/" + "b" * MAX_URL, "too_long"),
        ("https://a.example/" + "é" * 500, "too_long"),
    ],
)
def test_refused(raw: str, code: str):
    with pytest.raises(TextRefused) as refused:
        clean_website(raw)
    assert refused.value.code == code
    assert refused.value.limit == (MAX_URL if code == "too_long" else None)


def test_the_longest_website_is_taken():
    longest = "https://a.example/".ljust(MAX_URL, "b")
    assert clean_website(longest) == longest


@settings(derandomize=True, deadline=None, database=None)
@given(
    st.lists(
        st.sampled_from(
            ["https:", "http://", "//", "a.example", ":", "80", "@", "\\", "?", "#", "'", '"', "<", " ", "\t"]
        )
        | st.text(max_size=3),
        max_size=8,
    ).map("".join)
)
def test_what_is_taken_is_safe_in_an_attribute(raw: str):
    try:
        website = clean_website(raw)
    except TextRefused:
        return
    assert website.startswith(("https://", "http://"))
    assert website.isascii()
    assert website.isprintable()
    assert not set(website) & set(' "<>')
    assert clean_website(website) == website
