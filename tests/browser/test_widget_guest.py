"""The widget is a guest: it works in any page, belongs to it, changes nothing there and leaves nothing behind."""

import json
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.browser.test_newcomer import write
from tests.rig.articles import bring
from tests.rig.articles import publish
from tests.rig.articles import said
from tests.rig.articles import say
from tests.rig.articles import tag
from tests.rig.live import HostSite
from tests.rig.live import Live

STYLED = '<link rel="stylesheet" href="{}">'
HOSTILE = """
* { all: unset; display: inline !important; color: red !important; font-size: 3px !important }
button, input, textarea, select, h2, h3, form, svg { display: none !important }
[hidden] { display: block !important }
"""

_paths = count(1)


@pytest.fixture(scope="module", autouse=True)
def sites(live: Live, owner: HostSite) -> None:
    """Run one more site, which shows all at once."""
    live.command("site", "add", "open", "--origin", owner.origin, "--hold", "none")


def path() -> str:
    return f"/guest/{next(_paths)}"


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    expect(page.get_by_role("heading", name="Leave a Reply")).to_be_visible()
    return page


def test_under_a_policy_with_trusted_types(window: Callable, live: Live, owner: HostSite) -> None:
    former = owner.policy
    assert "unsafe-inline" not in former
    owner.policy = f"{former}; require-trusted-types-for 'script'; trusted-types commentsvc"
    page = opened(window().page, publish(live, owner, path()))
    page.get_by_label("Comment *").fill("Some **bold** words")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".sample strong")).to_have_text("bold")
    page.get_by_role("button", name="Write").click()
    write(page, "Some **bold** words", "Ida")
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Your comment")).to_be_focused()
    # Its own looks are there, without an inline style.
    expect(page.locator(".title")).to_have_css("font-weight", "700")
    owner.policy = former


def test_the_pages_stylesheet_does_not_break_it(window: Callable, live: Live, owner: HostSite) -> None:
    owner.pages["/hostile.css"] = HOSTILE
    page = opened(window().page, publish(live, owner, path(), STYLED.format("/hostile.css")))
    button, comment = page.get_by_role("button", name="Post Comment"), page.get_by_label("Comment *")
    expect(button).to_be_visible()
    assert button.evaluate("(node) => node.getBoundingClientRect().height") >= 44
    assert comment.evaluate("(node) => node.getBoundingClientRect().width") > 400
    expect(page.locator(".thread")).to_have_css("font-size", "16px")
    expect(page.get_by_role("button", name="Cancel reply")).to_be_hidden()


def test_the_page_restyles_it_by_variables_and_parts(window: Callable, live: Live, owner: HostSite) -> None:
    owner.pages["/own.css"] = """
    body { font-family: Georgia, serif; color: rgb(1, 2, 3) }
    commentsvc-thread { --commentsvc-accent: rgb(138, 63, 252); --commentsvc-radius: 0 }
    commentsvc-thread::part(title) { font-size: 24px }"""
    page = opened(window().page, publish(live, owner, path(), STYLED.format("/own.css")))
    button = page.get_by_role("button", name="Post Comment")
    expect(button).to_have_css("background-color", "rgb(138, 63, 252)")
    expect(button).to_have_css("border-radius", "0px")
    expect(page.locator(".title")).to_have_css("font-size", "24px")
    expect(page.locator(".thread")).to_have_css("font-family", "Georgia, serif")
    expect(page.locator(".thread")).to_have_css("color", "rgb(1, 2, 3)")


def test_words_and_language_are_the_owners(window: Callable, live: Live, owner: HostSite) -> None:
    replaced = {"reply": "Antworten", "comments_one": "Ein <b>Wort</b>", "post": "Senden", "body.empty": "Bitte etwas."}
    url = publish(live, owner, path(), site="open", lang="de", strings=json.dumps(replaced))
    say(live, url, "It leans.", "Ida", "open")
    page = opened(window().page, url)
    expect(page.get_by_role("heading", name="Ein <b>Wort</b>")).to_be_visible()
    expect(page.get_by_role("article").get_by_role("button").first).to_have_text("Antworten")
    expect(page.locator(".thread")).to_have_attribute("lang", "de")
    page.get_by_role("button", name="Senden").click()
    expect(page.get_by_text("Bitte etwas.")).to_be_visible()


