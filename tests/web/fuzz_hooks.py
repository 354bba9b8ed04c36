"""What schemathesis can't read in the contract: the receipt of each comment that it posts, kept for the next call.

Loaded by schemathesis in an environment of its own: nothing of ours can be imported here.
"""

import os
from typing import Any

import schemathesis  # pyright: ignore[reportMissingImports]

KEPT = 200
# One call of so many comes with nothing that opens, and one goes to an article as it was made up.
STRANGERS = 8
_receipts: dict[str, str] = {}
_calls = 0


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Ask as a page of the site does, with the token or receipt that opens what is asked for."""
    global _calls
    _calls += 1
    case.headers = case.headers if case.headers is not None else {}
    case.headers.setdefault("Origin", os.environ["FUZZ_ORIGIN"])
    if _calls % STRANGERS:
        case.headers["Authorization"] = f"Bearer {_opens(case)}"
        if isinstance(case.body, dict) and isinstance(case.body.get("url"), str):
            case.body["url"] = os.environ["FUZZ_ARTICLE"]


@schemathesis.hook
def after_call(_context: Any, _case: Any, response: Any) -> None:
    """Keep the receipt of a comment that was taken."""
    if response.status_code in (201, 202) and "receipt" in response.text:
        answer = response.json()
        _receipts[answer["comment"]["id"]] = answer["receipt"]
        while len(_receipts) > KEPT:
            del _receipts[next(iter(_receipts))]


def _opens(case: Any) -> str:
    if case.path.startswith("/api/v1/moderation/"):
        return os.environ["FUZZ_TOKEN"]
    return _receipts.get(str((case.path_parameters or {}).get("id")), os.environ["FUZZ_RECEIPT"])
