"""Puts the parts together: the only module that knows everyone."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC
from datetime import datetime

from flask import Flask
from flask import request

from commentsvc import database
from commentsvc import replica
from commentsvc import settings as settings_module
from commentsvc.keys import open_keyring
from commentsvc.notifying import asking_akismet
from commentsvc.notifying import outbox
from commentsvc.operators import journal
from commentsvc.operators.limiting import Limiter
from commentsvc.refusals import DatabaseAway
from commentsvc.resources import folder
from commentsvc.schema import require_schema
from commentsvc.settings import Settings
from commentsvc.web import headers
from commentsvc.web import lanes
from commentsvc.web import problems
from commentsvc.web import proxying
from commentsvc.web import sessions
from commentsvc.web.act_pages import act_pages
from commentsvc.web.api import api
from commentsvc.web.desk.blueprint import desk
from commentsvc.web.embed import embed
from commentsvc.web.feeds import feeds
from commentsvc.web.follow_pages import follow_pages
from commentsvc.web.front import front
from commentsvc.web.health import health
from commentsvc.web.letter_pages import letter_pages
from commentsvc.web.metrics import metrics
from commentsvc.web.moderation_api import moderation_api
from commentsvc.web.notice_pages import notice_pages
from commentsvc.web.own_data_pages import own_data_pages
from commentsvc.web.pages import pages
from commentsvc.web.receipt_pages import receipt_pages
from commentsvc.web.recover_pages import recover_pages
from commentsvc.web.report_pages import report_pages
from commentsvc.web.service import EXTENSION
from commentsvc.web.service import Service
from commentsvc.web.shapes import MAX_REQUEST

WITHOUT_DATABASE = ("health.alive", "metrics.numbers", "embed.script", "embed.part", "embed.counts_script", "static")


def utc_now() -> datetime:
    """Return the time, aware and in UTC."""
    return datetime.now(UTC)


def create_app(settings: Settings | None = None, clock: Callable[[], datetime] = utc_now) -> Flask:
    """Make the WSGI application; raise BadSetting, SchemaMismatch or DatabaseAway where it could not work."""
    settings = settings or settings_module.load()
    app = bare_app(settings, clock)
    with app.app_context():
        try:
            require_schema(settings)
        except DatabaseAway:
            # What was kept can be read all the same; everything else waits until the database is there.
            if lanes.page_store(settings).is_empty():
                raise
            app.before_request(_schema_first(settings))
    return app


def _schema_first(settings: Settings) -> Callable[[], None]:
    checked = threading.Event()

    def check() -> None:
        if not checked.is_set() and request.endpoint not in WITHOUT_DATABASE:
            require_schema(settings)
            checked.set()

    return check


def bare_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Flask:
    """Make the application without asking for a schema, for the commands that bring one."""
    journal.configure(settings)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    app = Flask("commentsvc", static_folder=str(folder("static")), static_url_path="/static")
    keys = open_keyring(settings)
    app.config["SECRET_KEY"] = keys.derive("session")
    app.config["SECRET_KEY_FALLBACKS"] = list(keys.all("session")[1:])
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600
    database.configure(app, settings)
    replica.configure(app, settings)
    limiter = Limiter(keys.derive("limits"), settings.rate_limits, lambda: clock().timestamp(), settings.limit_storage)
    service = app.extensions[EXTENSION] = Service(settings, keys, limiter, clock)
    with app.app_context():
        outbox.install(service.outbox)
    # A setting that can't be used is told now, not when the first comment waits for it.
    asking_akismet.account(settings)
    sessions.configure(app, settings)
    headers.register(app)
    problems.register(app)
    for door in (
        api, moderation_api, pages, report_pages, notice_pages, letter_pages, act_pages, follow_pages, receipt_pages,
        own_data_pages, recover_pages, desk, embed, feeds, front, health, metrics,
    ):  # fmt: skip
        app.register_blueprint(door)
    lanes.install(app, settings, clock)
    proxying.install(app, settings)
    return app
