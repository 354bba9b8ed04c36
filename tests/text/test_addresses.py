import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from commentsvc.text.addresses import MAX_ADDRESS
from commentsvc.text.addresses import canonical_address
from commentsvc.text.addresses import clean_origin
from commentsvc.text.refusal import TextRefused


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("https://a.example", "https://a.example/"),
        ("https://a.example/", "https://a.example/"),
        ("HTTPS://A.Example/B", "https://a.example/B"),
        ("http://a.example/", "http://a.example/"),
        ("https://a.example./b", "https://a.example/b"),
        ("https://a.example:443/b", "https://a.example/b"),
        ("https://a.example:8443/b", "https://a.example:8443/b"),
        ("http://a.example:80", "http://a.example/"),
        (" \x00https://a.example/b\n", "https://a.example/b"),
        ("https://a.exa\nmple/\tb", "https://a.example/b"),
        ("https:\\\\a.example\\b", "https://a.example/b"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://a.example/b/", "https://a.example/b"),
        ("https://a.example/b//", "https://a.example/b"),
        ("https://a.example//b///c", "https://a.example/b/c"),
        ("https://a.example/b/../c/./d", "https://a.example/c/d"),
        ("https://a.example/b/%2E%2e/c", "https://a.example/c"),
        ("https://a.example/../b", "https://a.example/b"),
        ("https://a.example/%7eb/%41", "https://a.example/~b/A"),
        ("https://a.example/b%2fc", "https://a.example/b%2Fc"),
        ("https://a.example/%252e", "https://a.example/%252e"),
        ("https://a.example/100%", "https://a.example/100%25"),
        ("https://a.example/%%41", "https://a.example/%25A"),
        ("https://a.example/é", "https://a.example/%C3%A9"),
        ("https://a.example/%c3%a9", "https://a.example/%C3%A9"),
        ("https://a.example/a b", "https://a.example/a%20b"),
        ("https://a.example/b#c", "https://a.example/b"),
        ("https://a.example/b?", "https://a.example/b"),
        ("https://a.example/b/?c=1", "https://a.example/b?c=1"),
        ("https://a.example/?p=12", "https://a.example/?p=12"),
        ("https://a.example/b?z=1&y=2", "https://a.example/b?z=1&y=2"),
        ("https://a.example/b?c=1&c=2&d", "https://a.example/b?c=1&c=2&d"),
        ("https://a.example/b?&c=1&&", "https://a.example/b?c=1"),
        ("https://a.example/b?c=%7e%2f/", "https://a.example/b?c=~%2F/"),
        ("https://a.example/b?utm_source=x", "https://a.example/b"),
        ("https://a.example/b?UTM_Campaign=x&c=1", "https://a.example/b?c=1"),
        ("https://a.example/b?c=1&fbclid=x&gclid=y&d=2", "https://a.example/b?c=1&d=2"),
        ("https://a.example/b?%75tm_source=x", "https://a.example/b"),
        ("https://a.example/b?mc_cid=1&mc_eid=2&igshid=3&_ga=4&yclid=5&si=6&ref_src=7", "https://a.example/b"),
        ("https://a.example/b?dclid=1&msclkid=2&twclid=3&ttclid=4&wbraid=5&gbraid=6", "https://a.example/b"),
        ("https://a.example/b?replytocom=12#respond", "https://a.example/b"),
        ("https://a.example/b?silent=1&gclidx=2&my_utm_=3", "https://a.example/b?silent=1&gclidx=2&my_utm_=3"),
        ("http://0x7f.1:5000/b", "http://127.0.0.1:5000/b"),
        ("http://[0:0::1]/b", "http://[::1]/b"),
    ],
)
def test_canonical(raw: str, canonical: str):
    address = canonical_address(raw)
    assert address.canonical == canonical
    assert canonical_address(address.canonical).canonical == canonical
    assert canonical_address(address.raw).canonical == canonical
    assert canonical.startswith(address.origin + "/")


def test_what_is_given_is_kept_for_links_without_what_tracks():
    address = canonical_address("https://Bücher.example/a//b/?utm_source=x&c=1#d")
    assert address.raw == "https://xn--bcher-kva.example/a//b/?c=1"
    assert address.canonical == "https://xn--bcher-kva.example/a/b?c=1"
    assert address.origin == "https://xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("a.example/b", "scheme"),
        ("//a.example/b", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("data:text/html,x", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("https:///", "host"),
        ("https://a..example/", "host"),
        ("https://a.example:99999/", "host"),
        ("https://me@a.example/", "userinfo"),
        ("https://a.example@b.example/", "userinfo"),
        ("https://a.example/\udfff", "invalid"),
        ("https://a.example/" + "b" * MAX_ADDRESS, "too_long"),
        ("https://a.example/" + "é" * 500, "too_long"),
    ],
)
def test_refused(raw: str, code: str):
    with pytest.raises(TextRefused) as refused:
        canonical_address(raw)
    assert refused.value.code == code
    assert refused.value.limit == (MAX_ADDRESS if code == "too_long" else None)


def test_the_longest_address_is_taken():
    longest = "https://a.example/".ljust(MAX_ADDRESS, "b")
    assert canonical_address(longest).canonical == longest


parts = st.sampled_from(
    [
        "/",
        "//",
        ".",
        "..",
        "%2e",
        "%2E%2e",
        "%2f",
        "%",
        "%41",
        "%zz",
        "\\",
        "?",
        "&",
        "=",
        "#",
        "utm_x=1",
        "si",
        "+",
        " ",
        "b",
        "é",
    ]
)


@settings(derandomize=True, deadline=None, max_examples=400, database=None)
@given(st.lists(parts | st.text(max_size=2), max_size=12).map("".join))
def test_canonical_is_at_rest(rest: str):
    try:
        address = canonical_address(f"https://a.example/{rest}")
    except TextRefused:
        return
    assert address.canonical.isascii()
    assert address.canonical.isprintable()
    assert canonical_address(address.canonical) == type(address)(address.canonical, address.canonical, address.origin)
    assert canonical_address(address.raw) == address


@pytest.mark.parametrize(
    ("raw", "origin"),
    [
        ("https://a.example", "https://a.example"),
        ("https://a.example/", "https://a.example"),
        (" HTTPS://A.example:443 ", "https://a.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://a.example.", "https://a.example"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_origins(raw: str, origin: str):
    assert clean_origin(raw) == origin


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        ("null", "invalid"),
        ("*", "invalid"),
        ("https://*.example", "invalid"),
        ("https://a.example/blog", "invalid"),
        ("https://a.example/?b", "invalid"),
        ("https://a.example#", "invalid"),
        ("https://a.example https://b.example", "invalid"),
        ("https://a.exam\tple", "invalid"),
        ("a.example", "scheme"),
        ("ftp://a.example", "scheme"),
        ("https://", "host"),
        ("https://me@a.example", "userinfo"),
    ],
)
def test_origins_refused(raw: str, code: str):
    with pytest.raises(TextRefused) as refused:
        clean_origin(raw)
    assert refused.value.code == code


def test_an_origin_with_a_path_is_answered_with_the_origin():
    with pytest.raises(TextRefused, match=r"did you mean https://a\.example\?"):
        clean_origin("https://a.example/blog/")
