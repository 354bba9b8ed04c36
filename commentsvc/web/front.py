"""The service's own address, which nobody links to: whoever opens it runs the service, and wants the desk."""

from flask import Blueprint
from flask import redirect
from flask import url_for
from werkzeug.wrappers import Response

front = Blueprint("front", __name__)


@front.get("/")
def enter() -> Response:
    """Lead to the desk."""
    return redirect(url_for("desk.enter"), 302)
