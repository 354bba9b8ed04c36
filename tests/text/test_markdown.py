from functools import partial

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML

from commentsvc.text.markdown import Parser
from commentsvc.text.markdown import markdown_parser
from commentsvc.text.markdown import plain_parser
from commentsvc.text.sanitizing import sanitize
from tests.text.hostile import MARKUP
from tests.text.hostile import TARGETS

SIGNS = [
    *"""!"#$%&'()*+,-./:;<=>?@[]^_`{|}~\\""", "**", "~~", "```\n", "](", "![", "&amp;", "&copy", "&#41;", "\n",
    "\n\n", "\n    ", "  \n", "\t", "\r\n", "\x0c", "\u2028", "\xa0", "\n> ", "\n- ", "\n1. ", "\n2) ", "\n# ", "\n===",
    "\n---", "|a|\n|-|", "[a]: https://a.example\n", "https://a.example", "HTTP://A.example", "http\u017f://a.example",
    "www.", "WWW.a.example", "mailto:me@a.example", "ma\u0131lto:me@a.example", "me@a.example", "<https://a.example>",
]  # fmt: skip
WORDS = ["a", "word", "Two words", "\u00e9", "\u05e9\u05dc\u05d5\u05dd", "\u3042", "\U0001f44d", "1", "\u0663"]

fixed = settings(derandomize=True, deadline=None, max_examples=600, database=None)
marked = st.lists(st.sampled_from(SIGNS + WORDS) | st.sampled_from(MARKUP + TARGETS[:-1]), max_size=12).map("".join)
ends = st.sampled_from([*".,;!?)}'\"-+=#>|", " ", "\n", "\n\n", "\n\n\n", "\t", "\xa0", "\n \n"])
prose = st.lists(st.sampled_from(WORDS) | ends, max_size=16).map("".join)


def patient(parser: Parser) -> Parser:
    """Let a parser ask every rule at every sign, and look for addresses everywhere."""
    parser.enable(["html_block", "html_inline"])
    parser.inline.terminator_re = MarkdownIt().inline.terminator_re
    parser.add_render_rule("text", RendererHTML.text)
    parser.linkify.pretest = partial(LinkifyIt.pretest, parser.linkify)
    parser.linkify.test = partial(LinkifyIt.test, parser.linkify)
    return parser


PARSERS = {
    "markdown": (markdown_parser(), patient(markdown_parser())),
    "plain": (plain_parser(), patient(plain_parser())),
}


def assert_same(markup: str, source: str) -> None:
    hasty, slow = PARSERS[markup]
    html = hasty.to_html(source)
    assert html is None or sanitize(html) == sanitize(slow.renderer.render(slow.parse(source), slow.options, {}))


@pytest.mark.parametrize("markup", PARSERS)
@fixed
@given(marked | prose)
def test_no_haste_changes_what_is_found(markup: str, source: str):
    assert_same(markup, source)


@pytest.mark.parametrize("markup", PARSERS)
@pytest.mark.parametrize("before", ["", "a\n", "a\n\n"])
@pytest.mark.parametrize(
    "source",
    [
        "- a", "+ a", "* a", "1. a", "2) a", "# a", "> a", "=", "---", "***", "___", "```\na", "~~~\na", "    a", "\ta",
        "|a|\n|-|", "a|b\n-|-", "a|b\n|-|-|", "a|b\n:-|-:", "[a]: https://a.example", "a  \nb", "a \nb", "a\n b",
        "\xa0a\xa0", "\u2003a", "a\u2003\n\u2003b", "a\n \nb", "\n\na", "a\n", "a\n\n",
    ],
)  # fmt: skip
def test_no_block_is_taken_for_prose(markup: str, before: str, source: str):
    assert_same(markup, before + source)


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("One", "<p>One</p>\n"),
        ("One,\ntwo!\n\n\nThree?", "<p>One,<br>\ntwo!</p>\n<p>Three?</p>\n"),
        ('"So" (I say) #1 > 2 + 3 = a|b @c', '<p>"So" (I say) #1 > 2 + 3 = a|b @c</p>\n'),
        ("\u05e9\u05dc\u05d5\u05dd\n\U0001f44d", "<p>\u05e9\u05dc\u05d5\u05dd<br>\n\U0001f44d</p>\n"),
    ],
)
@pytest.mark.parametrize("markup", PARSERS)
def test_prose(markup: str, source: str, html: str):
    assert PARSERS[markup][0].to_html(source) == html
