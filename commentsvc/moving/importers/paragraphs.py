"""HTML as blogs keep it: line ends stand for paragraphs and breaks, bare addresses for links, made by their pages."""

import re

_KEPT = re.compile(r"(<pre\b.*?</pre\s*>|<!--.*?-->)", re.DOTALL | re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_BLOCK = re.compile(r"</?(?:p|div|ul|ol|li|blockquote|table|thead|tbody|tr|t[dh]|h[1-6]|hr|pre)\b", re.IGNORECASE)
# A line that ends in one of these is broken already.
_BROKEN = re.compile(
    r"(?:<br\s*/?>|</?(?:p|div|ul|ol|li|blockquote|table|thead|tbody|tr|t[dh]|h[1-6]|hr)\b[^>]*>)[ \t]*$", re.IGNORECASE
)

_TAG = re.compile(r"(<[^<>]*>)")
_UNLINKED = re.compile(r"<(/?)(?:a|pre|code)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"""(?<![\w/="'])https?://[^\s<>"']{1,2000}""")


def with_paragraphs(source: str) -> str:
    """Return HTML whose paragraphs and breaks are elements; what stands in `pre` stays as it is."""
    text = source.replace("\r\n", "\n").replace("\r", "\n").strip()
    if "\n" not in text:
        return text
    parts = _KEPT.split(text)
    return "\n".join(part if place % 2 else _paragraphs(part) for place, part in enumerate(parts) if part.strip())


def with_links(source: str) -> str:
    """Return HTML whose bare addresses are links, outside of links and code; the sanitizer looks at them later."""
    if "://" not in source:
        return source
    shut = 0
    parts = _TAG.split(source)
    for place, part in enumerate(parts):
        if place % 2:
            if name := _UNLINKED.match(part):
                shut = max(shut + (-1 if name[1] else 1), 0)
        elif not shut:
            parts[place] = _ADDRESS.sub(_link, part)
    return "".join(parts)


def _link(found: re.Match[str]) -> str:
    address = found[0].rstrip(".,;:!?")
    # A bracket around the address is no part of it, one within it is.
    if address.endswith(")") and "(" not in address:
        address = address[:-1]
    return f'<a href="{address}">{address}</a>{found[0][len(address) :]}'


def _paragraphs(text: str) -> str:
    return "\n".join(_paragraph(one.strip()) for one in _BLANK_LINE.split(text) if one.strip())


def _paragraph(text: str) -> str:
    lines = text.split("\n")
    last = len(lines) - 1
    broken = "\n".join(
        line if place == last or _BROKEN.search(line) or _BLOCK.match(lines[place + 1].lstrip()) else f"{line}<br>"
        for place, line in enumerate(lines)
    )
    return broken if _BLOCK.match(text) else f"<p>{broken}</p>"
