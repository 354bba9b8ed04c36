import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from commentsvc.text.excerpts import plain_text
from commentsvc.text.rendering import render


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p>a</p><p>b</p>", "a b"),
        ("<p>a<br>\nb <em>c</em>d</p>", "a b cd"),
        ("<ul>\n<li>a</li><li>b</li>\n</ul>", "a b"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("<pre><code>a\n  b\n</code></pre>", "a b"),
        ("<p>a&nbsp;&amp;&lt;b&gt;</p>", "a &<b>"),
        ('<p><a href="https://a.example/" title="t">x</a>y</p>', "xy"),
        ('One <![><img src="]><img src=x>', "One"),
    ],
)
def test_text(html: str, text: str):
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (100, "One two three"),
        (13, "One two three"),
        (12, "One two…"),
        (9, "One two…"),
        (8, "One two…"),
        (7, "One…"),
        (4, "One…"),
        (3, "On…"),
        (1, "…"),
        (0, ""),
    ],
)
def test_cut_at_a_word(limit: int, text: str):
    assert plain_text("<p>One <em>two</em> three</p>", limit) == text


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("abcdefgh", "abcd…"),
        ("abce\u0301fgh", "abc…"),
        ("abc\U0001f469\u200d\U0001f4bbx", "abc…"),
        ("ab\u2764\ufe0f\u200d\U0001f525x", "ab…"),
    ],
)
def test_one_long_word_is_cut_between_letters(word: str, text: str):
    assert plain_text(f"<p>{word}</p>", 5) == text


@settings(derandomize=True, deadline=None, database=None)
@given(st.text(), st.integers(0, 40))
def test_it_fits(source: str, limit: int):
    html = render(source).html
    whole, cut = plain_text(html), plain_text(html, limit)
    assert len(cut) <= limit
    assert cut == whole or whole.startswith(cut.removesuffix("…"))
