"""Elements and text as HTML, the way a browser writes them (HTML, "serializing HTML fragments")."""

from collections.abc import Mapping


def start_tag(tag: str, attributes: Mapping[str, str]) -> str:
    """Write the start of an element."""
    written = f"<{tag}"
    for name, value in attributes.items():
        quoted = escape(value).replace('"', "&quot;")
        written += f' {name}="{quoted}"'
    return written + ">"


def end_tag(tag: str) -> str:
    """Write the end of an element; br and hr have none."""
    return f"</{tag}>"


def escape(text: str) -> str:
    """Write text as it stands between tags."""
    return text.replace("&", "&amp;").replace("\xa0", "&nbsp;").replace("<", "&lt;").replace(">", "&gt;")
