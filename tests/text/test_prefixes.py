"""The beginning of addresses is moved by whole segments, whatever it is spelled like."""

import pytest

from commentsvc.text.addresses import canonical_address
from commentsvc.text.prefixes import Removal
from commentsvc.text.prefixes import read_beginning
from commentsvc.text.refusal import TextRefused

NEW = "https://new.example"


@pytest.mark.parametrize(
    ("old", "new", "address", "moved"),
    [
        ("http://a.example", "https://a.example/", "http://a.example/b?c=1", "https://a.example/b?c=1"),
        ("http://A.example:80/", "https://a.example", "http://a.example/", "https://a.example/"),
        ("https://a.example/blog/", NEW, "https://a.example/blog", f"{NEW}/"),
        ("https://a.example/blog", NEW, "https://a.example/blog?p=1", f"{NEW}/?p=1"),
        ("https://a.example/blog", NEW, "https://a.example/blog/x/y/", f"{NEW}/x/y/"),
        ("https://a.example/bl%6fg", NEW, "https://a.example/blog//x", f"{NEW}/x"),
        ("https://a.example", f"{NEW}/blog/", "https://a.example/?p=1", f"{NEW}/blog/?p=1"),
        ("https://a.example", "https://a.example/blog", "https://a.example/x", "https://a.example/blog/x"),
        ("https://a.example", "https://a.example/blog", "https://a.example/blog/x", None),
        ("https://a.example", f"{NEW}/blog", "https://a.example/", f"{NEW}/blog/"),
        ("https://a.example/blog", f"{NEW}/~x", "https://a.example/blog/%7ey/?q=a/", f"{NEW}/~x/%7ey/?q=a/"),
        ("https://a.example/blog", NEW, "https://a.example/blogs/x", None),
        ("https://a.example/blog", NEW, "https://a.example/Blog/x", None),
        ("https://a.example", NEW, "https://a.example.org/x", None),
        ("https://a.example", NEW, "https://a.example:8443/x", None),
        ("http://a.example", NEW, "https://a.example/x", None),
    ],
)
def test_addresses_move_by_whole_segments(old: str, new: str, address: str, moved: str | None) -> None:
    removal = Removal(read_beginning(old), read_beginning(new))
    assert removal.of_url(address) == moved
    found = removal.of(canonical_address(address).canonical, address)
    assert found == (canonical_address(moved) if moved is not None else None)


def test_an_address_that_would_move_once_more_is_left() -> None:
    removal = Removal(read_beginning("https://a.example/blog"), read_beginning("https://a.example"))
    with pytest.raises(TextRefused, match="once more"):
        removal.of("https://a.example/blog/blog/x", "https://a.example/blog/blog/x")
