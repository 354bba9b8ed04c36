"""Lays the fast lane and the slow lane in front of an application."""

import contextlib
from collections.abc import Callable
from datetime import datetime
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask

from commentsvc.keeping import Shelf
from commentsvc.moderators.studying import Student
from commentsvc.moving.uploads import uploads_of
from commentsvc.notifying.messenger import Messenger
from commentsvc.notifying.postman import Postman
from commentsvc.operators.retaining import Janitor
from commentsvc.page_store import PageStore
from commentsvc.readers.tending import Tender
from commentsvc.readers.watching import Watcher
from commentsvc.refusals import DatabaseAway
from commentsvc.settings import Settings
from commentsvc.web.access_log import AccessLog
from commentsvc.web.fast_lane import FastLane
from commentsvc.web.service import EXTENSION
from commentsvc.web.slow_lane import SlowLane


def install(app: Flask, settings: Settings, clock: Callable[[], datetime]) -> None:
    """Put the lanes around an application; without threads, every request looks at the database first."""
    shelf = Shelf(settings.page_memory << 20, lambda: clock().timestamp())
    store = page_store(settings)
    watcher = Watcher(app.app_context, shelf, clock)
    base = urlsplit(settings.base_url)
    slow = SlowLane(app.wsgi_app, settings.threads, shelf, (base.scheme, base.netloc, base.path))

    def attend_with_threads() -> None:
        watcher.start()
        tender.start()
        student.start()
        postman.start()
        messenger.start()
        janitor.start()

    def attend_at_once() -> None:
        with contextlib.suppress(DatabaseAway), app.app_context():
            watcher.look()

    lane = FastLane(slow, shelf, store, attend_with_threads if settings.threads else attend_at_once)
    tender = Tender(shelf, store, lane.refresh)
    student = Student(app.app_context, clock)
    postman = Postman(app.app_context, app.extensions[EXTENSION].outbox, clock)
    messenger = Messenger(app.app_context, app.extensions[EXTENSION].outbox, clock)
    janitor = Janitor(app.app_context, clock, uploads_of(settings), timedelta(days=settings.keep_network_days))
    app.wsgi_app = AccessLog(lane) if settings.access_log else lane


def page_store(settings: Settings) -> PageStore:
    """Return where pages are kept over a restart."""
    if settings.page_folder:
        return PageStore(Path(settings.page_folder).expanduser().resolve())
    path = settings.sqlite_path
    return PageStore(path.with_name(f"{path.name}.pages") if path is not None else None)
