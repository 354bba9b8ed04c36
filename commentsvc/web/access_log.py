"""A line for each request, for services without a proxy that writes one; nothing in it tells who asked."""

import logging
import re
from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING
from typing import Any

from commentsvc.operators.journal import FIELDS
from commentsvc.operators.journal import without_receipts
from commentsvc.web.routes import route_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIApplication
    from _typeshed.wsgi import WSGIEnvironment

log = logging.getLogger("commentsvc.access")

# No longer than a person reads; a stranger chooses how long a path is.
LONGEST = 300
# On the desk and in the links of invitations a path or query may hold what is nobody's business but the person's.
_INVITATION = re.compile(r"^(/moderate/join/).+")


class AccessLog:
    """WSGI middleware around the lanes."""

    def __init__(self, app: "WSGIApplication") -> None:
        """Take what answers."""
        self._app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request, and write its line when the answer is made."""
        began = perf_counter()
        status = "500"

        def started(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal status
            status = line
            return start_response(line, headers, exc_info) if exc_info else start_response(line, headers)

        try:
            return self._app(environ, started)
        finally:
            _write(environ, int(status[:3]), perf_counter() - began)


def _write(environ: "WSGIEnvironment", status: int, seconds: float) -> None:
    method, path = environ["REQUEST_METHOD"][:10], environ.get("PATH_INFO", "")
    shown = shown_path(path)
    fields = {
        "method": method,
        "path": shown,
        "route": route_of(method, path),
        "status": status,
        "milliseconds": round(seconds * 1000, 2),
    }
    log.info("%s %s %d %.2f ms", method, shown, status, seconds * 1000, extra={FIELDS: fields})


def shown_path(path: str) -> str:
    """Return a path as it may be written down: without receipts and invitations, and of bounded length."""
    # PATH_INFO holds bytes as Latin-1 (PEP 3333). Queries are left out: searches on the desk hold names and addresses.
    readable = path[: 4 * LONGEST].encode("latin-1", "replace").decode("utf-8", "replace")
    return _INVITATION.sub(r"\1-", without_receipts(readable))[:LONGEST]