def test_a_stable_id_holds_the_thread_together(window: Callable, live: Live, owner: HostSite) -> None:
    canonical = f'<link rel="canonical" href="{owner.origin}/guest/canon?page=2&utm_source=mail#top">'
    former = publish(live, owner, path(), site="open", thread="bridge")
    page = opened(window().page, former)
    write(page, "It leans.", "Ida")
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    with page.expect_request("**/thread?*") as asked:
        opened(page, publish(live, owner, path(), canonical, site="open", thread="bridge"))
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    assert asked.value.url.endswith("&id=bridge")
    assert "guest%2Fcanon%3Fpage%3D2&" in asked.value.url
    # The page's own address stays out of it where it names another.
    opened(page, publish(live, owner, path(), canonical, site="open") + "?utm_source=mail")
    write(page, "Under the canonical address.", "Ida")
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    assert said(live, f"{owner.origin}/guest/canon?page=2", "open") == ["Under the canonical address."]


def test_a_tag_in_the_head_puts_it_at_the_end_of_the_page(window: Callable, live: Live, owner: HostSite) -> None:
    page = opened(window().page, owner.put(path(), "<h1>The old bridge</h1>", tag(live)))
    assert page.evaluate("document.body.lastElementChild.localName") == "commentsvc-thread"


def test_nonsense_in_its_options_breaks_nothing(window: Callable, live: Live, owner: HostSite) -> None:
    nonsense = "<img src=x onerror=alert(1)>"
    options = {"thread": nonsense, "title": nonsense, "lang": f'zz-"{nonsense}', "depth": "NaN", "sort": nonsense}
    options |= {"url": "javascript:alert(1)", "strings": "{bad", "refresh": nonsense}
    head = '<link rel="canonical" href="javascript:alert(2)"><img name="currentScript">'
    page = opened(window().page, publish(live, owner, path(), head, **options) + f"#comment-{nonsense}")
    write(page, "It leans.", nonsense)
    expect(page.locator(".author")).to_have_text(nonsense)


MEASURE = """() => {
  window.running = new Set();
  for (const [start, stop] of [["setInterval", "clearInterval"], ["setTimeout", "clearTimeout"]]) {
    const [begin, end] = [window[start], window[stop]];
    window[start] = (...all) => { const id = begin(...all); running.add(id); return id };
    window[stop] = (id) => { running.delete(id); end(id) };
  }
}"""


def test_it_comes_and_goes_in_a_page_that_does_not_reload(window: Callable, live: Live, owner: HostSite) -> None:
    page = window().page
    page.add_init_script(f"({MEASURE})()")
    page.goto(owner.put(path(), "<main></main>", f'<script src="{live.base}/embed.js"></script>'))
    before = page.evaluate("Object.keys(window).length")
    for url in ("/guest/a", "/guest/b"):
        say(live, owner.origin + url, f"Under {url}.", "Ida", "open")
    page.evaluate(
        """() => {
          window.thread = document.createElement("commentsvc-thread");
          Object.assign(thread.dataset, { site: "open", url: "/guest/a", refresh: "60" });
          document.querySelector("main").append(thread);
        }"""
    )
    expect(page.locator("article .body")).to_have_text("Under /guest/a.")
    page.get_by_label("Comment *").fill("Half a")
    page.evaluate("() => { thread.dataset.url = '/guest/b' }")
    expect(page.locator("article .body")).to_have_text("Under /guest/b.")
    page.evaluate("() => { thread.dataset.url = '/guest/a' }")
    expect(page.get_by_label("Comment *")).to_have_value("Half a")
    page.evaluate("() => { thread.remove() }")
    assert page.evaluate("running.size") == 0
    page.evaluate("() => { location.hash = '#comment-0' }")
    page.evaluate("() => { document.body.append(thread) }")
    expect(page.locator("article .body")).to_have_text("Under /guest/a.")
    expect(page.get_by_label("Comment *")).to_have_value("Half a")
    # Taken out while it is still asking.
    page.evaluate("() => { for (let n = 0; n < 30; n++) { thread.remove(); document.body.append(thread) } }")
    expect(page.locator("article .body")).to_have_text("Under /guest/a.")
    page.evaluate("() => { thread.remove() }")
    assert page.evaluate("running.size") == 0
    # Nothing but what this test itself put there.
    assert page.evaluate("Object.keys(window).length") == before + 1


