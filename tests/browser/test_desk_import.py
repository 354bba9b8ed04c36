"""An owner brings a file in a real browser: looks what would come, imports, follows the run, reads the report."""

import os
import signal
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page
from playwright.sync_api import ViewportSize
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD
from tests.browser.test_accessibility import violations
from tests.rig.live import HostSite
from tests.rig.live import Live

OLGA = "olga@gazette.example"
NARROW: ViewportSize = {"width": 360, "height": 900}
WIDE: ViewportSize = {"width": 1280, "height": 900}
LOOKS: tuple[tuple[Literal["light", "dark"], ViewportSize], ...] = (("dark", WIDE), ("light", NARROW))


def export(owner: HostSite, comments: int) -> bytes:
    """Return an export of WordPress with an article of this site, and one of a site that nobody has."""
    said = "".join(
        f"<wp:comment><wp:comment_id>{number}</wp:comment_id><wp:comment_author>Rita</wp:comment_author>"
        f"<wp:comment_date_gmt>2024-05-01 10:{number // 60 % 60:02}:{number % 60:02}</wp:comment_date_gmt>"
        f"<wp:comment_content>Number {number}</wp:comment_content><wp:comment_approved>1</wp:comment_approved>"
        "</wp:comment>"
        for number in range(1, comments + 1)
    )
    head = '<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel>'
    home = (
        f"<item><title>The old bridge</title><link>{owner.origin}/bridge</link><wp:post_id>1</wp:post_id>{said}</item>"
    )
    lost = (
        "<item><title>Elsewhere</title><link>https://elsewhere.example/a</link><wp:post_id>2</wp:post_id><wp:comment>"
        "<wp:comment_id>9999</wp:comment_id><wp:comment_author>Sam</wp:comment_author><wp:comment_content>Hm</wp:comment_content>"
        "<wp:comment_date_gmt>2024-05-02 10:00:00</wp:comment_date_gmt><wp:comment_approved>0</wp:comment_approved>"
        "</wp:comment><wp:comment><wp:comment_id>9998</wp:comment_id><wp:comment_type>pingback</wp:comment_type>"
        "<wp:comment_content>[...]</wp:comment_content><wp:comment_date_gmt>2024-05-02 10:00:00</wp:comment_date_gmt>"
        "<wp:comment_approved>1</wp:comment_approved></wp:comment></item>"
    )
    return f"{head}{home}{lost}</channel></rss>".encode()


@contextmanager
def at_a_standstill(live: Live) -> Iterator[None]:
    """Keep the process of a run from going on, so that what is seen meanwhile stays."""
    children: list[int] = []
    while not children:
        for worker in live.workers():
            for thread in Path(f"/proc/{worker}/task").glob("*/children"):
                children += [int(child) for child in thread.read_text().split()]
    for child in children:
        os.kill(child, signal.SIGSTOP)
    try:
        yield
    finally:
        for child in children:
            os.kill(child, signal.SIGCONT)


def looks(page: Page, where: str) -> None:
    """Find nothing that axe minds, in dark, in light and on a phone."""
    for scheme, size in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        assert violations(page) == [], (where, scheme, size)
    page.set_viewport_size(WIDE)


@pytest.mark.parametrize("empty_database", ["sqlite"], indirect=True, scope="session")
def test_a_file_is_looked_at_imported_and_followed(
    window: Callable, live: Live, owner: HostSite, tmp_path: Path
) -> None:
    live.command("moderator", "add", OLGA, "--site", "gazette", "--role", "owner", "--password-stdin", stdin=PASSWORD)
    file = tmp_path / "export.xml"
    file.write_bytes(export(owner, 700))
    page = window(viewport=WIDE).page
    page.goto(f"{live.base}/moderate/")
    page.get_by_label("Email").fill(OLGA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Import & export").first.click()
    page.get_by_text("More choices").click()
    page.get_by_text("How to get the file").click()
    looks(page, "form")
    page.get_by_label("Where your comments are now").select_option("WordPress")
    page.get_by_label("The file").set_input_files(file)
    page.get_by_role("button", name="Look what would come").click()
    with at_a_standstill(live):
        expect(page.get_by_role("heading", level=1)).to_have_text("Looking through the file")
        expect(page.get_by_role("progressbar")).to_be_visible()
        looks(page, "progress")
    expect(page.get_by_role("heading", level=1)).to_have_text("What would come")
    expect(page.get_by_text("702 read = 701 to import + 0 already there + 1 skipped")).to_be_visible()
    expect(page.get_by_role("heading", name="Addresses to look at")).to_be_visible()
    looks(page, "dry-run")
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The import is done")
    expect(page.get_by_text("702 read = 701 imported + 0 already there + 1 skipped")).to_be_visible()
    looks(page, "report")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download every skip and note").click()
    assert "9998" in Path(download.value.path()).read_text()
    page.goto(f"{live.base}/sites/gazette/thread?url={owner.origin}/bridge")
    expect(page.get_by_role("heading", name="700 comments")).to_be_visible()
