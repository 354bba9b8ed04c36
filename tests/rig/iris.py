"""Identifiers as RFC 3987 defines them, and addresses of pages as browsers write them."""

import re

_UCS = "\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000efffd"
_NAME = rf"[A-Za-z0-9._~!$&'()*+,;={_UCS}-]|%[0-9A-Fa-f]{{2}}"
_STRICT = f"(?:{_NAME}|[:@])"
# Left as they are by browsers (WHATWG URL) though no IRI holds them: escaped, it would be another address to the site.
_LOOSE = rf"(?:{_NAME}|[:@\[\]\\^`{{|}}])"
_SHAPE = (
    r"[A-Za-z][A-Za-z0-9+.-]*:"
    rf"(?://(?:(?:{_NAME}|:)*@)?(?:\[[0-9A-Fa-f:.]+\]|(?:{_NAME})+)(?::[0-9]*)?(?:/PART*)*|/?PART+(?:/PART*)*)"
    r"(?:\?(?:PART|[/?])*)?(?:#(?:PART|[/?])*)?"
)
_IRI = re.compile(_SHAPE.replace("PART", _STRICT))
_ADDRESS = re.compile(_SHAPE.replace("PART", _LOOSE))
# Never in an IRI (RFC 3987, 4.1).
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e]")
# RFC 9562.
_UUID = re.compile("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def is_iri(text: str) -> bool:
    """Tell whether a text is an absolute IRI, and a UUID where it says so."""
    return _is_one(_IRI, text)


def is_address(text: str) -> bool:
    """Tell whether a text is an absolute IRI, or the address of a page as a browser writes it."""
    return _is_one(_ADDRESS, text)


def _is_one(shape: re.Pattern[str], text: str) -> bool:
    if text.startswith("urn:uuid:") and not _UUID.fullmatch(text):
        return False
    return bool(shape.fullmatch(text)) and not _BIDI.search(text)