def test_what_is_taken_out_is_forgotten(window: Callable, live: Live, owner: HostSite) -> None:
    page = opened(window().page, publish(live, owner, path()))
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")

    def listeners() -> float:
        devtools.send("HeapProfiler.collectGarbage")
        return {each["name"]: each["value"] for each in devtools.send("Performance.getMetrics")["metrics"]}[
            "JSEventListeners"
        ]

    page.evaluate("() => { window.thread = document.querySelector('commentsvc-thread') }")
    first = listeners()
    for _ in range(10):
        page.evaluate("() => { thread.remove(); document.querySelector('main').append(thread) }")
        expect(page.get_by_role("heading", name="Leave a Reply")).to_be_visible()
    # What is out of reach need not all go with the first collection: some wait for a frame that is under way.
    for _ in range(20):
        if listeners() <= first + 5:
            break
        page.evaluate("() => new Promise(requestAnimationFrame)")
    assert listeners() <= first + 5


def test_it_sees_by_itself_that_the_page_is_dark(window: Callable, live: Live, owner: HostSite) -> None:
    owner.pages["/night.css"] = ".night { background: #111; color: oklch(0.95 0.02 250); transition: color 0.1s }"
    page = opened(window().page, publish(live, owner, path(), STYLED.format("/night.css")))
    root = page.locator(".thread")
    expect(root).to_have_css("color-scheme", "light")
    page.evaluate("() => { document.body.className = 'night' }")
    expect(root).to_have_css("color-scheme", "dark")
    page.evaluate("() => { document.body.className = '' }")
    expect(root).to_have_css("color-scheme", "light")


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [320, 360, 720, 3840])
def test_nothing_is_cut_off_at_any_width_nor_at_200_percent(
    window: Callable, live: Live, owner: HostSite, wordy: str, width: int, direction: str
) -> None:
    # 720 px of a screen of 1440 are what is left at a zoom of 200 %, and 320 what is left at 400 %.
    page = window(viewport={"width": width, "height": 700}, device_scale_factor=2).page
    opened(page, wordy)
    page.evaluate("(direction) => { document.documentElement.dir = direction }", direction)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Reply").last.click()
    page.get_by_role("button", name="Post Comment").click()
    expect(page.get_by_text("Please enter your name.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    hebrew = page.get_by_role("article", name="שירה").locator(".body p")
    assert hebrew.evaluate("(node) => getComputedStyle(node).direction") == "rtl"


@pytest.fixture(scope="module")
def wordy(live: Live, owner: HostSite) -> str:
    """Publish an article with comments that are hard to lay out."""
    url = publish(live, owner, "/guest/wordy")
    code = "```py\nprint('a very long line that should not break the page', 'x' * 200, 'and so on and so on')\n```"
    table = "| a | b | c | d |\n|---|---|---|---|\n" + "| " + " | ".join(["wide" * 9] * 4) + " |"
    texts = ["W" * 400, code, table, "> > > > > a\n\n1. b\n   - c\n     - d", "שלום, טיט סיד הוא טוב."]
    names = ["N" * 80, "Ida", "Sam", "Uma", "שירה"]
    comments = [{"body": body, "name": name} for body, name in zip(texts, names, strict=True)]
    deep = [{"body": "Deep.", "name": f"{n} deep", "parent": n} for n in range(4, 14)]
    bring(live, url, [*comments, *deep])
    return url


def test_nothing_moves_for_those_who_want_it_still(window: Callable, live: Live, owner: HostSite, wordy: str) -> None:
    page = opened(window(reduced_motion="reduce").page, wordy)
    longest = """(root) => Math.max(...[root, ...root.querySelectorAll("*")].flatMap((node) => {
      const { transitionDuration, animationDuration } = getComputedStyle(node);
      return (transitionDuration + "," + animationDuration).split(",").map(parseFloat);
    }))"""
    assert page.locator(".thread").evaluate(longest) <= 0.001


def test_it_leaves_no_cookie_and_one_kind_of_key(window: Callable, live: Live, owner: HostSite) -> None:
    page = opened(window().page, publish(live, owner, path(), site="open"))
    page.get_by_label("Save my name").check()
    write(page, "It leans.", "Ida")
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    page.get_by_label("Comment *").fill("Half a")
    assert page.context.cookies() == []
    keys = page.evaluate("Object.keys(localStorage)")
    assert len(keys) == 3
    assert all(key.startswith(f"commentsvc {live.base} open ") for key in keys)
    assert page.evaluate("sessionStorage.length") == 0
