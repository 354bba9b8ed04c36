"""The WSGI application, for any server: `gunicorn wsgi:app`, `waitress-serve wsgi:app`."""

from commentsvc.app import create_app

app = application = create_app()
