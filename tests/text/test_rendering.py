import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from commentsvc.text.rendering import MAX_BODY
from commentsvc.text.rendering import RENDERER
from commentsvc.text.rendering import render
from commentsvc.text.sanitizing import sanitize
from tests.text.hostile import MARKUP
from tests.text.hostile import STRUCTURE
from tests.text.hostile import TARGETS
from tests.text.judge import faults
from tests.text.judge import hrefs
from tests.text.judge import read

REL = 'rel="nofollow ugc noopener"'
SHAPES = ["[x]({})", "[x](<{}>)", '[x]({} "t")', "![x]({})", "<{}>", "[x][r]\n\n[r]: {}", "[x][r]\n\n[r]: <{}>", "{}"]


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("", ""),
        ("Hello", '<p dir="auto">Hello</p>'),
        ("one\ntwo", '<p dir="auto">one<br>\ntwo</p>'),
        ("one\n\ntwo", '<p dir="auto">one</p>\n<p dir="auto">two</p>'),
        ("*a* **b** ~~c~~ `d`", '<p dir="auto"><em>a</em> <strong>b</strong> <del>c</del> <code>d</code></p>'),
        ("<b>a</b> & &amp; &lt;", '<p dir="auto">&lt;b&gt;a&lt;/b&gt; &amp; &amp; &lt;</p>'),
        ("<!-- a -->", '<p dir="auto">&lt;!-- a --&gt;</p>'),
        ("> a", '<blockquote dir="auto">\n<p>a</p>\n</blockquote>'),
        ("- a\n- b", '<ul>\n<li dir="auto">a</li>\n<li dir="auto">b</li>\n</ul>'),
        ("3. a", '<ol start="3">\n<li dir="auto">a</li>\n</ol>'),
        ("---", "<hr>"),
        ("    a\n    <b", "<pre><code>a\n&lt;b\n</code></pre>"),
        ("```c++\na < b\n```", '<pre><code class="language-c++">a &lt; b\n</code></pre>'),
        ("```\n\na\n```", "<pre><code>\na\n</code></pre>"),
        ('```x"y\na\n```', "<pre><code>a\n</code></pre>"),
        ("a\xa0b", '<p dir="auto">a&nbsp;b</p>'),
    ],
)
def test_markdown(source: str, html: str):
    assert render(source).html == html
    assert faults(html) == []


@pytest.mark.parametrize(
    ("source", "tag"),
    [("# a", "h3"), ("## a", "h4"), ("### a", "h5"), ("#### a", "h6"), ("###### a", "h6"), ("a\n=", "h3")],
)
def test_headings_stay_below_those_of_the_page(source: str, tag: str):
    assert render(source).html == f'<{tag} dir="auto">a</{tag}>'


def test_tables():
    html = render("|a|b|c|\n|:--|:-:|--:|\n|1|2|3|").html
    assert [(tag, attributes.get("align")) for tag, attributes in read(html).elements if tag in ("th", "td")] == [
        (tag, align) for tag in ("th", "td") for align in ("left", "center", "right")
    ]
    assert faults(html) == []


@pytest.mark.parametrize(
    ("source", "targets"),
    [
        ("https://a.example/b?c=1&d=2", ["https://a.example/b?c=1&d=2"]),
        ("See https://a.example/b.", ["https://a.example/b"]),
        ("(https://a.example/b_(c))", ["https://a.example/b_(c)"]),
        ("HTTP://A.EXAMPLE/B", ["http://a.example/B"]),
        ("www.a.example", ["https://www.a.example/"]),
        ("www.a.example/b, www.", ["https://www.a.example/b"]),
        ("<https://a.example/>", ["https://a.example/"]),
        ("[x](https://a.example)", ["https://a.example/"]),
        ("[x]\n\n[x]: https://a.example", ["https://a.example/"]),
        ("mailto:me@a.example", ["mailto:me@a.example"]),
        ("<me@a.example>", ["mailto:me@a.example"]),
        ("![x](https://a.example/b.png)", ["https://a.example/b.png"]),
        ("[![x](https://a.example/b.png)](https://c.example)", ["https://c.example/"]),
        ("README.md main.rs a.example 1.2.3.4 me@a.example", []),
        ("ftp://a.example //a.example/b", []),
        ("`https://a.example`", []),
        ("https\\://a.example", []),
    ],
)
def test_targets(source: str, targets: list[str]):
    html = render(source).html
    assert hrefs(html) == targets
    assert faults(html) == []


def test_a_bare_address_is_shown_as_it_was_typed():
    html = render("http://A.example/%D0%B0").html
    assert html == f'<p dir="auto"><a href="http://a.example/%D0%B0" {REL}>http://A.example/%D0%B0</a></p>'


def test_a_title_is_kept():
    html = render('[x](https://a.example "a \\"b\\" <c>")').html
    link = f'<a href="https://a.example/" title="a &quot;b&quot; &lt;c&gt;" {REL}>x</a>'
    assert html == f'<p dir="auto">{link}</p>'


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("![a *b* `c`](https://a.example/d.png)", "a b c"),
        ("![](https://a.example/d.png)", "https://a.example/d.png"),
        ("![x](data:image/png;base64,AAAA)", "![x](data:image/png;base64,AAAA)"),
        ("[x](/path) [y](javascript:1)", "[x](/path) [y](javascript:1)"),
    ],
)
def test_images_and_refused_links_leave_their_words(source: str, text: str):
    assert read(render(source).html).text == text


