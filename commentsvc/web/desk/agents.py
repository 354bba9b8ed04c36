"""What a browser calls itself, in a few words: enough to know one's own sessions by, and no more."""

from flask import request

# The first that is found counts: most browsers also claim to be Chrome and Safari.
BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def agent() -> str:
    """Return the browser of this request, such as `Firefox on Linux`."""
    return short_agent(request.headers.get("User-Agent", ""))


def short_agent(raw: str) -> str:
    """Shorten a User-Agent header."""
    browser = next((name for mark, name in BROWSERS if mark in raw), "Unknown browser")
    system = next((name for mark, name in SYSTEMS if mark in raw), None)
    return f"{browser} on {system}" if system is not None else browser
