"""The WSGI application, for any server: `gunicorn wsgi:app`, `waitress-serve wsgi:app`."""

from flask_migrate import Migrate

from commentsvc.app import create_app
from commentsvc.database import db
from commentsvc.resources import folder

app = application = create_app()
# `flask --app wsgi db ...`, for those who write migrations.
Migrate(app, db, directory=str(folder("migrations")))