@pytest.mark.parametrize(
    ("source", "markup", "links"),
    [
        ("none", "markdown", 0),
        ("https://a.example https://a.example/ [x](https://A.example)", "markdown", 1),
        ("https://a.example https://b.example", "markdown", 2),
        ("https://a.example/b https://a.example/c", "plain", 2),
        ("<me@a.example> https://a.example", "markdown", 1),
        ("<a href=https://a.example>x</a><a href=javascript:1>y</a><a href=https://b.example>z</a>", "html", 2),
    ],
)
def test_distinct_links_are_counted(source: str, markup: str, links: int):
    assert render(source, markup).links == links


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("", ""),
        ("*a*\n<b>\n\n# c", '<p dir="auto">*a*<br>\n&lt;b&gt;</p>\n<p dir="auto"># c</p>'),
        ("&amp; \\*", '<p dir="auto">&amp;amp; \\*</p>'),
        ("https://a.example", f'<p dir="auto"><a href="https://a.example/" {REL}>https://a.example</a></p>'),
    ],
)
def test_plain(source: str, html: str):
    assert render(source, "plain").html == html


def test_html_is_sanitized():
    source = "<p>a <b>b</b><script>c</script></p>\n"
    assert render(source, "html").html == sanitize(source.strip("\n"))


def test_another_markup_is_a_mistake():
    with pytest.raises(ValueError, match="bbcode"):
        render("a", "bbcode")


def test_the_renderer_has_a_name_that_fits_a_column():
    assert RENDERER.isalnum()
    assert len(RENDERER) <= 16


@pytest.mark.parametrize("target", TARGETS, ids=range(len(TARGETS)))
def test_no_hostile_target_survives(target: str):
    for shape in SHAPES:
        html = render(shape.format(target)).html
        assert faults(html) == []
        # What Markdown makes of an odd target may be another one, but never one that runs.
        assert all(href and href.startswith(("https://", "mailto:")) for href in hrefs(html))


@pytest.mark.parametrize("source", MARKUP, ids=range(len(MARKUP)))
@pytest.mark.parametrize("markup", ["markdown", "html", "plain"])
def test_hostile_markup(source: str, markup: str):
    html = render(source, markup).html
    assert faults(html) == []
    assert sanitize(html) == html


MARKDOWN = [
    "*",
    "**",
    "_",
    "~~",
    "`",
    "```\n",
    "[",
    "](",
    ")",
    "!",
    "<",
    ">",
    "|",
    "|-|",
    "\n",
    "\n\n",
    "> ",
    "- ",
    "1. ",
]
pieces = (
    st.sampled_from(MARKDOWN)
    | st.sampled_from(MARKUP + TARGETS[:-1])
    | st.sampled_from(STRUCTURE)
    | st.text(max_size=6)
)


@settings(derandomize=True, deadline=None, max_examples=300, database=None)
@given(st.lists(pieces, max_size=12).map("".join), st.sampled_from(["markdown", "html", "plain"]))
def test_whatever_is_written_is_sound(source: str, markup: str):
    html = render(source, markup).html
    assert faults(html) == []
    assert sanitize(html) == html


@pytest.mark.parametrize("deep", [5, 18, 19, 20, 21, 100, 5000])
@pytest.mark.parametrize("unit", [">", "> - ", "- ", "1. "])
def test_no_word_is_lost_in_the_depth(unit: str, deep: int):
    assert "END" in render((unit * deep)[: MAX_BODY - 3] + "END").html


@pytest.mark.parametrize(
    "unit",
    [
        "[", "![", "](", "[a](", "[]()", "*", "_", "*a_", "**a", "~~", "`", "`a``b", ">", "> - ", "- ", "1. ", "#", "|",
        "|-", "<", "<b>", "&", "&amp;", "\\", "(", "\n", " ", "\t", "a\n", "www.", "http://", "mailto:", "<https://",
        "https://a.example ", "[a]: /b\n", "[a](https://a.example)", "https://a.example/(", "http://a.a",
        "\u0301", "\U0001f44d", "\U0001f44d\u200d",
    ],
)  # fmt: skip
@pytest.mark.parametrize("markup", ["markdown", "html", "plain"])
def test_long_nonsense_is_answered(unit: str, markup: str):
    html = render((unit * MAX_BODY)[:MAX_BODY], markup).html
    assert len(html) <= 20 * MAX_BODY
    assert faults(html) == []


def test_many_threads_get_their_own_answers():
    threads, rounds = 8, 40
    together = threading.Barrier(threads)

    def sources(number: int) -> list[str]:
        return [f"*I am {number}*, [{turn}](https://a.example/{number}/{turn})\n\n> {number}" for turn in range(rounds)]

    def work(number: int) -> list[tuple[str, int]]:
        together.wait(30)
        return [(rendered.html, rendered.links) for rendered in map(render, sources(number))]

    with ThreadPoolExecutor(threads) as pool:
        answers = list(pool.map(work, range(threads)))
    for number, answered in enumerate(answers):
        for turn, (html, links) in enumerate(answered):
            link = f'<a href="https://a.example/{number}/{turn}" {REL}>{turn}</a>'
            quote = f'<blockquote dir="auto">\n<p>{number}</p>\n</blockquote>'
            assert html == f'<p dir="auto"><em>I am {number}</em>, {link}</p>\n{quote}'
            assert links == 1
