"""The languages of letters: which of them a reader gets, and what a letter says in it.

A catalogue is a file locales/LANGUAGE/letters.po, in the format of gettext, which translators and their programs know:
the English of a template, and below it the same in another language, with as many plural forms as that has. We read it
as it is. A compiled one would have to be made again after each change, and a library that reads them brings the
calendars of all languages, which no letter needs: more memory than the rest of the postman takes. A new language is a
new folder, without a line of Python. What a catalogue lacks, or says with a placeholder that the English has not, is
said in English.
"""

import json
import re
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from commentsvc.resources import PACKAGE

ENGLISH = "en"
FOLDER = PACKAGE / "locales"
FILE = "letters.po"
# No browser names more.
MAX_HEADER = 1000

_RANGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*[qQ]=([01](?:\.\d{0,3})?)\s*)?")
_KEYWORD = re.compile(r"(msgid|msgid_plural|msgstr(?:\[(\d)\])?)\s+(\".*\")")
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_PLURAL_RULE = re.compile(r"plural=([^;\n]+)")

Forms = tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """What letters say in one language: by the English message its forms, one where there is no number in it."""

    messages: dict[str, Forms]
    form_of: Callable[[int], int]

    def say(self, message: str) -> str:
        """Return a message in this language, or as it is."""
        return self.messages.get(message, (message,))[0]

    def count(self, one: str, many: str, number: int) -> str:
        """Return the form of a message that goes with a number."""
        forms = self.messages.get(one, (one, many))
        place = self.form_of(number) if one in self.messages else int(number != 1)
        return forms[min(place, len(forms) - 1)]


@cache
def languages() -> tuple[str, ...]:
    """Return the tags of all languages that letters can be written in, English first (RFC 5646)."""
    return (ENGLISH, *sorted(path.parent.name for path in FOLDER.glob(f"*/{FILE}")))


def wanted_language(accepted: str | None, fallback: str | None) -> str:
    """Return the language for a reader: the first we have of those that their browser asks for, else the fallback's.

    Takes an Accept-Language header (RFC 9110, 12.5.4) and a language tag; looks up by RFC 4647, 3.4. A header that says
    nothing we have or understand is as good as none, and a fallback that we have not is English.
    """
    for asked in _ranges(accepted or ""):
        found = _lookup(asked)
        if found is not None:
            return found
    return known_language(fallback)


def known_language(tag: str | None) -> str:
    """Return the language that we have for a tag such as pt-BR, else English."""
    return _lookup(tag or "") or ENGLISH


def words(language: str) -> dict[str, Any]:
    """Return what a template needs to speak a language: `gettext` and `ngettext` for its `trans`, and `lang`.

    In HTML a translation counts as ours, like the template; what is put into it is escaped.
    """
    catalogue = _catalogue(known_language(language))

    @pass_context
    def gettext(context: Context, message: str, /, **values: Any) -> str:
        return _filled(context, catalogue.say(message), values)

    @pass_context
    def ngettext(context: Context, one: str, many: str, number: int, /, **values: Any) -> str:
        return _filled(context, catalogue.count(one, many, number), {"num": number} | values)

    return {"gettext": gettext, "ngettext": ngettext, "lang": known_language(language)}


def read_catalogue(path: Path) -> Catalogue:
    """Return the catalogue of a file; what is marked fuzzy is left out, as gettext does."""
    messages: dict[str, Forms] = {}
    rule = "n != 1"
    for one, many, forms in _entries(path.read_text(encoding="utf-8")):
        if not one:
            found = _PLURAL_RULE.search(forms[0])
            rule = found[1].strip() if found else rule
        elif all(forms) and all(_suits(form, one + (many or "")) for form in forms):
            messages[one] = forms
    return Catalogue(messages, c2py(rule))


@cache
def _catalogue(language: str) -> Catalogue:
    if language == ENGLISH:
        return Catalogue({}, c2py("n != 1"))
    return read_catalogue(FOLDER / language / FILE)


def _ranges(header: str) -> list[str]:
    # Those with the same weight in their order, those that are not wanted left out.
    weighed = []
    for part in header[:MAX_HEADER].split(","):
        found = _RANGE.fullmatch(part)
        if found is not None and (weight := float(found[2] or 1)) > 0:
            weighed.append((-min(weight, 1), len(weighed), found[1]))
    return [asked for _, _, asked in sorted(weighed)]


def _lookup(asked: str) -> str | None:
    # Cut from its end until we have it, a single letter together with what it introduces.
    known = {tag.lower(): tag for tag in languages()}
    subtags = asked.lower().replace("_", "-").split("-")
    while subtags:
        found = known.get("-".join(subtags))
        if found is not None:
            return found
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            subtags.pop()
    return None


def _filled(context: Context, message: str, values: dict[str, Any]) -> str:
    return (Markup(message) if context.eval_ctx.autoescape else message) % values  # noqa: S704 - it is ours


def _entries(text: str) -> Iterator[tuple[str, str | None, Forms]]:
    for block in re.split(r"\n\s*\n", text):
        parts: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            found = _KEYWORD.fullmatch(line.strip())
            if found is not None:
                name = found[1]
                parts[name] = json.loads(found[3])
            elif line.strip().startswith('"') and name:
                parts[name] += json.loads(line.strip())
        if "msgid" in parts and not re.search(r"^#,.*\bfuzzy\b", block, re.MULTILINE):
            forms = tuple(parts[name] for name in sorted(parts) if name.startswith("msgstr"))
            yield parts["msgid"], parts.get("msgid_plural"), forms


def _suits(translation: str, message: str) -> bool:
    given = dict.fromkeys([*_PLACEHOLDER.findall(message), "num"], "")
    try:
        _ = translation % given
    except (KeyError, TypeError, ValueError):
        return False
    return not set("<>&") & set(translation)
