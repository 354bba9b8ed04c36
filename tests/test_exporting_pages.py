"""The pages of an export: what is published, safely, under names that nobody chose."""

import io
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask

from commentsvc.models.site import Site
from tests.conftest import Clock
from tests.rig.archives import run
from tests.rig.leaving import furnish

# What the pages are made of, and what comments may hold.
PAGE = frozenset("html head meta title link body main h1 p ul li a span bdi section article div time".split())  # noqa: SIM905
COMMENT = frozenset(
    "p br strong em del code pre blockquote ul ol li a hr h3 h4 h5 h6 table thead tbody tr th td".split()  # noqa: SIM905
)


class _Seen(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            assert not name.startswith("on"), (tag, name)
            if name == "href":
                self.links.append(value or "")
            if name == "id":
                self.ids.add(value or "")


@pytest.fixture
def said(app: Flask, site: Site, mona, rita, sam, decide, clock: Clock) -> dict[str, str]:
    """Give the Gazette with everything, and its comments by name."""
    return furnish(app, site, mona, rita, sam, decide, clock)


def test_pages_hold_what_is_published_and_nothing_that_runs(
    site: Site, said: dict[str, str], database_url: str, tmp_path: Path
) -> None:
    packed, folder = tmp_path / "pages.zip", tmp_path / "pages"
    for target in (packed, folder):
        told = run(database_url, "export", "--site", site.key, "--format", "html", str(target))
        assert told.exit_code == 0, told.output
        assert "holds 7 threads and comments" in told.output
    with zipfile.ZipFile(packed) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {path.name: path.read_text() for path in folder.iterdir()} == files
    assert {path.name for path in tmp_path.iterdir()} == {"pages.zip", "pages"}
    (page,) = (name for name in files if name not in ("index.html", "style.css"))
    assert re.fullmatch(r"[0-9a-hjkmnp-tv-z]{13}\.html", page)
    for name in ("index.html", page):
        seen = _Seen(files[name])
        assert seen.tags <= PAGE | COMMENT, seen.tags
        assert "mail.example" not in files[name]
        assert "&lt;b&gt;The&lt;/b&gt;" in files[name]
        for link in seen.links:
            assert link in files or link.removeprefix("#") in seen.ids or link.startswith("https://"), link
    published = {f"c-{said[name]}" for name in ("root", "reply", "pinned", "under", "gone", "elsewhere", "nameless")}
    assert _Seen(files[page]).ids == published
    assert files[page].count("<article") == 6
    assert "This comment is not here any more." in files[page]
    for words in ("This one goes.", "I wait.", "Buy pills.", ">No.<", "Edited, and waiting."):
        assert words not in files[page], words
    assert '<a href="https://example.org/?a=1&amp;b=2" rel="nofollow ugc noopener">link</a>' in files[page]


def test_pages_go_to_the_screen_and_are_the_same_each_time(site: Site, said: dict[str, str], database_url: str) -> None:
    first, second = (
        run(database_url, "export", "--site", site.key, "--format", "html", "-").stdout_bytes for _ in range(2)
    )
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        assert "index.html" in archive.namelist()
