"""What can only be asked of others, and only where somebody says so: the mail server, and a service that runs."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

from commentsvc.examining.finding import NOTE
from commentsvc.examining.finding import OK
from commentsvc.examining.finding import WRONG
from commentsvc.examining.finding import Finding
from commentsvc.notifying.mailing import Mailer
from commentsvc.notifying.mailing import Unreachable
from commentsvc.settings import IMPLICIT
from commentsvc.settings import PLAIN
from commentsvc.settings import STARTTLS
from commentsvc.settings import Settings

# In seconds; somebody waits for it.
PATIENCE = 10
WAYS = {IMPLICIT: "by TLS", STARTTLS: "by STARTTLS", PLAIN: "without TLS"}
# No answer of ours about this is larger, in bytes.
LARGEST = 64 << 10


def examine_mail(settings: Settings) -> Finding:
    """Return whether the mail server lets us in; no letter is handed over."""
    server = settings.smtp_url
    if server is None:
        return Finding("mail", NOTE, "Mail: COMMENTSVC_SMTP_URL is not set, so that no letters are sent.")
    name = urlsplit(settings.base_url).hostname or "localhost"
    mailer = Mailer(server, min(max(1, settings.smtp_timeout), PATIENCE), name)
    try:
        mailer.greet()
    except Unreachable as error:
        return Finding("mail", WRONG, f"Mail: {server.host}:{server.port} does not let us in: {error}.")
    finally:
        mailer.close()
    how = f"{WAYS[server.tls]}, {'signed in' if server.user else 'without a password'}"
    return Finding("mail", OK, f"Mail: {server.host}:{server.port} takes letters ({how}); none was sent.")


def examine_service(address: str) -> Iterator[Finding]:
    """Yield what a service that runs at an address says of itself, read from the connections that it serves by."""
    try:
        parts = _asked(f"{address.rstrip('/')}/readyz")
    except (OSError, ValueError) as error:
        yield Finding("service", WRONG, f"Service: {address} does not say whether it is ready: {error}.")
        return
    missing = [f"{name}: {part['words']}" for name, part in parts.items() if not part["ok"]]
    if missing:
        yield Finding("service", WRONG, f"Service: {address} is not ready. {'; '.join(missing)}.")
    else:
        yield Finding("service", OK, f"Service: {address} is ready.", len(parts))
    commits = parts.get("commits")
    if commits is not None:
        words = str(commits["words"])
        is_safe = words.startswith("synchronous")
        fault = "" if is_safe else ": a comment can be lost after its author was told that it is kept"
        state = OK if is_safe else WRONG
        yield Finding("service-commits", state, f"Service: it commits {words}, read from a connection it uses{fault}.")


def _asked(url: str) -> dict[str, dict[str, object]]:
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("expected an address such as http://127.0.0.1:8080")
    request = urllib.request.Request(url, headers={"Accept": "application/json"})  # noqa: S310  # looked at above
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            body = answer.read(LARGEST)
    except urllib.error.HTTPError as refused:
        # What is not ready says so with 503, and why.
        body = refused.read(LARGEST)
    try:
        parts = json.loads(body)["parts"]
        return {str(name): {"ok": bool(part["ok"]), "words": str(part["words"])} for name, part in parts.items()}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ValueError("the answer is not one of commentsvc's") from error
