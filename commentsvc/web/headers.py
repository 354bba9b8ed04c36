"""Security headers: everything is forbidden that a kind of page does not need."""

from flask import Flask
from flask import Response
from flask import request

# No page of ours has anything inline, in a frame, or from elsewhere.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


def register(app: Flask) -> None:
    """Put security headers on every answer of an application."""
    app.after_request(_secure)


def _secure(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    # What other sites may use says so itself; nothing else is for a page of theirs to take in.
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    is_page = response.mimetype == "text/html"
    headers.setdefault("Content-Security-Policy", PAGE_POLICY if is_page else DATA_POLICY)
    # With no-referrer a browser would send "Origin: null" with our own forms.
    headers.setdefault("Referrer-Policy", "same-origin" if is_page else "no-referrer")
    if is_page:
        headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()")
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
