"""Lines of our archive, written: JSON without what a key's absence says as well."""

import json
from typing import Any


def line_of(**values: Any) -> bytes:
    """Return one line of an archive; what is None is left out."""
    return json.dumps(present(**values), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def present(**values: Any) -> dict[str, Any]:
    """Return the values that are there."""
    return {name: value for name, value in values.items() if value is not None}
