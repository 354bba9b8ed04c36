"""The source of a comment becomes the HTML that is shown: Markdown, then links, and the sanitizer last."""

import threading
from dataclasses import dataclass

from commentsvc.text.markdown import markdown_parser
from commentsvc.text.markdown import plain_parser
from commentsvc.text.sanitizing import sanitize_and_count

# Kept with every revision; it changes whenever the same source would come out otherwise.
RENDERER = "md1"
MAX_BODY = 10_000


@dataclass(frozen=True)
class Rendered:
    """The HTML of a comment, the number of distinct http(s) targets it links to, and whether there is text in it."""

    html: str
    links: int
    visible: bool


def render(source: str, markup: str = "markdown") -> Rendered:
    """Return the HTML of a source in `markdown`, `html` or `plain`; any other markup raises ValueError.

    It may be called from many threads at once. The length of the source is the caller's to limit (MAX_BODY).
    """
    clean = sanitize_and_count(_to_html(source, markup).strip("\n"))
    return Rendered(clean.html, len(clean.targets), clean.visible)


def _to_html(source: str, markup: str) -> str:
    if markup == "html":
        return source
    if markup == "plain":
        return _parsers.plain.to_html(source) or ""
    if markup == "markdown":
        # What is nested too deeply is shown as it was typed: no word of it may be missing when somebody judges it.
        html = _parsers.markdown.to_html(source)
        return html if html is not None else _to_html(source, "plain")
    raise ValueError(f"there is no markup {markup!r}; it is markdown, html or plain")


class _Parsers(threading.local):
    # Made once in each thread, at its first use.
    def __init__(self) -> None:
        self.markdown = markdown_parser()
        self.plain = plain_parser()


_parsers = _Parsers()
