"""Makes every request look as it does from outside: the base URL's scheme, host and path, the true client."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from commentsvc.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from _typeshed.wsgi import WSGIApplication
    from _typeshed.wsgi import WSGIEnvironment


class BaseUrl:
    """WSGI middleware that puts the configured base URL in place of what a request claims.

    Links, cookies and origin checks then rest on the setting alone; a forged Host header changes nothing. The base
    URL's path may have been removed by the proxy in front or not: both are taken.
    """

    def __init__(self, app: "WSGIApplication", base_url: str) -> None:
        """Wrap a WSGI application."""
        parts = urlsplit(base_url)
        self._app = app
        self._scheme = parts.scheme
        self._host = parts.netloc
        self._path = parts.path

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request as if it had come straight to the base URL."""
        environ["wsgi.url_scheme"] = self._scheme
        environ["HTTP_HOST"] = self._host
        environ["SCRIPT_NAME"] = self._path
        path = environ.get("PATH_INFO", "")
        if self._path and (path == self._path or path.startswith(self._path + "/")):
            environ["PATH_INFO"] = path[len(self._path) :] or "/"
        return self._app(environ, start_response)


def install(app: Flask, settings: Settings) -> None:
    """Put the middleware around an application."""
    app.wsgi_app = BaseUrl(app.wsgi_app, settings.base_url)
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0)
