"""The moderators' session cookie: it exists under /moderate/ alone, since readers get none."""

from datetime import timedelta

from flask import Flask
from flask import Request
from flask.sessions import SecureCookieSession
from flask.sessions import SecureCookieSessionInterface

from commentsvc.settings import Settings


class _Sessions(SecureCookieSessionInterface):
    """Flask's own, but that it prepares for reading a cookie only where there is one: readers have none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def configure(app: Flask, settings: Settings) -> None:
    """Set name, path and flags of the cookie as strictly as the base URL allows."""
    app.session_interface = _Sessions()
    path = settings.base_path + "/"
    app.config["SESSION_COOKIE_PATH"] = path
    app.config["SESSION_COOKIE_NAME"] = _name(settings)
    app.config["SESSION_COOKIE_SECURE"] = settings.secure
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(days=7)
    # Set at sign-in and then left alone: sent again with each answer it would also go out with a script or a public
    # page, and a cache in between could hand it on.
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    # The form token lives as long as the session, or a desk left open overnight would lose its first decision.
    app.config["WTF_CSRF_TIME_LIMIT"] = None


def _name(settings: Settings) -> str:
    if not settings.secure:
        return "commentsvc"
    # Browsers take a __Host- cookie for the whole host only, which a service under a path must not ask for.
    return "__Secure-commentsvc" if settings.base_path else "__Host-commentsvc"
