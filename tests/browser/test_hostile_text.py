"""Hostile text by every way in, judged in every place where it comes out, by a real browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.browser.conftest import Watched
from tests.browser.test_newcomer import sign_in
from tests.rig.live import HostSite
from tests.rig.live import Live
from tests.text.hostile import MARKUP
from tests.text.hostile import STRUCTURE
from tests.text.hostile import TARGETS

NAMES = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "\u202eadmin",
    "__proto__",
    "<b>bold</b>",
]
WEBSITES = [
    'https://a.example/"onclick="alert(1)',
    "https://a.example/'><script>alert(1)</script>",
    "https://a.example/#<",
]
BODIES = [
    *MARKUP,
    *STRUCTURE,
    *(f"[click]({target})" for target in TARGETS),
    *(f"<{target}>" for target in TARGETS),
    *(f'<a href="{target}">click</a>' for target in TARGETS),
    "[a][r]\n\n[r]: javascript:alert(1)",
    '![x](x"onerror=alert(1))',
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "{{ config }} {% import 'os' %}",
]

# Parses each text as a page would and lists what is in it; nothing is fetched or run in such a document.
JUDGE = """
(texts) => texts.map((html) => {
  const parsed = new DOMParser().parseFromString("<body>", "text/html");
  parsed.body.innerHTML = html;
  const faults = [];
  for (const node of parsed.body.querySelectorAll("*")) {
    const name = node.localName;
    if (!ALLOWED[name]) { faults.push(name); continue; }
    for (const attribute of node.attributes)
      if (!ALLOWED[name].includes(attribute.name)) faults.push(name + "." + attribute.name);
    if (name === "a" && node.hasAttribute("href")) {
      if (!["http:", "https:", "mailto:"].includes(node.protocol)) faults.push("scheme " + node.protocol);
      if (node.rel !== "nofollow ugc noopener") faults.push("rel " + node.rel);
    }
  }
  if (parsed.body.innerHTML !== html) faults.push("changes when read again: " + html);
  return faults;
})
"""
DIR = ["dir"]
ALLOWED: dict[str, list[str]] = {
    **dict.fromkeys(("p", "pre", "blockquote", "ul", "li", "h3", "h4", "h5", "h6", "table"), DIR),
    **{name: [] for name in ("br", "strong", "em", "del", "hr", "thead", "tbody", "tr")},
    "ol": ["start", "dir"],
    "a": ["href", "rel", "title"],
    "code": ["class"],
    "th": ["align", "dir"],
    "td": ["align", "dir"],
}


def judged(page: Page, texts: list[str]) -> list[Any]:
    """Return what the browser finds in texts that must not be there."""
    return [
        (text, faults)
        for text, faults in zip(texts, page.evaluate(JUDGE.replace("ALLOWED", str(ALLOWED)), texts), strict=True)
        if faults
    ]


class Caller:
    """The API as a page of the site's uses it, from within the browser."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = f"{base}/api/v1/sites/gazette"

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, receipt: str | None = None) -> Any:
        """Call the API; return status and answer."""
        return self.page.evaluate(
            """async ([url, method, body, receipt]) => {
                const headers = {"Content-Type": "application/json"};
                if (receipt) headers.Authorization = "Bearer " + receipt;
                const answer = await fetch(url, {method, headers, body: body && JSON.stringify(body)});
                return [answer.status, answer.status === 204 ? null : await answer.json()];
            }""",
            [self.base + path, method, body, receipt],
        )


@pytest.fixture
def reader(window: Callable[..., Watched], owner: HostSite, live: Live) -> Caller:
    """Give the API from a page of the owner's."""
    page = window().page
    page.goto(owner.put("/plain", "<p>Nothing here.</p>"))
    return Caller(page, live.base)


def test_whatever_way_it_comes_in_only_what_is_allowed_comes_out(reader: Caller, owner: HostSite) -> None:
    url = owner.origin + "/hostile/ways"
    _, first = reader.call("POST", "/comments", {"url": url, "name": "Eve", "body": "To be edited."})
    edited = f"/comments/{first['comment']['id']}"
    shown: list[str] = []
    for body in BODIES:
        status, answer = reader.call("POST", "/comments", {"url": url, "name": "Eve", "body": body})
        assert status in (202, 422), answer
        if status == 422:
            assert [error["field"] for error in answer["errors"]] == ["body"]
            continue
        shown.append(answer["comment"]["html"])
        status, answer = reader.call("PATCH", edited, {"body": body}, first["receipt"])
        assert status == 200
        shown.append(answer["comment"]["html"])
        status, answer = reader.call("POST", "/preview", {"body": body})
        assert status == 200
        shown.append(answer["html"])
    assert len(shown) > 3 * len(MARKUP)
    assert judged(reader.page, shown) == []
    assert judged(reader.page, ["<p><a href=javascript:1>x</a></p>", "<img src=x>"]) != [], "the judge is awake"


def test_hostile_comments_do_nothing_in_any_page(
    reader: Caller, window: Callable[..., Watched], owner: HostSite, live: Live
) -> None:
    live.command("site", "edit", "gazette", "--hold", "none")
    tag = f'<script async src="{live.base}/embed.js" data-site="gazette"></script>'
    url = owner.put("/hostile/shown", f"<main><h1>Quiet</h1>{tag}</main>", "<title></title>")
    for number, body in enumerate([*BODIES[::2], *NAMES]):
        comment = {
            "url": url,
            "title": NAMES[number % len(NAMES)],
            "name": NAMES[number % len(NAMES)],
            "website": WEBSITES[number % len(WEBSITES)],
            "body": body,
        }
        assert reader.call("POST", "/comments", comment)[0] in (201, 202, 422)

    page = window().page
    page.goto(url)
    expect(page.get_by_role("heading", name="comments")).to_be_visible()
    expect(page.locator("article.comment").nth(20)).to_be_visible()
    page.goto(f"{live.base}/sites/gazette/thread?url={url}")
    expect(page.get_by_role("article").nth(20)).to_be_visible()
    sign_in(page, live)
    for name in ("queue", "approved"):
        page.goto(f"{live.base}/moderate/gazette/{name}")
        expect(page.get_by_role("article").first).to_be_visible()
    page.goto(f"{live.base}/moderate/gazette/threads")
    expect(page.get_by_text("alert(1)").first).to_be_visible()
    live.command("site", "edit", "gazette", "--hold", "all")
