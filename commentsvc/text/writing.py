"""A stream of elements and text as HTML, the way a browser writes it (HTML, "serializing HTML fragments")."""

from collections.abc import Iterable
from typing import Any

_TEXT = str.maketrans({"&": "&amp;", "\xa0": "&nbsp;", "<": "&lt;", ">": "&gt;"})
_VALUE = _TEXT | str.maketrans({'"': "&quot;"})


def write_html(tokens: Iterable[dict[str, Any]]) -> str:
    """Write tokens of type Start (tag, attributes), End (tag) and Text (data); br and hr have no End."""
    written: list[str] = []
    for token in tokens:
        kind = token["type"]
        if kind == "Text":
            written.append(token["data"].translate(_TEXT))
        elif kind == "Start":
            values = "".join(f' {name}="{value.translate(_VALUE)}"' for name, value in token["attributes"].items())
            written.append(f"<{token['tag']}{values}>")
        else:
            written.append(f"</{token['tag']}>")
    return "".join(written)
