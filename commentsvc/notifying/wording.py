"""The templates of letters, and how what people typed is put into them."""

from functools import cache
from typing import Any

from jinja2 import Environment
from jinja2 import FileSystemLoader
from jinja2 import StrictUndefined
from jinja2 import pass_eval_context
from jinja2 import select_autoescape
from jinja2.filters import do_wordwrap
from jinja2.nodes import EvalContext
from markupsafe import Markup

from commentsvc.resources import PACKAGE

MAX_QUOTE = 1000
WIDTH = 72


def render(name: str, facts: dict[str, Any]) -> str:
    """Return what a template says of these facts, which hold the `words` of a language too."""
    return templates().get_template(name).render(facts)


@cache
def templates() -> Environment:
    """Return the templates of letters, whose sentences `words` says in a language."""
    # Plain text is not escaped: it is read as text. In HTML everything is.
    environment = Environment(
        loader=FileSystemLoader(PACKAGE / "templates" / "letters"),
        autoescape=select_autoescape(["html"], default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # A sentence that is written on several lines is one all the same.
    environment.policies["ext.i18n.trimmed"] = True
    environment.newstyle_gettext = True  # pyright: ignore[reportAttributeAccessIssue]
    environment.filters["line"] = lambda text: one_line(text, MAX_QUOTE)
    environment.filters["named"] = pass_eval_context(_named)
    # Neither an address nor a word with a hyphen is cut.
    environment.filters["wrapped"] = lambda text: do_wordwrap(environment, text, WIDTH, False, None, False)
    return environment


def one_line(raw: str, limit: int) -> str:
    """Return a text as it is read on one line: printable, without line ends, at most `limit` characters."""
    printable = "".join(character if character.isprintable() else " " for character in raw)
    return plain_cut(" ".join(printable.split()), limit)


def plain_cut(text: str, limit: int) -> str:
    """Return a text cut to so many characters, which is then seen."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _named(context: EvalContext, text: str) -> str:
    # A name or title runs in its own direction, whatever stands around it.
    line = one_line(text, MAX_QUOTE)
    return Markup("<bdi>{}</bdi>").format(line) if context.autoescape else line
